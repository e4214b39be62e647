"""The registry of claims turns a function into a row of claims.csv, and its claims are those of the notebook's cells."""

import math

import numpy as np
import pytest

from retrial.notebook import registry
from retrial.notebook.cells import CELLS
from retrial.notebook.registry import NOTEBOOK, NotTestable, Outcome, all_claims, by_group, claim, count_confirmed
from retrial.statistics import holm


@pytest.fixture
def register(monkeypatch):
    """Register a function as a claim, in a registry of its own."""
    monkeypatch.setattr(registry, "CLAIMS", {})
    monkeypatch.setattr(registry, "CHAPTERS", {})

    def register(test, id="id", kind="printed", cell="In [10]"):
        claim(id, "text", kind=kind, cell=cell, expected="expected", decision="decision")(test)

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


@pytest.mark.parametrize(
    ("kind", "cell", "source"),
    [
        ("stated", "In [3]", "notebook: In [3]"),
        ("printed", "In [10]", "notebook: In [10]"),
        ("implied", "In [6]", "notebook: In [6]"),
        ("book", "", "book"),
        ("added", "", "added"),
    ],
)
def test_the_source_follows_from_kind_and_cell(judge, kind, cell, source):
    row = judge(lambda results: Outcome("", True), kind=kind, cell=cell)
    assert (row["kind"], row["cell"], row["source"]) == (kind, cell, source)


@pytest.mark.parametrize(
    ("kind", "cell"), [("said", "In [3]"), ("stated", ""), ("book", "In [3]"), ("added", "In [3]")]
)
def test_a_claim_needs_a_known_kind_and_only_the_notebooks_have_a_cell(register, kind, cell):
    with pytest.raises(ValueError, match="claim id: "):
        register(lambda results: Outcome("", True), kind=kind, cell=cell)


def test_a_missing_file_is_an_error(judge):
    with pytest.raises(FileNotFoundError, match=r"c\.csv"):
        judge(lambda results: results.csv("c.csv"))


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
    for id, kind, cell, holds in (
        ("a", "stated", "In [3]", True),
        ("b", "printed", "In [3]", False),
        ("c", "book", "", True),
    ):
        register(lambda results, holds=holds: Outcome("", holds), id=id, kind=kind, cell=cell)
    groups = by_group(registry.judge(tmp_path))
    assert {group: count_confirmed(rows) for group, rows in groups.items()} == {
        "notebook": "1 of 2",
        "book": "1 of 1",
        "added": "",
    }


@pytest.mark.parametrize(
    ("cell", "sentence"), [(cell, sentence) for cell, content in CELLS.items() for sentence in content.sentences]
)
def test_every_sentence_of_the_notebook_has_its_claims(cell, sentence):
    assert sentence.ids
    for id in sentence.ids:
        assert (all_claims()[id].cell, all_claims()[id].kind) == (cell, sentence.kind), id


def test_every_claim_of_the_notebook_is_in_the_table_of_its_cells_once_and_no_other_claim_is():
    in_table = [id for content in CELLS.values() for sentence in content.sentences for id in sentence.ids]
    assert sorted(in_table) == sorted(id for id, claim in all_claims().items() if claim.kind in NOTEBOOK)


@pytest.mark.parametrize("id", all_claims())
def test_every_claim_says_what_confirms_and_what_refutes_it(id):
    claim = all_claims()[id]
    assert claim.expected
    assert "confirmed if" in claim.decision
    assert "refuted if" in claim.decision
    assert registry.CHAPTERS[claim.test.__module__]
