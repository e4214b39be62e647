"""The progress bars follow Snakemake's events and the logs of the jobs."""

import os
import pty
import signal
import sys
import time

import pytest
from conftest import ROOT
from recorded import write_record

from retrial.commands.progress import RunBars, usual_seconds

SNAKEFILE = """
print("asking 2 mirrors", file=sys.stderr)
logger.warning("WARNING: no mirror answers")
logger.warning("WARNING: no mirror answers")

rule all:
    input: "done.txt"

onsuccess:
    print("0.98: test accuracy", file=sys.stderr)

rule train:
    output: "done.txt"
    log: "train.log"
    shell: "echo Epoch 2/4 > {log}; sleep 1; echo error: loss is nan >> {log}; %s > {output}"
"""


@pytest.fixture
def log(tmp_path):
    return tmp_path / "train.log"


def test_a_job_counts_by_the_time_that_its_rule_took_last_time(log):
    bars = RunBars({"train": 2, "evaluate": 1, "all": 1}, {"train": 12.0, "evaluate": 2.0})
    bars.start_job(1, "evaluate", [], str(log))
    bars.end_job(1)
    bars.update()
    assert (bars.run.completed, bars.run.total) == (2.0, 26.0)


def test_the_usual_time_of_a_rule_is_the_median_of_its_recorded_jobs(tmp_path):
    for seed, seconds in enumerate((1.0, 3.0, 100.0)):
        write_record(tmp_path, f"{seed}.keras", "train", endtime=seconds)
    assert usual_seconds(tmp_path) == {"train": 3.0}


def test_the_last_step_in_the_log_of_a_running_job_moves_both_bars(log):
    bars = RunBars({"train": 2}, {"train": 12.0})
    bars.start_job(1, "train", ["mse", "0"], str(log))
    log.write_text("Epoch 1/4\nEpoch 3/4\n")
    bars.update()
    task = bars.running[1]
    assert (task.description, task.completed, task.total) == ("train mse 0", 2, 4)
    assert task.fields["note"].endswith(", epoch 3 of 4")
    assert (bars.run.completed, bars.run.total) == (6.0, 24.0)


def test_the_remaining_time_follows_from_what_is_done(log):
    bars = RunBars({"train": 1, "evaluate": 1, "all": 1}, {"train": 1.0, "evaluate": 1.0})
    bars.run.start_time -= 100
    bars.start_job(1, "train", [], str(log))
    bars.end_job(1)
    bars.update()
    assert bars.run.completed == bars.run.total / 2
    assert bars.run.fields["note"] == "0:01:40 elapsed, about 0:01:40 left"


def run_on_terminal(folder, command, interrupt_at=None) -> tuple[int, str]:
    """Run a rule with this command on a pseudo-terminal; return Snakemake's exit status and everything it shows.

    Once `interrupt_at` is shown, type Ctrl-C.
    """
    (folder / "Snakefile").write_text(SNAKEFILE % command)
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.environ |= {"PYTHONPATH": str(ROOT / "workflow/scripts"), "TERM": "xterm", "COLUMNS": "120"}
        arguments = ["-m", "snakemake", "-c1", "--show-failed-logs", "--logger", "progress"]
        os.execv(sys.executable, [sys.executable, *arguments])
    screen = b""
    try:
        while chunk := os.read(terminal, 65536):
            screen += chunk
            if interrupt_at and interrupt_at.encode() in screen:
                os.write(terminal, b"\x03")
                interrupt_at = None
    except OSError:  # the end of a pseudo-terminal
        pass
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), screen.decode()


def cursor_is_visible(screen):
    return screen.rfind("\x1b[?25h") > screen.rfind("\x1b[?25l") > 0


def test_a_run_shows_bars_then_its_headlines(tmp_path):
    status, screen = run_on_terminal(tmp_path, "echo")
    assert status == 0
    assert "whole run" in screen
    assert "epoch 2 of 4" in screen
    assert screen.count("WARNING: no mirror answers") == 1
    assert screen.index("asking 2 mirrors") < screen.index("whole run")
    assert screen.count("asking 2 mirrors") == 1
    assert "0.98: test accuracy" in screen
    assert "Complete log(s):" in screen
    assert "Error" not in screen
    assert cursor_is_visible(screen)


def test_a_failure_shows_the_rule_and_its_log_and_keeps_the_exit_status(tmp_path):
    status, screen = run_on_terminal(tmp_path, "echo cannot start >&2; false")
    assert status == 1
    assert "Error in rule train:" in screen
    assert "error: loss is nan" in screen
    assert "cannot start" in screen
    assert "Complete log(s):" in screen
    assert cursor_is_visible(screen)


def test_ctrl_c_stops_the_run_with_one_line(tmp_path):
    start = time.monotonic()
    status, screen = run_on_terminal(tmp_path, "sleep 600", interrupt_at="epoch 2 of 4")
    assert status == 1
    assert time.monotonic() - start < 300
    assert "Stopped. The run did not finish: finished results are kept, and the same command continues" in screen
    assert "Error" not in screen
    assert "Exception" not in screen
    assert cursor_is_visible(screen)


def test_a_job_that_ctrl_c_ended_first_is_no_error(tmp_path):
    status, screen = run_on_terminal(tmp_path, "(sleep 0.1; kill -INT $PPID) & false")
    assert status in (1, -signal.SIGINT)
    assert "Stopped. The run did not finish" in screen
    assert "Error" not in screen
