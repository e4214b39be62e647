"""Show on a terminal how far a run of Snakemake is: python -m retrial.commands.progress snakemake -c4

A bar for the whole run weighs each job by the time that its rule took last time; below it a bar for each running job
shows the step that its log tells, such as `Epoch 3/5` or `process 2 of 5`. Where there is no terminal, the command runs
as it is.
"""

import os
import queue
import re
import statistics
import subprocess
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from retrial.pipeline.records import read_records

STEP = re.compile(r"(?:Epoch|process|file) (\d+)(?:/| of )(\d+)")
# What a job of a rule that has not run here before is taken to last: only the ratio to the others counts.
UNKNOWN_S = 5.0
TAIL_BYTES = 4096
SHOW_AT_ONCE = ("WARNING", "error:")


def expected_seconds(folder: Path) -> dict[str, float]:
    """The median time that a job of each rule took, of those that Snakemake remembers in a folder."""
    of_rule = defaultdict(list)
    for record in read_records(folder).values():
        if record.get("endtime"):
            of_rule[record["rule"]].append(record["endtime"] - record["starttime"])
    return {rule: statistics.median(times) for rule, times in of_rule.items()}


def steps_done(log: Path) -> tuple[int, int] | None:
    """How many steps a running job has finished, and of how many, by the last step that its log begins or reports."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - TAIL_BYTES))
            found = STEP.findall(file.read().decode(errors="replace"))
    except OSError:
        return None
    return (int(found[-1][0]), int(found[-1][1])) if found else None


class Run:
    """What Snakemake's lines tell of a run: the jobs that it has, those that run, those that are done."""

    def __init__(self, expected: dict[str, float]):
        self.expected = expected
        self.total = self.done = 0.0
        self.running: dict[str, dict] = {}
        self.finished: list[str] = []
        self._block: dict = {}
        self._in_stats = False

    def weight(self, rule: str) -> float:
        """The seconds that a job of a rule is expected to take."""
        return self.expected.get(rule, UNKNOWN_S)

    def read(self, line: str) -> None:
        """Take in one line."""
        if line.startswith("Job stats:"):
            self._in_stats, self.total = True, 0.0
        elif self._in_stats and (count := re.match(r"(\w+) +(\d+)$", line)):
            if count[1] == "total":
                self._in_stats = False
            elif count[1] != "all":
                self.total += self.weight(count[1]) * int(count[2])
        elif rule := re.match(r"(?:local)?rule (\w+):", line):
            self._block = {"rule": rule[1], "name": rule[1], "log": None}
        elif log := re.match(r"    log: ([^,\s]+)", line):
            self._block["log"] = Path(log[1])
        elif job := re.match(r"    jobid: (\d+)", line):
            self.running[job[1]] = self._block
        elif wildcards := re.match(r"    wildcards: (.+)", line):
            values = " ".join(part.partition("=")[2] for part in wildcards[1].split(", "))
            self._block["name"] = f"{self._block['rule']} {values}"
        elif end := re.match(r"Finished jobid: (\d+)", line):
            job = self.running.pop(end[1], None)
            if job and job["rule"] != "all":
                self.done += self.weight(job["rule"])
            self.finished.append(end[1])


def show(run: Run, progress: Progress, whole: int, bars: dict[str, int]) -> None:
    """Bring the bars up to date."""
    partly = 0.0
    for number, job in run.running.items():
        if job["rule"] == "all":
            continue
        if number not in bars:
            bars[number] = progress.add_task(job["name"], total=None)
        if job["log"] and (steps := steps_done(job["log"])):
            done, total = steps
            done -= 1  # the one that it names may be running
            progress.update(bars[number], completed=done, total=total)
            partly += run.weight(job["rule"]) * done / total
    for number in run.finished:
        if number in bars:
            progress.remove_task(bars.pop(number))
    run.finished.clear()
    progress.update(whole, completed=run.done + partly, total=run.total or None)


def main() -> int:
    """Run the command on the command line, and return its exit status."""
    command = sys.argv[1:]
    console = Console(stderr=True)
    if not console.is_terminal or not command:
        os.execvp(command[0], command) if command else sys.exit("usage: python -m retrial.commands.progress snakemake …")
    run, lines, arriving = Run(expected_seconds(Path())), [], queue.SimpleQueue()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    reader = threading.Thread(target=lambda: [arriving.put(line.rstrip("\n")) for line in process.stdout])
    reader.start()
    columns = [
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    ]
    with Progress(*columns, console=console, transient=True, speed_estimate_period=120) as progress:
        whole, bars = progress.add_task("the whole run", total=None), {}
        while reader.is_alive() or not arriving.empty():
            try:
                while not arriving.empty():
                    line = arriving.get()
                    lines.append(line)
                    run.read(line)
                    if line.startswith(SHOW_AT_ONCE) and line not in lines[:-1]:
                        console.print(line, markup=False, highlight=False)
                show(run, progress, whole, bars)
                time.sleep(0.2)
            except KeyboardInterrupt:  # Snakemake has it too, and cleans up
                continue
    status = process.wait()
    # Of a run that went well its last words; of another one all from the first error on.
    marks = [i for i, line in enumerate(lines) if re.match(r"\d+ of \d+ steps \(100%\) done", line)]
    if status:
        marks = [i - 1 for i, line in enumerate(lines) if re.match(r"(Error|\w*Exception|Terminating|error)", line)][:1]
    shown = lines[marks[-1] + 1 :] if marks else lines[-20:]
    print("\n".join(line for line in shown if not line.startswith(SHOW_AT_ONCE)), file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
