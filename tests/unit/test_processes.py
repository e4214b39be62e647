"""A job, and what it started, end with Snakemake; a signal ends a run once, whatever it is doing."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from conftest import ROOT

ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT / "workflow/scripts")}

JOB = """
import time
from pathlib import Path
from retrial.files import atomic_write
from retrial.job import start_log
start_log("job.log")
with atomic_write("result.json") as part:
    part.write_text("half")
    Path("begun").touch()
    time.sleep(600)
"""
WORKER = """
import time
from pathlib import Path
from retrial.job import end_with_parent
end_with_parent()
Path("begun").touch()
time.sleep(600)
"""


def wait_for(condition, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def ended(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.fixture
def start(tmp_path):
    """Run Python code, and wait until it has begun; what is still running after the test is killed."""
    started = []

    def run(code: str, ignore: str = "") -> psutil.Process:
        words = ["bash", "-c", f'trap "" {ignore}; exec "$@"' if ignore else 'exec "$@"', "bash"]
        started.append(subprocess.Popen([*words, sys.executable, "-c", code], cwd=tmp_path, env=ENVIRONMENT))
        wait_for((tmp_path / "begun").exists)
        process = psutil.Process(started[0].pid)
        started.extend(process.children(recursive=True))
        return process

    yield run
    for process in reversed(started):
        if process.poll() is None if isinstance(process, subprocess.Popen) else process.is_running():
            process.kill()


@pytest.mark.parametrize("ignore", ["", "INT", "INT HUP"], ids=["terminal", "background", "nohup"])
@pytest.mark.parametrize("code", [JOB, WORKER], ids=["job", "worker"])
def test_a_job_or_a_measuring_process_whose_parent_was_killed_ends(start, code, ignore, tmp_path):
    parent = start(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])", ignore)
    (child,) = parent.children()
    parent.kill()
    wait_for(lambda: ended(child))
    assert not (tmp_path / "result.json").exists()


@pytest.mark.parametrize("ignore", ["", "INT", "INT HUP"], ids=["terminal", "background", "nohup"])
def test_a_job_that_is_stopped_leaves_nothing_half_written(start, ignore, tmp_path):
    job = start(JOB, ignore)
    job.terminate()
    wait_for(lambda: ended(job))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["begun", "job.log"]
    assert (tmp_path / "job.log").read_text().endswith(": stopped: run again to continue\n")


RUN = """
import io, os, time
from logging import makeLogRecord
from retrial.commands.run_control import end_on_signals
from snakemake.logging import ColorizingTextHandler

class Terminal(io.StringIO):
    def write(self, text):
        for _ in range(3):
            os.kill(os.getpid(), {number})
            time.sleep(0.05)

end_on_signals()
try:
    ColorizingTextHandler(stream=Terminal()).emit(makeLogRecord({{"msg": "a message"}}))
    time.sleep(60)
except KeyboardInterrupt:
    for _ in range(3):
        os.kill(os.getpid(), {number})
        time.sleep(0.05)
    print("cleaned up")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_while_snakemake_prints_a_message_or_cleans_up_end_the_run_once(number):
    """Snakemake's logging ignores a KeyboardInterrupt, and one while it cleans up would cut that short."""
    code = RUN.format(number=int(number))
    done = subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("cleaned up\n", 0), done.stderr
