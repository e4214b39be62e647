"""Run this workflow in a child process, and read what Snakemake prints."""

import os
import re
import subprocess
import sys
from pathlib import Path

from retrial.digest import ROOT

STEPS_DONE = re.compile(r"\d+ of \d+ steps \(.*\) done")
PLANNED_JOB = re.compile(r"^Job \d+: (.*)\.\nReason: (.*)$", flags=re.MULTILINE)
# Our own messages explain more than Snakemake's.
ERROR_LINES = re.compile(r"error: (.*)"), re.compile(r"(Error in rule .*|\w*(?:Error|Exception)\b.*\w)$")


def start_snakemake(folder: Path, *arguments: str, **environment: str) -> subprocess.Popen:
    """Start this workflow in a folder; `.stdout` has everything that it prints.

    The processes get a group of their own, so that the caller can send all of them one signal.
    """
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--directory", folder, *arguments]
    return subprocess.Popen(
        [str(word) for word in command],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )


def planned_jobs(output: str) -> list[tuple[str, str]]:
    """The message and the reason of each job in the output of a dry run."""
    return PLANNED_JOB.findall(output)


def error_line(output: str) -> str:
    """The line that tells what went wrong, without `error: `; the last line if none does."""
    lines = [line.strip() for line in output.splitlines() if line.strip()] or ["no output"]
    errors = [match[1] for pattern in ERROR_LINES for line in lines if (match := pattern.match(line))]
    return [*errors, lines[-1]][0]
