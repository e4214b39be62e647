"""Faults of every kind, and what came of them: make chaos

A table has the kinds of faults: how many were tried, survived and lost, and the longest time. Each fault that was not
survived is printed with its reason, and the exit status is 1 then.

python tests/chaos/run.py [--short] [--run FOLDER] [--only KIND …] [--default FOLDER]
"""

import argparse
import importlib
import os
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "workflow/scripts"), str(ROOT / "tests")]
MNIST_DIR = os.environ.get("MNIST_DIR")  # conftest removes it


from chaos.fault import Fault  # noqa: E402
from chaos.runs import run_to_end, write_config  # noqa: E402

KINDS = ("downloads", "configs", "inputs", "surroundings", "mistakes", "kills")


def table(faults: Iterable[Fault]) -> str:
    """The table of all faults by their kind."""
    by_kind = defaultdict(list)
    for fault in faults:
        by_kind[fault.kind].append(fault)
    lines = [f"{'kind':22} {'tried':>6} {'survived':>9} {'lost':>5} {'longest':>9} {'bound':>7}"]
    for kind, group in by_kind.items():
        survived, lost = sum(not fault.problem for fault in group), sum(fault.lost for fault in group)
        longest, bound = max(fault.seconds for fault in group), max(fault.bound_s for fault in group)
        lines.append(f"{kind:22} {len(group):6} {survived:9} {lost:5} {longest:7.1f} s {bound:5.0f} s")
    return "\n".join(lines)


def finished_run(base: Path) -> Path:
    """A finished run of the tiny configuration."""
    write_config(base)
    print("making a run of the tiny configuration first", flush=True)
    status, output = run_to_end(base / "run")
    if status:
        sys.exit(f"error: the run failed: {output[-1000:]}")
    return base / "run"


def collect(kinds: Iterable[str], short: bool, run: Path) -> list[Fault]:
    """Try the faults of some kinds."""
    faults = []
    for kind in kinds:
        begin = time.monotonic()
        faults += report(importlib.import_module(f"chaos.{kind}").faults(short, run))
        print(f"{kind}: {time.monotonic() - begin:.0f} s", flush=True)
    return faults


def report(faults: Iterable[Fault]) -> Iterator[Fault]:
    """Print the faults that took long, or were not survived, as they are tried."""
    for fault in faults:
        if fault.seconds > 1:
            print(f"{fault.kind}: {fault.name}: {fault.seconds:.1f} s", flush=True)
        if fault.problem:
            print(f"NOT SURVIVED {fault.kind}: {fault.name}: {fault.problem}", flush=True)
        yield fault


def main() -> None:
    """Try the faults that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="fewer of each kind, in a minute, without kills")
    parser.add_argument("--run", type=Path, help="a finished run of the tiny configuration; without it, one is made")
    parser.add_argument("--only", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument(
        "--default",
        type=Path,
        help="a finished run of config.yaml: mistakes are made in it, and five runs of it are killed, too",
    )
    arguments = parser.parse_args()
    base = Path(tempfile.mkdtemp(prefix="chaos-"))
    try:
        run = arguments.run or finished_run(base)
        faults = collect(arguments.only, arguments.short, run.resolve())
        if arguments.default:
            config = {"MNIST_DIR": str(Path(MNIST_DIR).resolve()) if MNIST_DIR else ""}  # the rest is config.yaml's
            if "mistakes" in arguments.only:
                faults += report(importlib.import_module("chaos.mistakes").faults(False, arguments.default, config))
            if "kills" in arguments.only:
                faults += report(importlib.import_module("chaos.kills").faults(False, arguments.default, config, 5))
    finally:
        shutil.rmtree(base, ignore_errors=True)
    print(table(faults))
    sys.exit(any(fault.problem for fault in faults))


if __name__ == "__main__":
    main()
