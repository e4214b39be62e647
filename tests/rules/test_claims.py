"""claims: each verdict follows from the files that its evidence names, and is refuted when their numbers are wrong."""

import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import snakemake

from retrial.claims.mistakes import judge_mistakes
from retrial.claims.registry import all_claims, judge
from retrial.operations.table import OPERATIONS, TIMED, VIEWS, format_shapes
from retrial.pipeline.files import read_json, write_csv, write_json
from retrial.pipeline.records import read_records

COLUMNS = ["id", "claim", "source", "expected", "measured", "verdict", "evidence"]
SEEDS = range(5)
LABELS = [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
CASES = [f"{kind} {chain}" for chain in ("f(g(x))", "f(g(h(j(x))))") for kind in ("scalar", "vector")]


def write_images(path: Path, n: int) -> None:
    """Write images of zeros, except for one pixel; they take no space on the disk."""
    path.unlink(missing_ok=True)
    images = np.lib.format.open_memmap(path, "w+", np.float32, (n, 784))
    images[-1, -1] = 1
    images.flush()


def write_accuracy(folder: Path, **means: float) -> None:
    """Write five seeds per experiment; the two with the lowest losses have neither the highest accuracy."""
    rows = [
        (experiment, seed, mean + 0.001 * (seed - 2), 0.1 + 0.01 * abs(seed - 1))
        for experiment, mean in means.items()
        for seed in SEEDS
    ]
    table = pd.DataFrame(rows, columns=["experiment", "seed", "test_accuracy", "test_loss"])
    write_csv(folder / "accuracy.csv", table)


@pytest.fixture(scope="module")
def whole_mnist(tmp_path_factory) -> Path:
    """A results folder in which every claim can be tested and is true. Read only: `results` is a copy of it."""
    folder = tmp_path_factory.mktemp("results")
    for name in ("data", "predictions", "timings", "tensors", "gradients"):
        (folder / name).mkdir()

    splits = {"train": 60000, "test": 10000}
    provenance = {split: {"n": n, "dtype": "uint8", "image_shape": [28, 28]} for split, n in splits.items()}
    write_json(folder / "data/provenance.json", {"dataset": "mnist"} | provenance)
    for split, n in splits.items():
        write_images(folder / f"data/x_{split}.npy", n)
        np.save(folder / f"data/y_{split}.npy", np.arange(n, dtype=np.uint8) % 10)

    write_accuracy(folder, baseline=0.98, mse=0.92, unscaled=0.96)
    for experiment in ("baseline", "mse", "unscaled"):
        for seed in SEEDS:
            training = folder / f"models/{experiment}/{seed}"
            training.mkdir(parents=True)
            write_json(training / "training.json", {"steps_per_epoch": 469, "last_batch": 96})
            write_csv(training / "history.csv", pd.DataFrame({"epoch": [1, 2, 3], "loss": [0.3, 0.2, 0.1]}))
            np.save(training / "probabilities.npy", np.full((20, 10), 0.1, dtype=np.float32))
            write_json(training / "metrics.json", {"test_accuracy": 0.92, "binary_accuracy": 0.98 + 0.001 * seed})
    first_ten = pd.DataFrame({"index": range(10), "label": LABELS, "predicted": LABELS, "probability": 0.999})
    write_csv(folder / "predictions/first_ten.csv", first_ten)

    shapes = pd.DataFrame(
        [(name, format_shapes(OPERATIONS[name].shapes)) for name in TIMED], columns=["operation", "shape"]
    )
    implementations = pd.Series(["naive", "naive_list", "numba", "numpy", "naive_three_loops"], name="implementation")
    write_csv(folder / "timings/checks.csv", shapes.merge(implementations, how="cross").assign(max_abs_error=1e-15))
    numpy_rows = shapes.assign(implementation="numpy")
    write_csv(folder / "timings/timings.csv", numpy_rows.assign(median_s=2e-8, ci_low_s=1e-8, ci_high_s=3e-8))
    baselines = pd.Series(["naive", "naive_list"], name="baseline")
    speedups = numpy_rows.merge(baselines, how="cross").assign(speedup=100.0, ci_low=8.0, ci_high=130.0)
    write_csv(folder / "timings/speedups.csv", speedups)

    broadcasting = pd.DataFrame(
        {
            "operation": ["add_matrix_vector", "maximum"] * 2,
            "method": ["broadcasting"] * 2 + ["explicit repetition"] * 2,
            "max_abs_error": 0.0,
            "peak_bytes": [100, 100, 200, 200],
            "ratio": [1.0, 1.0, 2.0, 2.0],
            "ratio_ci_low": [1.0, 1.0, 1.5, 1.5],
            "ratio_ci_high": [1.0, 1.0, 2.5, 2.5],
        }
    )
    write_csv(folder / "tensors/broadcasting.csv", broadcasting)
    views = [(operation, method, True, method == "view") for operation in VIEWS for method in ("view", "copy")]
    columns = ["operation", "method", "same_order", "shares_memory"]
    write_csv(folder / "tensors/views.csv", pd.DataFrame(views, columns=columns))
    relu = pd.DataFrame({"inputs": ["uniform in [0, 1)", "standard normal"], "n": 2000, "n_changed": [0, 1000]})
    write_csv(folder / "tensors/relu.csv", relu)
    methods = pd.Series(["product of the factors", "GradientTape", "central differences"], name="method")
    cases = pd.Series([*CASES, "network's loss by w1", "network's loss by w2"], name="case").to_frame()
    chain_rule = cases.merge(methods, how="cross").assign(max_abs_error=1e-10, ok=True)
    write_csv(folder / "gradients/chain_rule.csv", chain_rule)
    return folder


@pytest.fixture
def results(whole_mnist, tmp_path) -> Path:
    """A copy of `whole_mnist` to change; files are hard links, so replace a file instead of writing into it."""
    return Path(shutil.copytree(whole_mnist, tmp_path / "results", copy_function=os.link))


def edit(path: Path, rows: str | None = None, **values) -> None:
    """Set columns of a table, in all rows or in those that match a query."""
    table = pd.read_csv(path)
    index = table.query(rows).index if rows else table.index
    assert len(index)
    for column, value in values.items():
        table.loc[index, column] = value
    write_csv(path, table)


def edit_json(path: Path, **values) -> None:
    write_json(path, read_json(path) | values)


def edit_array(path: Path, change) -> None:
    array = change(np.load(path))
    path.unlink()
    np.save(path, array)


def edit_images(results: Path, change) -> None:
    """Replace the test images with a few, so that no test writes megabytes."""
    path = results / "data/x_test.npy"
    path.unlink()
    np.save(path, change(np.ones((3, 784), dtype=np.float32)))


def drop_label_9(results: Path) -> None:
    for split in ("train", "test"):
        edit_array(results / f"data/y_{split}.npy", lambda y: np.minimum(y, 8))


def edit_mse_metrics(results: Path) -> None:
    for seed in SEEDS:
        edit_json(results / f"models/mse/{seed}/metrics.json", binary_accuracy=0.9)


# For each claim, a change of the results that makes it false.
FALSIFIED = {
    "images": lambda results: edit_json(results / "data/provenance.json", train={"n": 59999, "image_shape": [28, 28]}),
    "labels": drop_label_9,
    "shapes": lambda results: write_images(results / "data/x_test.npy", 9999),
    "range": lambda results: edit_images(results, lambda x: x * 255),
    "steps_per_epoch": lambda results: edit_json(results / "models/baseline/1/training.json", steps_per_epoch=468),
    "last_batch": lambda results: edit_json(results / "models/baseline/1/training.json", last_batch=95),
    "loss_falls": lambda results: edit(results / "models/baseline/1/history.csv", "epoch == 2", loss=9),
    "first_digit": lambda results: edit(results / "predictions/first_ten.csv", "index == 0", probability=0.98),
    "first_ten": lambda results: edit(results / "predictions/first_ten.csv", "index == 9", label=4),
    "softmax": lambda results: edit_array(results / "models/mse/1/probabilities.npy", lambda p: p * np.float32(1.001)),
    "output_units": lambda results: edit_array(results / "models/mse/1/probabilities.npy", lambda p: p[:, :9]),
    "accuracy": lambda results: write_accuracy(results, baseline=0.97),
    "scale_matters": lambda results: write_accuracy(results, baseline=0.98, unscaled=0.98),
    "unrelated_loss": lambda results: write_accuracy(results, baseline=0.98, mse=0.99),
    "metric_flatters": edit_mse_metrics,
    "loss_not_metric": lambda results: edit(results / "accuracy.csv", test_loss=[0.5, 0.4, 0.3, 0.2, 0.1] * 3),
    **{
        f"{operation}_equals_numpy": lambda results, operation=operation: edit(
            results / "timings/checks.csv",
            f"operation == '{operation}' and implementation == 'naive_three_loops'",
            max_abs_error=1e-3,
        )
        for operation in TIMED
    },
    **{
        f"{operation}_numpy_faster": lambda results, operation=operation: edit(
            results / "timings/speedups.csv", f"operation == '{operation}' and baseline == 'naive_list'", ci_low=1
        )
        for operation in TIMED
    },
    "notebook_speedup": lambda results: edit(results / "timings/speedups.csv", ci_low=300, ci_high=400),
    "book_speedup": lambda results: edit(results / "timings/speedups.csv", ci_low=300, ci_high=400),
    "broadcasting_takes_0_s": lambda results: edit(results / "timings/timings.csv", ci_low_s=1e-5),
    "broadcasting_equals_repetition": lambda results: edit(
        results / "tensors/broadcasting.csv", "method == 'explicit repetition'", max_abs_error=1e-9
    ),
    "repetition_wasteful": lambda results: edit(
        results / "tensors/broadcasting.csv", "operation == 'maximum'", ratio_ci_low=0.9
    ),
    "reshape_keeps_order": lambda results: edit(
        results / "tensors/views.csv", "operation == 'reshape' and method == 'copy'", same_order=False
    ),
    "reshape_shares_memory": lambda results: edit(
        results / "tensors/views.csv", "operation == 'reshape'", shares_memory=False
    ),
    "transpose_shares_memory": lambda results: edit(
        results / "tensors/views.csv", "operation == 'transpose'", shares_memory=True
    ),
    "relu_changes_nothing": lambda results: edit(results / "tensors/relu.csv", n_changed=1),
    "chain_rule_two": lambda results: edit(
        results / "gradients/chain_rule.csv", "case == 'vector f(g(x))' and method == 'GradientTape'", ok=False
    ),
    "chain_rule_four": lambda results: edit(
        results / "gradients/chain_rule.csv", "case == 'scalar f(g(h(j(x))))'", ok=False
    ),
    "chain_rule_network": lambda results: edit(
        results / "gradients/chain_rule.csv", "case == 'network\\'s loss by w2'", ok=False
    ),
}


def row(results: Path, id: str) -> pd.Series:
    """The row of one claim."""
    return judge(results, [id]).iloc[0]


@pytest.mark.parametrize("id", all_claims())
def test_a_true_claim_is_confirmed(whole_mnist, id):
    claim = row(whole_mnist, id)
    assert claim["verdict"] == "confirmed", claim["measured"]
    assert claim["evidence"]


@pytest.mark.parametrize("id", all_claims())
def test_a_claim_with_falsified_numbers_is_refuted(results, id):
    FALSIFIED[id](results)
    claim = row(results, id)
    assert claim["verdict"] == "refuted", claim["measured"]


@pytest.mark.parametrize(
    "id", [f"{operation}_{about}" for operation in TIMED for about in ("equals_numpy", "numpy_faster")]
)
def test_a_claim_about_an_operation_that_was_not_timed_is_not_applicable(results, id):
    operation = id.removesuffix("_equals_numpy").removesuffix("_numpy_faster")
    for name in ("checks", "speedups"):
        table = pd.read_csv(results / f"timings/{name}.csv")
        write_csv(results / f"timings/{name}.csv", table[table["operation"] != operation])
    claim = row(results, id)
    assert claim["verdict"] == "not applicable"
    assert claim["measured"] == f"{operation} is not in timing.operations"


@pytest.mark.parametrize(
    "id", ["images", "shapes", "steps_per_epoch", "last_batch", "first_digit", "first_ten", "accuracy"]
)
def test_a_claim_about_all_of_mnist_is_measured_but_not_applicable_on_other_data(results, id):
    measured = row(results, id)["measured"]
    edit_json(results / "data/provenance.json", dataset="mnist-5k")
    claim = row(results, id)
    assert claim["verdict"] == "not applicable"
    assert claim["measured"] == f"{measured}; needs all of MNIST"
    assert "results/data/provenance.json" in claim["evidence"].split()


def test_the_labels_of_another_data_set_are_not_those_of_mnist(results):
    edit_json(results / "data/provenance.json", dataset="mnist-5k")
    assert row(results, "labels")["verdict"] == "confirmed"
    edit_json(results / "data/provenance.json", dataset="letters")
    assert row(results, "labels")["verdict"] == "not applicable"


def test_an_interval_that_is_too_wide_does_not_confirm_the_accuracy(results):
    edit(results / "accuracy.csv", "experiment == 'baseline'", test_accuracy=[0.93, 0.99, 0.98, 0.99, 0.99])
    claim = row(results, "accuracy")
    assert claim["verdict"] == "not applicable"
    assert claim["measured"].endswith("the interval is too wide to decide")


@pytest.mark.parametrize("id", ["accuracy", "loss_not_metric"])
def test_one_seed_cannot_decide_about_the_accuracy(results, id):
    write_csv(results / "accuracy.csv", pd.read_csv(results / "accuracy.csv").query("seed == 0"))
    claim = row(results, id)
    assert claim["verdict"] == "not applicable"
    assert "one seed" in claim["measured"]


@pytest.mark.parametrize("id", ["loss_falls", "loss_not_metric"])
def test_one_epoch_cannot_decide_whether_the_loss_falls(results, id):
    for path in results.glob("models/*/*/history.csv"):
        write_csv(path, pd.read_csv(path).head(1))
    claim = row(results, id)
    assert claim["verdict"] == "not applicable"
    assert "one epoch" in claim["measured"]


@pytest.mark.parametrize(("id", "n_seeds"), [("scale_matters", 0), ("unrelated_loss", 1), ("metric_flatters", 1)])
def test_an_experiment_that_is_missing_or_has_one_seed_cannot_be_compared(results, id, n_seeds):
    table = pd.read_csv(results / "accuracy.csv").query(
        "experiment == 'baseline' or (experiment == 'mse' and seed == 0)"
    )
    write_csv(results / "accuracy.csv", table)
    claim = row(results, id)
    assert claim["verdict"] == "not applicable"
    assert claim["measured"] == f"seeds with both values: {n_seeds}, two or more are needed"


def test_a_claim_reads_only_the_files_that_it_names_as_evidence(whole_mnist, tmp_path):
    """In a folder with nothing but the evidence, each row is the same."""
    for claim in judge(whole_mnist).itertuples():
        folder = tmp_path / claim.id
        for name in claim.evidence.split():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(whole_mnist / name.removeprefix("results/"), target)
        assert tuple(row(folder / "results", claim.id)) == tuple(claim)[1:]


def test_every_mistake_of_the_notebook_is_measured(whole_mnist):
    mistakes = judge_mistakes(whole_mnist)
    assert len(mistakes) == 7
    measured = "\n".join(mistake["measured"] for mistake in mistakes)
    for text in ("over 5 seeds", "AssertionError", "naive 1e-15", "20 ns", "0 of 2000", "(30, 7): not equal", "0.9820"):
        assert text in measured
    for mistake in mistakes:
        assert all((whole_mnist / name).is_file() for name in mistake["evidence"])


def test_a_mistake_whose_file_is_missing_names_the_file(results):
    shutil.rmtree(results / "tensors")
    measured = [mistake["measured"] for mistake in judge_mistakes(results)]
    assert measured.count("not measured: results/tensors/relu.csv is missing") == 1
    assert sum(text.startswith("not measured") for text in measured) == 1


def test_a_mistake_about_an_operation_that_was_not_timed_says_so(results):
    edit(results / "timings/checks.csv", operation="relu")
    measured = [mistake["measured"] for mistake in judge_mistakes(results)]
    assert "not measured: add_relu is not in timing.operations" in measured


def test_on_the_embedded_digits_the_claims_that_need_all_of_mnist_are_not_applicable(tiny_run):
    table = pd.read_csv(tiny_run / "results/claims.csv")
    assert list(table.columns) == COLUMNS
    assert list(table["id"]) == list(all_claims())
    claims = table.set_index("id")
    need_mnist = {"images", "shapes", "steps_per_epoch", "last_batch", "first_digit", "first_ten", "accuracy"}
    assert set(claims.index[claims["measured"].str.contains("needs all of MNIST")]) == need_mnist
    assert (claims.loc[list(need_mnist), "verdict"] == "not applicable").all()
    confirmed = [
        "labels",
        "range",
        "loss_falls",
        "softmax",
        "output_units",
        "relu_equals_numpy",
        "relu_changes_nothing",
    ]
    assert (claims.loc[confirmed, "verdict"] == "confirmed").all()
    assert claims.loc["add_numpy_faster", "measured"] == "add is not in timing.operations"


def test_evidence_exists_and_is_an_input_of_the_rule(tiny_run):
    inputs = set(read_records(tiny_run)["results/claims.csv"]["input"])
    for claim in pd.read_csv(tiny_run / "results/claims.csv").itertuples():
        for path in claim.evidence.split():
            assert (tiny_run / path).is_file(), f"{claim.id}: {path}"
            assert path in inputs, f"{claim.id}: {path}"


def test_a_strict_run_fails_on_a_refuted_claim_names_it_and_keeps_the_table(copied_run):
    edit(copied_run / "results/tensors/relu.csv", n_changed=1)
    done = snakemake(copied_run, config={"claims": {"strict": True}})
    assert done.returncode == 1
    assert "refuted         relu changes nothing" in done.stdout
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("error: ")]
    assert line.startswith("error: results/claims.csv: claims are refuted (found ")
    assert "relu_changes_nothing" in line
    assert "refuted" in (copied_run / "results/claims.csv").read_text()
    assert not (copied_run / "results/.claims_enforced").exists()


def test_a_strict_run_passes_when_no_claim_is_refuted(copied_run):
    table = pd.read_csv(copied_run / "results/claims.csv")
    edit(copied_run / "results/claims.csv", verdict=table["verdict"].replace("refuted", "confirmed"))
    strict = {"claims": {"strict": True}}
    done = snakemake(copied_run, "--allowed-rules", "enforce_claims", "--", "results/.claims_enforced", config=strict)
    assert done.returncode == 0, done.stdout
