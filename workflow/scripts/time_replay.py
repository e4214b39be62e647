"""Repeat the notebook's single readings of a clock in fresh processes: what could it have read?

Its time.time() ticked about once a millisecond. So each reading is also rounded down to such a clock.
"""

import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd

from retrial.digest import SCRIPTS
from retrial.files import write_csv
from retrial.job import print_step, start_log
from retrial.params import settings_of
from retrial.statistics import prediction_interval

TICK_S = 1e-3
# What the notebook printed, seconds, in In [15], In [16] and In [21]; the other readings are also compared with it.
NOTEBOOK = {"add_relu by hand": 0.008975, "add_relu NumPy": 0.000991, "x + y": 0.000000}


def take_readings(seed: int) -> dict[str, list[float]]:
    """The clock before and after each call, in seconds, from a fresh process."""
    command = [sys.executable, "-m", "retrial.timing.replay", str(seed)]
    environment = os.environ | {"PYTHONPATH": str(SCRIPTS)}
    return json.loads(subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True).stdout)


def replay_row(
    reading: str, clock: str, statistic: str, notebook: float, values: np.ndarray, tick_s: float | None = None
) -> tuple:
    """One row of `replay`: the median of the readings, shape (processes,), and the 95 % interval of one more.

    On a clock with ticks, the notebook's figure is compared as the nearest number of ticks: its clock was not exact.
    """
    low, high = prediction_interval(values)
    compared = round(notebook / tick_s) * tick_s if tick_s else notebook
    return reading, clock, statistic, notebook, np.median(values), low, high, bool(low <= compared <= high)


def replay(readings: dict[str, np.ndarray]) -> pd.DataFrame:
    """The rows of replay.csv.

    Args:
        readings: for each reading the clock before and after, seconds, shape (processes, 2).
    """
    rows = []
    for clock, tick_s in (("raw", None), ("1 ms", TICK_S)):
        if tick_s:
            seconds = {name: np.diff(np.floor(times / tick_s))[:, 0] * tick_s for name, times in readings.items()}
        else:
            seconds = {name: np.diff(times)[:, 0] for name, times in readings.items()}
        for name, values in seconds.items():
            rows.append(replay_row(name, clock, "seconds", NOTEBOOK[name.partition(",")[0]], values, tick_s))
        notebook = NOTEBOOK["add_relu by hand"] / NOTEBOOK["add_relu NumPy"]
        for suffix in ("", ", print not timed"):
            by_hand, numpy = seconds[f"add_relu by hand{suffix}"], seconds[f"add_relu NumPy{suffix}"]
            with np.errstate(divide="ignore", invalid="ignore"):
                # 0 ticks over 0 ticks looks as if there were no difference.
                ratios = np.nan_to_num(by_hand / numpy, nan=1, posinf=np.inf)
            rows.append(replay_row(f"add_relu ratio{suffix}", clock, "ratio", notebook, ratios))
    columns = ["reading", "clock", "statistic", "notebook", "median", "low", "high", "inside"]
    return pd.DataFrame(rows, columns=columns)


if __name__ == "__main__":
    start_log(snakemake.log[0])
    settings = settings_of(snakemake.params)
    readings = []
    for process in range(settings["replays"]):
        print_step("process", process + 1, settings["replays"], "the notebook's readings")
        readings.append(take_readings(settings["seed"] + process))
    table = replay({name: np.array([reading[name] for reading in readings]) for name in readings[0]})
    write_csv(snakemake.output[0], table)
    print(table.to_string(index=False))
