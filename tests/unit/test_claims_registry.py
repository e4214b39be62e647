"""The registry of claims turns a function into a row of claims.csv."""

import pytest

from retrial.claims import registry
from retrial.claims.registry import NotTestable, claim


@pytest.fixture
def judge(tmp_path, monkeypatch):
    """Register a function as a claim, in a registry of its own, and judge it on two small files."""
    monkeypatch.setattr(registry, "CLAIMS", {})
    (tmp_path / "a.csv").write_text("x\n1\n")
    (tmp_path / "b.csv").write_text("x\n2\n")

    def judge(test) -> dict:
        claim("id", "text", source="source", expected="expected")(test)
        return registry.CLAIMS["id"].judge(tmp_path)

    return judge


def test_the_evidence_is_what_the_claim_reads(judge):
    def two_files(results):
        return str(results.csv("b.csv")["x"][0] + results.csv("a.csv")["x"][0]), True

    row = judge(two_files)
    assert (row["measured"], row["verdict"], row["evidence"]) == ("3", "confirmed", "results/b.csv results/a.csv")


@pytest.mark.parametrize(("measured", "text"), [("", "too few seeds"), ("0.98", "0.98; too few seeds")])
def test_a_claim_that_cannot_be_tested_gives_what_was_measured_and_the_reason(judge, measured, text):
    def not_testable(results):
        raise NotTestable("too few seeds", measured)

    row = judge(not_testable)
    assert (row["measured"], row["verdict"]) == (text, "not applicable")


def test_a_missing_file_is_an_error(judge):
    with pytest.raises(FileNotFoundError, match=r"c\.csv"):
        judge(lambda results: results.csv("c.csv"))


def test_two_claims_with_one_id_are_an_error(judge):
    judge(lambda results: ("", True))
    with pytest.raises(ValueError, match="two claims have the id id"):
        judge(lambda results: ("", True))
