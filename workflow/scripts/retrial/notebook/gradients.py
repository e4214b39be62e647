"""What the notebook says about the chain rule, as it is written and as it was meant."""

from retrial.notebook.registry import NotTestable, Outcome, claim
from retrial.notebook.written import run_of

PRODUCT_OF_FOUR = "grad(y, x3) · grad(x3, x2) · grad(x2, x1) · grad(x1, x)"
AGREEMENT = "product, GradientTape and central differences agree at every point"

for id, chain, text in (
    ("two", "f(g(x))", "grad(y, x) == grad(x1, x)"),
    (
        "four",
        "f(g(h(j(x))))",
        "grad(y, x) == (grad(y, x3) * grad(x3, x2) * grad(x2, x1), grad(x1, x))",
    ),
):

    @claim(
        f"chain_rule_{id}_as_written",
        f"As written: {text}",
        kind="stated",
        cell=f"In [ ] {chain}",
        expected="True for polynomials at a whole number, where derivatives are exact",
        decision="confirmed if the statement, run as it is written, has the value True; refuted if it has another",
    )
    def _(results, id=id):
        run = run_of(results, f"chain rule of {id}")
        return Outcome(run.text, run.is_true)


for id, kind, cases, text in (
    ("two", "book", ("scalar f(g(x))", "vector f(g(x))"), "As meant: grad(y, x) = grad(y, x1) · grad(x1, x)"),
    (
        "four",
        "book",
        ("scalar f(g(h(j(x))))", "vector f(g(h(j(x))))"),
        f"As meant: grad(y, x) = {PRODUCT_OF_FOUR}",
    ),
    ("network", "added", "network", "The chain rule gives the gradient of the network's loss by every weight"),
):

    @claim(
        f"chain_rule_{id}",
        text,
        kind=kind,
        expected=AGREEMENT,
        decision="confirmed if all comparisons agree within their tolerance; refuted if one does not",
    )
    def _(results, cases=cases):
        table = results.csv("gradients/chain_rule.csv")
        rows = table[table["case"].str.startswith(cases)]
        if rows.empty:
            raise NotTestable("the baseline network is not Dense(relu), Dense(softmax)")
        largest = rows.groupby("method", sort=False)["max_abs_error"].max()
        errors = ", ".join(f"{method} {error:.2g}" for method, error in largest.items())
        measured = f"{rows['ok'].sum()} of {len(rows)} agree; largest differences: {errors}"
        return Outcome(measured, rows["ok"].all())
