"""Rules sweep_grid and summarise_sweep, and the section of the page."""

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from conftest import TINY, check_picture, made_file, snakemake
from report import render
from small_results import make_results, page_settings

from retrial.files import read_json

SWEEP = {
    "settings": {"layers": TINY["experiments"]["baseline"]["layers"], "epochs": 1},
    "grid": {"optimizer.learning_rate": [0.001, 0.01, 1e30], "engine": ["keras", "numpy"]},
    "seeds": [0, 1],
}
CONFIG = {"sweeps": {"rates": SWEEP}}
TARGETS = ["results/sweeps/rates.csv", "results/sweeps/rates.svg"]


@pytest.fixture(scope="module")
def sweep(tiny_run, tmp_path_factory):
    """A folder with the data of the tiny run and a sweep of six grid points, of which two fail; and what Snakemake printed."""
    folder = tmp_path_factory.mktemp("sweep")
    for name in ("x_train.npy", "y_train.npy", "provenance.json"):  # no test set
        (folder / "results/data").mkdir(parents=True, exist_ok=True)
        shutil.copy(made_file(tiny_run, f"results/data/{name}"), folder / "results/data")
    return folder, run(folder)


def run(folder: Path, config: dict | None = None, *arguments: str):
    """Make the sweep in a folder; return what Snakemake printed."""
    options = ["--allowed-rules", "sweep_grid", "summarise_sweep", "--", *(arguments or TARGETS)]
    done = snakemake(folder, *options, config=config or CONFIG)
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_failed_grid_points_are_named_at_the_end_and_the_others_are_in_the_table(sweep):
    folder, printed = sweep
    table = pd.read_csv(folder / "results/sweeps/rates.csv")
    assert list(table.columns[:2]) == ["engine", "optimizer.learning_rate"]
    assert list(table["failed"].notna()) == [False, False, True] * 2
    assert list(table["n_seeds"]) == [2, 2, 0] * 2
    assert table["mean"].dropna().between(0.3, 1).all()
    assert table["best"].sum() == 1
    lines = [line for line in printed.splitlines() if line.startswith("failed: sweep rates: ")]
    assert len(lines) == 2
    assert all("optimizer.learning_rate 1e+30: seed 0: ArithmeticError: a loss of" in line for line in lines)
    check_picture(folder / "results/sweeps/rates.png")


def test_the_next_run_trains_only_what_is_missing(sweep, tmp_path):
    folder = Path(shutil.copytree(sweep[0], tmp_path / "run"))
    parts = [f"results/sweeps/rates/part_{part}.json" for part in range(6)]
    again = run(folder, None, *parts, *TARGETS)
    assert len(re.findall("Train part . of the sweep rates", again)) == 2
    more = {"sweeps": {"rates": SWEEP | {"grid": SWEEP["grid"] | {"optimizer.learning_rate": [0.001, 0.01, 0.1]}}}}
    shutil.rmtree(folder / "logs")
    run(folder, more)
    trained = [
        line
        for log in folder.glob("logs/sweep_grid/rates/*.log")
        for line in re.findall(r"^grid point .*", log.read_text(), flags=re.MULTILINE)
    ]
    assert len(trained) == 2
    assert pd.read_csv(folder / "results/sweeps/rates.csv")["failed"].isna().all()


def test_a_grid_point_is_the_same_alone_and_after_others_in_the_same_process(sweep, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(sweep[0] / "results/data", folder / "results/data")
    alone = pd.read_csv(sweep[0] / "results/sweeps/rates.csv")
    # 22 points are 20 jobs: the first two jobs have two points, of which the second is one of SWEEP.
    rates = [*(round(0.02 + 0.0001 * i, 4) for i in range(20)), 0.001, 0.01]
    config = {"sweeps": {"both": SWEEP | {"grid": {"optimizer.learning_rate": rates}}}}
    parts = [f"results/sweeps/both/part_{part}.json" for part in (0, 1)]
    run(folder, config, *parts)
    records = [list(read_json(folder / part).values()) for part in parts]
    assert [len(part) for part in records] == [2, 2]
    means = [sum(second["validation_accuracy"]) / 2 for _, second in records]
    assert means == list(alone[alone["engine"] == "keras"]["mean"].dropna())


def test_the_page_has_a_section_with_each_sweep_and_a_warning_about_the_best_point(sweep, tmp_path):
    folder = make_results(tmp_path)
    settings = page_settings()
    assert 'sweeps"' not in render(folder, settings), "neither the section nor its link in the table of contents"
    settings["sweeps"] = CONFIG["sweeps"]
    assert "To get it, run <code>snakemake -c4 results/sweeps/rates.csv" in render(folder, settings)
    shutil.copytree(sweep[0] / "results/sweeps", folder / "results/sweeps")
    page = render(folder, settings)
    assert '<h2 id="sweeps">' in page
    assert '<li><a href="#sweeps">Sweeps</a></li>' in page
    assert "Best of 4 grid points: engine" in page
    assert "the best of many is also the luckiest" in page
    assert "ArithmeticError" in page
