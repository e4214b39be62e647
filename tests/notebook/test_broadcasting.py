"""The claims about broadcasting."""

import numpy as np
from claim_cases import reading_cases, verdict_test
from model_results import edit, probe, statement, table

from retrial.network import probe_keys as keys

REPETITION = "method == 'explicit repetition'"
FUNCTIONS = ("naive_relu", "naive_add", "naive_add_matrix_and_vector")


def repetition(low: float, high: float):
    """The interval of the ratio of times of repetition and broadcasting is another."""
    rows = f"operation == 'maximum' and {REPETITION}"
    return lambda r: edit(r / "tensors/broadcasting.csv", rows, ratio_ci_low=low, ratio_ci_high=high)


test_verdicts = verdict_test(
    {
        "broadcasting_equals_repetition": {
            "refuted": [table("tensors/broadcasting.csv", REPETITION, max_abs_error=1e-300)]
        },
        "repetition_wasteful": {
            "confirmed": [repetition(1.01, 2)],
            "refuted": [repetition(0.8, 0.99), table("tensors/broadcasting.csv", REPETITION, peak_bytes=100)],
            "inconclusive": [repetition(0.99, 1.01), repetition(np.nan, np.nan)],
        },
        "broadcasting_copies_nothing": {
            "refuted": [
                probe(keys.BROADCAST_STRIDE, "arrays", value=8),
                probe(keys.BROADCAST_SHARES, "arrays", value=0),
            ]
        },
        "copies_keep_inputs": {
            "refuted": [
                *(statement(f"copy in {name}", "False") for name in FUNCTIONS),
                *(statement(f"copy in {name}", "True", "without the copy") for name in FUNCTIONS),
            ]
        },
        "printed_shapes": {"refuted": [statement("printed shapes", "(1, 200), 32 times, (32, 200)")]},
        "reading_x_plus_y": reading_cases("x + y", 0),
        "add_vector_printed": {"refuted": [statement("add the vector", "True")]},
    }
)
