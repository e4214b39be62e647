"""Put every claim of the notebook to the test: a row for each, with a verdict that follows from numbers in results/.

Where numbers scatter, a claim is confirmed when the 95 % interval says so: of paired differences over the seeds, by
Student's t, or of a ratio of times, by the bootstrap of speedups.csv. A claim that cannot be tested here, because it is
about all of MNIST or about an experiment or operation that config.yaml leaves out, is `not applicable`.
"""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pyperf
from scipy import stats

from retrial.pipeline.files import read_json, atomic_write
from retrial.pipeline.job import start_log
from retrial.operations.table import IMPLEMENTATIONS, VIEWS, at_the_notebooks_shapes
from retrial.dataset.sources import EMBEDDED
from retrial.display.formats import seconds, times
from retrial.display.verdicts import format_verdicts

# The widest interval, to either side, that tells whether an accuracy is 0.98 or not.
PRECISION = 0.01
# A row of float32 probabilities sums to 1 but for rounding.
ROUNDING = 1e-5
# How far a hand version may be from NumPy: sums in another order round differently.
TOLERANCE = 1e-10


def claim(id: str, text: str, source: str, expected: str, measured: str, holds: bool | str, evidence) -> dict:
    """One row of claims.csv; where the claim cannot be tested, `holds` is the reason, and ends `measured`."""
    return {
        "id": id,
        "claim": text,
        "source": source,
        "expected": expected,
        "measured": "; ".join(filter(None, (measured, holds))) if isinstance(holds, str) else measured,
        "verdict": "not applicable" if isinstance(holds, str) else "confirmed" if holds else "refuted",
        "evidence": evidence if isinstance(evidence, str) else " ".join(evidence),
    }


def interval_of_mean(values: np.ndarray) -> tuple[float, float, float]:
    """Mean of two or more values with its 95 % interval by Student's t."""
    mean = np.mean(values)
    half_width = stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / len(values) ** 0.5
    return mean, mean - half_width, mean + half_width


def training_of(path: str) -> tuple[str, int]:
    """The experiment and the seed whose file this is."""
    *_, experiment, seed, _ = Path(path).parts
    return experiment, int(seed)


def of_experiment(name: str, paths: list[str]) -> list[str]:
    """The files of an experiment."""
    return [path for path in paths if training_of(path)[0] == name]


def data_claims(files, unless: str) -> Iterator[dict]:
    """What the notebook says of MNIST and of its arrays."""
    provenance, source = read_json(files.provenance), "notebook: the data"
    counts = [provenance[split]["n"] for split in ("train", "test")]
    sizes = [provenance[split]["image_shape"] for split in ("train", "test")]
    yield claim(
        "images",
        "MNIST has 60,000 training and 10,000 test images of 28 × 28 pixels",
        source,
        "60000 and 10000 of [28, 28]",
        f"{counts[0]} and {counts[1]} of {sizes[0]}",
        unless or (counts == [60000, 10000] and sizes == [[28, 28]] * 2),
        files.provenance,
    )
    labels = [np.load(path, allow_pickle=False) for path in (files.y_train, files.y_test)]
    dtypes = {provenance[split]["dtype"] for split in ("train", "test")} | {str(y.dtype) for y in labels}
    found = np.unique(np.concatenate(labels)).tolist()
    yield claim(
        "labels",
        "Pixels and labels are uint8, and the labels go from 0 to 9",
        source,
        "uint8; 0 to 9, each of them",
        f"{', '.join(sorted(dtypes))}; {found[0]} to {found[-1]}, {len(found)} labels",
        (dtypes == {"uint8"} and found == list(range(10)))
        if provenance["dataset"] in ("mnist", EMBEDDED)
        else "needs MNIST",
        [files.provenance, files.y_train, files.y_test],
    )
    arrays = [np.load(path, allow_pickle=False, mmap_mode="r") for path in (files.x_train, files.x_test)]
    shapes, dtypes = [x.shape for x in arrays], {str(x.dtype) for x in arrays}
    yield claim(
        "shapes",
        "Preprocessed, they are a row of 784 numbers for each image",
        source,
        "(60000, 784) and (10000, 784)",
        f"{shapes[0]} and {shapes[1]}",
        unless or shapes == [(60000, 784), (10000, 784)],
        [files.x_train, files.x_test],
    )
    low, high = min(float(x.min()) for x in arrays), max(float(x.max()) for x in arrays)
    yield claim(
        "range",
        "Preprocessed, they are float32 between 0 and 1",
        source,
        "float32, 0 to 1",
        f"{', '.join(sorted(dtypes))}, {low:g} to {high:g}",
        dtypes == {"float32"} and 0 <= low <= high <= 1,
        [files.x_train, files.x_test],
    )


def steps_of_training(path: str) -> int:
    """The optimizer's steps, which Keras saves with the model."""
    with zipfile.ZipFile(path) as archive, h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as weights:
        return int(weights["optimizer/vars/0"][()])


def training_claims(files, unless: str, batch_size: int) -> Iterator[dict]:
    """What the notebook says of the training of its network."""
    source = "notebook: training"
    histories = of_experiment("baseline", files.histories)
    losses = [pd.read_csv(path)["loss"].to_numpy() for path in histories]
    steps = [steps_of_training(m) / len(loss) for m, loss in zip(files.models, losses, strict=True)]
    yield claim(
        "steps_per_epoch",
        "An epoch has 469 steps",
        source,
        "469",
        ", ".join(f"{n:g}" for n in sorted(set(steps))),
        unless or set(steps) == {469},
        [*files.models, *histories],
    )
    n_train = len(np.load(files.y_train, allow_pickle=False))
    last = n_train - (int(steps[0]) - 1) * batch_size
    yield claim(
        "last_batch",
        "The last batch of an epoch has 96 images",
        source,
        "96",
        f"{last}, of {n_train} images in batches of {batch_size}",
        unless or last == 96,
        [files.y_train, files.models[0], histories[0], "config.yaml"],
    )
    falling = [bool((np.diff(loss) < 0).all()) for loss in losses]
    yield claim(
        "loss_falls",
        "The loss falls in every epoch",
        source,
        "in every epoch, from every seed",
        f"in every epoch from {sum(falling)} of {len(falling)} seeds",
        all(falling) if min(map(len, losses)) > 1 else "one epoch, two or more are needed",
        histories,
    )


def prediction_claims(files, unless: str) -> Iterator[dict]:
    """What the notebook says of the trained network's answers."""
    source = "notebook: prediction"
    table = pd.read_csv(files.first_ten)
    first = next(table.itertuples())
    yield claim(
        "first_digit",
        "The first test image is a 7, and the network all but certain of it",
        source,
        "label 7, predicted 7, p(7) > 0.99",
        f"label {first.label}, predicted {first.predicted}, with p = {first.probability:.5f}",
        unless or (first.label == first.predicted == 7 and first.probability > 0.99),
        files.first_ten,
    )
    labels = table["label"].tolist()
    yield claim(
        "first_ten",
        "The first ten test images are 7 2 1 0 4 1 4 9 5 9",
        source,
        "7 2 1 0 4 1 4 9 5 9",
        f"{' '.join(map(str, labels))}; {(table['label'] == table['predicted']).sum()} of 10 predicted",
        unless or labels == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9],
        files.first_ten,
    )
    probabilities = [np.load(path, allow_pickle=False, mmap_mode="r") for path in files.probabilities]
    worst = max(float(np.abs(p.sum(axis=1, dtype=np.float64) - 1).max()) for p in probabilities)
    yield claim(
        "softmax",
        "A softmax's outputs for an image sum to 1",
        source,
        f"1, within {ROUNDING:g}",
        f"farthest from 1 by {worst:.2g}, in {len(probabilities)} trainings",
        worst <= ROUNDING,
        files.probabilities,
    )
    units = {p.shape[1] for p in probabilities}
    n_labels = len(np.unique(np.load(files.y_train, allow_pickle=False)))
    yield claim(
        "output_units",
        "The last layer has as many units as there are labels",
        source,
        f"{n_labels} units",
        f"{', '.join(map(str, sorted(units)))} units, {n_labels} labels",
        units == {n_labels},
        [*files.probabilities, files.y_train],
    )


def paired(id: str, text: str, source: str, expected: str, pairs: pd.DataFrame, evidence) -> dict:
    """A claim that `pairs`' first column exceeds the second: the mean difference over the seeds, by Student's t."""
    larger, smaller = pairs.columns
    pairs = pairs.dropna()
    if len(pairs) < 2:
        return claim(id, text, source, expected, "", f"{len(pairs)} seeds have both, two or more are needed", evidence)
    mean, low, high = interval_of_mean((pairs[larger] - pairs[smaller]).to_numpy())
    means = f"{larger} {pairs[larger].mean():.4f}, {smaller} {pairs[smaller].mean():.4f}"
    measured = f"{means}; difference {mean:.4f} [{low:.4f}, {high:.4f}] over {len(pairs)} seeds"
    return claim(id, text, source, expected, measured, bool(low > 0), evidence)


def experiment_claims(files, unless: str) -> Iterator[dict]:
    """What the notebook says of the accuracy, and of what another loss, metric or scale would do to it."""
    accuracy = pd.read_csv(files.accuracy)
    by_seed = accuracy.pivot(index="seed", columns="experiment", values="test_accuracy")
    of_baseline = by_seed["baseline"].dropna().to_numpy()
    if len(of_baseline) < 2:
        measured, holds = f"{of_baseline[0]:.4f}", "one seed has no interval, two or more are needed"
    else:
        mean, low, high = interval_of_mean(of_baseline)
        measured = f"{mean:.4f} [{low:.4f}, {high:.4f}] over {len(of_baseline)} seeds"
        holds = "the interval is too wide to tell" if low <= 0.98 <= high > mean + PRECISION else low <= 0.98 <= high
    yield claim(
        "accuracy",
        "The network's accuracy on the test set is 0.98",
        "notebook: evaluation",
        f"0.98 within the mean's 95 % interval, no wider than ± {PRECISION}",
        measured,
        unless or holds,
        files.accuracy,
    )
    for missing in {"mse", "unscaled"} - set(by_seed.columns):
        by_seed[missing] = np.nan
    yield paired(
        "scale_matters",
        "The network is sensitive to the scale of its input: without the division by 255 it is worse",
        "notebook: preprocessing",
        "a difference of accuracy above 0",
        by_seed[["baseline", "unscaled"]],
        files.accuracy,
    )
    yield paired(
        "unrelated_loss",
        "Another loss makes another model: the second compilation (whose learning rate differs too) is less accurate",
        "notebook: compilation",
        "a difference of accuracy above 0",
        by_seed[["baseline", "mse"]],
        files.accuracy,
    )
    metrics = pd.DataFrame([read_json(path) for path in of_experiment("mse", files.metrics)])
    flattering = metrics.reindex(columns=["binary_accuracy", "test_accuracy"])
    yield paired(
        "metric_flatters",
        "An unrelated metric flatters: binary accuracy is above the accuracy of the same model",
        "notebook: compilation",
        "a difference above 0",
        flattering.rename(columns={"test_accuracy": "accuracy"}),
        of_experiment("mse", files.metrics) or files.accuracy,
    )
    losses = [pd.read_csv(path)["loss"].to_numpy() for path in files.histories]
    falling = sum((np.diff(loss) < 0).all() for loss in losses)
    parting = {name: _parting_pairs(rows) for name, rows in accuracy.groupby("experiment", sort=False)}
    yield claim(
        "loss_not_metric",
        "Training minimises the loss, not the metric",
        "notebook: compilation",
        "the loss falls in every epoch of every training; yet, in one experiment at least, of two seeds the one with "
        "the lower test loss has the lower accuracy",
        f"the loss falls throughout in {falling} of {len(losses)} trainings; loss and accuracy part in "
        + ", ".join(f"{k} of {n} pairs of seeds ({name})" for name, (k, n) in parting.items()),
        "an experiment has one epoch, two or more are needed"
        if min(map(len, losses)) < 2
        else (falling == len(losses) and any(k for k, _ in parting.values()))
        if any(n for _, n in parting.values())
        else "every experiment has one seed, two or more are needed",
        [files.accuracy, *files.histories],
    )


def _parting_pairs(rows: pd.DataFrame) -> tuple[int, int]:
    """How many pairs of seeds have the lower loss with the lower accuracy, and how many pairs there are."""
    loss, accuracy = (rows[column].to_numpy() for column in ("test_loss", "test_accuracy"))
    first, second = np.triu_indices(len(rows), k=1)
    return int(((loss[first] - loss[second]) * (accuracy[first] - accuracy[second]) > 0).sum()), len(first)


def operation_claims(files) -> Iterator[dict]:
    """What the notebook says of its loops and of NumPy."""
    source = "notebook: tensor operations"
    raw = {tuple(Path(path).parts[-2:]): path for path in files.raw}
    speedups, timings = (at_the_notebooks_shapes(pd.read_csv(path)) for path in (files.speedups, files.timings))
    ratios = speedups[speedups["implementation"] == "numpy"]
    for operation, implementations in IMPLEMENTATIONS.items():
        paths = [raw[operation, f"{name}.json"] for name in implementations if (operation, f"{name}.json") in raw]
        metadata = [
            benchmark.get_metadata()
            for path in paths
            for benchmark in pyperf.BenchmarkSuite.load(path).get_benchmarks()
            if "max_abs_error" in benchmark.get_metadata()
        ]
        errors = {m["implementation"]: m["max_abs_error"] for m in metadata if m["implementation"] != "numpy"}
        unless = "" if paths else f"{operation} is not among timing.operations"
        yield claim(
            f"{operation}_equals_numpy",
            "my_matrix_dot (naive_three_loops) = naive_matrix_dot (naive) = np.dot"
            if operation == "matrix_dot"
            else f"{operation} by hand equals NumPy's",
            source,
            f"differences of at most {TOLERANCE:g}",
            ", ".join(f"{name} {error:.2g}" for name, error in errors.items()),
            unless or all(error <= TOLERANCE for error in errors.values()),
            paths or files.timings,
        )
        rows = ratios[ratios["operation"] == operation]
        yield claim(
            f"{operation}_numpy_faster",
            f"NumPy's {operation} is faster than by hand" + (" (it moves no number)" if operation in VIEWS else ""),
            source,
            "95 % intervals of the speed-up above 1",
            ", ".join(f"{_speedup(row)} against {row.baseline}" for row in rows.itertuples()),
            unless or bool((rows["ci_low"] > 1).all()),
            files.speedups,
        )
    both = ratios[(ratios["operation"] == "add_relu") & (ratios["baseline"] == "naive")]
    for id, origin, figure in (
        ("notebook_speedup", "notebook: 0.008975 s against 0.000991 s, one call", 0.008975 / 0.000991),
        ("book_speedup", "book: 2.45 s against 0.02 s, 1,000 calls", 2.45 / 0.02),
    ):
        yield claim(
            id,
            f"add and relu together take the loops {times(figure)} NumPy's time",
            origin,
            f"{times(figure)} within the 95 % interval of the speed-up",
            ", ".join(map(_speedup, both.itertuples())),
            bool(((both["ci_low"] <= figure) & (figure <= both["ci_high"])).all())
            if len(both)
            else "add_relu is not among timing.operations",
            files.speedups,
        )
    rows = timings[(timings["operation"] == "add_matrix_vector") & (timings["implementation"] == "numpy")]
    yield claim(
        "broadcasting_takes_0_s",
        "Adding a vector to a matrix takes NumPy 0.000000 s",
        "notebook: one reading of time.time()",
        "a time that is 0 to six decimals",
        ", ".join(
            f"{seconds(row.median_s)} [{seconds(row.ci_low_s)}, {seconds(row.ci_high_s)}]" for row in rows.itertuples()
        ),
        bool((rows["ci_low_s"] < 5e-7).all()) if len(rows) else "add_matrix_vector is not among timing.operations",
        files.timings,
    )


def _speedup(row) -> str:
    return f"{times(row.speedup)} [{times(row.ci_low)}, {times(row.ci_high)}]"


def tensor_claims(files) -> Iterator[dict]:
    """What the notebook says of broadcasting, reshape and relu."""
    source = "notebook: broadcasting"
    table = pd.read_csv(files.broadcasting)
    repeated = table[table["method"] == "explicit repetition"]
    yield claim(
        "broadcasting_equals_repetition",
        "Broadcasting gives what explicit repetition gives",
        source,
        "no difference",
        ", ".join(f"{row.operation} {row.max_abs_error:g}" for row in repeated.itertuples()),
        bool((repeated["max_abs_error"] == 0).all()),
        files.broadcasting,
    )
    peaks = table.pivot(index="operation", columns="method", values="peak_bytes")
    more = peaks["explicit repetition"] - peaks["broadcasting"]
    yield claim(
        "repetition_wasteful",
        "To repeat explicitly is a waste of time and memory",
        source,
        "95 % intervals of the ratio of times above 1, and more bytes",
        ", ".join(
            f"{row.operation} {times(row.ratio)} [{times(row.ratio_ci_low)}, {times(row.ratio_ci_high)}] the time, "
            f"{more[row.operation]:,} bytes more"
            for row in repeated.itertuples()
        ),
        bool((repeated["ratio_ci_low"] > 1).all() and (more > 0).all()),
        files.broadcasting,
    )
    views = pd.read_csv(files.views).set_index(["operation", "method"])
    same_order = [views.loc[("reshape", method), "same_order"] for method in ("view", "copy")]
    yield claim(
        "reshape_keeps_order",
        "reshape keeps the numbers in their order",
        "notebook: reshape",
        "the order of the input, row by row",
        "the same order" if all(same_order) else "another order",
        bool(all(same_order)),
        files.views,
    )
    for operation in VIEWS:
        shared = {method: bool(views.loc[(operation, method), "shares_memory"]) for method in ("view", "copy")}
        yield claim(
            f"{operation}_shares_memory",
            f"{operation} moves no number: it shares the memory of its input, and a copy does not",
            f"{'notebook' if operation == 'reshape' else 'book'}: {operation}",
            "view: shared, copy: its own",
            ", ".join(f"{method}: {'shared' if share else 'its own'}" for method, share in shared.items()),
            shared == {"view": True, "copy": False},
            files.views,
        )
    positive = pd.read_csv(files.relu).set_index("inputs").loc["uniform in [0, 1)"]
    yield claim(
        "relu_changes_nothing",
        "relu changes nothing on the notebook's inputs, which are all positive",
        "notebook: tensor operations",
        "no number changed",
        f"{positive['n_changed']} of {positive['n']} numbers changed",
        bool(positive["n_changed"] == 0),
        files.relu,
    )


def gradient_claims(files) -> Iterator[dict]:
    """The chain rule, with which the notebook ends."""
    table = pd.read_csv(files.chain_rule)
    for id, prefix, text in (
        ("chain_rule_two", ("scalar f(g(x))", "vector f(g(x))"), "grad(y, x) = grad(y, x1) · grad(x1, x)"),
        (
            "chain_rule_four",
            ("scalar f(g(h(j(x))))", "vector f(g(h(j(x))))"),
            "grad(y, x) = grad(y, x3) · grad(x3, x2) · grad(x2, x1) · grad(x1, x)",
        ),
        ("chain_rule_network", ("network",), "The chain rule gives the network's gradient by each of its weights"),
    ):
        rows = table[table["case"].str.startswith(prefix)]
        worst = rows.groupby("method", sort=False)["max_abs_error"].max()
        yield claim(
            id,
            text,
            "notebook: the chain rule",
            "product, GradientTape and differences agree at every point",
            f"{rows['ok'].sum()} of {len(rows)} agree; farthest apart: "
            + ", ".join(f"{method} {error:.2g}" for method, error in worst.items()),
            bool(rows["ok"].all()) if len(rows) else "the baseline network is not Dense(relu), Dense(softmax)",
            files.chain_rule,
        )


def judge(files, batch_size: int) -> pd.DataFrame:
    """All claims with their verdicts; `files` has the rule's inputs by name.

    Raises:
        FileNotFoundError: a file is missing.
    """
    unless = "" if read_json(files.provenance)["dataset"] == "mnist" else "needs all of MNIST"
    return pd.DataFrame(
        [
            *data_claims(files, unless),
            *training_claims(files, unless, batch_size),
            *prediction_claims(files, unless),
            *experiment_claims(files, unless),
            *operation_claims(files),
            *tensor_claims(files),
            *gradient_claims(files),
        ]
    )


if __name__ == "__main__":
    start_log(snakemake.log[0])
    table = judge(snakemake.input, snakemake.params.settings["batch_size"])
    with atomic_write(snakemake.output[0]) as part:
        table.to_csv(part, index=False)
    print(format_verdicts(table.to_dict("records")))
