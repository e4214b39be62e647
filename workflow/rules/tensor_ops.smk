"""What a loop costs: every implementation of every tensor operation, timed; and what broadcasting and views spare.

steps:  time_naive, time_numpy, … for each operation → aggregate_timings → plot_timings; show_tensors
output: results/timings/raw/{operation}/{implementation}.json, results/timings/{timings,speedups}.{csv,png},
        results/tensors/{broadcasting,views,relu}.csv

A timing rule takes all cores, so that it runs alone whatever -c says: a busy neighbour would be measured with it.
"""


rule time_naive:
    output:
        "results/timings/raw/{operation}/naive.json",
    log:
        "logs/time_naive/{operation}.log",
    conda:
        "../../envs/numpy.yaml"
    threads: workflow.cores
    params:
        settings=timing_settings("naive"),
    script:
        "../scripts/time_operation.py"


use rule time_naive as time_naive_list with:
    output:
        "results/timings/raw/{operation}/naive_list.json",
    log:
        "logs/time_naive_list/{operation}.log",
    params:
        settings=timing_settings("naive_list"),


use rule time_naive as time_naive_three_loops with:
    output:
        "results/timings/raw/{operation}/naive_three_loops.json",
    log:
        "logs/time_naive_three_loops/{operation}.log",
    params:
        settings=timing_settings("naive_three_loops"),


use rule time_naive as time_numpy with:
    output:
        "results/timings/raw/{operation}/numpy.json",
    log:
        "logs/time_numpy/{operation}.log",
    params:
        settings=timing_settings("numpy"),


rule aggregate_timings:
    input:
        expand("results/timings/raw/{timing}.json", timing=TIMINGS),
    output:
        timings="results/timings/timings.csv",
        speedups="results/timings/speedups.csv",
    log:
        "logs/aggregate_timings.log",
    conda:
        "../../envs/numpy.yaml"
    params:
        settings=settings("aggregate_timings.py", **config["bootstrap"]),
    script:
        "../scripts/aggregate_timings.py"


rule plot_timings:
    input:
        timings="results/timings/timings.csv",
        speedups="results/timings/speedups.csv",
    output:
        timings="results/timings/timings.png",
        speedups="results/timings/speedups.png",
    log:
        "logs/plot_timings.log",
    conda:
        "../../envs/numpy.yaml"
    params:
        settings=settings("plot_timings.py"),
    script:
        "../scripts/plot_timings.py"


rule show_tensors:
    output:
        raw=expand(
            "results/tensors/raw/{operation}/{implementation}.json",
            operation=BROADCASTING,
            implementation=["numpy", "numpy_repetition"],
        ),
        broadcasting="results/tensors/broadcasting.csv",
        views="results/tensors/views.csv",
        relu="results/tensors/relu.csv",
    log:
        "logs/show_tensors.log",
    conda:
        "../../envs/numpy.yaml"
    threads: workflow.cores
    params:
        settings=settings(
            "show_tensors.py",
            "retrial/measure.py",
            "retrial/naive_ops.py",
            "retrial/numpy_ops.py",
            "retrial/numpy_repetition_ops.py",
            timing=TIMING,
            bootstrap=config["bootstrap"],
        ),
    script:
        "../scripts/show_tensors.py"
