"""What one addition costs: by a loop over an ndarray, over lists, compiled, and in NumPy: make loops

It needs no results, and only the packages of envs/loops.lock.
"""

import logging
import tempfile
import textwrap
from contextlib import redirect_stdout
from pathlib import Path

import pandas as pd

from retrial.commands.two_functions import describe_instability, read_settings
from retrial.formats import format_ratio
from retrial.operations.table import COMMON, OPERATIONS, make_inputs
from retrial.page.implementations import IMPLEMENTATION_STYLES
from retrial.page.style import plt, save
from retrial.page.timings import RUNGS, ladder
from retrial.timing.checks import check
from retrial.timing.plan import plan_operation
from retrial.timing.slices import timing_table
from retrial.timing.worker import take_slices

OPERATION = "add"
PICTURE = Path("results/loops.png")
BAR = 24  # characters


def time_rungs(settings: dict) -> pd.DataFrame:
    """The rows of timings.csv that `ladder` reads, for the notebook's shapes."""
    shapes = OPERATIONS[OPERATION].shapes
    with tempfile.TemporaryDirectory() as cache:
        with redirect_stdout(None):
            _, call_s = check(OPERATION, COMMON, make_inputs(shapes, settings["seed"]))
        tasks = plan_operation(OPERATION, {name: call_s[name] for name in RUNGS}, [shapes], settings)
        return timing_table(pd.DataFrame(take_slices(tasks, settings, cache)), settings["max_busy_cores"])


def plot_ladder(timings: pd.DataFrame) -> plt.Figure:
    """Draw the time of each rung for one element, with its 95 % interval."""
    figure, axis = plt.subplots(figsize=(7.4, 3.2))
    ns = timings.set_index("implementation")[["median_s", "ci_low_s", "ci_high_s"]] * 1e9
    ns = ns.loc[list(RUNGS)[::-1]] / OPERATIONS[OPERATION].work().steps
    errors = [ns["median_s"] - ns["ci_low_s"], ns["ci_high_s"] - ns["median_s"]]
    labels, colours = ([names[name][0] for name in ns.index] for names in (RUNGS, IMPLEMENTATION_STYLES))
    bars = axis.barh(labels, ns["median_s"], xerr=errors, color=colours)
    axis.bar_label(bars, [f"{value:.3g} ns" for value in ns["median_s"]], padding=8)
    axis.set(xlabel="nanoseconds for one element; bars: 95 % intervals", xlim=(0, 1.2 * ns["median_s"].max()))
    ratio = format_ratio(ns.loc["naive", "median_s"] / ns.loc["numpy", "median_s"])
    figure.suptitle(f"One addition costs {ratio} as much in a loop over an ndarray")
    return figure


if __name__ == "__main__":
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    timings = time_rungs(settings := read_settings())
    found = ladder(timings)
    print(f"\nOne {found['operation']}, for {found['shape']}: time for an element [95 % interval]\n")
    for rung in found["rungs"]:
        print(f"{rung['label']:<36}{rung['text']:<41}{'█' * round(BAR * rung['width'] / 100) or '▏'}")
        print(f"  {rung['what']}")
    PICTURE.parent.mkdir(exist_ok=True)
    save(plot_ladder(timings), str(PICTURE))
    print(f"\n{textwrap.fill(found['sentence'], 100)}")
    print(f"Medians of {settings['processes']} fresh processes. Picture: {PICTURE}")
    print(describe_instability(timings))
