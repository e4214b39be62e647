"""Two manifests: the same bytes where the fingerprints agree, overlapping intervals where they do not."""

import json
from base64 import urlsafe_b64encode

import pytest

from retrial.pipeline.errors import InputError
from retrial.pipeline.files import sha256
from retrial.commands.verify import compare_folders, compare_manifests, read_manifest, said

MODEL = "results/models/baseline/0/model.keras"
RULES = {MODEL: "train"}


def manifest(isa="AVX2", model="aa", low=0.97, high=0.99, data="dd", commit="c1", experiment="baseline", epochs=5):
    return {
        "configuration": {"experiments": {experiment: {"epochs": epochs, "seeds": [0, 1]}}},
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
    assert how.endswith("of all 2 files, 1 are the same bytes nevertheless")


def test_where_fingerprints_differ_a_picture_of_the_data_may_differ():
    ours, theirs = manifest(), manifest(isa="AVX-512")
    for of in (ours, theirs):
        of["reproducible"]["results/data/samples.svg"] = of["fingerprint"]["onednn_isa"]
    assert compare_manifests(ours, theirs, RULES)[1] == []


@pytest.mark.parametrize(
    ("theirs", "line"),
    [
        ({"low": 0.991, "high": 0.995}, "accuracy of baseline: the 95 % intervals do not overlap: 0.9800"),
        ({"data": "ee"}, "results/data/x_test.npy (rule unknown): dd against ee"),
        ({"experiment": "other"}, "accuracy of baseline: only here"),
        ({"epochs": 3}, "configuration: experiments.baseline.epochs is 5 against 3"),
    ],
)
def test_where_fingerprints_differ_these_are_differences(theirs, line):
    _, lines = compare_manifests(manifest(), manifest(isa="AVX-512", **theirs), RULES)
    assert [found for found in lines if found.startswith(line)], lines


def test_where_fingerprints_differ_a_file_that_only_one_has_is_a_difference():
    theirs = manifest(isa="AVX-512")
    del theirs["reproducible"][MODEL]
    assert compare_manifests(manifest(), theirs, RULES)[1] == [f"{MODEL} (rule train): aa against not there"]


def test_another_configuration_is_said_first():
    _, lines = compare_manifests(manifest(), manifest(model="bb", epochs=3), RULES)
    assert lines == [
        "configuration: experiments.baseline.epochs is 5 against 3",
        f"{MODEL} (rule train): aa against bb",
    ]


def test_one_seed_has_no_interval_to_compare():
    how, lines = compare_manifests(manifest(), manifest(isa="AVX-512", low=None, high=None), RULES)
    assert lines == []
    assert "baseline not (one seed has no interval)" in how


@pytest.mark.parametrize(
    "text",
    [None, "not json", "[]", '{"other": 1}', *(json.dumps(manifest() | {key: None}) for key in manifest())]
    + [json.dumps(manifest() | change) for change in ({"reproducible": {}}, {"accuracy": [{"experiment": "mse"}]})],
)
def test_what_is_no_manifest_is_said_in_one_line(tmp_path, text):
    path = tmp_path / "manifest.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=r"^[^\n]*manifest\.json: .*; expected a results/manifest.json[^\n]*$"):
        read_manifest(path)


def made(folder, text, epochs=2):
    """A folder with one file, and Snakemake's record of the job that made it."""
    metadata = folder / ".snakemake/metadata"
    metadata.mkdir(parents=True)
    record = {"rule": "evaluate", "params": [repr({"epochs": epochs})]}
    (metadata / urlsafe_b64encode(b"a.csv").decode()).write_text(json.dumps(record))
    (metadata / "not-a-record~").write_text("{")
    (folder / "a.csv").write_text(text)
    return folder


@pytest.mark.parametrize(
    ("of_manifest", "first", "second", "epochs", "found"),
    [
        ("loss\n1", "loss\n1", "loss\n1", 2, None),
        ("loss\n1", "loss\n2", "loss\n1", 2, "changed since it was made: loss[0] is 2 against 1"),
        ("loss\n1", "loss\n1", "loss\n2", 2, "not the same the second time: loss[0] is 1 against 2"),
        (
            "loss\n1",
            "loss\n1",
            "loss\n2",
            3,
            "made by another config.yaml or code than today's: loss[0] is 1 against 2",
        ),
        (
            "loss\n3",
            "loss\n1",
            "loss\n1",
            2,
            "not the same the second time: results/ and the second run agree, against it",
        ),
    ],
)
def test_a_file_that_differs_is_told_with_its_rule_and_why(tmp_path, of_manifest, first, second, epochs, found):
    (tmp_path / "a.csv").write_text(of_manifest)
    folders = made(tmp_path / "first", first), made(tmp_path / "second", second, epochs)
    lines = compare_folders({"a.csv": sha256(tmp_path / "a.csv")}, *folders)
    assert lines == ([f"a.csv (rule evaluate): {found}"] if found else [])


@pytest.mark.parametrize(
    ("output", "line"),
    [
        ("Building DAG\nerror: config.yaml: found -1\n", "config.yaml: found -1"),
        ("RuleException:\nError in rule train:\n    error: loss is nan\nWorkflowError:\nAt least\n", "loss is nan"),
        ("RuleException:\nError in rule train:\nWorkflowError:\nAt least\n", "Error in rule train:"),
        ("Building DAG\nKilled\n", "Killed"),
        ("", "nothing"),
    ],
)
def test_of_what_snakemake_prints_the_line_that_tells_what_is_wrong_is_shown(output, line):
    assert said(output) == line
