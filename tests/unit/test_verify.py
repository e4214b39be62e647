"""Two manifests: the same bytes where the fingerprints agree, overlapping intervals where they do not."""

import pytest

from retrial.errors import InputError
from retrial.verify import compare_manifests, read_manifest

MODEL = "results/models/baseline/0/model.keras"
RULES = {MODEL: "train"}


def manifest(isa="AVX2", model="aa", low=0.97, high=0.99, data="dd", commit="c1", experiment="baseline"):
    return {
        "fingerprint": {"onednn_isa": isa, "git_commit": commit, "git_clean": True},
        "accuracy": [{"experiment": experiment, "mean": 0.98, "ci_low": low, "ci_high": high}],
        "reproducible": {MODEL: model, "results/data/x_test.npy": data},
    }


def test_the_same_is_the_same():
    how, lines = compare_manifests(manifest(), manifest(), RULES)
    assert lines == []
    assert how == "fingerprints agree: 2 files, byte for byte"


def test_where_fingerprints_agree_a_difference_names_file_and_rule():
    how, lines = compare_manifests(manifest(), manifest(model="bb"), RULES)
    assert "byte for byte" in how
    assert lines == [f"{MODEL} (rule train): aa against bb"]


def test_a_file_that_only_one_has_is_a_difference():
    theirs = manifest()
    del theirs["reproducible"][MODEL]
    assert compare_manifests(manifest(), theirs, RULES)[1] == [f"{MODEL} (rule train): aa against not there"]


def test_another_commit_is_still_compared_byte_for_byte_and_said():
    how, lines = compare_manifests(manifest(), manifest(commit="c2"), RULES)
    assert "byte for byte; the commits differ" in how
    assert lines == []


def test_where_fingerprints_differ_models_may_differ_and_intervals_must_overlap():
    how, lines = compare_manifests(manifest(), manifest(isa="AVX-512", model="bb", low=0.985, high=0.995), RULES)
    assert lines == []
    assert "onednn_isa AVX2 against AVX-512" in how
    assert "1 data files byte for byte, accuracies by their 95 % intervals" in how


@pytest.mark.parametrize(
    ("theirs", "line"),
    [
        ({"low": 0.991, "high": 0.995}, "accuracy of baseline: the 95 % intervals do not overlap: 0.9800"),
        ({"data": "ee"}, "results/data/x_test.npy (rule unknown): dd against ee"),
        ({"experiment": "other"}, "accuracy of baseline: only here"),
    ],
)
def test_where_fingerprints_differ_these_are_differences(theirs, line):
    _, lines = compare_manifests(manifest(), manifest(isa="AVX-512", **theirs), RULES)
    assert lines[0].startswith(line)


def test_one_seed_has_no_interval_to_compare():
    how, lines = compare_manifests(manifest(), manifest(isa="AVX-512", low=None, high=None), RULES)
    assert lines == []
    assert "baseline not (one seed has no interval)" in how


@pytest.mark.parametrize("text", [None, "not json", "[]", '{"other": 1}'])
def test_what_is_no_manifest_is_said_in_one_line(tmp_path, text):
    path = tmp_path / "manifest.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=r"^[^\n]*manifest\.json: .*; expected a results/manifest.json[^\n]*$"):
        read_manifest(path)
