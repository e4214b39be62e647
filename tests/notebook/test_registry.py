"""The registry turns a function into a row of claims.csv; every claim is confirmed on true results, and can be false."""

import math
import os
import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from claim_cases import CASES
from model_results import edit_json, write_accuracy

from retrial.notebook import registry
from retrial.notebook.registry import Cell, NotTestable, Outcome, all_claims, by_group, claim, count_confirmed
from retrial.notebook.rules import Judgement, Rule
from retrial.statistics import holm

IDS = list(all_claims())
CELL = registry.notebook_parts()[0].cells[0]  # In [3]
AS_FOUND = Rule("expected", "decision", Judgement)
NEED_MNIST = ["shapes", "outputs_are_probabilities", "five_epochs", "first_prediction", "first_probability"]
NEED_MNIST += ["old_rule_probability", "old_rule_is_surer", "first_label", "accuracy", "mean_accuracy"]


@pytest.fixture
def register(monkeypatch):
    """Register a function as a claim, in a registry of its own."""
    monkeypatch.setattr(registry, "CLAIMS", {})

    def register(test, id="id", kind="printed", cells=(CELL,)):
        test.__name__, test.__module__ = id, "retrial.notebook.data"
        claim(kind, *cells, text="text", rule=AS_FOUND)(test)

    return register


@pytest.fixture
def judge(register, tmp_path):
    """Register a function as a claim, and judge it on two small files."""
    (tmp_path / "a.csv").write_text("x\n1\n")
    (tmp_path / "b.csv").write_text("x\n2\n")

    def judge(test, **options) -> dict:
        register(test, **options)
        return registry.CLAIMS["id"].judge(tmp_path)

    return judge


def test_the_evidence_is_what_the_claim_reads(judge):
    def two_files(results):
        return Outcome(str(results.csv("b.csv")["x"][0] + results.csv("a.csv")["x"][0]), True)

    row = judge(two_files)
    assert (row["measured"], row["verdict"], row["evidence"]) == ("3", "confirmed", "results/b.csv results/a.csv")


@pytest.mark.parametrize(
    ("holds", "verdict", "measured"),
    [
        (True, "confirmed", "0.98"),
        (np.bool_(True), "confirmed", "0.98"),
        (False, "refuted", "0.98"),
        (None, "inconclusive", "0.98; needs about 9 seeds"),
    ],
)
def test_the_verdict_follows_from_the_outcome(judge, holds, verdict, measured):
    row = judge(lambda results: Outcome("0.98", holds, needed="needs about 9 seeds"))
    assert (row["verdict"], row["measured"]) == (verdict, measured)


@pytest.mark.parametrize(("measured", "text"), [("", "too few seeds"), ("0.98", "0.98; too few seeds")])
def test_a_claim_that_cannot_be_tested_gives_what_was_measured_and_the_reason(judge, measured, text):
    def not_testable(results):
        raise NotTestable("too few seeds", measured)

    row = judge(not_testable)
    assert (row["measured"], row["verdict"]) == (text, "not applicable")


@pytest.mark.parametrize(("kind", "source"), [("stated", "notebook: In [3]"), ("book", "book"), ("added", "added")])
def test_the_source_follows_from_the_kind(judge, kind, source):
    row = judge(lambda results: Outcome("", True), kind=kind)
    assert (row["kind"], row["cell"], row["source"]) == (kind, "In [3]", source)


def test_several_cells_are_named_once(judge):
    row = judge(lambda results: Outcome("", True), cells=(CELL, Cell("In [14]", "add")))
    assert row["source"] == "notebook: In [3], [14]"


@pytest.mark.parametrize(("kind", "cells"), [("said", (CELL,)), ("added", ())])
def test_a_claim_needs_a_known_kind_and_a_cell(register, kind, cells):
    with pytest.raises(ValueError, match="claim id: "):
        register(lambda results: Outcome("", True), kind=kind, cells=cells)


def test_a_claim_without_a_docstring_is_an_error(register):
    with pytest.raises(ValueError, match="needs a docstring"):
        claim("printed", CELL, rule=AS_FOUND)(lambda results: Outcome("", True))


def test_a_claim_about_a_file_that_is_not_made_is_not_applicable_and_names_it(judge):
    row = judge(lambda results: Outcome(results.csv("a.csv")["x"][0], results.csv("c.csv")))
    assert (row["verdict"], row["measured"]) == (
        "not applicable",
        "results/c.csv is missing: this configuration does not make it",
    )
    assert row["evidence"] == "results/a.csv"


def test_two_claims_with_one_id_are_an_error(register):
    register(lambda results: Outcome("", True))
    with pytest.raises(ValueError, match="two claims have the id id"):
        register(lambda results: Outcome("", True))


def test_p_values_are_adjusted_over_all_tests_of_the_run(register, tmp_path):
    for id, p_value in (("a", 0.03), ("b", None), ("c", 0.01), ("d", 0.02)):
        register(lambda results, p_value=p_value: Outcome("", True, p_value), id=id)
    table = registry.judge(tmp_path)
    assert list(table["id"]) == ["a", "b", "c", "d"]
    assert table["p_adjusted"].to_list() == pytest.approx([0.04, math.nan, 0.03, 0.04], nan_ok=True)
    assert registry.judge(tmp_path, ["a"])["p_adjusted"].to_list() == pytest.approx([0.03])


def test_holm_adjusts_as_in_the_textbook_and_never_above_1():
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm(np.array([0.9, 0.8])) == pytest.approx([1, 1])
    assert len(holm(np.array([]))) == 0


def test_claims_are_counted_by_who_makes_them(register, tmp_path):
    for id, kind, holds in (("a", "stated", True), ("b", "printed", False), ("c", "book", True)):
        register(lambda results, holds=holds: Outcome("", holds), id=id, kind=kind)
    groups = by_group(registry.judge(tmp_path))
    assert {group: count_confirmed(rows) for group, rows in groups.items()} == {
        "notebook": "1 of 2",
        "book": "1 of 1",
        "added": "",
    }


def test_every_claim_is_confirmed_on_true_results(true_results):
    table = registry.judge(true_results)
    assert list(table["id"]) == IDS
    assert table.loc[table["verdict"] != "confirmed", ["id", "measured"]].values.tolist() == []
    assert table["evidence"].all()


@pytest.fixture(scope="module")
def cases() -> dict:
    """The changes of all parts, by the id of the claim."""
    for path in Path(__file__).parent.glob("test_*.py"):
        if path != Path(__file__):
            runpy.run_path(str(path))
    return CASES


@pytest.mark.parametrize("id", IDS)
def test_every_claim_can_be_refuted_and_be_inconclusive_if_its_rule_says_so(cases, id):
    decision = all_claims()[id].rule.decision
    assert "confirmed if" in decision
    assert f"{all_claims()[id].rule.against} if" in decision
    assert cases[id][all_claims()[id].rule.against]
    assert ("inconclusive" in decision) == ("inconclusive" in cases[id])


def test_the_claims_and_their_chapters_follow_the_cells(true_results):
    table = registry.judge(true_results)
    cells = [cell.name for part in registry.notebook_parts() for cell in part.cells]
    first = [cells.index(claim.cells[0].name) for claim in all_claims().values()]
    assert first == sorted(first)
    assert list(table["chapter"].unique()) == list(registry.PARTS.values())


@pytest.mark.parametrize("id", NEED_MNIST)
def test_a_claim_about_all_of_mnist_is_measured_but_not_applicable_on_other_data(results, id):
    measured = registry.judge(results, [id])["measured"][0]
    edit_json(results / "data/provenance.json", dataset="mnist-5k")
    row = registry.judge(results, [id]).iloc[0]
    assert (row["verdict"], row["measured"]) == ("not applicable", f"{measured}; needs all of MNIST")


def test_a_claim_reads_only_the_files_that_it_names_as_evidence(true_results, tmp_path):
    """In a folder with nothing but the evidence, each row is the same."""
    for _, row in registry.judge(true_results).drop(columns="p_adjusted").iterrows():
        folder = tmp_path / row["id"]
        for name in row["evidence"].split():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            os.link(true_results / name.removeprefix("results/"), folder / name)
        alone = registry.judge(folder / "results", [row["id"]]).iloc[0][row.index]
        pd.testing.assert_series_equal(alone, row, check_names=False, check_dtype=False)


@pytest.mark.parametrize("n_seeds", [5, 30])
def test_more_seeds_do_not_turn_a_true_claim_false(results, n_seeds):
    """Draws with the means and deviations that were measured; the seed of the draws is fixed."""
    rng = np.random.default_rng(0)
    verdicts = []
    for _ in range(40 if n_seeds == 5 else 8):
        baseline, unscaled = rng.normal(0.9791, 0.0015, n_seeds), rng.normal(0.9638, 0.0043, n_seeds)
        write_accuracy(results, baseline=baseline, unscaled=unscaled)
        verdicts.append(registry.judge(results, ["accuracy", "mean_accuracy", "scale_matters"])["verdict"].to_list())
    shares = pd.Series(np.ravel(verdicts)).value_counts(normalize=True)
    wrong = shares.reindex(["refuted", "not reproduced"]).sum()
    assert wrong <= (0.05 if n_seeds == 5 else 0)
    assert n_seeds == 5 or shares["confirmed"] == 1
