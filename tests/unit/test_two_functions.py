"""make time and make loops: an answer in the terminal, without results and with few packages."""

import re
import sys

import pytest
from conftest import check_picture, run_python

from retrial.commands import loops, two_functions
from retrial.page.timings import ladder

MINE = """
import numpy as np

def inputs():
    return [np.arange(1000.0)]

def loop(x):
    print("not a part of the answer")
    total = 0.0
    for value in x:
        total += value
    return total

def fast(x):
    return x.sum()

def wrong(x):
    return x.sum() + 1

def changes(x):
    x += 1
    return x.sum() - 1000
"""
QUICK = two_functions.read_settings() | {"processes": 6, "min_sample_s": 0.001, "max_wait_s": 0}


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """The current folder, with a file mine.py of somebody's own."""
    (tmp_path / "mine.py").write_text(MINE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "mine", raising=False)


def test_two_functions_are_timed_together_and_their_ratio_has_an_interval(mine, monkeypatch, capsys):
    monkeypatch.setattr(two_functions, "read_settings", lambda: QUICK)
    lines = two_functions.compare("mine:loop", "mine:fast").splitlines()
    assert re.fullmatch(r"A: mine:loop takes [\d.]+ .s \[[\d.]+ .s, [\d.]+ .s\]", lines[0])
    assert re.fullmatch(r"A / B: [\d,.]+× \[[\d,.]+×, [\d,.]+×\], the median ratio .*", lines[2])
    ratio, low, high = (float(text.replace(",", "")) for text in re.findall(r"([\d,.]+)×", lines[2]))
    assert 1 < low <= ratio <= high
    assert "not a part of the answer" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("b", "message"),
    [
        ("mine:wrong", "mine:loop returns np.float64(499500.0), but mine:wrong returns np.float64(499501.0): expected"),
        ("mine:changes", "mine:changes: changes its inputs"),
        ("mine:nix", "mine:nix: module 'mine' has no attribute 'nix'; expected module:function"),
        ("yours:loop", "yours:loop: No module named 'yours'; expected"),
        ("mine", "'mine': expected module:function"),
    ],
)
def test_what_cannot_be_compared_is_one_line(mine, b, message):
    with pytest.raises(two_functions.InputError, match=re.escape(message)):
        two_functions.compare("mine:loop", b)


def test_the_ladder_of_one_addition_is_timed_and_drawn(tmp_path):
    timings = loops.time_rungs(QUICK)
    labels = [rung["label"] for rung in ladder(timings)["rungs"]]
    assert labels[0] == "a Python loop over an ndarray"
    assert labels[-1] == "one line of NumPy"
    loops.save(loops.plot_ladder(timings), str(tmp_path / "loops.png"))
    check_picture(tmp_path / "loops.png")


def test_these_commands_import_nothing_that_the_small_environment_lacks():
    large = {"tensorflow", "keras", "snakemake", "sklearn", "mlxtend", "jinja2", "jsonschema", "requests", "h5py"}
    code = f"import sys, retrial.commands.loops, retrial.timing.worker; print(*{large} & set(sys.modules))"
    assert run_python(code).split() == []
