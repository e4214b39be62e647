"""time_replay: what the notebook could have read from its clock."""

import numpy as np
import pandas as pd
import pytest
from time_replay import replay

TARGET = "results/timings/replay.csv"
COLUMNS = "reading,clock,statistic,notebook,median,low,high,inside"


def test_every_reading_has_a_row_for_each_clock(tiny_run):
    table = pd.read_csv(tiny_run / TARGET)
    assert ",".join(table.columns) == COLUMNS
    suffix = ", print not timed"
    pairs = {f"add_relu {what}{end}" for what in ("by hand", "NumPy", "ratio") for end in ("", suffix)}
    readings = {"x + y"} | pairs
    assert set(zip(table["reading"], table["clock"], strict=True)) == {
        (reading, clock) for reading in readings for clock in ("raw", "1 ms")
    }
    assert (table["low"] <= table["median"]).all()
    assert (table["median"] <= table["high"]).all()
    raw = table[table["clock"] == "raw"].set_index("reading")
    assert raw.loc["add_relu by hand", "median"] > raw.loc["add_relu NumPy", "median"] > 0
    assert raw.loc["add_relu NumPy", "median"] > raw.loc[f"add_relu NumPy{suffix}", "median"], "print takes time"


def readings(by_hand_s: float, numpy_s: float) -> dict[str, np.ndarray]:
    """Readings of 39 processes that start at different moments between two ticks of a clock of 1 ms."""
    start = 1000 + np.linspace(0, 1e-3, 39, endpoint=False)
    seconds = {"add_relu by hand": by_hand_s, "add_relu NumPy": numpy_s, "x + y": 2e-4}
    seconds |= {f"{name}, print not timed": s for name, s in seconds.items() if name != "x + y"}
    return {name: np.column_stack([start, start + s]) for name, s in seconds.items()}


@pytest.fixture
def rows():
    return replay(readings(by_hand_s=8.5e-3, numpy_s=1e-4)).set_index(["reading", "clock"])


def test_a_raw_clock_reads_the_true_times(rows):
    assert rows.loc[("add_relu by hand", "raw"), "median"] == pytest.approx(8.5e-3)
    assert rows.loc[("add_relu ratio", "raw"), "median"] == pytest.approx(85, rel=1e-3)
    assert not rows.loc[("add_relu ratio", "raw"), "inside"]


def test_a_clock_of_a_millisecond_reads_whole_ticks_so_a_ratio_can_be_9_or_infinite(rows):
    by_hand = rows.loc[("add_relu by hand", "1 ms")]
    assert (by_hand["low"], by_hand["high"]) == pytest.approx((8e-3, 9e-3))
    numpy = rows.loc[("add_relu NumPy", "1 ms")]
    assert (numpy["median"], numpy["high"]) == pytest.approx((0, 1e-3))
    ratio = rows.loc[("add_relu ratio", "1 ms")]
    assert ratio["low"] == pytest.approx(9, rel=0.2)
    assert ratio["high"] == np.inf
    assert rows.loc[("x + y", "1 ms"), "inside"], "0.000000 s is what such a clock reads"
