"""claims: the table of a run, and its evidence."""

import pandas as pd

from retrial.notebook.registry import all_claims
from retrial.snakemake import read_records


def test_on_the_embedded_digits_the_claims_that_need_all_of_mnist_are_not_applicable(tiny_run):
    table = pd.read_csv(tiny_run / "results/claims.csv")
    assert list(table["id"]) == list(all_claims())
    claims = table.set_index("id")
    needs_mnist = claims["measured"].str.contains("needs all of MNIST")
    assert needs_mnist.sum() >= 10
    assert (claims.loc[needs_mnist, "verdict"] == "not applicable").all()
    confirmed = ["labels", "range", "loss_falls", "softmax", "output_units", "chain_rule_two"]
    assert (claims.loc[confirmed, "verdict"] == "confirmed").all()
    assert (claims.loc[["chain_rule_two_as_written", "compil_as_written"], "verdict"] == "refuted").all()
    assert claims.loc["add_relu_numpy_faster", "measured"] == "add_relu is not in timing.operations"


def test_evidence_exists_and_is_an_input_of_the_rule(tiny_run):
    inputs = set(read_records(tiny_run)["results/claims.csv"]["input"])
    for claim in pd.read_csv(tiny_run / "results/claims.csv", keep_default_na=False).itertuples():
        for path in claim.evidence.split():
            assert (tiny_run / path).is_file(), f"{claim.id}: {path}"
            assert path in inputs, f"{claim.id}: {path}"
