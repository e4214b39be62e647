"""A job's log takes everything: Python's prints, what C code and child processes write, and why the job failed."""

import re
import subprocess
import sys

import pytest
from conftest import ROOT

START = "from retrial.pipeline.errors import InputError\nfrom retrial.pipeline.job import start_log\nterminal = start_log('job.log')\n"


def run(tmp_path, code):
    done = subprocess.run(
        [sys.executable, "-c", START + code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT / "workflow/scripts")},
        capture_output=True,
        text=True,
        check=False,
    )
    return done, (tmp_path / "job.log").read_text()


def test_prints_descriptors_and_children_go_to_the_log_and_nothing_to_the_terminal(tmp_path):
    done, log = run(tmp_path, "import os\nprint('python', flush=True)\nos.write(2, b'c++\\n')\nos.system('echo child')")
    *lines, last = log.splitlines()
    assert lines == ["python", "c++", "child"]
    assert re.fullmatch(r"took \d+\.\d\d s, \d+\.\d\d core-seconds", last)
    assert (done.stdout, done.stderr) == ("", "")


def test_the_terminal_can_still_be_reached(tmp_path):
    done, log = run(tmp_path, "print('bar', file=terminal)")
    assert done.stderr == "bar\n"
    assert "bar" not in log


def test_a_finished_job_tells_its_core_seconds_with_those_of_its_children(tmp_path):
    child = "import time; start = time.process_time()\nwhile time.process_time() - start < 0.3: pass"
    _, log = run(tmp_path, f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])")
    assert float(log.split()[-2]) > 0.3


def test_what_a_job_prints_is_in_its_log_while_it_runs(tmp_path):
    _, log = run(tmp_path, "import pathlib\nprint('step')\nassert pathlib.Path('job.log').read_text() == 'step\\n'")
    assert "AssertionError" not in log


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("InputError('x.idx: cut off')", ["error: x.idx: cut off"]),
        (
            "PermissionError(13, 'Permission denied', 'x.npy')",
            ["error: x.npy: Permission denied; the job needs it: make it readable or writable"],
        ),
        ("ValueError('bug')", ["ValueError: bug"]),
    ],
)
def test_a_failure_is_in_the_log_and_in_the_exit_status(tmp_path, error, expected):
    done, log = run(tmp_path, f"raise {error}")
    assert done.returncode == 1
    assert log.splitlines()[-1:] == expected
    assert ("Traceback" in log) == error.startswith("ValueError")
