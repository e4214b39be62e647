"""The log of a job has everything that the job, its C code and its child processes print, and why it failed."""

import io
import re
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from conftest import ROOT

from retrial.job import find_damage, last_step, print_step

START = "from retrial.errors import InputError\nfrom retrial.job import start_log\nterminal = start_log('logs/train/mse/0.log')\n"


def run(tmp_path, code, **environment):
    (tmp_path / "logs/train/mse").mkdir(parents=True)
    environment |= {"PYTHONPATH": str(ROOT / "workflow/scripts")}
    command = [sys.executable, "-c", START + code]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    return done, (tmp_path / "logs/train/mse/0.log").read_text(encoding="utf-8")


def test_all_output_goes_to_the_log_at_once_and_none_to_the_terminal_but_what_the_job_writes_there(tmp_path):
    code = "import os\nprint('python')\nos.write(2, b'c++\\n')\nos.system('echo child')\nprint('bar', file=terminal)"
    done, log = run(tmp_path, code)
    *lines, memory, last = log.splitlines()
    assert lines == ["python", "c++", "child"], "in this order, because each line is written at once"
    assert re.fullmatch(r"peak memory \d+ MB", memory)
    assert re.fullmatch(r"took \d+\.\d\d s, \d+\.\d\d core-seconds", last)
    assert (done.stdout, done.stderr) == ("", "bar\n")


def test_a_log_is_utf_8_whatever_the_locale(tmp_path):
    _, log = run(tmp_path, r"print('In [17]\u2013[19]')", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert log.startswith("In [17]–[19]\n")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("InputError('x.idx: cut off')", "x.idx: cut off"),
        ("MemoryError('8 GB')", "rule train: out of memory (8 GB): use smaller layers or batches, or run fewer jobs"),
        ("OSError(28, 'No space left')", "rule train: the disk is full: free some space, and run again"),
        ("KeyboardInterrupt", "rule train: stopped: run again to continue"),
        (
            "type('ResourceExhaustedError', (Exception,), {})('OOM\\nin')",
            "rule train: out of memory (OOM in): use",
        ),
        ("ValueError('bug')", "rule train: ValueError: bug"),
    ],
)
def test_a_failed_job_has_exit_status_1_and_its_log_ends_with_the_error(tmp_path, error, expected):
    done, log = run(tmp_path, f"raise {error}")
    assert done.returncode == (-2 if error == "KeyboardInterrupt" else 1)
    assert log.splitlines()[-1].startswith(f"error: {expected}")
    assert ("Traceback" in log) == error.startswith("ValueError")


def test_the_steps_of_keras_and_of_our_own_jobs_can_be_read_back(capsys):
    assert last_step("begin\n") is None
    assert last_step("Epoch 1/5\nloss: 0.3\nEpoch 2/5\n") == ("epoch", 2, 5)
    print_step("process", 3, 4, "11 points")
    assert last_step(capsys.readouterr().out) == ("process", 3, 4)


def npy(array) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def archive(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(name, content)
    return buffer.getvalue()


GOOD = {
    "a.npy": npy(np.ones((3, 2))),
    "a.json": b'{"a": 1}',
    "a.csv": b"a,b\n1,2\n",
    "a.keras": archive("model.weights.h5", bytes(100)),
    "a.npz": archive("w1.npy", npy(np.ones((3, 2)))),
}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        *((name, content[:-3]) for name, content in GOOD.items()),
        *((name, b"") for name in GOOD),
        ("a.npy", npy(np.array([{"a": 1}], dtype=object))),
        ("a.npy", GOOD["a.npy"].replace(b"(3, 2), ", b"(9000000000000, 2), ")),  # 144 TB
        ("a.keras", GOOD["a.keras"].replace(bytes(100), b"1" * 100)),
        ("a.json", b"[" * 100_000),
        ("a.csv", b"a,b\n1,2\n3"),
        ("a.csv", b"\xff\xfe"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_damaged_input_is_named_with_the_command_that_makes_it_again(tmp_path, monkeypatch, name, content):
    monkeypatch.chdir(tmp_path)
    for path, good in GOOD.items():
        (tmp_path / path).write_bytes(good)
    assert find_damage(sorted(GOOD)) is None
    (tmp_path / name).write_bytes(content)
    line = find_damage(sorted(GOOD))
    assert line.startswith(f"{name}: damaged (")
    assert line.endswith(f"). Make it again: rm {name}; make run. Or run: make undo")
    assert "\n" not in line
