"""The claims about the network and its compilation: true numbers confirm each, false ones refute it."""

import numpy as np
import pandas as pd
import pytest

from retrial.files import write_csv, write_json
from retrial.network.probe_rows import Row, to_table
from retrial.notebook import compilation, network
from retrial.notebook.registry import all_claims, judge

MODULES = {network.__name__, compilation.__name__}
IDS = [id for id, claim in all_claims().items() if claim.test.__module__ in MODULES]
SEEDS = range(5)
EXPERIMENTS = {"baseline": 0.98, "mse_same_rate": 0.965, "low_rate": 0.95}
GAINS = [0.0001, -0.0002, 0.0003, 0, -0.0001]

TRAINING = [
    Row("operations", "dot, add, relu, softmax", "largest difference of an output", 4e-7, n=100000),
    Row("weights", "the trained network", "accuracy", 0.98, n=1000),
    Row("weights", "copied", "largest difference of an output", 0, n=10000),
    Row("weights", "shuffled", "accuracy", 0.1, 0.09, 0.11, 20),
    Row("weights", "chance", "accuracy", 0.1),
    Row("gradient", "loss", "directions that change it", 20, n=20),
    Row("gradient", "accuracy", "directions that change it", 0, n=20),
    Row("step", "the first steps", "share of steps", 1, 0.96, 1, 100),
    Row("step", "after the last epoch", "share of steps", 0.99, 0.95, 1, 100),
    Row("batches", "mini-batches", "accuracy", 0.95, 0.94, 0.96, 10000, 0),
    Row("batches", "one batch of all images", "accuracy", 0.73, 0.72, 0.74, 10000, 0),
    Row("batches", "mini-batches, one batch", "difference of accuracy", 0.22, 0.21, 0.23, 10000, 0),
    Row("units", "one too few", "raises InvalidArgumentError", 1),
    Row("units", "6 too many", "accuracy", 0.949, 0.94, 0.96, 10000, 0),
    Row("units", "6 too many", "share of images given to them", 0.001, 0.0005, 0.0018, 10000, 0),
    Row("feedback", "the loss", "largest change of a weight", 0.03),
    Row("feedback", "the loss times 0", "largest change of a weight", 0),
    Row("sparse_loss", "categorical loss on one-hot labels", "largest difference of a weight", 1e-8),
    Row("sparse_loss", "sparse loss on one-hot labels", "raises ValueError", 1),
    Row("metrics", "no metric", "largest difference of a weight", 0),
    Row("metrics", "cross-entropy and top-5 accuracy", "largest difference of a weight", 0),
    Row("regression", "linear", "mean squared error", 3),
    Row("regression", "sigmoid", "mean squared error", 20),
    Row("regression", "sigmoid, linear", "difference of squared error", 17, 16, 18, 10000),
    *(
        Row("float_types", name, "accuracy", 0.92 + gain * (name != "float32"), n=10000, seed=seed)
        for name in ("float32", "float64", "float16")
        for seed, gain in enumerate(GAINS)
    ),
]
ARRAYS = [
    Row("calibration", "baseline", "expected calibration error", 0.004, 0.003, 0.005, 5),
    Row("broadcasting", "broadcasting", "bytes from a row to the next", 0),
    Row("broadcasting", "broadcasting", "shares the memory of the vector", 1),
    Row("broadcasting", "explicit repetition", "bytes from a row to the next", 1600),
]


def write_accuracy(folder, **means) -> None:
    """Five seeds for each experiment."""
    rows = [
        (experiment, seed, mean + 0.0005 * (seed * 3 % 5), 0.1) for experiment, mean in means.items() for seed in SEEDS
    ]
    table = pd.DataFrame(rows, columns=["experiment", "seed", "test_accuracy", "test_loss"])
    write_csv(folder / "accuracy.csv", table)


def write_disagreement(folder, between: float, spread: float = 0.0005) -> None:
    """Two seeds of baseline disagree on 0.018 of the images, baseline and mse_same_rate on `between`."""
    seeds = [("baseline", i, "baseline", j, 0.018 + 0.0001 * (i + j)) for i in SEEDS for j in SEEDS if i < j]
    rows = [("baseline", i, "mse_same_rate", j, between + spread * (i * 2 % 5 - 2)) for i in SEEDS for j in SEEDS]
    columns = ["experiment", "seed", "other_experiment", "other_seed", "share"]
    write_csv(folder / "predictions/disagreement.csv", pd.DataFrame(seeds + rows, columns=columns))


def write_step_times(folder, **milliseconds) -> None:
    """Nine rounds; the time of each type varies by up to 4 %."""
    rows = [
        (name, number, value * (1 + 0.01 * (number % 5)) / 1000)
        for name, value in ({"float32": 3, "float64": 7, "float16": 4} | milliseconds).items()
        for number in range(9)
    ]
    write_csv(
        folder / "probes/step_times.csv", pd.DataFrame(rows, columns=["type", "round", "step_s"]).assign(fused=False)
    )


@pytest.fixture
def results(tmp_path):
    """A results folder in which every claim of these modules is true."""
    for name in ("data", "predictions", "probes"):
        (tmp_path / name).mkdir()
    write_json(tmp_path / "data/provenance.json", {"dataset": "mnist"})
    pixels = np.arange(256, dtype=np.uint8).reshape(2, 128).astype(np.float32) / np.float32(255)
    for split in ("train", "test"):
        np.save(tmp_path / f"data/x_{split}.npy", pixels)
    write_csv(tmp_path / "probes/training.csv", to_table(TRAINING))
    write_csv(tmp_path / "probes/arrays.csv", to_table(ARRAYS))
    write_step_times(tmp_path)
    write_accuracy(tmp_path, **EXPERIMENTS)
    write_disagreement(tmp_path, 0.026)
    return tmp_path


def edit(folder, probe: str, case: str, statistic: str = "", file: str = "training", **values) -> None:
    """Set columns of a probe's rows."""
    path = folder / f"probes/{file}.csv"
    table = pd.read_csv(path).astype({"n": float})
    rows = (table["probe"] == probe) & (table["case"] == case) & table["statistic"].str.startswith(statistic)
    assert rows.any()
    for column, value in values.items():
        table.loc[rows, column] = value
    write_csv(path, table.astype({"n": int}))


def edit_gains(folder, name: str, gains) -> None:
    """Set the accuracy of a float type by its difference from float32."""
    path = folder / "probes/training.csv"
    table = pd.read_csv(path)
    table.loc[(table["probe"] == "float_types") & (table["case"] == name), "value"] = 0.92 + np.array(gains)
    write_csv(path, table)


def multiply_images(folder, factor: float) -> None:
    x = np.load(folder / "data/x_test.npy")
    np.save(folder / "data/x_test.npy", x * np.float32(factor))
    np.save(folder / "data/x_train.npy", x * np.float32(factor))


WIDE_GAINS = [0.01, -0.01, 0.005, -0.006, 0]
LARGE_GAINS = [0.01, 0.011, 0.012, 0.01, 0.011]
# For each claim, changes of the results that make it false.
FALSE = {
    "prefers_float32": [
        lambda folder: write_step_times(folder, float16=2),
        lambda folder: edit_gains(folder, "float64", LARGE_GAINS),
    ],
    "float64_accuracy": [lambda folder: edit_gains(folder, "float64", LARGE_GAINS)],
    "float16_accuracy": [lambda folder: edit_gains(folder, "float16", -np.array(LARGE_GAINS))],
    "raw_values": [lambda folder: multiply_images(folder, 0.5), lambda folder: multiply_images(folder, 2)],
    "simple_operations": [lambda folder: edit(folder, "operations", "dot, add, relu, softmax", value=1e-3)],
    "weights_hold_information": [
        lambda folder: edit(folder, "weights", "copied", value=1e-9),
        lambda folder: edit(folder, "weights", "shuffled", value=0.98, low=0.97, high=0.99),
    ],
    "outputs_are_probabilities": [
        lambda folder: edit(folder, "calibration", "baseline", file="arrays", value=0.068, low=0.066, high=0.069)
    ],
    "too_few_units": [lambda folder: edit(folder, "units", "one too few", statistic="raises", value=0)],
    "too_many_units": [lambda folder: edit(folder, "units", "6 too many", "share", value=0.05, low=0.04, high=0.06)],
    "regression_head": [lambda folder: edit(folder, "regression", "sigmoid, linear", value=-1, low=-2, high=-0.5)],
    "broadcasting_copies_nothing": [
        lambda folder: edit(folder, "broadcasting", "broadcasting", "bytes", file="arrays", value=1600),
        lambda folder: edit(folder, "broadcasting", "broadcasting", "shares", file="arrays", value=0),
    ],
    "loss_is_the_feedback": [
        lambda folder: edit(folder, "feedback", "the loss times 0", value=0.001),
        lambda folder: edit(folder, "feedback", "the loss", value=0),
    ],
    "sparse_loss": [
        lambda folder: edit(folder, "sparse_loss", "sparse loss on one-hot labels", value=0),
        lambda folder: edit(folder, "sparse_loss", "categorical loss on one-hot labels", value=1e-3),
    ],
    "another_loss_another_model": [lambda folder: write_disagreement(folder, 0.012)],
    "loss_costs_accuracy": [lambda folder: write_accuracy(folder, baseline=0.96, mse_same_rate=0.98)],
    "rate_costs_more": [lambda folder: write_accuracy(folder, mse_same_rate=0.95, low_rate=0.96)],
    "mini_batches": [
        lambda folder: edit(folder, "batches", "mini-batches, one batch", value=-0.1, low=-0.2, high=-0.05)
    ],
    "metrics_change_no_weight": [
        lambda folder: edit(folder, "metrics", "no metric", value=1e-9),
        lambda folder: edit(folder, "metrics", "cross-entropy and top-5 accuracy", value=1e-9),
        lambda folder: edit(folder, "gradient", "accuracy", value=1),
    ],
    "step_lowers_its_batch": [
        lambda folder: edit(folder, "step", "after the last epoch", value=0.5, low=0.4, high=0.6)
    ],
}
# For those that can be inconclusive, changes after which the evidence cannot tell.
UNCLEAR = {
    "prefers_float32": [
        lambda folder: write_step_times(folder, float16=3),
        lambda folder: edit_gains(folder, "float64", WIDE_GAINS),
    ],
    "float64_accuracy": [lambda folder: edit_gains(folder, "float64", WIDE_GAINS)],
    "float16_accuracy": [lambda folder: edit_gains(folder, "float16", WIDE_GAINS)],
    "weights_hold_information": [lambda folder: edit(folder, "weights", "shuffled", value=0.14, low=0.1, high=0.18)],
    "outputs_are_probabilities": [
        lambda folder: edit(folder, "calibration", "baseline", file="arrays", low=-0.01, high=0.02),
        lambda folder: edit(folder, "calibration", "baseline", file="arrays", n=1, low=np.nan, high=np.nan),
    ],
    "too_many_units": [lambda folder: edit(folder, "units", "6 too many", "share", low=0, high=0.02)],
    "regression_head": [lambda folder: edit(folder, "regression", "sigmoid, linear", low=-1, high=2)],
    "another_loss_another_model": [lambda folder: write_disagreement(folder, 0.0185, spread=0.003)],
    "loss_costs_accuracy": [lambda folder: write_accuracy(folder, baseline=0.97, mse_same_rate=0.97)],
    "rate_costs_more": [lambda folder: write_accuracy(folder, mse_same_rate=0.95, low_rate=0.95)],
    "mini_batches": [lambda folder: edit(folder, "batches", "mini-batches, one batch", low=-0.1, high=0.2)],
    "metrics_change_no_weight": [lambda folder: edit(folder, "gradient", "loss", value=19)],
    "step_lowers_its_batch": [lambda folder: edit(folder, "step", "the first steps", low=0.8, high=1)],
}


def verdict(folder, id: str) -> pd.Series:
    return judge(folder, [id]).iloc[0]


@pytest.mark.parametrize("id", IDS)
def test_a_true_claim_is_confirmed_and_names_its_evidence(results, id):
    row = verdict(results, id)
    assert row["verdict"] == "confirmed", row["measured"]
    assert row["evidence"]
    assert row["chapter"]


@pytest.mark.parametrize(("id", "change"), [(id, change) for id in IDS for change in FALSE[id]])
def test_a_false_claim_is_refuted(results, id, change):
    change(results)
    row = verdict(results, id)
    assert row["verdict"] == "refuted", row["measured"]


@pytest.mark.parametrize(("id", "change"), [(id, change) for id, changes in UNCLEAR.items() for change in changes])
def test_a_claim_is_inconclusive_if_the_interval_has_both_answers_and_says_what_it_needs(results, id, change):
    change(results)
    row = verdict(results, id)
    assert row["verdict"] == "inconclusive", row["measured"]
    assert "; needs " in row["measured"]


@pytest.mark.parametrize("id", ["prefers_float32", "float64_accuracy", "float16_accuracy"])
def test_one_seed_cannot_compare_float_types(results, id):
    path = results / "probes/training.csv"
    write_csv(path, pd.read_csv(path).query("probe != 'float_types' or seed == 0"))
    row = verdict(results, id)
    assert row["verdict"] == "inconclusive"
    assert row["measured"].endswith("needs two or more seeds")


@pytest.mark.parametrize("id", ["another_loss_another_model", "loss_costs_accuracy", "rate_costs_more"])
def test_one_seed_in_common_is_inconclusive_and_a_missing_experiment_not_applicable(results, id):
    accuracy, disagreement = results / "accuracy.csv", results / "predictions/disagreement.csv"
    write_csv(accuracy, pd.read_csv(accuracy).query("experiment == 'baseline' or seed == 0"))
    write_csv(disagreement, pd.read_csv(disagreement).query("other_experiment == 'baseline' or other_seed == 0"))
    assert verdict(results, id)["verdict"] == "inconclusive"
    write_csv(accuracy, pd.read_csv(accuracy).query("experiment == 'baseline'"))
    write_csv(disagreement, pd.read_csv(disagreement).query("other_experiment == 'baseline'"))
    assert verdict(results, id)["verdict"] == "not applicable"


def test_layers_that_are_not_recomputed_make_the_claim_not_applicable(results):
    path = results / "probes/training.csv"
    write_csv(path, pd.read_csv(path).query("probe != 'operations'"))
    assert verdict(results, "simple_operations")["verdict"] == "not applicable"


def test_the_calibration_on_other_data_is_measured_but_not_judged(results):
    write_json(results / "data/provenance.json", {"dataset": "mnist-5k"})
    row = verdict(results, "outputs_are_probabilities")
    assert row["verdict"] == "not applicable"
    assert row["measured"] == "0.0040 [0.0030, 0.0050] over 5 seeds; needs all of MNIST"


def test_a_wider_spread_needs_more_seeds(results):
    needed = []
    for factor in (1, 2):
        edit_gains(results, "float64", np.array([0.002, -0.0015, 0.003, -0.001, 0]) * factor)
        text = verdict(results, "float64_accuracy")["measured"]
        needed.append(int(text.split("needs about ")[1].split(" seeds")[0]))
    assert 5 < needed[0] < needed[1]
