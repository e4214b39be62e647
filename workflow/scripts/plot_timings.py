"""Draw the timings: seconds per call, speed-ups over both baselines, speed-ups over size, and the limits."""

import numpy as np
import pandas as pd
from matplotlib.ticker import EngFormatter, FuncFormatter, LogLocator

from retrial.formats import format_name, format_percent, format_ratio, format_seconds
from retrial.job import start_log
from retrial.operations.table import BASELINES, OPERATIONS, VIEWS, at_notebook_shapes, parse_shapes
from retrial.page.implementations import IMPLEMENTATION_STYLES as STYLES
from retrial.page.style import plt, save
from retrial.results import read_table

NOTES = "Bars: 95 % intervals over processes. * NumPy returns a view: no number moves."


def name_of(operation: str) -> str:
    """The name of an operation in a figure, with a star where NumPy returns a view."""
    return f"{format_name(operation)}{'*' if operation in VIEWS else ''}"


def draw_rows(axes: plt.Axes, table: pd.DataFrame, columns: tuple[str, str, str], labels: list[str]) -> None:
    """Draw, on a logarithmic axis, a line for each operation and on it a marker with interval for each implementation.

    Args:
        axes: where to draw.
        table: rows with `operation`, `implementation` and the three columns.
        columns: the names of value, lower and upper bound.
        labels: the operations from top to bottom.
    """
    value, low, high = columns
    for implementation, rows in table.groupby("implementation", sort=False):
        colour, marker, label = STYLES[implementation]
        y = [labels.index(operation) for operation in rows["operation"]]
        axes.errorbar(
            rows[value],
            y,
            xerr=[rows[value] - rows[low], rows[high] - rows[value]],
            fmt=marker,
            color=colour,
            label=label,
            capsize=4,
            markersize=7,
        )
        if "stable" in rows:
            unstable = [not stable for stable in rows["stable"]]
            x, y = rows[value][unstable], np.array(y)[unstable]
            axes.plot(x, y, marker, color="white", markersize=3.5, linestyle="none", zorder=3)
    axes.set_xscale("log")
    axes.set_yticks(range(len(labels)), map(name_of, labels))
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.grid(axis="x")


def unstable_note(table: pd.DataFrame) -> str:
    """What a hollow mark means, if there is one."""
    n_unstable = (~table["stable"]).sum()
    return f"\nHollow: not stable, do not quote ({n_unstable} of {len(table)})." if n_unstable else ""


def finish(figure: plt.Figure, title: str, panels: list[plt.Axes], notes: str) -> None:
    """Add the title and, below, the notes and one legend for all panels."""
    handles = {
        label: handle for axes in panels for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    figure.suptitle(title)
    sizes = {"title": notes, "fontsize": 10, "title_fontsize": 10, "labelspacing": 0.2, "columnspacing": 1}
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=2, **sizes)


def plot_timings(timings: pd.DataFrame) -> plt.Figure:
    """Draw seconds per call of every implementation."""
    operations = list(timings["operation"].unique())
    figure, axes = plt.subplots()
    draw_rows(axes, timings, ("median_s", "ci_low_s", "ci_high_s"), operations)
    axes.xaxis.set_major_formatter(FuncFormatter(format_seconds))
    axes.xaxis.set_major_locator(LogLocator(100))
    axes.minorticks_off()
    axes.set_xlabel("time per call, median (logarithmic)")
    times = timings.pivot(index="operation", columns="implementation", values="median_s")
    n_faster = (times["numpy"] < times[list(BASELINES)].min(axis=1)).sum()
    title = f"NumPy is faster than Python's loops\nin {n_faster} of {len(operations)} operations"
    finish(figure, title, [axes], NOTES + unstable_note(timings))
    return figure


def plot_speedups(speedups: pd.DataFrame) -> plt.Figure:
    """Draw the speed-ups, a panel for each baseline."""
    operations = list(speedups["operation"].unique())
    figure, panels = plt.subplots(1, len(BASELINES), sharex=True, sharey=True)
    for axes, baseline in zip(panels, BASELINES, strict=True):
        rows = speedups[speedups["baseline"] == baseline]
        draw_rows(axes, rows, ("speedup", "ci_low", "ci_high"), operations)
        axes.axvline(1, color="black", linewidth=1)
        axes.xaxis.set_major_formatter(FuncFormatter(format_ratio))
        axes.xaxis.set_major_locator(LogLocator(1000))
        axes.minorticks_off()
        computing = rows[(rows["implementation"] == "numpy") & ~rows["operation"].isin(VIEWS)]
        speedup = (computing if len(computing) else rows)["speedup"]
        slowest, fastest = format_ratio(speedup.min()), format_ratio(speedup.max())
        axes.set_title(f"{STYLES[baseline][2]}:\n{slowest} to {fastest}", fontsize=10)
        axes.set_xlabel("speed-up (logarithmic)")
    title = "How many times as fast is NumPy?\nIt depends on the loop compared with"
    finish(figure, title, panels, NOTES + unstable_note(speedups))
    return figure


def steps_of(table: pd.DataFrame) -> list[int]:
    """The steps of a call, for each row of a table with `operation` and `shape`."""
    return [OPERATIONS[row.operation].work(parse_shapes(row.shape)).steps for row in table.itertuples()]


def plot_speedups_by_size(speedups: pd.DataFrame) -> plt.Figure:
    """Draw the speed-ups of NumPy and of the compiled loops over size, a panel for each operation."""
    operations = list(speedups["operation"].unique())
    columns = min(3, len(operations))
    figure, panels = plt.subplots(-(-len(operations) // columns), columns, sharex=True, sharey=True, squeeze=False)
    for axes in panels.flat[len(operations) :]:
        axes.set_axis_off()
    for axes in panels.flat[len(operations) - columns : len(operations)]:
        axes.tick_params(labelbottom=True)
    for axes, operation in zip(panels.flat, operations, strict=False):
        for baseline, line in zip(BASELINES, ("-", "--"), strict=True):
            for implementation in ("numba", "numpy"):
                rows = speedups[
                    (speedups["operation"] == operation)
                    & (speedups["baseline"] == baseline)
                    & (speedups["implementation"] == implementation)
                ]
                colour, marker, label = STYLES[implementation]
                axes.errorbar(
                    steps_of(rows),
                    rows["speedup"],
                    yerr=[rows["speedup"] - rows["ci_low"], rows["ci_high"] - rows["speedup"]],
                    fmt=marker + line,
                    color=colour,
                    label=f"{label.split(':')[0]} against {STYLES[baseline][2]}",
                    markerfacecolor=colour if line == "-" else "white",
                    capsize=2,
                    markersize=4,
                )
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.minorticks_off()
        axes.axhline(1, color="black", linewidth=1)
        axes.axvline(OPERATIONS[operation].work().steps, color="#999999", linestyle=":", linewidth=1.5)
        axes.xaxis.set_major_formatter(EngFormatter(sep=""))
        axes.yaxis.set_major_formatter(FuncFormatter(format_ratio))
        axes.yaxis.set_major_locator(LogLocator(100, numticks=9))
        axes.tick_params(labelsize=9)
        axes.set_title(name_of(operation), fontsize=10)
        axes.grid()
    figure.supylabel("speed-up (both axes logarithmic)", fontsize=10)
    across = "Across: elements, or multiply-adds of products. Dotted: the notebook's size."
    finish(figure, "The speed-up depends on the size", [panels[0, 0]], f"{across}\n{NOTES}")
    return figure


def plot_roofline(throughput: pd.DataFrame, limits: pd.DataFrame) -> plt.Figure:
    """Draw the speed of each implementation at its largest size, as a share of what the machine allows there."""
    rows = throughput[throughput["gflop_per_s"] > 0].copy()
    figure, axes = plt.subplots()
    if rows.empty:
        axes.set_axis_off()
        axes.text(0.5, 0.5, "The operations in config.yaml compute nothing.", ha="center", fontsize=14)
        return figure
    rows["steps"] = steps_of(rows)
    largest = rows.loc[rows.groupby(["operation", "implementation"], sort=False)["steps"].idxmax()]
    draw_rows(axes, largest, ("share_of_limit",) * 3, list(largest["operation"].unique()))
    axes.axvline(1, color="black", linewidth=1)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))
    axes.set_xlabel("share of what the machine allows (logarithmic)")
    bandwidths = limits[limits["unit"] == "GB/s"].groupby("level", sort=False)["best"].max()
    levels = ", ".join(f"{level} {bandwidth:.3g}" for level, bandwidth in bandwidths.items())
    rate = limits.loc[limits["limit"] == "multiply_add_rate", "best"].max()
    notes = f"Each at its largest size. The machine allows: {levels} GB/s,\n"
    notes += f"and {rate:.3g} billion additions or multiplications a second."
    shares = largest.groupby("implementation")["share_of_limit"].agg(["min", "max"])
    texts = {name: f"{format_percent(low)} to {format_percent(high)}" for name, low, high in shares.itertuples()}
    title = f"NumPy reaches {texts['numpy']} of what the machine\nallows, loops over an ndarray {texts['naive']}"
    finish(figure, title, [axes], notes)
    return figure


if __name__ == "__main__":
    start_log(snakemake.log[0])
    timings, speedups, throughput, limits = (
        read_table(snakemake.input[name]) for name in ("timings", "speedups", "throughput", "limits")
    )
    figures = {
        "timings": plot_timings(at_notebook_shapes(timings)),
        "speedups": plot_speedups(at_notebook_shapes(speedups)),
        "sizes": plot_speedups_by_size(speedups),
        "roofline": plot_roofline(throughput, limits),
    }
    for name, figure in figures.items():
        save(figure, snakemake.output[f"{name}_png"], snakemake.output[f"{name}_svg"])
