"""Other folders, environments, interpreters and limits: the same bytes, or one clear line with nothing lost."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from chaos.fault import Fault
from chaos.runs import CHEAP, ENVIRONMENT, ROOT, command, half_written, same, write_config
from retrial.commands.undo import undo
from retrial.files import read_json

PROJECT = ("Snakefile", "config.yaml", "workflow", "envs", "profiles")
DIGESTS = """
import sys
sys.path.insert(0, {scripts!r})
from retrial.digest import SCRIPTS, code_digests
print([code_digests(SCRIPTS, script.name) for script in sorted(SCRIPTS.glob("*.py"))])
"""


def copy_project(folder: Path) -> Path:
    """A copy of the project's own files in a folder that does not exist yet."""
    folder.mkdir(parents=True)
    for name in PROJECT:
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, folder / name)
    return folder


def folder_named(name: str):
    """A run of a project in a folder with this name."""

    def attempt(base: Path, expected: dict) -> str | None:
        root = copy_project(base / name / "project")
        return cheap_run(base / name / "run", expected, tiny=base / "tiny.yaml", root=root)

    return attempt


def environment(without: tuple[str, ...] = (), **variables: str):
    """A run with other environment variables."""

    def attempt(base: Path, expected: dict) -> str | None:
        env = {key: value for key, value in (ENVIRONMENT | variables).items() if key not in without}
        return cheap_run(base / "run", expected, env=env)

    return attempt


def cheap_run(folder: Path, expected: dict, tiny: Path | None = None, before: str = "", **options) -> str | None:
    """What is wrong after a run of the cheap targets; `before` is a line of shell that comes first."""
    folder.mkdir(parents=True, exist_ok=True)
    if tiny:
        shutil.copy(tiny, folder.parent)
    words = command(folder, "--", *CHEAP, root=options.pop("root", ROOT))
    script = f'{before}\nexec "$@"'
    done = subprocess.run(
        ["bash", "-c", script, "bash", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        **options,
    )
    if done.returncode:
        return f"exit status {done.returncode}: {done.stdout[-400:]}"
    names = [name for name in expected if name.startswith(("results/data/x", "results/data/y"))]
    names += [f"results/models/from_scratch/0/{name}" for name in ("history.csv", "model.npz", "probabilities.npy")]
    wrong = [name for name in names if not same(folder / name, expected[name])]
    return f"differ: {wrong}" if wrong or not names else None


def linked_project(base: Path, expected: dict) -> str | None:
    """The project, and results/, behind symbolic links."""
    copy_project(base / "real")
    (base / "link").symlink_to(base / "real")
    (base / "run").mkdir()
    (base / "elsewhere").mkdir()
    (base / "run/results").symlink_to(base / "elsewhere")
    return cheap_run(base / "run", expected, root=base / "link")


def nothing_written_to_the_project(base: Path, expected: dict) -> str | None:
    """A source tree in which nobody may write: nothing is written there. (Root may write everywhere.)"""
    root = copy_project(base / "project")
    before = sorted(path for path in root.rglob("*") if "__pycache__" not in str(path))
    subprocess.run(["chmod", "-R", "a-w", root], check=True)
    problem = cheap_run(base / "run", expected, root=root)
    subprocess.run(["chmod", "-R", "u+w", root], check=True)
    after = sorted(path for path in root.rglob("*") if "__pycache__" not in str(path))
    return problem or (f"written: {set(after) - set(before)}" if after != before else None)


def other_interpreters(base: Path, expected: dict) -> str | None:
    """Each supported CPython computes the same digests of the code, so that none of them reruns anything."""
    code, seen, found = DIGESTS.format(scripts=str(ROOT / "workflow/scripts")), {}, []
    candidates = [shutil.which(f"python3.{minor}") for minor in (11, 12, 13)]
    candidates += sorted(str(path) for path in Path.home().glob(".pyenv/versions/3.1[123]*/bin/python"))
    candidates += sorted(
        str(path) for path in Path(os.environ.get("PYENV_ROOT", "/none")).glob("versions/3.1[123]*/bin/python")
    )
    for python in filter(None, candidates):
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            found.append(python)
            seen.setdefault(done.stdout, python)
        elif "pyenv" not in done.stderr:
            return f"{python}: {done.stderr[-300:]}"
    return None if len(seen) == 1 else f"{len(seen)} digests by {found}"


def refused(before: str, expected_text: str):
    """A run that cannot succeed: it ends with one line, leaves nothing half-written, and nothing good is lost."""

    def attempt(base: Path, expected: dict) -> str | None:
        folder = base / "run"
        shutil.copytree(base.parent / "reference", folder)
        (folder / "results/models/from_scratch/0/probabilities.npy").unlink()
        words = command(folder, "--", *CHEAP)
        done = subprocess.run(
            ["bash", "-c", f'cd "$0" && {before}\nexec "$@"', str(folder), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        lines = [line for line in done.stdout.splitlines() if line.startswith("error: ")]
        if done.returncode == 0:
            return "the run succeeded"
        if len(lines) != 1 or expected_text not in lines[0]:
            return f"{len(lines)} lines tell what is wrong: {lines or done.stdout[-400:]}"
        for name in expected:
            if (folder / name).is_dir():
                (folder / name).rmdir()
        undo(folder)
        lost = [name for name, checksum in expected.items() if not same(folder / name, checksum)]
        return f"lost {lost}" if lost else str(half_written(folder)) if half_written(folder) else None

    return attempt


SURROUNDINGS = {
    "spaces in the path": folder_named("a folder with spaces"),
    "quotes in the path": folder_named('it\'s "quoted" $HOME `id`'),
    "Korean letters in the path": folder_named("숫자 실험"),
    "a working folder elsewhere": environment(),
    "symbolic links": linked_project,
    "another time zone and locale": environment(TZ="Pacific/Chatham", LC_ALL="tr_TR.UTF-8", LANG="ko_KR.UTF-8"),
    "the locale C": environment(LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0"),
    "no HOME": environment(("HOME", "XDG_CACHE_HOME")),
    "a HOME that does not exist": environment(HOME="/nowhere"),
    "umask 077": lambda base, expected: cheap_run(base / "run", expected, before="umask 077"),
    "umask 000": lambda base, expected: cheap_run(base / "run", expected, before="umask 000"),
    "no terminal, no standard input": lambda base, expected: cheap_run(base / "run", expected, before="exec <&-"),
    "a source tree that is read-only": nothing_written_to_the_project,
    "CPython 3.11, 3.12, 3.13": other_interpreters,
    "a broken proxy": environment(http_proxy="http://127.0.0.1:9", https_proxy="http://127.0.0.1:9", NO_PROXY=""),
    "little memory": refused("ulimit -v 400000", "ulimit -v: found 0.4 GB"),
    "a file that is a folder": refused(
        "rm results/data/y_test.npy && mkdir results/data/y_test.npy",
        "results/data/y_test.npy",
    ),
}


def faults(short: bool, run: Path) -> Iterator[Fault]:
    """Try each; the short form takes those whose paths and environment are the worst."""
    expected = read_json(run / "results/manifest.json")["reproducible"]
    chosen = ["quotes in the path", "CPython 3.11, 3.12, 3.13"] if short else SURROUNDINGS
    with tempfile.TemporaryDirectory() as base:
        shutil.copytree(run, Path(base) / "reference")
        for number, name in enumerate(chosen):
            folder = Path(base) / str(number)
            folder.mkdir()
            write_config(folder)
            write_config(Path(base))
            start, problem = time.monotonic(), None
            try:
                problem = SURROUNDINGS[name](folder, expected)
            except OSError as error:
                problem = f"{type(error).__name__}: {error}"
            yield Fault.within("surroundings", name, time.monotonic() - start, 300, problem)
