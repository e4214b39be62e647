"""What a loop costs: every implementation of every tensor operation, timed; and what broadcasting and views spare.

steps:  time_operation for each operation, time_limits → aggregate_timings, fit_costs → plot_timings;
        time_broadcasting → show_tensors
output: results/timings/raw/{operation}/{implementation}.json, results/timings/*.csv, results/timings/*.png,
        results/tensors/{broadcasting,views,relu}.csv

A timing rule takes all cores, so that it runs alone whatever -c says: a busy neighbour would be measured with it. One job
times all implementations of an operation in turn, so that a machine whose speed changes changes no ratio.
"""


rule time_operation:
    output:
        expand("results/timings/raw/{{operation}}/{implementation}.json", implementation=IMPLEMENTATIONS["add"]),
    log:
        "logs/time_operation/{operation}.log",
    wildcard_constraints:
        operation="(?!matrix_dot).*",
    conda:
        "../../envs/numpy.yaml"
    threads: workflow.cores
    params:
        settings=settings("time_operation.py", *TIMED_CODE, **TIMING),
    script:
        "../scripts/time_operation.py"


use rule time_operation as time_matrix_dot with:
    output:
        expand(
            "results/timings/raw/{operation}/{implementation}.json",
            operation="matrix_dot",
            implementation=IMPLEMENTATIONS["matrix_dot"],
        ),
    log:
        "logs/time_operation/matrix_dot.log",


rule time_limits:
    output:
        "results/timings/limits.json",
    log:
        "logs/time_limits.log",
    conda:
        "../../envs/numpy.yaml"
    threads: workflow.cores
    params:
        settings=settings("time_limits.py", "retrial/measure.py", "retrial/limits_ops.py", **TIMING_AT_ONE_SIZE),
    script:
        "../scripts/time_limits.py"


rule time_broadcasting:
    output:
        expand("results/tensors/raw/{operation}.json", operation=BROADCASTING),
    log:
        "logs/time_broadcasting.log",
    conda:
        "../../envs/numpy.yaml"
    threads: workflow.cores
    params:
        settings=settings(
            "time_broadcasting.py",
            "retrial/measure.py",
            "retrial/numpy_ops.py",
            "retrial/numpy_repetition_ops.py",
            **TIMING_AT_ONE_SIZE,
        ),
    script:
        "../scripts/time_broadcasting.py"


rule aggregate_timings:
    input:
        expand("results/timings/raw/{timing}.json", timing=TIMINGS),
    output:
        samples="results/timings/samples.csv",
        timings="results/timings/timings.csv",
        unstable="results/timings/unstable.csv",
        speedups="results/timings/speedups.csv",
    log:
        "logs/aggregate_timings.log",
    conda:
        "../../envs/numpy.yaml"
    params:
        settings=settings("aggregate_timings.py", bootstrap=config["bootstrap"], max_load=config["timing"]["max_load"]),
    script:
        "../scripts/aggregate_timings.py"


rule fit_costs:
    input:
        raw=expand("results/timings/raw/{timing}.json", timing=TIMINGS),
        limits="results/timings/limits.json",
    output:
        limits="results/timings/limits.csv",
        cost_models="results/timings/cost_models.csv",
        throughput="results/timings/throughput.csv",
    log:
        "logs/fit_costs.log",
    conda:
        "../../envs/numpy.yaml"
    params:
        settings=settings("fit_costs.py", bootstrap=config["bootstrap"], max_load=config["timing"]["max_load"]),
    script:
        "../scripts/fit_costs.py"


rule plot_timings:
    input:
        timings="results/timings/timings.csv",
        speedups="results/timings/speedups.csv",
        throughput="results/timings/throughput.csv",
        limits="results/timings/limits.csv",
    output:
        timings="results/timings/timings.png",
        speedups="results/timings/speedups.png",
        sizes="results/timings/speedups_by_size.png",
        roofline="results/timings/roofline.png",
    log:
        "logs/plot_timings.log",
    conda:
        "../../envs/numpy.yaml"
    params:
        settings=settings("plot_timings.py"),
    script:
        "../scripts/plot_timings.py"


rule show_tensors:
    input:
        expand("results/tensors/raw/{operation}.json", operation=BROADCASTING),
    output:
        broadcasting="results/tensors/broadcasting.csv",
        views="results/tensors/views.csv",
        relu="results/tensors/relu.csv",
    log:
        "logs/show_tensors.log",
    conda:
        "../../envs/numpy.yaml"
    params:
        settings=settings(
            "show_tensors.py",
            "retrial/numpy_repetition_ops.py",
            seed=config["timing"]["seed"],
            bootstrap=config["bootstrap"],
            max_load=config["timing"]["max_load"],
        ),
    script:
        "../scripts/show_tensors.py"
