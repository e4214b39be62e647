"""make chaos: runs in other surroundings, and runs that are killed at any moment, make the same bytes."""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil
import yaml
from conftest import ROOT, TINY

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


def run_in(surroundings: str, run: Path) -> str | None:
    """What goes wrong in a short run in these surroundings."""
    options = dict(SURROUNDINGS[surroundings])
    with tempfile.TemporaryDirectory() as base:
        base = Path(base) / options.pop("name", "folder")
        root, folder = base / "project", base / "run"
        for part in ("workflow", "envs", "profiles"):
            shutil.copytree(ROOT / part, root / part)
        for part in ("Snakefile", "config.yaml"):
            shutil.copy(ROOT / part, root)
        status, output = run_to_end(folder, "--", *CHEAP, root=root, **options)
        return output[-400:] if status else differing(folder, run, "results/models/from_scratch/0/pro")


KILLS = {
    "kill -9 of everything": (signal.SIGKILL, os.killpg, ""),
    "kill -9 of Snakemake alone": (signal.SIGKILL, os.kill, ""),
    "kill": (signal.SIGTERM, os.kill, ""),
    "kill of a run in the background": (signal.SIGTERM, os.kill, 'trap "" INT HUP'),
    "Ctrl-C": (signal.SIGINT, os.killpg, ""),
}


def kill(folder: Path, kind: str) -> str | None:
    """What goes wrong when a run in this folder is killed after some seconds; nothing if it had ended before."""
    number, send, before = KILLS[kind]
    process = start(folder, before=before)
    with suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=random.uniform(3, 20))
        return None
    members = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    send(process.pid, number)
    alive = psutil.wait_procs(members, timeout=30)[1]
    process.communicate()
    run_to_end(folder, "--unlock")
    return f"{len(alive)} processes go on" if alive else None


def attempt(name: str, action, *arguments) -> bool:
    """Try a fault, and print what came of it; return whether it was survived."""
    begin = time.monotonic()
    problem = action(*arguments)
    print(f"{name}: {problem or 'survived'} ({time.monotonic() - begin:.0f} s)", flush=True)
    return not problem


def main() -> None:
    """Try each of the surroundings, and each kind of kill four times; the exit status is 1 if one was not survived."""
    random.seed(0)
    with tempfile.TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True) as base:
        run = Path(base) / "run"
        if run_to_end(run)[0]:
            sys.exit("error: the undisturbed run failed: run make test")
        survived = [attempt(name, run_in, name, run) for name in SURROUNDINGS]
        for number in range(4):
            folder = Path(base) / f"killed {number}"
            survived += [attempt(kind, kill, folder, kind) for kind in KILLS]
            survived.append(attempt("the end", lambda folder=folder: run_to_end(folder)[0] or differing(folder, run)))
    print(f"survived: {sum(survived)} of {len(survived)}")
    sys.exit(not all(survived))


if __name__ == "__main__":
    main()
