"""Draw the timings: seconds per call, speed-ups over both baselines, speed-ups over size, and the limits."""

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from retrial.formats import format_name, format_percent, format_ratio, format_seconds
from retrial.job import start_log
from retrial.operations.table import BASELINES, OPERATIONS, VIEWS, at_notebook_shapes, parse_shapes
from retrial.page.implementations import IMPLEMENTATION_STYLES as STYLES
from retrial.page.style import plt, save
from retrial.results import read_table

WIDTH = 5.4  # inches: half of it can be read on a phone
INTERVALS = "Bars: 95 % intervals over processes."
UNSTABLE_NOTE = "Hollow: not stable, do not quote"
VIEW_NOTE = "* NumPy returns a view: no number moves."


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
            markersize=8,
        )
        if "stable" in rows:
            unstable = [not stable for stable in rows["stable"]]
            x, y = rows[value][unstable], np.array(y)[unstable]
            axes.plot(x, y, marker, color="white", markersize=4, linestyle="none", zorder=3)
    axes.set_xscale("log")
    axes.set_yticks(range(len(labels)), map(name_of, labels))
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.grid(axis="x")


def finish(figure: plt.Figure, title: str, panels: list[plt.Axes], notes: str | None = None) -> None:
    """Add the title and, below, the notes and one legend for all panels."""
    handles = {
        label: handle for axes in panels for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    figure.suptitle(title)
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=1, title=notes)


def plot_timings(timings: pd.DataFrame) -> plt.Figure:
    """Draw seconds per call of every implementation."""
    operations = list(timings["operation"].unique())
    figure, axes = plt.subplots(figsize=(WIDTH, 3.4 + 0.45 * len(operations)))
    draw_rows(axes, timings, ("median_s", "ci_low_s", "ci_high_s"), operations)
    axes.xaxis.set_major_formatter(FuncFormatter(format_seconds))
    axes.xaxis.set_major_locator(LogLocator(100))
    axes.minorticks_off()
    notes = [INTERVALS, VIEW_NOTE]
    if not timings["stable"].all():
        notes.append(f"{UNSTABLE_NOTE} ({(~timings['stable']).sum()} of {len(timings)}).")
    axes.set_xlabel("time per call, median (logarithmic)\n" + "\n".join(notes))
    times = timings.pivot(index="operation", columns="implementation", values="median_s")
    n_faster = (times["numpy"] < times[list(BASELINES)].min(axis=1)).sum()
    title = f"NumPy is faster than Python's loops\nin {n_faster} of {len(operations)} operations"
    finish(figure, title, [axes])
    return figure


def plot_speedups(speedups: pd.DataFrame) -> plt.Figure:
    """Draw the speed-ups, a panel for each baseline."""
    operations = list(speedups["operation"].unique())
    figure, panels = plt.subplots(
        1, len(BASELINES), figsize=(WIDTH, 4.2 + 0.45 * len(operations)), sharex=True, sharey=True
    )
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
        axes.set_title(f"{STYLES[baseline][2]}:\n{slowest} to {fastest}", fontsize=11)
    notes = f"speed-up (logarithmic)\n{INTERVALS}\n{VIEW_NOTE}"
    if not speedups["stable"].all():
        notes += f"\n{UNSTABLE_NOTE} ({(~speedups['stable']).sum()} of {len(speedups)})."
    finish(figure, "How many times as fast is NumPy?\nIt depends on the loop compared with", panels, notes)
    return figure


def steps_of(table: pd.DataFrame) -> list[int]:
    """The steps of a call, for each row of a table with `operation` and `shape`."""
    return [OPERATIONS[row.operation].work(parse_shapes(row.shape)).steps for row in table.itertuples()]


def plot_speedups_by_size(speedups: pd.DataFrame) -> plt.Figure:
    """Draw the speed-ups of NumPy and of the compiled loops over size, a panel for each operation."""
    operations = list(speedups["operation"].unique())
    columns = min(2, len(operations))
    figure, panels = plt.subplots(
        -(-len(operations) // columns),
        columns,
        figsize=(WIDTH, 3.2 + 1.9 * -(-len(operations) // columns)),
        sharex=True,
        sharey=True,
        squeeze=False,
    )
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
                    capsize=3,
                )
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.minorticks_off()
        axes.axhline(1, color="black", linewidth=1)
        axes.axvline(OPERATIONS[operation].work().steps, color="#999999", linestyle=":", linewidth=1.5)
        axes.yaxis.set_major_formatter(FuncFormatter(format_ratio))
        axes.set_title(name_of(operation))
        axes.grid()
    figure.supylabel("speed-up (logarithmic)", fontsize=13)
    handles, labels = panels[0, 0].get_legend_handles_labels()
    notes = "Across: multiply-adds of products,\nelements of the others (logarithmic).\nDotted: the notebook's size.\n"
    figure.legend(handles, labels, loc="outside lower center", ncols=1, title=f"{notes}{INTERVALS}\n{VIEW_NOTE}")
    figure.suptitle("The speed-up depends on the size")
    return figure


def plot_roofline(throughput: pd.DataFrame, limits: pd.DataFrame) -> plt.Figure:
    """Draw the rate of each implementation at its largest size, and the ceilings of memory, caches and BLAS."""
    best = limits.set_index("limit")["best"]
    rate = best["multiply_add_rate"].max()
    bandwidths = limits[limits["unit"] == "GB/s"].groupby("level", sort=False)["best"].max()
    rows = throughput[throughput["gflop_per_s"] > 0].copy()
    if rows.empty:
        figure, axes = plt.subplots(figsize=(WIDTH, 3))
        axes.set_axis_off()
        axes.text(0.5, 0.5, "The operations in config.yaml compute nothing.", ha="center", fontsize=14)
        return figure
    rows["steps"] = steps_of(rows)
    largest = rows.loc[rows.groupby(["operation", "implementation"], sort=False)["steps"].idxmax()]
    figure, axes = plt.subplots(figsize=(WIDTH, 7.8))
    x = np.geomspace(rows["flop_per_byte"].min() / 2, rows["flop_per_byte"].max() * 3, 200)
    for level, bandwidth in bandwidths.items():
        axes.plot(x, np.minimum(bandwidth * x, rate), color="black", linewidth=2 if level == "memory" else 0.8)
    levels = ", ".join(f"{level} {bandwidth:.3g}" for level, bandwidth in bandwidths.items())
    axes.text(x[0], rate * 1.5, f"ceilings: {levels} GB/s;\nBLAS {rate:.3g} GFLOP/s", fontsize=10)
    for implementation, points in largest.groupby("implementation", sort=False):
        colour, marker, label = STYLES[implementation]
        axes.plot(points["flop_per_byte"], points["gflop_per_s"], marker, color=colour, label=label, markersize=9)
    intensities = largest.groupby("operation", sort=False)["flop_per_byte"].min().round(3)
    names = intensities.rename(format_name).reset_index().groupby("flop_per_byte")["operation"].agg(", ".join)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylim(largest["gflop_per_s"].min() / 3, rate * 12)
    above = axes.secondary_xaxis("top")
    above.set_xticks(names.index, names, rotation=90, fontsize=10)
    above.tick_params(which="minor", length=0)
    above.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(
        "operations for each byte read or written (logarithmic)\n"
        "Each implementation at its largest size.\nThin lines: caches. Thick line: memory beyond them.",
        fontsize=11,
    )
    axes.set_ylabel("GFLOP/s (logarithmic)")
    axes.grid()
    shares = largest.groupby("implementation")["share_of_limit"].agg(["min", "max"])
    title = ",\n".join(
        f"{label} {format_percent(shares.loc[name, 'min'])} to {format_percent(shares.loc[name, 'max'])}"
        for name, label in (("numpy", "NumPy reaches"), ("naive", "loops over an ndarray"))
        if name in shares.index
    )
    finish(figure, f"{title}\nof what the machine allows", [axes])
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
