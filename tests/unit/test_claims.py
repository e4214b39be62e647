"""Each verdict follows from the files that its evidence names, and changes with their numbers."""

import os
import shutil
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from model_results import SEEDS, change_json, make_true_results, table, write_accuracy

from retrial.files import write_csv
from retrial.notebook import registry
from retrial.notebook.registry import PARTS, Cell, NotTestable, Outcome, all_claims, by_group, count_confirmed, judge
from retrial.notebook.rules import true

CHANGES = [import_module(f"falsified.{part}") for part in PARTS]
FALSIFIED = {id: changes for module in CHANGES for id, changes in module.FALSIFIED.items()}
UNDECIDED = [case for module in CHANGES for case in module.UNDECIDED]
NEED_MNIST = ["images", "shapes", "outputs_are_probabilities", "five_epochs", "first_prediction", "first_probability"]
NEED_MNIST += ["first_probability_again", "first_label", "accuracy", "mean_accuracy"]


@pytest.fixture(scope="module")
def whole_mnist(tmp_path_factory) -> Path:
    """A results folder in which every claim can be tested and is true. Read only: `results` is a copy of it."""
    return make_true_results(tmp_path_factory.mktemp("results"))


@pytest.fixture
def results(whole_mnist, tmp_path) -> Path:
    """A copy of `whole_mnist` to change; files are hard links, so replace a file instead of writing into it."""
    return Path(shutil.copytree(whole_mnist, tmp_path / "results", copy_function=os.link))


def row(results: Path, id: str) -> pd.Series:
    """The row of one claim."""
    return judge(results, [id]).iloc[0]


@pytest.mark.parametrize("id", all_claims())
def test_a_true_claim_is_confirmed_and_says_how(results, id):
    claim = row(results, id)
    assert claim["verdict"] == "confirmed", claim["measured"]
    assert claim["evidence"]
    assert claim["chapter"]
    assert claim["expected"]
    assert "confirmed if" in claim["decision"]
    assert "refuted if" in claim["decision"]


@pytest.mark.parametrize(("id", "number"), [(id, i) for id in all_claims() for i in range(len(FALSIFIED[id]))])
def test_a_claim_with_falsified_numbers_is_refuted(results, id, number):
    FALSIFIED[id][number](results)
    claim = row(results, id)
    assert claim["verdict"] == "refuted", claim["measured"]


@pytest.mark.parametrize(
    ("id", "change", "needed"), UNDECIDED, ids=[f"{i}-{case[0]}" for i, case in enumerate(UNDECIDED)]
)
def test_without_evidence_for_or_against_a_claim_is_inconclusive_and_says_what_it_would_take(
    results, id, change, needed
):
    change(results)
    claim = row(results, id)
    assert claim["verdict"] == "inconclusive", claim["measured"]
    assert needed in claim["measured"].rpartition("; ")[2]


def test_every_claim_that_mentions_inconclusive_can_be_so():
    assert {id for id, claim in all_claims().items() if "inconclusive" in claim.rule.decision} == {
        id for id, *_ in UNDECIDED
    }


@pytest.mark.parametrize("n_seeds", [5, 30])
def test_more_seeds_do_not_turn_a_true_claim_false(results, n_seeds):
    """Draws with the means and deviations that were measured; the seed of the draws is fixed."""
    rng = np.random.default_rng(0)
    verdicts = []
    for _ in range(40):
        baseline, unscaled = rng.normal(0.9791, 0.0015, n_seeds), rng.normal(0.9638, 0.0043, n_seeds)
        write_accuracy(results, baseline=baseline, unscaled=unscaled)
        verdicts.append(judge(results, ["accuracy", "mean_accuracy", "scale_matters"])["verdict"].to_list())
    shares = pd.Series(np.ravel(verdicts)).value_counts(normalize=True)
    assert shares.get("refuted", 0) <= (0.05 if n_seeds == 5 else 0)
    assert n_seeds == 5 or shares["confirmed"] == 1


def test_a_claim_about_an_operation_that_was_not_timed_is_not_applicable(results):
    path = results / "timings/speedups.csv"
    write_csv(path, pd.read_csv(path).query("operation != 'add_relu'"))
    claim = row(results, "add_relu_numpy_faster")
    assert (claim["verdict"], claim["measured"]) == ("not applicable", "add_relu is not in timing.operations")
    assert row(results, "numpy_faster")["verdict"] == "confirmed"


@pytest.mark.parametrize("id", NEED_MNIST)
def test_a_claim_about_all_of_mnist_is_measured_but_not_applicable_on_other_data(results, id):
    measured = row(results, id)["measured"]
    change_json("data/provenance.json", dataset="mnist-5k")(results)
    claim = row(results, id)
    assert claim["verdict"] == "not applicable"
    assert claim["measured"] == f"{measured}; needs all of MNIST"
    assert "results/data/provenance.json" in claim["evidence"].split()


def test_the_labels_of_another_data_set_are_not_those_of_mnist(results):
    change_json("data/provenance.json", dataset="mnist-5k")(results)
    assert row(results, "labels")["verdict"] == "confirmed"
    change_json("data/provenance.json", dataset="letters")(results)
    assert row(results, "labels")["verdict"] == "not applicable"


def test_one_epoch_cannot_decide_whether_the_loss_falls(results):
    for path in results.glob("models/*/*/history.csv"):
        write_csv(path, pd.read_csv(path).head(1))
    claim = row(results, "loss_falls")
    assert claim["verdict"] == "not applicable"
    assert "one epoch" in claim["measured"]


@pytest.mark.parametrize("id", ["scale_matters", "metric_flatters", "loss_costs_accuracy", "from_scratch_accuracy"])
def test_a_claim_about_an_experiment_that_config_yaml_lacks_is_not_applicable(results, id):
    write_accuracy(results, baseline=0.98)
    assert row(results, id)["verdict"] == "not applicable"


@pytest.mark.parametrize("id", ["float64_accuracy", "float16_accuracy"])
def test_one_seed_cannot_compare_float_types(results, id):
    path = results / "probes/training.csv"
    write_csv(path, pd.read_csv(path).query("probe != 'float_types' or seed == 0"))
    claim = row(results, id)
    assert claim["verdict"] == "inconclusive"
    assert claim["measured"].endswith("needs two or more seeds")


def test_layers_that_are_not_recomputed_make_the_claim_not_applicable(results):
    path = results / "probes/training.csv"
    write_csv(path, pd.read_csv(path).query("probe != 'operations'"))
    assert row(results, "simple_operations")["verdict"] == "not applicable"


def test_a_file_that_this_configuration_does_not_make_makes_its_claims_not_applicable(results):
    (results / "gradients/chain_rule.csv").unlink()
    claim = row(results, "chain_rule_two")
    assert (claim["verdict"], claim["measured"]) == ("not applicable", "needs results/gradients/chain_rule.csv")


def test_the_p_values_of_a_run_are_adjusted_together(whole_mnist):
    claims = judge(whole_mnist, ["accuracy", "mean_accuracy", "scale_matters"]).set_index("id")
    p_values = claims["p_value"].dropna().sort_values()
    assert list(p_values.index) == ["scale_matters", "mean_accuracy"]
    assert claims.loc["scale_matters", "p_adjusted"] == pytest.approx(2 * p_values.iloc[0])
    assert claims.loc["mean_accuracy", "p_adjusted"] == pytest.approx(max(2 * p_values.iloc[0], p_values.iloc[1]))


def test_a_claim_reads_only_the_files_that_it_names_as_evidence(whole_mnist, tmp_path):
    """In a folder with nothing but the evidence, each row is the same."""
    for _, claim in judge(whole_mnist).drop(columns="p_adjusted").iterrows():
        folder = tmp_path / claim["id"]
        for name in claim["evidence"].split():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(whole_mnist / name.removeprefix("results/"), target)
        alone = row(folder / "results", claim["id"])[claim.index]
        pd.testing.assert_series_equal(alone, claim, check_names=False, check_dtype=False)


def test_claims_are_counted_by_who_makes_them(whole_mnist, results):
    table("tensors/relu.csv", n_changed=1)(results)
    ids = ["images", "labels", "relu_changes_nothing", "shapes"]
    groups = by_group(judge(results, ids))
    assert {group: count_confirmed(rows) for group, rows in groups.items()} == {
        "notebook": "2 of 2",
        "book": "1 of 1",
        "added": "0 of 1",
    }


def test_chapters_and_rows_follow_the_cells_of_the_notebook(whole_mnist):
    rows = judge(whole_mnist)
    assert list(dict.fromkeys(rows["chapter"])) == list(PARTS.values())
    assert all(rows.groupby("chapter", sort=False)["chapter"].count().index == list(PARTS.values()))
    assert rows.set_index("id").loc["loss_falls", "chapter"] == "The compilation", "the chapter of its first cell"


@pytest.mark.parametrize(
    ("outcome", "verdict", "measured"),
    [
        (Outcome("0.98", True), "confirmed", "0.98"),
        (Outcome("0.98", np.bool_(False)), "refuted", "0.98"),
        (NotTestable("too few seeds", "0.98"), "not applicable", "0.98; too few seeds"),
        (NotTestable("too few seeds"), "not applicable", "too few seeds"),
    ],
)
def test_the_verdict_follows_from_what_was_found(tmp_path, monkeypatch, outcome, verdict, measured):
    cell = Cell("In [10]", "evaluate")
    monkeypatch.setattr(registry, "notebook_parts", lambda: [registry.Part("predict", "The predictions", [cell])])

    def measure(results):
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    row = registry.Claim("text", "printed", (cell,), true("it is so"), measure, "").judge(tmp_path)
    assert (row["verdict"], row["measured"], row["source"]) == (verdict, measured, "notebook: In [10]")


def test_two_claims_with_one_name_are_an_error(monkeypatch):
    monkeypatch.setattr(registry, "CLAIMS", {})
    register = registry.claim("added", Cell("In [3]", ""), text="", rule=true("so"))
    register(test_two_claims_with_one_name_are_an_error)
    with pytest.raises(ValueError, match="two claims have the id"):
        register(test_two_claims_with_one_name_are_an_error)


def test_the_model_results_have_all_seeds(whole_mnist):
    assert set(pd.read_csv(whole_mnist / "accuracy.csv")["seed"]) == set(SEEDS)
