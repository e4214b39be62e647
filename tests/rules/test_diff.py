"""bundle, diff: a run in small; what differs between two runs, and nothing else."""

import copy
import getpass
import json
import re
import shutil
import socket
import sys

import pytest
from conftest import made_file

from retrial.commands import diff as command
from retrial.commands.diff import diff
from retrial.errors import InputError
from retrial.files import write_json
from retrial.page.runs import machine_rows, read_run, verdict_rows
from retrial.results import Results


@pytest.fixture
def results(tiny_run):
    return made_file(tiny_run, "results/manifest.json").parent


@pytest.fixture
def run(results):
    return read_run(results)


def test_a_bundle_is_small_and_says_nothing_of_host_or_user(run, tmp_path):
    write_json(tmp_path / "bundle.json", run)
    assert (tmp_path / "bundle.json").stat().st_size < 100_000
    assert read_run(tmp_path / "bundle.json") == json.loads(json.dumps(run))
    assert {"cpu_family", "cpu_instructions"} <= run["fingerprint"].keys()
    assert {row["id"] for row in run["claims"]} >= {"two_layers", "first_prediction"}
    assert run["rules"]["time_operations"] > 0
    text = (tmp_path / "bundle.json").read_text()
    assert '"/' not in text
    assert not [
        name for name in (socket.gethostname(), getpass.getuser()) if re.search(rf"\b{re.escape(name)}\b", text)
    ]


def test_a_run_that_skips_the_training_step_can_be_compared(results, run, tmp_path):
    other = shutil.copytree(results, tmp_path / "results")
    (other / "timings/training_cost.csv").unlink()
    assert diff(run, read_run(other) | {"rules": run["rules"]}) == []


def test_a_run_does_not_differ_from_itself(run):
    assert diff(run, copy.deepcopy(run)) == []


def change(run, part, **row):
    """A copy of the run with another first row of a table."""
    other = copy.deepcopy(run)
    other[part][0].update(row)
    return other


@pytest.mark.parametrize(
    ("part", "row", "expected"),
    [
        ("claims", {"verdict": "shaken"}, "verdict"),
        ("accuracy", {"mean": 0.1, "ci_low": 0.09, "ci_high": 0.11}, "accuracy"),
        ("accuracy", {"mean": 0.1}, None),  # the intervals overlap
        ("speedups", {"speedup": 9e9, "ci_low": 8e9, "ci_high": 1e10}, "speedups"),
    ],
)
def test_a_result_beyond_the_noise_is_a_real_difference(run, part, row, expected):
    differences = diff(run, change(run, part, **row))
    assert [d.part for d in differences if d.real] == [expected] * bool(expected)


def test_a_speedup_that_differs_by_less_than_five_percent_is_no_difference(run):
    speedup = run["speedups"][0]["speedup"]
    a = change(run, "speedups", ci_low=speedup * 0.999, ci_high=speedup * 1.001)
    for factor, n in ((1.04, 0), (1.06, 1)):
        value = factor * speedup
        b = change(run, "speedups", speedup=value, ci_low=value * 0.999, ci_high=value * 1.001)
        assert len(diff(a, b)) == n


def test_the_bytes_of_files_count_on_the_same_machine_alone(run):
    other, model = copy.deepcopy(run), "results/models/baseline/0/model.keras"
    other["reproducible"][model] = "0" * 64
    assert [d.name for d in diff(run, other)] == [model]
    other["fingerprint"]["cpu_model"] = "another"
    assert [(d.part, d.real) for d in diff(run, other)] == [("machine", False)]
    other["reproducible"]["results/data/x_test.npy"] = "0" * 64
    assert [d.name for d in diff(run, other) if d.real] == ["results/data/x_test.npy"]


def test_a_setting_is_a_real_difference_and_a_commit_is_none(run):
    other = copy.deepcopy(run)
    other["configuration"]["experiments"]["baseline"]["epochs"] = 99
    del other["configuration"]["experiments"]["unscaled"]
    other["fingerprint"]["git_commit"] = "0" * 40
    assert [(d.name, d.b, d.real) for d in diff(run, other)] == [
        ("experiments.baseline.epochs", "99", True),
        ("experiments.unscaled", "missing", True),
        ("git_commit", "0" * 40, False),
    ]


@pytest.mark.parametrize(
    ("option", "expected"), [("", "verdict\n  "), ("--json", '"b": "shaken"'), ("--md", "| shaken |")]
)
def test_the_command_prints_the_differences_and_its_exit_status_says_if_one_is_real(
    run, results, tmp_path, monkeypatch, capsys, option, expected
):
    write_json(tmp_path / "other.json", change(run, "claims", verdict="shaken"))
    for other, status in ((tmp_path / "other.json", 1), (results, 0)):
        monkeypatch.setattr(sys, "argv", ["diff", *option.split(), str(results), str(other)])
        with pytest.raises(SystemExit) as exit:
            command.main()
        assert exit.value.code == status
        assert (expected in capsys.readouterr().out) == bool(status)


def test_what_is_no_run_gets_a_message_of_one_line(tmp_path):
    (tmp_path / "text").write_text("no JSON")
    write_json(tmp_path / "list.json", [])
    for name in ("missing", "text", "list.json", "."):
        with pytest.raises(InputError, match=r"^[^\n]+expected [^\n]+$|^[^\n]+make bundle$"):
            read_run(tmp_path / name)


def test_the_page_shows_other_machines_beside_this_run(run, results):
    faster = change(run, "claims", verdict="shaken")
    for row in faster["speedups"]:
        row.update({key: 4 * row[key] for key in ("speedup", "ci_low", "ci_high")})
    rows = machine_rows(Results(results), {"fast machine": faster})
    assert {"operation", "compared with", "this run", "fast machine", "mean of 2 machines"} == rows[0].keys()
    (verdict,) = verdict_rows(Results(results), {"fast machine": faster})
    assert verdict["fast machine"] == "shaken"
