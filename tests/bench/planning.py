"""What Snakemake takes to see that nothing is to be done, and to plan many trainings; the size of the set-up.

python tests/bench/planning.py [ROUNDS]. The results in results/ must be up to date. Exit status 1 where a value is above
its limit.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import yaml
from bench import ROOT, Row, report

ONE_RULE = 'rule all:\n    output:\n        "done"\n    shell:\n        "touch {output}"\n'
MANY, FEW = 200, 20


def seconds(*arguments: str | Path, folder: Path = ROOT) -> float:
    """Wall seconds of a run of Snakemake."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "snakemake", "-c4", "--quiet", "all", *map(str, arguments)]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - start


def write_config(path: Path, n_trainings: int) -> Path:
    """A configuration with this many trainings: one of each experiment, the others of baseline."""
    experiments = yaml.safe_load((ROOT / "config.yaml").read_text())["experiments"]
    seeds = {name: {"seeds": [0]} for name in experiments}
    seeds["baseline"]["seeds"] = list(range(n_trainings + 1 - len(experiments)))
    path.write_text(yaml.safe_dump({"experiments": seeds}))
    return path


def main(rounds: int) -> int:
    """Print the table; return the number of values beyond their limits."""
    nothing, one_rule, many, few = [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "Snakefile").write_text(ONE_RULE)
        seconds(folder=folder)
        configs = [write_config(folder / f"{n}.yaml", n) for n in (MANY, FEW)]
        (folder / "empty").mkdir()
        for _ in range(rounds):
            one_rule.append(seconds(folder=folder))
            nothing.append(seconds())
            for times, config in zip((many, few), configs, strict=True):
                times.append(seconds("-n", "--configfile", config, "--directory", folder / "empty"))
    size = sum(path.stat().st_blocks * 512 for path in (ROOT / ".venv/").resolve().rglob("*") if not path.is_symlink())
    return report(
        "planning",
        [
            Row("nothing to do / a workflow of one finished rule", np.divide(nothing, one_rule), at_most=1.3),
            Row(f"dry run of {MANY} trainings / of {FEW}", np.divide(many, few), at_most=3),
            Row(f"dry run of {MANY} trainings, s", many, at_most=10),
            Row(".venv on disk, GB", [size / 1e9], at_most=2.2),
        ],
    )


if __name__ == "__main__":
    os.environ.setdefault("MNIST_DIR", "")
    sys.exit(1 if main(int(sys.argv[1]) if len(sys.argv) > 1 else 5) else 0)
