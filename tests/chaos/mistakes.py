"""A user's mistakes after a finished run: refused while planning, or undone, with nothing lost either way."""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import yaml
from conftest import TINY

from chaos.fault import Fault
from chaos.runs import ROOT, checksums, differing, nothing_to_do, run_to_end, write_config
from retrial.commands.undo import keep

SOFTMAX = {"units": 10, "activation": "softmax"}
MISTAKES = {
    "momentum for adam": {"experiments": {"low_rate": {"optimizer": {"name": "adam", "momentum": 0.9}}}},
    "a loss that diverges": {"experiments": {"low_rate": {"optimizer": {"learning_rate": 1e30}}}},
    "9 labels": {"dataset": {"labels": list("012345678")}},
    "a mistyped checksum, and no other data": {
        "dataset": {"files": {"test_labels": {"sha256": 64 * "a"}}},
        "fallback": "none",  # the embedded digits would need no checksum
    },
    "two layers of 100,000 units": {
        "experiments": {"low_rate": {"layers": [*[{"units": 10**5, "activation": "relu"}] * 2, SOFTMAX]}}
    },
    "a million epochs": {"experiments": {"baseline": {"epochs": 10**6, "batch_size": 1}}},
    "a thousand million replays": {"timing": {"replays": 10**9}},
    "10^11 elements": {"timing": {"sizes": {"max_steps": {"elements": 10**11}}}},
    "a sample of 30 years": {"timing": {"min_sample_s": 1e9}},
    "engine numpy with tanh": {
        "experiments": {"from_scratch": {"layers": [{"units": 5, "activation": "tanh"}, SOFTMAX]}}
    },
    "Ctrl-C while retraining": {"experiments": {"baseline": {"epochs": 3}}},
    "SIGTERM while retraining": {"experiments": {"baseline": {"epochs": 4}}},
    "kill -9 while retraining": {"experiments": {"baseline": {"epochs": 5}}},
}
SIGNALS = {"Ctrl-C": "INT", "SIGTERM": "TERM", "kill -9": "KILL"}


def try_mistake(folder: Path, name: str, expected: dict[str, str]) -> Fault:
    """Make a mistake in a finished run, undo what it did, and compare."""
    mistake = folder.parent / "mistake.yaml"
    mistake.write_text(yaml.safe_dump(MISTAKES[name]))
    start, problem = time.monotonic(), None
    if signal := next((number for text, number in SIGNALS.items() if text in name), None):
        from chaos.kills import kill_when

        kill_when(
            folder,
            lambda: not all((folder / name).exists() for name in expected),
            signal,
            str(mistake),
            group=signal == "INT",
        )
    else:
        status, output = run_to_end(folder, str(mistake))
        if not status:
            problem = "the run succeeded"
        elif len(lines := {line for line in output.splitlines() if line.startswith("error: ")}) != 1:
            problem = f"{len(lines)} lines tell what is wrong: {output[-500:]}"  # two jobs may fail at the same time
    for module in ("unlock", "undo"):
        subprocess.run(
            [sys.executable, "-m", f"retrial.commands.{module}"],
            cwd=folder,
            env={"PYTHONPATH": str(ROOT / "workflow/scripts"), "PATH": "/usr/bin:/bin"},
            stdout=subprocess.DEVNULL,
            check=False,
        )
    lost = bool(differing(folder, expected))
    if lost:
        problem = f"not restored: {differing(folder, expected)}"
    elif not nothing_to_do(folder):
        problem = "after the undo, something is to be done"
    return Fault.within("mistake", name, time.monotonic() - start, 300, problem, lost)


def faults(short: bool, run: Path, config: dict = TINY) -> Iterator[Fault]:
    """Try all on a copy of a finished run of a configuration."""
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copytree(run, Path(folder) / "run", ignore=shutil.ignore_patterns(".retrial"))
        keep(copy)
        write_config(Path(folder), config)
        expected = checksums(copy)
        for name in ("momentum for adam", "9 labels") if short else MISTAKES:
            yield try_mistake(copy, name, expected)
