"""verify refuses results that are not current, and names the files that a second run does not reproduce."""

import subprocess
import sys

import pytest
from recorded import write_record

from retrial.commands import verify as command
from retrial.commands.verify import check_results_are_current, compare_folders, error_line, main
from retrial.errors import InputError
from retrial.files import sha256, write_json

MANIFEST = "results/manifest.json"

# The jobs as Snakemake 9.27 prints them for --dry-run.
DRY_RUN = """\
Building DAG of jobs...
[Tue Nov 24 13:56:53 2026]
Job 2: Get the data set mnist.
Reason: Missing output files: results/data/raw/mnist/train_images.idx
[Tue Nov 24 13:56:53 2026]
Job 1: Train mse from seed 0.
Reason: Params have changed since last execution: Union of exclusive params before and now across all output: \
before: ('epochs', 5) now: ('epochs', 3)\x20
Job stats:
"""


@pytest.fixture
def results(tmp_path, monkeypatch):
    """A folder with a result and a manifest, made in this order; it is the current folder."""
    (tmp_path / "results").mkdir()
    (tmp_path / "results/accuracy.csv").write_text("loss\n1")
    write_record(tmp_path, "results/accuracy.csv", "evaluate", starttime=0, endtime=1)
    write_record(tmp_path, MANIFEST, "manifest", starttime=2, endtime=3)
    manifest = {"fingerprint": {}, "configuration": {}, "accuracy": []}
    write_json(tmp_path / MANIFEST, manifest | {"reproducible": checksums(tmp_path)})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def checksums(folder):
    return {"results/accuracy.csv": sha256(folder / "results/accuracy.csv")}


@pytest.fixture
def dry_run(monkeypatch):
    """Replace Snakemake by a process that prints a text and ends with a status."""

    def replace(output="", status=0):
        code = f"import sys; print({output!r}); sys.exit({status})"
        monkeypatch.setattr(
            command,
            "start_snakemake",
            lambda *_, **environment: subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True),
        )

    return replace


def test_edited_results_are_accepted_because_the_comparison_finds_them(results, dry_run):
    dry_run("Job 1: Train mse from seed 0.\nReason: Updated input files: results/data/x_train.npy\n")
    check_results_are_current(checksums(results), [])


def test_a_missing_result_is_refused(results, dry_run):
    dry_run(DRY_RUN)
    with pytest.raises(InputError, match=r"because: Missing output files: .*Run: make run$"):
        check_results_are_current(checksums(results), [])


def test_results_of_another_configuration_are_refused(results, dry_run):
    dry_run(DRY_RUN.replace("Missing output files", "Updated input files"))
    changed = r"\(Train mse from seed 0, because: Params have .*: before: \('epochs', 5\) now: \('epochs', 3\)\)"
    with pytest.raises(InputError, match=rf"^results/: not from the current config.yaml and code {changed}. Run: make"):
        check_results_are_current(checksums(results), [])


@pytest.mark.parametrize(
    ("in_manifest", "first", "second", "expected"),
    [
        ("loss\n1", "loss\n1", "loss\n1", None),
        ("loss\n1", "loss\n2", "loss\n1", "changed since it was made: line[1]: 2 != 1"),
        ("loss\n1", "loss\n1", "loss\n2", "not reproduced: line[1]: 1 != 2"),
        (
            "loss\n3",
            "loss\n1",
            "loss\n1",
            "not reproduced: results/ and the second run are equal, but differ from the manifest",
        ),
    ],
)
def test_a_file_that_differs_is_named_with_its_rule_and_the_reason(tmp_path, in_manifest, first, second, expected):
    (tmp_path / "a.csv").write_text(in_manifest)
    for folder, text in (("first", first), ("second", second)):
        write_record(tmp_path / folder, "a.csv", "evaluate")
        (tmp_path / folder / "a.csv").write_text(text)
    (tmp_path / "first/.snakemake/metadata/not-a-record~").write_text("{")
    lines = compare_folders({"a.csv": sha256(tmp_path / "a.csv")}, tmp_path / "first", tmp_path / "second")
    assert lines == ([f"a.csv (rule evaluate): {expected}"] if expected else [])


def run_main(monkeypatch, *arguments):
    """The exit status of verify, or its error message."""
    monkeypatch.setattr(sys, "argv", ["verify", *arguments])
    monkeypatch.setattr(command.signal, "signal", lambda *_: None)
    with pytest.raises(SystemExit) as exit:
        main()
    return exit.value.code


def test_without_a_manifest_the_message_names_the_command_that_writes_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run_main(monkeypatch) == ("error: results/manifest.json: no such file, but `make run` writes it")


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("Building DAG\nerror: config.yaml: found -1\n", "config.yaml: found -1"),
        ("RuleException:\nError in rule train:\n    error: loss is nan\nWorkflowError:\nAt least\n", "loss is nan"),
        ("ValueError: no such thing\nAt least\n", "ValueError: no such thing"),
        ("", "no output"),
    ],
)
def test_the_error_line_is_the_line_that_tells_what_went_wrong(output, expected):
    assert error_line(output) == expected
