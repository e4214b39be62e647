"""The bars follow what Snakemake's lines and the jobs' logs tell."""

import os
import pty
import subprocess
import sys

from conftest import ROOT

from retrial.commands.progress import Run, steps_done

LINES = """Job stats:
job        count
-------  -------
all            1
train          2
evaluate       1
total          4

[Mon Nov 23 12:00:00 2026]
localrule train:
    input: a, b
    output: c
    log: logs/train/mse/1.log
    jobid: 7
    reason: Missing output files: c
    wildcards: experiment=mse, seed=1
[Mon Nov 23 12:00:00 2026]
rule evaluate:
    log: logs/evaluate.log
    jobid: 3
Finished jobid: 3 (Rule: evaluate)
1 of 4 steps (25%) done
""".splitlines()


def test_jobs_count_by_the_time_that_their_rule_took_last_time():
    run = Run({"train": 12.0, "evaluate": 2.0})
    for line in LINES:
        run.read(line)
    assert (run.total, run.done) == (26.0, 2.0)
    assert [(job["name"], str(job["log"])) for job in run.running.values()] == [
        ("train mse 1", "logs/train/mse/1.log"),
    ]
    assert run.finished == ["3"]


def test_the_last_step_in_a_log_counts(tmp_path):
    log = tmp_path / "job.log"
    assert steps_done(log) is None
    log.write_text("begin\n")
    assert steps_done(log) is None
    log.write_text("Epoch 1/5\nloss\nEpoch 2/5\n")
    assert steps_done(log) == (2, 5)
    log.write_text("process 3 of 4: 11 points\n")
    assert steps_done(log) == (3, 4)


def run(command: str, **streams) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "retrial.commands.progress", "sh", "-c", command],
        env=os.environ | {"PYTHONPATH": str(ROOT / "workflow/scripts"), "TERM": "xterm"},
        **streams,
    )


def test_without_a_terminal_the_command_runs_as_it_is():
    process = run("echo out; echo err >&2; exit 3", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.communicate() == ("out\n", "err\n")
    assert process.returncode == 3


def test_on_a_terminal_a_failure_is_shown_and_its_exit_status_kept(tmp_path):
    ours, theirs = pty.openpty()
    process = run("echo Job stats:; sleep 1; echo Error in rule train:; echo why; exit 3", stdout=theirs, stderr=theirs)
    assert process.wait() == 3
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 65536):
            shown += chunk
    except OSError:  # the end of a pseudo-terminal
        pass
    assert b"the whole run" in shown
    assert b"Error in rule train:" in shown
    assert b"why" in shown
