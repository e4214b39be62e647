"""What a loop costs: every implementation of every tensor operation, timed; and what broadcasting and views spare.

steps:  time_operations → aggregate_timings, fit_costs → plot_timings; time_replay; show_tensors
output: results/timings/raw/{operation}/{implementation}.json, results/timings/*.{csv,png,svg},
        results/tensors/{broadcasting,views,relu}.csv

A timing rule takes all cores, so that it runs alone whatever -c says: a busy neighbour would be measured with it. One job
times all operations: a process takes as long to start as an operation to be timed, and the speed of a machine changes
from minute to minute.
"""

import platform

from retrial.operations.table import BROADCASTING, OPERATIONS

# A ratio must not compare the times of two Pythons, so another Python measures again.
PYTHON = {"python": platform.python_version()}
TIMING = {key: value for key, value in config["timing"].items() if key not in ("operations", "replays")} | PYTHON
REPLAY = {key: config["timing"][key] for key in ("seed", "replays")} | PYTHON
TIMING_AT_ONE_SIZE = {key: value for key, value in TIMING.items() if key not in ("sizes", "max_call_s")}
MAX_BUSY_CORES = config["timing"]["max_busy_cores"]
RAW_TIMINGS = [
    f"results/timings/raw/{operation}/{implementation}.json"
    for operation in OPERATIONS
    if operation in config["timing"]["operations"]
    for implementation in OPERATIONS[operation].implementations
]


rule time_operations:
    output:
        raw=RAW_TIMINGS,
        broadcasting=expand("results/tensors/raw/{operation}.json", operation=BROADCASTING),
        limits="results/timings/limits.json",
    log:
        "logs/time_operations.log",
    priority: 1
    conda:
        "../../envs/numpy.yaml"
    threads: workflow.cores
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
    params:
        **settings("time_operations.py", **TIMING),
    script:
        "../scripts/time_operations.py"


rule time_replay:
    output:
        report_item("results/timings/replay.csv", "3 The operations", "the notebook's readings: table", "replay"),
    log:
        "logs/time_replay.log",
    priority: 1
    conda:
        "../../envs/numpy.yaml"
    threads: workflow.cores
    params:
        **settings("time_replay.py", **REPLAY),
    script:
        "../scripts/time_replay.py"


rule aggregate_timings:
    input:
        raw=RAW_TIMINGS,
        broadcasting=expand("results/tensors/raw/{operation}.json", operation=BROADCASTING),
    output:
        samples="results/timings/samples.csv",
        timings=report_item("results/timings/timings.csv", "3 The operations", "times: table", "timings"),
        unstable=report_item(
            "results/timings/unstable.csv", "3 The operations", "times that are not stable: table", "timings"
        ),
        speedups=report_item("results/timings/speedups.csv", "3 The operations", "speed-ups: table", "speedups"),
        checks=report_item("results/timings/checks.csv", "3 The operations", "checks: table", "checks"),
        control=report_item("results/timings/control.csv", "3 The operations", "control: table", "control"),
        crossovers=report_item("results/timings/crossovers.csv", "3 The operations", "crossovers: table", "sizes"),
        broadcasting=report_item(
            "results/tensors/broadcasting.csv", "3 The operations", "broadcasting: table", "tensors"
        ),
    log:
        "logs/aggregate_timings.log",
    conda:
        "../../envs/numpy.yaml"
    params:
        **settings("aggregate_timings.py", seed=config["timing"]["seed"], max_busy_cores=MAX_BUSY_CORES),
    script:
        "../scripts/aggregate_timings.py"


rule fit_costs:
    input:
        samples="results/timings/samples.csv",
        checks="results/timings/checks.csv",
        limits="results/timings/limits.json",
    output:
        limits=report_item("results/timings/limits.csv", "3 The operations", "limits of the machine: table", "roofline"),
        cost_models=report_item(
            "results/timings/cost_models.csv", "3 The operations", "cost of a call and of a step: table", "sizes"
        ),
        throughput=report_item("results/timings/throughput.csv", "3 The operations", "throughput: table", "roofline"),
    log:
        "logs/fit_costs.log",
    conda:
        "../../envs/numpy.yaml"
    params:
        **settings("fit_costs.py", max_busy_cores=MAX_BUSY_CORES),
    script:
        "../scripts/fit_costs.py"


rule plot_timings:
    input:
        timings="results/timings/timings.csv",
        speedups="results/timings/speedups.csv",
        throughput="results/timings/throughput.csv",
        limits="results/timings/limits.csv",
    output:
        timings_png="results/timings/timings.png",
        timings_svg=report_item("results/timings/timings.svg", "3 The operations", "times", "timings"),
        speedups_png="results/timings/speedups.png",
        speedups_svg=report_item("results/timings/speedups.svg", "3 The operations", "speed-ups", "speedups"),
        sizes_png="results/timings/speedups_by_size.png",
        sizes_svg=report_item(
            "results/timings/speedups_by_size.svg", "3 The operations", "speed-ups over size", "sizes"
        ),
        roofline_png="results/timings/roofline.png",
        roofline_svg=report_item("results/timings/roofline.svg", "3 The operations", "roofline", "roofline"),
    log:
        "logs/plot_timings.log",
    conda:
        "../../envs/numpy.yaml"
    params:
        **settings("plot_timings.py"),
    script:
        "../scripts/plot_timings.py"


rule show_tensors:
    output:
        views=report_item("results/tensors/views.csv", "3 The operations", "views: table", "tensors"),
        relu=report_item("results/tensors/relu.csv", "3 The operations", "relu: table", "tensors"),
    log:
        "logs/show_tensors.log",
    conda:
        "../../envs/numpy.yaml"
    params:
        **settings("show_tensors.py", seed=config["timing"]["seed"]),
    script:
        "../scripts/show_tensors.py"


REPRODUCIBLE += ["results/tensors/views.csv", "results/tensors/relu.csv"]
MEASURED += [*RAW_TIMINGS, "results/timings/limits.json", "results/tensors/broadcasting.csv"]
MEASURED += expand("results/tensors/raw/{operation}.json", operation=BROADCASTING)
MEASURED += expand(
    "results/timings/{table}.csv",
    table=["samples", "checks", "timings", "unstable", "speedups", "control", "crossovers"]
    + ["replay", "limits", "cost_models", "throughput"],
)
MEASURED += expand(
    "results/timings/{figure}.{kind}",
    figure=["timings", "speedups", "speedups_by_size", "roofline"],
    kind=["png", "svg"],
)
