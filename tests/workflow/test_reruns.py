"""What changed is run again; what did not is not."""

import re

import pytest
from conftest import ROOT, snakemake

from retrial.files import read_json

NETWORK = {"train", "predict", "evaluate", "first_ten", "summarise_accuracy", "chain_rule", "claims"}
ONE_TRAINING = {"train", "predict", "evaluate", "summarise_accuracy", "claims"}
TIMINGS = {"time_operation", "time_matrix_dot", "time_limits", "time_broadcasting", "show_tensors"}
TABLES = {"aggregate_timings", "fit_costs", "plot_timings", "claims"}


def would_run(folder, config=None, root=ROOT) -> set[str]:
    """The rules that a dry run names, without `all`."""
    done = snakemake(folder, "--dry-run", "--quiet", "rules", config=config, root=root)
    assert done.returncode == 0, done.stdout
    stats = done.stdout.partition("Job stats:")[2]
    return set(re.findall(r"^(\w+) +\d+$", stats, flags=re.MULTILINE)) - {"all", "total"}


def baseline(**changes):
    return {"experiments": {"baseline": changes}}


@pytest.mark.parametrize(
    ("config", "rules"),
    [
        ({}, set()),
        (baseline(epochs=2.0, seeds=[0.0, 1.0]), set()),
        ({"dataset": {"mirrors": ["http://127.0.0.1:8/"]}}, set()),
        (baseline(epochs=3), NETWORK),
        (baseline(epochs=128, batch_size=2), NETWORK),
        (baseline(seeds=[0, 1, 2]), ONE_TRAINING),
        (baseline(seeds=[0]), {"summarise_accuracy", "claims"}),
        ({"experiments": {"unscaled": {"divide_by_255": True}}}, ONE_TRAINING),
        ({"timing": {"samples": 3}}, TIMINGS | TABLES),
        ({"timing": {"operations": ["relu"]}}, TABLES),
        ({"bootstrap": {"seed": 1}}, TABLES | {"show_tensors"}),
        (
            {"timing": {"max_call_s": 0.02}},
            {"time_operation", "time_matrix_dot", *TABLES},
        ),
        ({"claims": {"strict": True}}, {"enforce_claims"}),
        ({"training_threads": 2}, NETWORK),
    ],
)
def test_a_change_of_the_configuration_reruns_what_depends_on_it(tiny_run, config, rules):
    assert would_run(tiny_run, config) == rules


def test_another_experiment_is_one_block_and_trains_that_experiment_alone(tiny_run):
    done = snakemake(tiny_run, "--dry-run", config={"experiments": {"long": {"epochs": 3}}})
    assert done.returncode == 0, done.stdout
    jobs = re.findall(r"^rule (\w+):$(?:\n .*)*?\n    wildcards: (.*)$", done.stdout, flags=re.MULTILINE)
    assert sorted(jobs) == sorted(
        (rule, f"experiment=long, seed={seed}") for rule in ("train", "predict", "evaluate") for seed in (0, 1)
    )
    rules = set(re.findall(r"^(?:local)?rule (\w+):$", done.stdout, flags=re.MULTILINE))
    assert rules == {"train", "predict", "evaluate", "summarise_accuracy", "claims", "all"}


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
    assert would_run(copied_run) == {"evaluate", "summarise_accuracy", "claims"}


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


@pytest.mark.parametrize(("answer", "dataset"), [("right", "mnist"), ("login page", "mnist-5k"), ("none", "mnist-5k")])
def test_a_mirror_counts_when_it_has_the_right_bytes(idx_dataset, serve, tmp_path, answer, dataset):
    folder, config = idx_dataset
    if answer == "login page":
        for path in folder.iterdir():
            path.write_text("<html>Please log in</html>")
    config["dataset"]["mirrors"] = [] if answer == "none" else [serve(folder)]
    done = snakemake(tmp_path / "run", "--", "results/data/provenance.json", config=config)
    assert done.returncode == 0, done.stdout
    assert read_json(tmp_path / "run/results/data/provenance.json")["dataset"] == dataset


EVERYTHING = {"download", "preprocess", *NETWORK, *TIMINGS, *TABLES}


@pytest.mark.parametrize(
    ("path", "rules"),
    [
        ("envs/requirements.lock", EVERYTHING),
        ("workflow/scripts/retrial/files.py", EVERYTHING),
        ("workflow/scripts/preprocess.py", {"preprocess", *NETWORK}),
        ("workflow/scripts/train.py", NETWORK),
        ("workflow/scripts/predict.py", NETWORK - {"train", "chain_rule"}),
        ("workflow/scripts/evaluate.py", {"evaluate", "summarise_accuracy", "claims"}),
        ("workflow/scripts/summarise_accuracy.py", {"summarise_accuracy", "claims"}),
        ("workflow/scripts/first_ten.py", {"first_ten", "claims"}),
        ("workflow/scripts/chain_rule.py", {"chain_rule", "claims"}),
        ("workflow/scripts/claims.py", {"claims"}),
        ("workflow/scripts/show_tensors.py", {"show_tensors", "claims"}),
        ("workflow/scripts/time_operation.py", {"time_operation", "time_matrix_dot", *TABLES}),
        ("workflow/scripts/time_limits.py", {"time_limits", "fit_costs", "plot_timings"}),
        ("workflow/scripts/retrial/measure.py", TIMINGS | TABLES),
        ("workflow/scripts/retrial/naive_ops.py", {"time_operation", "time_matrix_dot", *TABLES}),
        ("workflow/scripts/retrial/limits_ops.py", {"time_limits", "fit_costs", "plot_timings"}),
        ("workflow/scripts/retrial/numpy_repetition_ops.py", {"time_broadcasting", "show_tensors", "claims"}),
        ("workflow/scripts/aggregate_timings.py", {"aggregate_timings", "plot_timings", "claims"}),
        ("workflow/scripts/fit_costs.py", {"fit_costs", "plot_timings"}),
        ("workflow/scripts/plot_timings.py", {"plot_timings"}),
        ("workflow/scripts/retrial/config.py", set()),
    ],
)
def test_an_edit_reruns_what_uses_the_edited_file(tiny_run, project, path, rules):
    with (project / path).open("a") as file:
        file.write("\n# edited\n")
    assert would_run(tiny_run, root=project) == rules


def test_another_copy_of_the_project_with_other_times_reruns_nothing(tiny_run, project):
    for path in project.rglob("*.*"):
        path.touch()
    assert would_run(tiny_run, root=project) == set()
