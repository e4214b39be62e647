"""Numbers as they are read."""


def seconds(value: float, _=None) -> str:
    """A time in the unit that suits it: 2e-05 is `20 µs`."""
    for factor, unit in ((1, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if value >= factor:
            return f"{value / factor:.3g} {unit}"
    return f"{value / 1e-9:.3g} ns"


def times(value: float, _=None) -> str:
    """A speed-up as it is read: 0.5 is `0.5×`, 12345 is `12,345×`."""
    return f"{value:,.0f}×" if value >= 10 else f"{value:.3g}×"


def percent(share: float) -> str:
    """A share as it is read: 0.1234 is `12 %`, 0.00027 is `0.03 %`."""
    return f"{100 * share:.0f} %" if share >= 0.01 else f"{100 * share:.2f} %"
