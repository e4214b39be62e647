"""What changed is run again; what did not is not."""

import re

import pytest
from conftest import ROOT, snakemake

from retrial.digest import code_files

NETWORK = {"train", "predict", "evaluate", "first_ten", "summarise_accuracy"}
TIMINGS = {"time_naive", "time_naive_list", "time_naive_three_loops", "time_numpy"}
TABLES = {"aggregate_timings", "plot_timings"}


def would_run(folder, config=None, **environment) -> set[str]:
    """The rules that a dry run names, without `all`."""
    done = snakemake(folder, "--dry-run", "--quiet", "rules", config=config, **environment)
    assert done.returncode == 0, done.stdout
    stats = done.stdout.partition("Job stats:")[2]
    return set(re.findall(r"^(\w+) +\d+$", stats, flags=re.MULTILINE)) - {"all", "total"}


def baseline(**changes):
    return {"experiments": {"baseline": changes}}


@pytest.mark.parametrize(
    ("config", "rules"),
    [
        ({}, set()),
        (baseline(epochs=2.0), set()),
        ({"dataset": {"mirrors": ["http://127.0.0.1:8/"]}}, set()),
        (baseline(epochs=3), NETWORK),
        (baseline(epochs=128, batch_size=2), NETWORK),
        (baseline(seeds=[0, 1, 2]), {"train", "predict", "evaluate", "summarise_accuracy"}),
        (baseline(seeds=[0]), {"summarise_accuracy"}),
        (
            {"experiments": {"long": {"epochs": 3, "seeds": [0]}}},
            {"train", "predict", "evaluate", "summarise_accuracy"},
        ),
        ({"timing": {"samples": 3}}, TIMINGS | TABLES),
        ({"timing": {"operations": ["relu"]}}, TABLES),
        ({"bootstrap": {"seed": 1}}, TABLES),
        ({"training_threads": 2}, NETWORK),
    ],
)
def test_a_change_of_the_configuration_reruns_what_depends_on_it(tiny_run, config, rules):
    assert would_run(tiny_run, config) == rules


def test_two_values_swapped_are_a_change(copied_run):
    done = snakemake(
        copied_run, "--", "results/models/baseline/0/model.keras", config=baseline(epochs=1, batch_size=64)
    )
    assert done.returncode == 0, done.stdout
    assert "train" in would_run(copied_run, baseline(epochs=64, batch_size=1))


def test_a_touched_file_reruns_nothing(copied_run):
    for path in copied_run.glob("results/**/*"):
        path.touch()
    assert would_run(copied_run) == set()


def test_a_deleted_file_is_made_again_without_what_was_before_it(copied_run):
    (copied_run / "results/models/baseline/0/metrics.json").unlink()
    assert would_run(copied_run) == {"evaluate", "summarise_accuracy"}


@pytest.fixture
def moved(idx_dataset, copied_run):
    """A finished run on embedded digits, and the configuration and environment with which the whole data set can be had."""
    folder, config = idx_dataset
    return copied_run, config, folder


def test_embedded_results_move_to_the_whole_data_set_once_it_can_be_had_and_stay_there(moved):
    run, config, folder = moved
    target = ["--", "results/accuracy.csv"]
    done = snakemake(run, *target, config=config, MNIST_DIR=str(folder))
    assert done.returncode == 0, done.stdout
    assert '"dataset": "mnist"' in (run / "results/data/provenance.json").read_text()
    assert '"n_test": 50' in (run / "results/models/baseline/0/metrics.json").read_text()
    again = snakemake(run, *target, config=config)
    assert "Nothing to be done" in again.stdout, again.stdout
    assert "mnist-5k" not in again.stdout


def test_a_module_of_one_implementation_reruns_its_timings_alone():
    scripts = ROOT / "workflow/scripts"
    of_the_rule = {path.name for path in code_files(scripts, "time_operation.py", "retrial/measure.py")}
    assert not {name for name in of_the_rule if name.endswith("_ops.py")}, "implementations are named one by one"
