"""chain_rule: three methods for a derivative, compared with each other, also at the kink of relu."""

import chain_rule
import numpy as np
import pandas as pd
import pytest
from chain_rule import CHAINS, check_chains, product
from conftest import made_file

from retrial.network.gradients import Weights, network_differences


def test_all_methods_agree_in_every_case_and_at_every_point(tiny_run):
    table = pd.read_csv(made_file(tiny_run, "results/gradients/chain_rule.csv"))
    assert set(table["case"]) == set(CHAINS) | {f"network's loss by {name}" for name in ("w1", "b1", "w2", "b2")}
    assert set(table["method"]) == {"product of the factors", "GradientTape", "central differences"}
    assert len(table) == 3 * (3 + 4 + 3 + 3 + 3 * 4)
    assert table["ok"].all(), table[~table["ok"]]
    np.testing.assert_allclose(abs(table["value"] - table["reference"]), table["max_abs_error"], atol=1e-12)


@pytest.fixture
def small():
    rng = np.random.default_rng(0)
    weights = Weights(*(rng.normal(size=shape) for shape in ((5, 7), (7,), (7, 3), (3,))))
    return weights, rng.normal(size=(8, 5)), rng.integers(0, 3, 8)


def loss(weights, x, labels):
    logits = np.maximum(x @ weights.w1 + weights.b1, 0) @ weights.w2 + weights.b2
    return np.mean(np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(x)), labels])


def test_the_fast_differences_of_the_network_are_those_of_its_loss(small):
    weights, x, labels = small
    differences = network_differences(weights, x, labels)
    for name in Weights._fields:
        for index in np.ndindex(getattr(weights, name).shape):
            losses = []
            for step in (1e-6, -1e-6):
                moved = getattr(weights, name).copy()
                moved[index] += step
                losses.append(loss(weights._replace(**{name: moved}), x, labels))
            assert getattr(differences, name)[index] == pytest.approx((losses[0] - losses[1]) / 2e-6, abs=1e-8)


def test_at_the_kink_central_differences_give_the_mean_of_both_sides():
    chain, points = CHAINS["scalar f(g(h(j(x))))"]
    x = np.array(points[-1], float)
    left, right = product(chain, x, kink=0), product(chain, x, kink=1)
    assert left != right
    rows = [row for row in check_chains() if row["case"] == "scalar f(g(h(j(x))))" and "kink" in row["point"]]
    by_method = {row["method"]: row["value"] for row in rows}
    assert by_method["GradientTape"] == left
    assert by_method["central differences"] == pytest.approx(((left + right) / 2).item(), abs=1e-5)


def test_a_wrong_factor_is_detected(monkeypatch):
    wrong_sine = chain_rule.SIN._replace(jacobian=lambda x, kink: np.diag(np.sin(x)))
    for case, (chain, points) in list(CHAINS.items()):
        wrong_chain = [wrong_sine if function is chain_rule.SIN else function for function in chain]
        monkeypatch.setitem(CHAINS, case, (wrong_chain, points))
    wrong = {(row["case"], row["method"]) for row in check_chains() if not row["ok"]}
    for case in ("scalar f(g(x))", "scalar f(g(h(j(x))))"):
        assert {(case, "product of the factors"), (case, "central differences")} <= wrong
