"""claims: each verdict follows from the files that its evidence names, and can turn out otherwise."""

import io
import os
import shutil
import zipfile
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pandas as pd
import pyperf
import pytest
from claims import judge
from conftest import snakemake

from retrial.pipeline.files import read_json, write_json

OPERATIONS = ("relu", "matrix_dot")  # that the tiny run times


def files(folder: Path) -> SimpleNamespace:
    """The inputs of the rule in a folder of results, by the names that the rule gives them."""
    results, models = folder / "results", folder / "results/models"
    return SimpleNamespace(
        **{name: str(results / f"data/{name}.npy") for name in ("x_train", "y_train", "x_test", "y_test")},
        provenance=str(results / "data/provenance.json"),
        models=sorted(map(str, models.glob("baseline/*/model.keras"))),
        histories=sorted(map(str, models.glob("*/*/history.csv"))),
        probabilities=sorted(map(str, models.glob("*/*/probabilities.npy"))),
        metrics=sorted(map(str, models.glob("*/*/metrics.json"))),
        accuracy=str(results / "accuracy.csv"),
        first_ten=str(results / "predictions/first_ten.csv"),
        raw=sorted(map(str, results.glob("timings/raw/*/*.json"))),
        timings=str(results / "timings/timings.csv"),
        speedups=str(results / "timings/speedups.csv"),
        **{name: str(results / f"tensors/{name}.csv") for name in ("broadcasting", "views", "relu")},
        chain_rule=str(results / "gradients/chain_rule.csv"),
    )


def verdicts(folder: Path) -> pd.Series:
    return judge(files(folder), batch_size=128).set_index("id")["verdict"]


def replace(path: str | Path, write) -> None:
    """Write another file in the place of `path`, which may be linked from elsewhere."""
    Path(path).unlink()
    write(path)


def edit(path: str, rows: str | None = None, **values) -> None:
    """Set columns of a csv file, in the rows that a query picks."""
    table = pd.read_csv(path)
    picked = table.query(rows).index if rows else table.index
    assert len(picked)
    for column, value in values.items():
        table.loc[picked, column] = value
    replace(path, lambda path: table.to_csv(path, index=False))


def edit_json(path: str, **values) -> None:
    content = read_json(path) | values
    replace(path, lambda path: write_json(path, content))


def edit_array(path: str, change) -> None:
    changed = change(np.load(path))
    replace(path, lambda path: np.save(path, changed))


def write_accuracy(path: str | Path, **accuracies) -> None:
    """Five seeds for each experiment, with losses that part from the accuracies in two pairs."""
    rows = [
        (name, seed, accuracy + 0.001 * (seed - 2), 0.1 + 0.01 * abs(seed - 1))
        for name, accuracy in accuracies.items()
        for seed in range(5)
    ]
    columns = ["experiment", "seed", "test_accuracy", "test_loss"]
    pd.DataFrame(rows, columns=columns).to_csv(path, index=False)


def write_model(path: str, steps: int) -> None:
    """As much of a .keras file as tells the optimizer's steps."""
    weights = io.BytesIO()
    with h5py.File(weights, "w") as file:
        file["optimizer/vars/0"] = steps
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model.weights.h5", weights.getvalue())


def linked(source: Path, target: Path) -> Path:
    return Path(shutil.copytree(source, target, copy_function=os.link))


@pytest.fixture(scope="module")
def whole(tiny_run, tmp_path_factory) -> Path:
    """The tiny run's results, made to look like those of all of MNIST wherever a claim is about that."""
    folder = tmp_path_factory.mktemp("whole")
    shutil.copytree(tiny_run / "results", folder / "results", ignore=shutil.ignore_patterns("*.idx"))
    of = files(folder)
    provenance = read_json(of.provenance)
    for split, n in (("train", 60000), ("test", 10000)):
        provenance[split] |= {"n": n}
        x = np.lib.format.open_memmap(getattr(of, f"x_{split}"), "w+", np.float32, (n, 784))
        x[-1, -1] = 1
        x.flush()
        np.save(getattr(of, f"y_{split}"), np.arange(n, dtype=np.uint8) % 10)
    write_json(of.provenance, provenance | {"dataset": "mnist"})
    for path in of.models:
        replace(path, lambda path: write_model(path, 469 * 2))
    edit(of.first_ten, label=[7, 2, 1, 0, 4, 1, 4, 9, 5, 9], predicted=[7, 2, 1, 0, 4, 1, 4, 9, 6, 9])
    edit(of.first_ten, "index == 0", probability=0.999)
    write_accuracy(of.accuracy, baseline=0.98, mse=0.92, unscaled=0.96)
    edit(of.broadcasting, "method == 'explicit repetition'", ratio_ci_low=1.5)  # too short samples to tell
    return folder


def drop_the_last_label(path):
    edit_array(path, lambda y: np.where(y == 9, 8, y).astype(y.dtype))


def metadata(path, **values):
    suite = pyperf.BenchmarkSuite.load(path)
    for benchmark in suite.get_benchmarks():
        benchmark.update_metadata(values)
    replace(path, suite.dump)


def raw(of, operation, implementation):
    return next(path for path in of.raw if path.endswith(f"{operation}/{implementation}.json"))


# For each claim, what makes it false.
FALSIFIED = {
    "images": lambda of: edit_json(of.provenance, train=read_json(of.provenance)["train"] | {"n": 59999}),
    "labels": lambda of: (drop_the_last_label(of.y_train), drop_the_last_label(of.y_test)),
    "shapes": lambda of: edit_array(of.x_test, lambda x: x[:9999]),
    "range": lambda of: edit_array(of.x_test, lambda x: x * 255),
    "steps_per_epoch": lambda of: replace(of.models[1], lambda path: write_model(path, 468 * 2)),
    "last_batch": lambda of: edit_array(of.y_train, lambda y: y[:-1]),
    "loss_falls": lambda of: edit(of.histories[0], "epoch == 2", loss=9),
    "first_digit": lambda of: edit(of.first_ten, "index == 0", probability=0.98),
    "first_ten": lambda of: edit(of.first_ten, "index == 9", label=4),
    "softmax": lambda of: edit_array(of.probabilities[0], lambda p: p * np.float32(1.001)),
    "output_units": lambda of: edit_array(of.probabilities[0], lambda p: np.column_stack([p, 0 * p[:, 0]])),
    "accuracy": lambda of: replace(
        of.accuracy, lambda path: write_accuracy(path, baseline=0.97, mse=0.92, unscaled=0.96)
    ),
    "scale_matters": lambda of: replace(
        of.accuracy, lambda path: write_accuracy(path, baseline=0.98, mse=0.92, unscaled=0.98)
    ),
    "unrelated_loss": lambda of: replace(
        of.accuracy, lambda path: write_accuracy(path, baseline=0.98, mse=0.99, unscaled=0.96)
    ),
    "metric_flatters": lambda of: [edit_json(path, binary_accuracy=0) for path in of.metrics if "/mse/" in path],
    "loss_not_metric": lambda of: edit(of.accuracy, test_loss=1 - pd.read_csv(of.accuracy)["test_accuracy"]),
    "relu_equals_numpy": lambda of: metadata(raw(of, "relu", "naive_list"), max_abs_error=1e-3),
    "matrix_dot_equals_numpy": lambda of: metadata(raw(of, "matrix_dot", "naive_three_loops"), max_abs_error=1e-3),
    "relu_numpy_faster": lambda of: edit(of.speedups, "operation == 'relu' and implementation == 'numpy'", ci_low=1),
    "matrix_dot_numpy_faster": lambda of: edit(of.speedups, "baseline == 'naive_list'", ci_low=0.9),
    "broadcasting_equals_repetition": lambda of: edit(of.broadcasting, "ratio != 1", max_abs_error=1e-9),
    "repetition_wasteful": lambda of: edit(of.broadcasting, "operation == 'maximum'", ratio_ci_low=0.9),
    "reshape_keeps_order": lambda of: edit(of.views, "operation == 'reshape'", same_order=False),
    "reshape_shares_memory": lambda of: edit(of.views, "operation == 'reshape'", shares_memory=False),
    "transpose_shares_memory": lambda of: edit(of.views, "operation == 'transpose'", shares_memory=True),
    "relu_changes_nothing": lambda of: edit(of.relu, n_changed=1),
    "chain_rule_two": lambda of: edit(of.chain_rule, "case == 'vector f(g(x))' and method == 'GradientTape'", ok=False),
    "chain_rule_four": lambda of: edit(of.chain_rule, "case == 'scalar f(g(h(j(x))))'", ok=False),
    "chain_rule_network": lambda of: edit(of.chain_rule, "case == 'network\\'s loss by w2'", ok=False),
}


def test_what_is_so_is_confirmed_and_what_was_not_measured_not_applicable(whole):
    found = verdicts(whole)
    assert found.index.is_unique
    tested = found[found != "not applicable"]
    assert set(tested.index) == set(FALSIFIED)
    assert (tested == "confirmed").all(), tested[tested != "confirmed"]
    rows = judge(files(whole), batch_size=128).set_index("id")
    assert "add is not among timing.operations" in rows.loc["add_numpy_faster", "measured"]


@pytest.mark.parametrize("id", FALSIFIED)
def test_a_claim_whose_numbers_are_falsified_is_refuted(whole, tmp_path, id):
    folder = linked(whole, tmp_path / "doctored")
    before = (folder / "results/data/x_train.npy").stat().st_size
    FALSIFIED[id](files(folder))
    assert verdicts(folder)[id] == "refuted"
    assert (whole / "results/data/x_train.npy").stat().st_size == before


@pytest.mark.parametrize(
    ("seconds", "speedup", "verdict"),
    [(1e-8, (8, 130), "confirmed"), (1e-5, (300, 400), "refuted")],
)
def test_the_notebooks_and_the_books_own_readings_are_held_against_the_intervals(
    whole, tmp_path, seconds, speedup, verdict
):
    folder = linked(whole, tmp_path / "doctored")
    of = files(folder)
    notebook = "operation == 'relu' and shape == '(20,100)'"
    pair = {"operation": "add_relu", "shape": "(20,100) (20,100)"}
    edit(of.speedups, notebook, **pair, ci_low=speedup[0], ci_high=speedup[1])
    edit(of.timings, notebook, operation="add_matrix_vector", shape="(300,200) (200,)", ci_low_s=seconds)
    found = verdicts(folder)
    for id in ("notebook_speedup", "book_speedup", "broadcasting_takes_0_s"):
        assert found[id] == verdict, id


def test_evidence_names_files_that_are_there(whole):
    for row in judge(files(whole), batch_size=128).itertuples():
        for path in row.evidence.split():
            assert path == "config.yaml" or Path(path).is_file(), f"{row.id}: {path}"


def test_on_the_embedded_digits_what_needs_all_of_mnist_does_not_apply_and_the_rest_stands(tiny_run):
    table = pd.read_csv(tiny_run / "results/claims.csv")
    assert list(table.columns) == ["id", "claim", "source", "expected", "measured", "verdict", "evidence"]
    rows = table.set_index("id")
    whole_only = {"images", "shapes", "steps_per_epoch", "last_batch", "first_digit", "first_ten", "accuracy"}
    assert set(rows.index[rows["measured"].str.contains("needs all of MNIST")]) == whole_only
    assert (rows.loc[list(whole_only), "verdict"] == "not applicable").all()
    standing = ["labels", "range", "loss_falls", "softmax", "output_units", "relu_equals_numpy", "relu_changes_nothing"]
    assert (rows.loc[standing, "verdict"] == "confirmed").all()


def test_an_interval_too_wide_to_tell_does_not_confirm(whole, tmp_path):
    folder = linked(whole, tmp_path / "doctored")
    edit(files(folder).accuracy, "experiment == 'baseline'", test_accuracy=[0.93, 0.99, 0.98, 0.99, 0.99])
    row = judge(files(folder), batch_size=128).set_index("id").loc["accuracy"]
    assert row["verdict"] == "not applicable"
    assert row["measured"].endswith("the interval is too wide to tell")


def test_one_epoch_says_nothing_of_a_falling_loss_and_other_labels_nothing_of_mnist(whole, tmp_path):
    folder = linked(whole, tmp_path / "doctored")
    of = files(folder)
    for path in of.histories:
        table = pd.read_csv(path).head(1)
        replace(path, lambda path, table=table: table.to_csv(path, index=False))
    edit_json(of.provenance, dataset="letters")
    found = verdicts(folder)
    assert (found[["loss_falls", "loss_not_metric", "labels"]] == "not applicable").all()


def test_an_experiment_that_is_not_there_or_has_one_seed_cannot_be_compared(whole, tmp_path):
    folder = linked(whole, tmp_path / "doctored")
    of = files(folder)
    table = pd.read_csv(of.accuracy).query("experiment == 'baseline' or (experiment == 'mse' and seed == 0)")
    replace(of.accuracy, lambda path: table.to_csv(path, index=False))
    rows = judge(of, batch_size=128).set_index("id")
    for id, n in (("scale_matters", 0), ("unrelated_loss", 1)):
        assert rows.loc[id, "verdict"] == "not applicable"
        assert rows.loc[id, "measured"] == f"{n} seeds have both, two or more are needed"


def test_a_strict_run_fails_on_a_refuted_claim_and_says_which_and_keeps_the_table(copied_run):
    edit(str(copied_run / "results/tensors/relu.csv"), n_changed=1)
    done = snakemake(copied_run, config={"claims": {"strict": True}})
    assert done.returncode == 1
    assert "refuted         relu changes nothing" in done.stdout
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("error: ")]
    assert line.startswith("error: results/claims.csv: found ")
    assert "relu_changes_nothing" in line
    assert "refuted" in (copied_run / "results/claims.csv").read_text()
    assert not (copied_run / "results/.claims_enforced").exists()


def test_a_strict_run_passes_when_nothing_is_refuted(copied_run):
    table = pd.read_csv(copied_run / "results/claims.csv")
    edit(str(copied_run / "results/claims.csv"), verdict=table["verdict"].replace("refuted", "confirmed"))
    strict = {"claims": {"strict": True}}
    done = snakemake(copied_run, "--allowed-rules", "enforce_claims", "--", "results/.claims_enforced", config=strict)
    assert done.returncode == 0, done.stdout
