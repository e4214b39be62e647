"""A sweep: its grid points, the jobs that train them, its table."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest
import yaml
from conftest import ROOT
from summarise_sweep import plot, summarise
from sweep_grid import failure, run_points, split_off

from retrial.config import check_sweeps, load_schema
from retrial.errors import InputError
from retrial.page.sweeps import describe_best
from retrial.sweeps import parts_of, points_of_sweeps

GRID = {"batch_size": [64, 128], "optimizer.learning_rate": [0.001, 0.01, 0.1]}


def grid_points(grid=GRID, **sweep):
    """The points of a sweep with this grid in config.yaml."""
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    config["sweeps"] = {"rates": {"grid": grid, "seeds": [0, 1]} | sweep}
    check_sweeps(config, load_schema(ROOT / "workflow/schemas/config.schema.yaml"))
    return points_of_sweeps(config)["rates"]


def test_a_grid_point_is_an_experiment_that_differs_from_baseline_only_in_its_settings_and_values():
    points = grid_points(settings={"epochs": 2})
    assert len(points) == 6
    for point in points.values():
        assert point.settings["epochs"] == 2
        assert point.settings["seeds"] == [0, 1]
        assert point.settings["batch_size"] == point.values["batch_size"]
        rate = point.values["optimizer.learning_rate"]
        assert point.settings["optimizer"] == {"name": "rmsprop", "learning_rate": rate}
        assert point.settings["loss"] == "sparse_categorical_crossentropy"


def test_a_grid_point_keeps_its_name_when_the_grid_grows():
    more = grid_points(GRID | {"batch_size": [32, 64, 128]})
    assert grid_points().keys() <= more.keys()


@pytest.mark.parametrize(
    ("grid", "words"),
    [
        ({"batchsize": [64]}, ["sweeps.rates.grid.batchsize", "batch_size"]),
        ({"layers.5.units": [64]}, ["sweeps.rates.grid.layers.5.units"]),
        ({"batch_size": [64, 0]}, ["sweeps.rates, batch_size 0", "a whole number from 1"]),
        ({"engine": ["keras", "numpy"], "optimizer.name": ["adam"]}, ["sweeps.rates, engine numpy", "rmsprop"]),
        ({"seeds": [[0], [1]]}, ["sweeps.rates.grid"]),
    ],
)
def test_a_wrong_grid_is_an_error_that_names_it(grid, words):
    with pytest.raises(InputError) as error:
        grid_points(grid)
    assert all(word in str(error.value) for word in words), error.value
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("n", "n_parts", "largest"), [(1, 1, 1), (6, 6, 1), (30, 20, 2), (200, 20, 10), (990, 99, 10)])
def test_up_to_ten_grid_points_are_one_job(n, n_parts, largest):
    parts = parts_of({str(i): i for i in range(n)})
    assert (len(parts), max(map(len, parts))) == (n_parts, largest)
    assert sorted(name for part in parts for name in part) == sorted(map(str, range(n)))


def test_no_image_is_both_trained_and_validated_on_and_the_seed_chooses():
    rows, held_out = split_off(1000, 0.1, seed=0)
    assert len(held_out) == 100
    assert sorted([*rows, *held_out]) == list(range(1000))
    assert set(held_out) == set(split_off(1000, 0.1, seed=0)[1]) != set(split_off(1000, 0.1, seed=1)[1])


def work(point):
    """What a job does with a grid point in these tests."""
    if point == "is killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if point == "crashes":
        os._exit(3)
    with Path("trained.txt").open("a") as file:
        file.write(f"{point}\n")
    return failure("no luck") if point == "fails" else {"validation_accuracy": [0.9], "failed": ""}


@pytest.fixture
def train(tmp_path, monkeypatch):
    """Run a job with these grid points; return its records, and which were trained."""
    monkeypatch.chdir(tmp_path)

    def run(*names, key=""):
        (tmp_path / "trained.txt").write_text("")
        points, keys = {name: name for name in names}, {name: name + key for name in names}
        records = run_points(points, keys, tmp_path / "points", work)
        return records, (tmp_path / "trained.txt").read_text().split("\n")[:-1]

    return run


def test_a_grid_point_that_fails_or_crashes_or_is_killed_does_not_stop_the_others(train):
    records, trained = train("a", "fails", "is killed", "b", "crashes", "c")
    assert trained == ["a", "fails", "b", "c"]
    reasons = {name: record["failed"] for name, record in records.items() if record["failed"]}
    assert reasons.keys() == {"fails", "is killed", "crashes"}
    assert reasons["fails"] == "no luck"
    assert "SIGKILL" in reasons["is killed"]


def test_a_job_that_runs_again_trains_only_what_is_new_or_failed(train):
    train("a", "fails", "b")
    records, trained = train("a", "fails", "c")
    assert trained == ["fails", "c"]
    assert list(records) == ["a", "fails", "c"]


def test_grid_points_are_trained_again_when_what_they_depend_on_changed(train):
    train("a")
    assert train("a", key="other code")[1] == ["a"]


POINTS = {name: {"batch_size": size, "engine": "numpy"} for name, size in (("a", 32), ("b", 64), ("c", 128))}
RECORDS = {
    "a": {"validation_accuracy": [0.9, 0.92], "failed": ""},
    "b": {"validation_accuracy": [0.93, 0.93], "failed": ""},
    "c": {"validation_accuracy": [], "failed": "seed 0: a loss of nan"},
}


def test_the_table_has_the_means_their_intervals_the_best_one_and_why_others_failed():
    table = summarise(POINTS, RECORDS)
    assert list(table) == ["batch_size", "engine", "n_seeds", "mean", "ci_low", "ci_high", "best", "failed", "cell"]
    assert list(table["n_seeds"]) == [2, 2, 0]
    assert list(table["best"]) == [False, True, False]
    assert list(table["failed"]) == ["", "", "seed 0: a loss of nan"]
    first = table.iloc[0]
    assert (first["mean"], first["ci_high"]) == (pytest.approx(0.91), pytest.approx(0.91 + 12.706 * 0.01, rel=1e-4))
    assert np.isnan(table.iloc[2]["mean"])


def test_a_sweep_in_which_all_grid_points_failed_has_no_best_one():
    table = summarise(POINTS, dict.fromkeys(POINTS, failure("broken")))
    assert not table["best"].any()
    assert describe_best(table) == "No grid point of this sweep finished."
    plot(table, ["batch_size", "engine"], "mnist")
