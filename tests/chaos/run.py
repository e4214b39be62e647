"""Faults of every kind: those not survived, and how many were: make chaos, or python tests/chaos/run.py KIND …"""

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "workflow/scripts")]


from chaos import in_runs, without_runs  # noqa: E402
from chaos.fault import Fault  # noqa: E402

KINDS = {
    "downloads": without_runs.downloads,
    "configurations": without_runs.configurations,
    "surroundings": in_runs.surroundings,
    "slips": in_runs.slips,
    "kills": in_runs.kills,
}


def report(kind: str, faults: Iterable[Fault]) -> list[Fault]:
    """Try faults, print each that was not survived, and how many were; return the former."""
    tried = []
    for fault in faults:
        tried.append(fault)
        if fault.problem:
            print(f"NOT SURVIVED: {kind}: {fault.name}: {fault.problem}", flush=True)
    failed = [fault for fault in tried if fault.problem]
    print(f"{kind:16} {len(tried):6} {len(tried) - len(failed):9} {max(f.seconds for f in tried):7.1f} s", flush=True)
    return failed


def main() -> None:
    """Try the faults of the kinds that the command line names, or of all."""
    with tempfile.TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True) as base:
        print("making a run of the tests' tiny configuration first", flush=True)
        run = Path(base) / "run"
        if in_runs.run_to_end(run)[0]:
            sys.exit("error: the run failed: run make test")
        print(f"{'kind':16} {'tried':>6} {'survived':>9} {'longest':>9}", flush=True)
        failed = [fault for kind in sys.argv[1:] or KINDS for fault in report(kind, KINDS[kind](run))]
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
