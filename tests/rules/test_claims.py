"""claims: each verdict follows from the files that its evidence names, and changes with their numbers."""

import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from changed_results import FALSIFIED, MADE_TRUE, UNDECIDED
from conftest import snakemake
from true_results import edit, edit_json, make_true_results, write_accuracy

from retrial.files import write_csv
from retrial.notebook.mistakes import judge_mistakes
from retrial.notebook.registry import all_claims, judge
from retrial.operations.table import TIMED
from retrial.snakemake import read_records

COLUMNS = ["id", "claim", "source", "expected", "measured", "verdict", "evidence", "kind", "cell", "decision"]
COLUMNS += ["p_value", "p_adjusted", "chapter"]
# The claims about the network's probes have tests of their own.
PROBES = ("retrial.notebook.network", "retrial.notebook.compilation")
IDS = [id for id, claim in all_claims().items() if claim.test.__module__ not in PROBES]


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


@pytest.mark.parametrize("id", IDS)
def test_a_true_claim_is_confirmed(results, id):
    MADE_TRUE.get(id, lambda results: None)(results)
    claim = row(results, id)
    assert claim["verdict"] == "confirmed", claim["measured"]
    assert claim["evidence"]


@pytest.mark.parametrize(("id", "number"), [(id, i) for id in IDS for i in range(len(FALSIFIED[id]))])
def test_a_claim_with_falsified_numbers_is_refuted(results, id, number):
    FALSIFIED[id][number](results)
    claim = row(results, id)
    assert claim["verdict"] == "refuted", claim["measured"]


@pytest.mark.parametrize(("id", "change", "needed"), UNDECIDED)
def test_without_evidence_for_or_against_a_claim_is_inconclusive_and_says_what_it_would_take(
    results, id, change, needed
):
    change(results)
    claim = row(results, id)
    assert claim["verdict"] == "inconclusive", claim["measured"]
    assert needed in claim["measured"].rpartition("; ")[2]


def test_every_claim_that_mentions_inconclusive_can_be_so():
    can_be = {id for id, *_ in UNDECIDED}
    same_test = {"first_probability_again", "reading_by_hand", "reading_numpy", "reading_x_plus_y"}
    assert {id for id in IDS if "inconclusive" in all_claims()[id].decision} == can_be | same_test


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


@pytest.mark.parametrize("operation", TIMED)
def test_a_claim_about_an_operation_that_was_not_timed_is_not_applicable(results, operation):
    path = results / "timings/speedups.csv"
    table = pd.read_csv(path)
    write_csv(path, table[table["operation"] != operation])
    claim = row(results, f"{operation}_numpy_faster")
    assert claim["verdict"] == "not applicable"
    assert claim["measured"] == f"{operation} is not in timing.operations"


NEED_MNIST = [
    "images",
    "shapes",
    "five_epochs",
    "steps_per_epoch",
    "last_batch",
    "first_prediction",
    "first_argmax",
    "first_probability",
    "first_probability_again",
    "first_label",
    "first_ten",
    "accuracy",
    "mean_accuracy",
]


@pytest.mark.parametrize("id", NEED_MNIST)
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


@pytest.mark.parametrize("id", ["loss_falls", "loss_minimised"])
def test_one_epoch_cannot_decide_whether_the_loss_falls(results, id):
    for path in results.glob("models/*/*/history.csv"):
        write_csv(path, pd.read_csv(path).head(1))
    claim = row(results, id)
    assert claim["verdict"] == "not applicable"
    assert "one epoch" in claim["measured"]


@pytest.mark.parametrize("id", ["scale_matters", "metric_flatters"])
def test_a_claim_about_an_experiment_that_config_yaml_lacks_is_not_applicable(results, id):
    write_accuracy(results, baseline=0.98)
    assert row(results, id)["verdict"] == "not applicable"


def test_the_p_values_of_a_run_are_adjusted_together(whole_mnist):
    claims = judge(whole_mnist, ["accuracy", "mean_accuracy", "scale_matters"]).set_index("id")
    p_values = claims["p_value"].dropna().sort_values()
    assert list(p_values.index) == ["scale_matters", "mean_accuracy"]
    assert claims.loc["scale_matters", "p_adjusted"] == pytest.approx(2 * p_values.iloc[0])
    assert claims.loc["mean_accuracy", "p_adjusted"] == pytest.approx(max(2 * p_values.iloc[0], p_values.iloc[1]))


def test_a_claim_reads_only_the_files_that_it_names_as_evidence(whole_mnist, tmp_path):
    """In a folder with nothing but the evidence, each row is the same."""
    for _, claim in judge(whole_mnist, IDS).drop(columns="p_adjusted").iterrows():
        folder = tmp_path / claim["id"]
        for name in claim["evidence"].split():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(whole_mnist / name.removeprefix("results/"), target)
        alone = row(folder / "results", claim["id"])[claim.index]
        pd.testing.assert_series_equal(alone, claim, check_names=False, check_dtype=False)


def test_every_mistake_of_the_notebook_is_measured(whole_mnist):
    mistakes = judge_mistakes(whole_mnist)
    assert len(mistakes) == 10
    measured = "\n".join(mistake["measured"] for mistake in mistakes)
    for text in ("over 5 seeds", "the result of NumPy", "0.000000 s", "30 µs", "0 of 2000", "loss 0.1"):
        assert text in measured
    for mistake in mistakes:
        assert all((whole_mnist / name).is_file() for name in mistake["evidence"])


def test_a_mistake_whose_file_is_missing_names_the_file(results):
    shutil.rmtree(results / "tensors")
    measured = [mistake["measured"] for mistake in judge_mistakes(results)]
    assert measured.count("not measured: results/tensors/relu.csv is missing") == 1
    assert sum(text.startswith("not measured") for text in measured) == 1


def test_on_the_embedded_digits_the_claims_that_need_all_of_mnist_are_not_applicable(tiny_run):
    table = pd.read_csv(tiny_run / "results/claims.csv")
    assert list(table.columns) == COLUMNS
    assert list(table["id"]) == list(all_claims())
    claims = table.set_index("id").loc[IDS]
    assert set(claims.index[claims["measured"].str.contains("needs all of MNIST")]) == set(NEED_MNIST)
    assert (claims.loc[NEED_MNIST, "verdict"] == "not applicable").all()
    confirmed = ["labels", "range", "loss_falls", "softmax", "output_units", "relu_changes_nothing", "chain_rule_two"]
    assert (claims.loc[confirmed, "verdict"] == "confirmed").all()
    assert (claims.loc[["chain_rule_two_as_written", "compil_as_written"], "verdict"] == "refuted").all()
    assert claims.loc["add_numpy_faster", "measured"] == "add is not in timing.operations"


def test_evidence_exists_and_is_an_input_of_the_rule(tiny_run):
    inputs = set(read_records(tiny_run)["results/claims.csv"]["input"])
    for claim in pd.read_csv(tiny_run / "results/claims.csv", keep_default_na=False).itertuples():
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
    target = ["--allowed-rules", "enforce_claims", "--", "results/.claims_enforced"]
    done = snakemake(copied_run, *target, config=strict)
    assert done.returncode == 0, done.stdout
