"""Progress bars for a run of Snakemake on a terminal: PYTHONPATH=workflow/scripts snakemake -c4 --logger progress

The bar of the whole run weighs each job by the time that its rule took last time, or takes on our machine. Below it,
each running job has a bar with the last step in its log. Warnings, errors and where to look first are printed above the
bars, Snakemake's last messages at the end.
"""

import logging
import os
import signal
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, Progress, Task, TextColumn
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from retrial.commands.undo import describe_loss
from retrial.config import relative
from retrial.digest import ROOT
from retrial.job import last_step
from retrial.snakemake import read_records

GRACE_S = 0.5  # in which Ctrl-C reaches this process after its jobs
MIN_SHARE = 0.05  # of the run that must be done before its remaining time is estimated
# Seconds of the jobs that take longest, and of any other, in a default run on two cores.
USUAL_S = {"time_operations": 250, "time_training_step": 50, "probe_training": 40, "train": 10, "train_from_scratch": 9}
OTHER_S = 4


def usual_seconds(folder: Path) -> dict[str, float]:
    """The median time that a job of each rule took, by Snakemake's records in a folder."""
    seconds = defaultdict(list)
    for record in read_records(folder).values():
        seconds[record["rule"]].append(record["endtime"] - record["starttime"])
    return {rule: statistics.median(values) for rule, values in seconds.items()}


def read_log(log: str, since: float) -> str:
    """A log; empty when nothing was written into it after `since`, in seconds since the epoch."""
    with suppress(OSError):
        if Path(log).stat().st_mtime >= since:
            return Path(log).read_text(encoding="utf-8", errors="replace")
    return ""


def format_duration(seconds: float) -> str:
    """80 seconds are `0:01:20`."""
    return str(timedelta(seconds=round(seconds)))


class RunBars:
    """The bars of a run, in seconds of work, and of its running jobs, in steps.

    Args:
        jobs: how many jobs of each rule the run has.
        seconds: what a job of a rule took last time; without a value, what it takes on our machine counts.
    """

    def __init__(self, jobs: dict[str, int], seconds: dict[str, float]):
        self.weights = {rule: seconds.get(rule, USUAL_S.get(rule, OTHER_S)) for rule in jobs} | {"all": 0.0}
        self.done = dict.fromkeys(jobs, 0)
        self.running: dict[int, Task] = {}
        self.progress = Progress(TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[note]}"))
        self.run = self._add_task("whole run", total=self._seconds(jobs))

    def _seconds(self, jobs: dict[str, int]) -> float:
        """What these jobs of each rule are expected to take, one after the other."""
        return sum(self.weights[rule] * n for rule, n in jobs.items())

    def _add_task(self, description: str, **fields) -> Task:
        self.progress.add_task(description, note="", **fields)
        return self.progress.tasks[-1]

    def start_job(self, job: int, rule: str, wildcards: list[str], log: str) -> None:
        """Add a bar for a job."""
        name = " ".join([rule, *wildcards])
        self.running[job] = self._add_task(name, total=None, rule=rule, log=log, since=time.time())

    def end_job(self, job: int) -> str | None:
        """Remove the bar of a job and count its work as done; return its rule, or None for a job without a bar."""
        if not (task := self.running.pop(job, None)):
            return None
        self.done[task.fields["rule"]] += 1
        self.progress.remove_task(task.id)
        return task.fields["rule"]

    def update(self) -> Progress:
        """Bring the bars up to date with the clock and with the logs of the running jobs."""
        done_s = self._seconds(self.done)
        for task in list(self.running.values()):
            note = format_duration(task.elapsed)
            text = read_log(task.fields["log"], task.fields["since"])
            if step := last_step(text):
                kind, number, total = step
                share = (number - 1) / total  # the last step has only begun
                done_s += self.weights[task.fields["rule"]] * share
                self.progress.update(task.id, completed=number - 1, total=total)
                note += f", {kind} {number} of {total}"
            if text.rstrip().rpartition("\n")[2].startswith("waiting: "):
                note += ", waiting for a quiet machine"
            self.progress.update(task.id, note=note)
        done_s, total_s = max(done_s, self.run.completed), self.run.total  # the bar never goes backwards
        note = f"{format_duration(self.run.elapsed)} elapsed"
        if done_s > MIN_SHARE * total_s:
            note += f", about {format_duration(self.run.elapsed * (total_s / done_s - 1))} left"
        self.progress.update(self.run.id, completed=done_s, note=note)
        return self.progress


class LogHandler(LogHandlerBase):
    """Turns Snakemake's events into bars. What processes write to standard error, which would break them, waits."""

    writes_to_stream = True
    writes_to_file = has_filter = has_formatter = needs_rulegraph = False

    def __post_init__(self) -> None:
        self.console = Console(file=os.fdopen(os.dup(2), "w"))
        self.live: Live | None = None
        self.printed: set[str] = set()
        self.first = {"first_ten", "try_it"}
        self.last_messages: list[str] = []
        self.interrupted = threading.Event()
        signal.signal(signal.SIGINT, self._interrupt)
        self.stderr = tempfile.TemporaryFile()  # noqa: SIM115
        os.dup2(self.stderr.fileno(), 2)

    def _interrupt(self, *_) -> None:
        self.interrupted.set()
        raise KeyboardInterrupt

    def emit(self, record: logging.LogRecord) -> None:
        """Show an event or a message; Snakemake calls this in a thread of its own."""
        try:
            self._show(record, getattr(record, "event", None))
        except Exception:
            self.handleError(record)

    def _show(self, record: logging.LogRecord, event: LogEvent | None) -> None:
        if event == LogEvent.RUN_INFO:
            self._print(self._take_stderr())  # of planning, such as that it asks mirrors
            jobs = {rule: n for rule, n in record.stats.items() if rule != "total"}
            self.bars = RunBars(jobs, usual_seconds(Path()))
            self.live = Live(get_renderable=self.bars.update, console=self.console, transient=True)
            self.live.start()
        elif event == LogEvent.JOB_INFO and record.log:  # `all`, which does nothing, has no log
            self.bars.start_job(record.jobid, record.rule_name, list(record.wildcards.values()), record.log[0])
        elif event == LogEvent.JOB_FINISHED and (rule := self.bars.end_job(record.job_id)) in self.first:
            self.first.remove(rule)
            if not self.first:
                folder = relative(Path("results").absolute(), ROOT)
                self._print(
                    f"Look already at {folder}/try.html, to draw a digit, and {folder}/predictions/first_ten.svg.\n"
                    "For the page so far, run make preview in another terminal."
                )

        if record.levelno < logging.WARNING:
            if event:
                self.last_messages.clear()
            else:
                self.last_messages.append(self.format(record))
        # Ctrl-C fails all jobs, perhaps before this process sees it itself.
        elif (text := self.format(record)) not in self.printed and not self.interrupted.wait(
            GRACE_S if record.levelno >= logging.ERROR else 0
        ):
            self.printed.add(text)
            self._print(text)

    def _print(self, text: str) -> None:
        if text:
            self.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def _take_stderr(self) -> str:
        """What was written to standard error since the last time."""
        self.stderr.seek(0)
        text = self.stderr.read().decode(errors="replace").rstrip()
        self.stderr.seek(0)
        self.stderr.truncate()
        return text

    def close(self) -> None:
        """Remove the bars; print what was written to standard error and Snakemake's last messages."""
        if not self.stderr.closed:
            if self.live:
                self.live.stop()
            os.dup2(self.console.file.fileno(), 2)
            messages = [self._take_stderr(), *self.last_messages]
            if self.interrupted.is_set():
                messages = [f"Stopped. {describe_loss(Path())}"]
            print(*filter(None, messages), sep="\n", file=self.console.file, flush=True)
            self.stderr.close()
        super().close()
