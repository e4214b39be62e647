"""A job, and what it started, end soon after Snakemake was killed, and write nothing more."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from conftest import ROOT

from retrial.commands import run_control
from retrial.commands.unlock import check_nothing_runs
from retrial.errors import InputError
from retrial.processes import SNAKEMAKE

ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT / "workflow/scripts")}

JOB = """
import sys, time
from pathlib import Path
from retrial.files import atomic_write
from retrial.job import start_log
{start}
print("begun", file=sys.stderr, flush=True)
Path("begun").touch()
with atomic_write("result.csv") as part:
    part.write_text("old")
    while not Path("go").exists():
        time.sleep(0.02)
"""


def wait_for(condition, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def start_and_kill_parent(tmp_path):
    """Start Python code in a child of a process, wait until it has begun, kill the parent; return the child."""
    children = []

    def run(code: str) -> psutil.Process:
        command = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])"
        parent = subprocess.Popen([sys.executable, "-c", command], cwd=tmp_path, env=ENVIRONMENT)
        wait_for((tmp_path / "begun").exists)
        (child,) = psutil.Process(parent.pid).children()
        children.append(child)
        parent.kill()
        parent.wait()
        return child

    yield run
    for child in children:
        if child.is_running():
            child.kill()


def ended(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_a_job_without_snakemake_does_not_replace_a_newer_result(start_and_kill_parent, tmp_path):
    child = start_and_kill_parent(JOB.format(start=""))
    (tmp_path / "result.csv").write_text("new")
    (tmp_path / "go").touch()
    wait_for(lambda: ended(child))
    assert (tmp_path / "result.csv").read_text() == "new"
    assert not list(tmp_path.glob(".result*"))


def test_a_job_without_snakemake_ends_and_leaves_nothing_half_written(start_and_kill_parent, tmp_path):
    child = start_and_kill_parent(JOB.format(start="start_log('job.log')"))
    wait_for(lambda: ended(child), 5)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["begun", "job.log"]


def test_a_job_that_begins_after_the_end_of_snakemake_ends(tmp_path):
    gone = subprocess.Popen(["true"])
    gone.wait()
    done = subprocess.run(
        [sys.executable, "-c", JOB.format(start="start_log('job.log')")],
        cwd=tmp_path,
        env=ENVIRONMENT | {SNAKEMAKE: str(gone.pid)},
        timeout=20,
        check=False,
    )
    assert done.returncode != 0
    assert not list(tmp_path.glob("*result*"))


def test_a_measuring_process_ends_with_its_job(start_and_kill_parent):
    code = "from retrial.processes import end_with_parent; end_with_parent()\n"
    child = start_and_kill_parent(code + "import pathlib, time; pathlib.Path('begun').touch(); time.sleep(60)")
    wait_for(lambda: ended(child), 5)


def test_a_measuring_process_of_another_run_is_reported(monkeypatch):
    assert not any(str(os.getpid()) in line for line in run_control.warn_of_measuring_processes())
    words = [sys.executable, "-c", "import time; time.sleep(60)", "-m", "retrial.timing.worker"]
    with subprocess.Popen(words) as process:
        wait_for(lambda: any(str(process.pid) in line for line in run_control.warn_of_measuring_processes()))
        process.send_signal(signal.SIGKILL)


def test_a_folder_in_which_a_run_is_under_way_is_not_unlocked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_nothing_runs(tmp_path)
    (tmp_path / ".retrial").mkdir()
    started = psutil.Process().create_time()
    for text, runs in ((f"{os.getpid()} {started}", True), (f"{os.getpid()} 1.0", False), ("x", False), ("", False)):
        (tmp_path / run_control.RUNNING).write_text(text)
        if runs:
            with pytest.raises(InputError, match=rf"process {os.getpid()}: a run is under way here"):
                check_nothing_runs(tmp_path)
        else:
            check_nothing_runs(tmp_path)


MESSAGE = """
import io, os, time
from logging import makeLogRecord
from retrial.commands.run_control import end_on_signals
from snakemake.logging import ColorizingTextHandler

class Terminal(io.StringIO):
    def write(self, text):
        os.kill(os.getpid(), {number})
        time.sleep(0.1)

end_on_signals()
try:
    ColorizingTextHandler(stream=Terminal()).emit(makeLogRecord({{"msg": "a message"}}))
    time.sleep(10)
except KeyboardInterrupt:
    print("stopped")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_snakemake_prints_a_message_ends_the_run(number):
    """Snakemake's logging ignores a KeyboardInterrupt."""
    code = MESSAGE.format(number=int(number))
    done = subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("stopped\n", 0), done.stderr
