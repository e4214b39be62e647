"""verify refuses results that are not current, and names the files that a second run does not reproduce."""

import subprocess
import sys
from contextlib import nullcontext

import pytest
from recorded import write_record

from retrial.commands import verify as command
from retrial.commands.verify import check_results_are_current, compare_folders, error_line, read_manifest
from retrial.errors import InputError
from retrial.files import sha256

# The jobs as Snakemake 9.27 prints them for --dry-run.
DRY_RUN = """\
[Tue Nov 24 13:56:53 2026]
Job 2: Get the data set mnist.
Reason: Updated input files: results/data/x_train.npy
[Tue Nov 24 13:56:53 2026]
Job 1: Train mse from seed 0.
Reason: Updated input files: results/data/x_train.npy
Job stats:
"""


@pytest.mark.parametrize("kind", ["edited", "missing"])
def test_a_missing_result_is_refused_and_an_edited_one_not_because_the_comparison_finds_it(monkeypatch, kind):
    output = DRY_RUN if kind == "edited" else DRY_RUN.replace("Updated input", "Missing output", 1)
    plan = [sys.executable, "-c", f"print({output!r})"]
    monkeypatch.setattr(
        command, "start_snakemake", lambda *_: subprocess.Popen(plan, stdout=subprocess.PIPE, text=True)
    )
    refused = pytest.raises(
        InputError, match=r"^results/: not from .*\(Get the data set mnist, because: Missing output"
    )
    with refused if kind == "missing" else nullcontext():
        check_results_are_current({}, [])


@pytest.mark.parametrize(
    ("in_manifest", "first", "second", "expected"),
    [
        ("loss\n1", "loss\n1", "loss\n1", None),
        ("loss\n1", "loss\n2", "loss\n1", "changed since it was made: line[1]: 2 != 1"),
        ("loss\n1", "loss\n1", "loss\n2", "not reproduced: line[1]: 1 != 2"),
        ("loss\n3", "loss\n1", "loss\n1", "not reproduced: results/ and the second run are equal, but differ from"),
    ],
)
def test_a_file_that_differs_is_named_with_its_rule_and_the_reason(tmp_path, in_manifest, first, second, expected):
    (tmp_path / "a.csv").write_text(in_manifest)
    for folder, text in (("first", first), ("second", second)):
        write_record(tmp_path / folder, "a.csv", "evaluate")
        (tmp_path / folder / "a.csv").write_text(text)
    (tmp_path / "first/.snakemake/metadata/not-a-record~").write_text("{")
    lines = compare_folders({"a.csv": sha256(tmp_path / "a.csv")}, tmp_path / "first", tmp_path / "second")
    assert len(lines) == bool(expected)
    assert not expected or lines[0].startswith(f"a.csv (rule evaluate): {expected}")


def test_without_a_manifest_the_message_names_the_command_that_writes_it(tmp_path):
    with pytest.raises(InputError, match=r"manifest.json: no such file, but `make run` writes it$"):
        read_manifest(tmp_path / "manifest.json")


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
