"""Faults around and in whole runs: other surroundings, a user's slips, kills at any moment."""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import yaml
from conftest import ROOT, TINY

from chaos.fault import Fault, attempt
from retrial.commands.undo import undo
from retrial.files import read_json, sha256

CHEAP = ["results/data/provenance.json", "results/models/from_scratch/0/probabilities.npy"]  # seconds, not minutes


def start(folder: Path, *arguments, root: Path = ROOT, before: str = "", **environment: str) -> subprocess.Popen:
    """Start a run of the tiny configuration in a session of its own, after a line of shell."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tiny.yaml").write_text(yaml.safe_dump(TINY, sort_keys=False))
    words = [sys.executable, "-m", "snakemake", "--snakefile", root / "Snakefile", "-c2", "--configfile", "tiny.yaml"]
    words = ["bash", "-c", f'{before}\nexec "$@"', "bash", *words, *arguments]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "start_new_session": True}
    return subprocess.Popen(words, cwd=folder, env=os.environ | environment, **options)


def run_to_end(folder: Path, *arguments, **options) -> tuple[int, str]:
    """Run; return the exit status, and what was printed."""
    process = start(folder, *arguments, **options)
    output = process.communicate()[0]
    return process.returncode, output


def differing(folder: Path, run: Path, prefix: str = "") -> str | None:
    """Which reproducible files in a folder differ from those of the undisturbed run, or are half-written."""
    expected = read_json(run / "results/manifest.json")["reproducible"]
    names = [name for name in expected if name.startswith(prefix)]
    wrong = [name for name in names if not (folder / name).is_file() or sha256(folder / name) != expected[name]]
    wrong += [str(path) for path in (folder / "results").rglob(".*.part*")]
    return f"differ: {wrong}" if wrong or not names else None


SURROUNDINGS = {
    "quotes and spaces in the path": {"name": 'it\'s "quoted" $HOME `id`'},
    "Korean letters in the path": {"name": "숫자 실험"},
    "results/ is a symbolic link": {"before": "mkdir elsewhere && ln -s elsewhere results"},
    "another time zone and locale": {"TZ": "Pacific/Chatham", "LC_ALL": "tr_TR.UTF-8"},
    "the locale C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "a HOME that does not exist": {"HOME": "/nowhere"},
    "in the background: no input, SIGINT ignored": {"before": 'trap "" INT HUP; exec <&-'},
}


def surroundings(run: Path) -> Iterator[Fault]:
    """A short run in each of these surroundings makes the same bytes."""

    def make(name: str = "folder", **options: str) -> str | None:
        with tempfile.TemporaryDirectory() as base:
            root, folder = Path(base) / name / "project", Path(base) / name / "run"
            for part in ("workflow", "envs", "profiles"):
                shutil.copytree(ROOT / part, root / part)
            for part in ("Snakefile", "config.yaml"):
                shutil.copy(ROOT / part, root)
            status, output = run_to_end(folder, "--", *CHEAP, root=root, **options)
            return output[-400:] if status else differing(folder, run, "results/models/from_scratch/0/pro")

    for name, options in SURROUNDINGS.items():
        yield attempt(name, lambda options=options: make(**options))


SLIPS = {
    "a loss that diverges": {"experiments": {"low_rate": {"optimizer": {"learning_rate": 1e30}}}},
    "momentum for adam": {"experiments": {"low_rate": {"optimizer": {"name": "adam", "momentum": 0.9}}}},
    "9 labels": {"dataset": {"labels": list("012345678")}},
    "a mistyped checksum": {"dataset": {"files": {"test_labels": {"sha256": 64 * "a"}}}, "fallback": "none"},
}


def slips(run: Path) -> Iterator[Fault]:
    """A slip in the configuration of a finished run is one line, and `make undo` brings everything back."""

    def slip(config: dict) -> str | None:
        (run / "slip.yaml").write_text(yaml.safe_dump(config))
        status, output = run_to_end(run, "slip.yaml")
        undo(run)
        if status == 0 or len({line for line in output.splitlines() if line.startswith("error: ")}) != 1:
            return f"exit status {status}, not one line that tells what is wrong: {output[-500:]}"
        idle = "Nothing to be done" in run_to_end(run, "-n")[1]
        return differing(run, run) or (None if idle else "after the undo, something is to be done")

    for name, config in SLIPS.items():
        yield attempt(name, slip, config)


KILLS = {
    "kill -9 of everything": (signal.SIGKILL, os.killpg, ""),
    "kill -9 of Snakemake alone": (signal.SIGKILL, os.kill, ""),
    "kill": (signal.SIGTERM, os.kill, ""),
    "kill of a run in the background": (signal.SIGTERM, os.kill, 'trap "" INT HUP'),
    "Ctrl-C": (signal.SIGINT, os.killpg, ""),
}


def kills(run: Path, rounds: int = 4) -> Iterator[Fault]:
    """Runs that are killed at any moment end with all their jobs; continued, they make the same bytes."""
    rng = random.Random(0)

    def kill(folder: Path, number: int, send, before: str) -> str | None:
        process = start(folder, before=before)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=rng.uniform(3, 20))
            return None  # it had ended
        members = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        send(process.pid, number)
        alive = psutil.wait_procs(members, timeout=30)[1]
        process.communicate()
        run_to_end(folder, "--unlock")
        return f"{len(alive)} processes go on" if alive else None

    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as base:
            for name, how in KILLS.items():
                yield attempt(name, kill, Path(base) / "run", *how)
            yield attempt("the end", lambda folder=Path(base) / "run": run_to_end(folder)[0] or differing(folder, run))
