"""One command makes everything, says what it is made of, and then has nothing to do."""

import pandas as pd
from conftest import snakemake

from retrial.pipeline.files import read_json

RESULTS = [
    *(f"data/{name}" for name in ("x_train.npy", "y_train.npy", "x_test.npy", "y_test.npy", "provenance.json")),
    *(
        f"models/{training}/{name}"
        for training in ("baseline/0", "baseline/1", "mse/0", "mse/1", "unscaled/0")
        for name in ("model.keras", "history.csv", "probabilities.npy", "metrics.json", "confusion.csv")
    ),
    *(
        f"predictions/{name}.{kind}"
        for name in ("first_ten", "mistakes", "confusion")
        for kind in ("csv", "png", "svg")
    ),
    *(f"{name}.{kind}" for name in ("data/samples", "models/curves", "accuracy") for kind in ("png", "svg")),
    "report.html",
    "accuracy.csv",
    "accuracy_summary.csv",
    "gradients/chain_rule.csv",
    *(f"tensors/{name}.csv" for name in ("broadcasting", "views", "relu")),
    *(f"tensors/raw/{operation}.json" for operation in ("add_matrix_vector", "maximum")),
    "claims.csv",
    "manifest.json",
    *(f"timings/raw/relu/{name}.json" for name in ("naive", "naive_list", "numba", "numpy")),
    *(f"timings/raw/matrix_dot/{name}.json" for name in ("naive", "naive_list", "naive_three_loops", "numba", "numpy")),
    "timings/limits.json",
    *(
        f"timings/{name}.csv"
        for name in ("samples", "timings", "unstable", "speedups", "limits", "cost_models", "throughput")
    ),
    *(
        f"timings/{name}.{kind}"
        for name in ("timings", "speedups", "speedups_by_size", "roofline")
        for kind in ("png", "svg")
    ),
]


def test_everything_is_there_and_nothing_half_written(tiny_run):
    found = {str(path.relative_to(tiny_run / "results")) for path in tiny_run.glob("results/**/*") if path.is_file()}
    assert {name for name in found if not name.startswith("data/raw/")} == set(RESULTS)


def test_every_job_has_a_log(tiny_run):
    logs = {str(path.relative_to(tiny_run / "logs")) for path in tiny_run.glob("logs/**/*.log")}
    assert len(logs) == 34
    assert {"train/baseline/0.log", "time_operation/relu.log", "preprocess.log"} <= logs
    assert "Epoch 2/2" in (tiny_run / "logs/train/baseline/1.log").read_text()


def test_the_network_learns_something(tiny_run):
    summary = pd.read_csv(tiny_run / "results/accuracy_summary.csv")
    assert 0.7 < summary.loc[0, "mean"] < 1


def test_the_embedded_digits_are_announced_wherever_it_matters(tiny_run):
    output = (tiny_run / "output.txt").read_text()
    assert "neither MNIST_DIR nor a mirror has MNIST: the results are those of mnist-5k" in output
    assert "WARNING" in (tiny_run / "logs/download/mnist-5k.log").read_text()
    assert read_json(tiny_run / "results/data/provenance.json")["dataset"] == "mnist-5k"
    for seed in (0, 1):
        assert read_json(tiny_run / f"results/models/baseline/{seed}/metrics.json")["dataset"] == "mnist-5k"


def test_a_part_of_the_run_does_not_point_to_what_is_not_there(tmp_path):
    done = snakemake(tmp_path, "--", "results/data/provenance.json")
    assert "Look at" not in done.stdout, done.stdout


def test_the_end_says_where_to_look(tiny_run):
    output = (tiny_run / "output.txt").read_text()
    assert "Done. Look at results/report.html" in output


def test_the_end_has_the_three_figures_that_matter(tiny_run):
    output = (tiny_run / "output.txt").read_text()
    mean = pd.read_csv(tiny_run / "results/accuracy_summary.csv")["mean"][0]
    assert f"{mean:.4f} [" in output
    assert "NumPy's relu against loops over an ndarray" in output
    assert "claims of the notebook are confirmed" in output


def test_timing_jobs_run_alone(tiny_run):
    output = (tiny_run / "output.txt").read_text()
    for block in output.split("Execute ")[1:]:
        if "rule time_" in block:
            assert block.startswith("1 jobs..."), block


def test_again_there_is_nothing_to_do_whatever_the_cores(copied_run):
    for cores in ("-c1", "-c4"):
        done = snakemake(copied_run, cores)
        assert "Nothing to be done" in done.stdout, done.stdout
