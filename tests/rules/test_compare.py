"""make compare: two results folders side by side."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT

from retrial.commands.compare import compare


@pytest.fixture
def slower(tiny_run, tmp_path):
    """The tiny run's results, with NumPy's relu a hundred times as slow: more than a busy machine makes of it."""
    shutil.copytree(tiny_run / "results/timings", tmp_path / "slower/timings")
    path = tmp_path / "slower/timings/raw/relu/numpy.json"
    suite = json.loads(path.read_text())
    for benchmark in suite["benchmarks"]:
        for run in benchmark["runs"]:
            run["values"] = [100 * value for value in run["values"]]
    path.write_text(json.dumps(suite))
    return tmp_path / "slower"


def test_the_same_results_do_not_differ(tiny_run):
    table = compare(tiny_run / "results", tiny_run / "results")
    assert (table["ratio"] == 1).all()
    assert not table["real"].any()


def test_what_became_slower_is_real_and_nothing_else(tiny_run, slower):
    table = compare(tiny_run / "results", slower)
    changed = (table["operation"] == "relu") & table["what"].str.endswith("numpy")
    times = table["what"] == "numpy"
    assert table.loc[changed & times, "ratio"].tolist() == pytest.approx([100] * 3)
    assert table.loc[changed & ~times, "ratio"].tolist() == pytest.approx([1 / 100] * (changed & ~times).sum())
    assert (table.loc[~changed, "ratio"] == 1).all()
    assert not table.loc[~changed, "real"].any()
    assert table.loc[changed & times & (table["shape"] == "(20,100)"), "real"].all()


def test_a_folder_without_measurements_gets_one_line(tiny_run, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "retrial.commands.compare", tmp_path, tiny_run / "results"],
        env=os.environ | {"PYTHONPATH": str(ROOT / "workflow/scripts")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {tmp_path}: found no timings/raw")
    assert done.stderr.count("\n") == 1
