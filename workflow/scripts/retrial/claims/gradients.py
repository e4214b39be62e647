"""What the notebook says about the chain rule."""

from retrial.claims.registry import NotTestable, claim

for id, cases, text in (
    ("two", ("scalar f(g(x))", "vector f(g(x))"), "grad(y, x) = grad(y, x1) · grad(x1, x)"),
    (
        "four",
        ("scalar f(g(h(j(x))))", "vector f(g(h(j(x))))"),
        "grad(y, x) = grad(y, x3) · grad(x3, x2) · grad(x2, x1) · grad(x1, x)",
    ),
    ("network", "network", "The chain rule gives the gradient of the network's loss by every weight"),
):

    @claim(
        f"chain_rule_{id}",
        text,
        source="notebook: the chain rule",
        expected="product, GradientTape and central differences agree at every point",
    )
    def _(results, cases=cases):
        table = results.csv("gradients/chain_rule.csv")
        rows = table[table["case"].str.startswith(cases)]
        if rows.empty:
            raise NotTestable("the baseline network is not Dense(relu), Dense(softmax)")
        largest = rows.groupby("method", sort=False)["max_abs_error"].max()
        errors = ", ".join(f"{method} {error:.2g}" for method, error in largest.items())
        return f"{rows['ok'].sum()} of {len(rows)} agree; largest differences: {errors}", rows["ok"].all()
