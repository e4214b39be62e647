"""plot_timings: pictures that show every row of the tables."""

import pandas as pd
from plot_timings import plot_roofline, plot_speedups, plot_speedups_by_size, plot_timings

from retrial.formats import format_name
from retrial.operations.table import at_notebook_shapes

TABLES = [f"results/timings/{table}.csv" for table in ("timings", "speedups", "throughput", "limits")]


def points(axes) -> int:
    return sum(len(container.lines[0].get_xdata()) for container in axes.containers)


def test_every_row_is_a_point_on_a_logarithmic_axis_with_its_interval(tiny_run):
    timings, speedups = (at_notebook_shapes(pd.read_csv(tiny_run / table)) for table in TABLES[:2])
    figure = plot_timings(timings)
    (axes,) = figure.axes
    assert axes.get_xscale() == "log"
    assert points(axes) == len(timings)
    figure.canvas.draw()
    ticks = [label.get_text() for label in axes.get_xticklabels()]
    assert "100 µs" in ticks, ticks
    figure = plot_speedups(speedups)
    figure.canvas.draw()
    ticks = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert "1,000×" in ticks, ticks
    assert [points(axes) for axes in figure.axes] == [
        (speedups["baseline"] == baseline).sum() for baseline in ("naive", "naive_list")
    ]
    assert ["ndarray" in figure.axes[0].get_title(), "lists" in figure.axes[1].get_title()] == [True, True]


def test_the_title_compares_numpy_with_loops_of_the_same_floats(tiny_run):
    timings = at_notebook_shapes(pd.read_csv(tiny_run / TABLES[0])).assign(median_s=1.0)
    timings.loc[timings["implementation"] == "numpy_float32", "median_s"] = 0.1
    timings.loc[(timings["implementation"] == "numpy") & (timings["operation"] != "relu"), "median_s"] = 0.5
    timings = timings.assign(ci_low_s=timings["median_s"], ci_high_s=timings["median_s"])
    title = plot_timings(timings).get_suptitle()
    assert title == "NumPy is faster than Python's loops\nin 2 of 3 operations"


def test_a_row_that_is_not_stable_has_a_white_centre(tiny_run):
    timings = at_notebook_shapes(pd.read_csv(tiny_run / TABLES[0]))
    timings["stable"] = [False, *[True] * (len(timings) - 1)]
    figure = plot_timings(timings)
    (axes,) = figure.axes
    white = [line for line in axes.lines if line.get_color() == "white"]
    assert sum(len(line.get_xdata()) for line in white) == 1
    marks = [container.lines[0] for container in axes.containers]
    assert min(line.get_zorder() for line in white) > max(line.get_zorder() for line in marks), "it is in front"
    assert f"not stable, do not quote (1 of {len(timings)})" in figure.legends[0].get_title().get_text()


def test_every_size_is_a_point_of_its_operations_panel(tiny_run):
    speedups = pd.read_csv(tiny_run / TABLES[1])
    figure = plot_speedups_by_size(speedups)
    panels = [axes for axes in figure.axes if axes.get_title()]
    assert [axes.get_title() for axes in panels] == ["relu", "vector · vector", "matrix · vector"]
    drawn = speedups["implementation"].isin(["numba", "numpy"])
    for axes in panels:
        assert points(axes) == (drawn & (speedups["operation"].map(format_name) == axes.get_title())).sum()
        assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")


def test_the_roofline_has_a_point_for_each_implementation_and_states_the_limits(tiny_run):
    throughput, limits = (pd.read_csv(tiny_run / table) for table in TABLES[2:])
    figure = plot_roofline(throughput, limits)
    assert points(figure.axes[0]) == len(throughput.groupby(["operation", "implementation"]))
    levels = limits.loc[limits["unit"] == "GB/s"].groupby("level", sort=False)["best"].max()
    notes = figure.legends[0].get_title().get_text()
    assert f"memory {levels['memory']:.3g} GB/s" in notes
    rate = limits.loc[limits["limit"] == "multiply_add_rate", "best"].max()
    assert f"{rate:.3g} billion additions or multiplications a second" in notes
