"""Two manifests: all bytes must be equal on equal machines; the data and accuracies must agree on different ones."""

import json

import pytest

from retrial.commands.manifests import compare_manifests, read_manifest
from retrial.errors import InputError

MODEL = "results/models/baseline/0/model.keras"
RULES = {MODEL: "train"}


def manifest(isa="AVX2", model="aa", low=0.97, high=0.99, data="dd", commit="c1", experiment="baseline", epochs=5):
    return {
        "configuration": {"experiments": {experiment: {"epochs": epochs, "seeds": [0, 1]}}},
        "fingerprint": {"cpu_instructions": isa, "git_commit": commit, "git_clean": True},
        "accuracy": [{"experiment": experiment, "mean": 0.98, "ci_low": low, "ci_high": high}],
        "reproducible": {MODEL: model, "results/data/x_test.npy": data},
    }


def test_equal_manifests_do_not_differ():
    summary, lines = compare_manifests(manifest(), manifest(), RULES)
    assert lines == []
    assert summary == "fingerprints are equal: 2 files, byte for byte"


def test_with_equal_fingerprints_a_difference_names_file_and_rule():
    summary, lines = compare_manifests(manifest(), manifest(model="bb"), RULES)
    assert "byte for byte" in summary
    assert lines == [f"{MODEL} (rule train): aa != bb"]


@pytest.mark.parametrize("isa", ["AVX2", "AVX-512"])
def test_a_file_in_only_one_manifest_is_a_difference(isa):
    theirs = manifest(isa=isa)
    del theirs["reproducible"][MODEL]
    assert compare_manifests(manifest(), theirs, RULES)[1] == [f"{MODEL} (rule train): aa != missing"]


def test_another_commit_is_mentioned_but_not_a_difference():
    summary, lines = compare_manifests(manifest(), manifest(commit="c2"), RULES)
    assert "byte for byte; the commits differ" in summary
    assert lines == []


def test_a_variable_that_matters_makes_fingerprints_differ():
    ours, theirs = manifest(), manifest(model="bb")
    ours["fingerprint"]["environment"], theirs["fingerprint"]["environment"] = {}, {"ONEDNN_MAX_CPU_ISA": "AVX2"}
    summary, lines = compare_manifests(ours, theirs, RULES)
    assert lines == []
    assert "fingerprints differ (environment {} != {'ONEDNN_MAX_CPU_ISA': 'AVX2'})" in summary


def test_with_different_fingerprints_models_may_differ_if_the_intervals_overlap():
    summary, lines = compare_manifests(manifest(), manifest(isa="AVX-512", model="bb", low=0.985, high=0.995), RULES)
    assert lines == []
    assert "cpu_instructions AVX2 != AVX-512" in summary
    assert "1 data files byte for byte, accuracies by their 95 % intervals" in summary
    assert summary.endswith("1 of all 2 files are the same bytes")


def test_with_different_fingerprints_a_picture_of_the_data_may_differ():
    ours, theirs = manifest(), manifest(isa="AVX-512")
    ours["reproducible"]["results/data/samples.svg"] = "aa"
    theirs["reproducible"]["results/data/samples.svg"] = "bb"
    assert compare_manifests(ours, theirs, RULES)[1] == []


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        ({"low": 0.991, "high": 0.995}, "accuracy of baseline: the 95 % intervals do not overlap: 0.9800"),
        ({"data": "ee"}, "results/data/x_test.npy (rule unknown): dd != ee"),
        ({"experiment": "other"}, "accuracy of baseline: only in our manifest"),
        ({"epochs": 3}, "configuration experiments.baseline.epochs: 5 != 3"),
    ],
)
def test_with_different_fingerprints_these_are_differences(theirs, expected):
    _, lines = compare_manifests(manifest(), manifest(isa="AVX-512", **theirs), RULES)
    assert [line for line in lines if line.startswith(expected)], lines


def test_a_difference_in_the_configuration_comes_before_the_files():
    _, lines = compare_manifests(manifest(), manifest(model="bb", epochs=3), RULES)
    assert lines == ["configuration experiments.baseline.epochs: 5 != 3", f"{MODEL} (rule train): aa != bb"]


def test_an_accuracy_of_one_seed_is_not_compared():
    summary, lines = compare_manifests(manifest(), manifest(isa="AVX-512", low=None, high=None), RULES)
    assert lines == []
    assert "baseline not compared (one seed has no interval)" in summary


@pytest.mark.parametrize(
    "text", [None, "not json", "[]", '{"other": 1}', *(json.dumps(manifest() | {key: None}) for key in manifest())]
)
def test_a_file_that_is_not_a_manifest_gets_a_message_of_one_line(tmp_path, text):
    path = tmp_path / "manifest.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=r"^[^\n]*manifest\.json: .*; expected a results/manifest.json[^\n]*$"):
        read_manifest(path)
