"""In [17] to [22]: changes of the model results that make the claims false, or leave them open."""

from model_results import MEANT, probe, reading, statement, table

from retrial.network import probe_keys as keys


def repetition(low: float, high: float, stable: bool = True):
    """The interval of the ratio of times of repetition and broadcasting is another."""
    rows = "operation == 'maximum' and method == 'explicit repetition'"
    return table("tensors/broadcasting.csv", rows, ratio_ci_low=low, ratio_ci_high=high, stable=stable)


FALSIFIED = {
    "broadcasting_equals_repetition": [
        table("tensors/broadcasting.csv", "method == 'explicit repetition'", max_abs_error=1e-9)
    ],
    "repetition_wasteful": [
        repetition(0.8, 0.99),
        repetition(0.3, 0.49, stable=False),
        table("tensors/broadcasting.csv", peak_bytes=100),
    ],
    "broadcasting_copies_nothing": [
        probe(keys.BROADCAST_STRIDE, "arrays", value=1600),
        probe(keys.BROADCAST_SHARES, "arrays", value=0),
    ],
    "comments_on_shapes": [statement("comments on shapes", "(1, 200), 300 times, (300, 200)")],
    "reading_x_plus_y": [reading("x + y", inside=False)],
    "add_vector_printed": [statement("add the vector", "True")],
    "add_vector_as_meant": [statement("add the vector", "False", MEANT)],
}
UNDECIDED = [
    ("repetition_wasteful", repetition(0.99, 1.1), "timing.processes"),
    ("repetition_wasteful", repetition(1.9, 2.5, stable=False), "needs a quieter machine"),
    ("reading_x_plus_y", reading("x + y", low=float("nan"), high=float("nan"), inside=False), "timing.replays"),
]
