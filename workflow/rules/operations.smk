"""What a loop costs: every implementation of every operation, timed; the training step; what broadcasting and views spare.

steps:  time_operations → aggregate_timings → plot_timings; time_replay; show_tensors;
        time_training_step → plot_training_cost
output: results/timings/{slices.csv,machine.json}, results/timings/*.{csv,png,svg},
        results/tensors/{broadcasting,views,relu}.csv

A timing rule takes all cores, so that it runs alone whatever -c says: a busy neighbour would be measured with it. One job
times all operations: a process takes as long to start as an operation to be timed, and the speed of a machine changes
from minute to minute.
"""

import platform

# A ratio must not compare the times of two Pythons.
TIMING = config["timing"] | {"operations": sorted(config["timing"]["operations"]), "python": platform.python_version()}


rule time_operations:
    """Time every implementation of every operation, with the machine to itself."""
    output:
        slices="results/timings/slices.csv",
        checks=report("results/timings/checks.csv", category="3 The operations"),
        machine="results/timings/machine.json",
    priority: 1
    threads: workflow.cores
    params:
        **settings(**pick(TIMING, *TIMING.keys() - {"replays"})),
    script:
        "../scripts/time_operations.py"


rule time_replay:
    """Repeat the notebook's single readings of a clock."""
    output:
        report("results/timings/replay.csv", category="3 The operations"),
    priority: 1
    threads: workflow.cores
    params:
        **settings(**pick(TIMING, "seed", "replays", "python")),
    script:
        "../scripts/time_replay.py"


rule aggregate_timings:
    """Turn the slices into times, speed-ups, costs, and shares of the machine's ceilings."""
    input:
        slices="results/timings/slices.csv",
        checks="results/timings/checks.csv",
        machine="results/timings/machine.json",
    output:
        timings=report("results/timings/timings.csv", category="3 The operations"),
        unstable=report("results/timings/unstable.csv", category="3 The operations"),
        speedups=report("results/timings/speedups.csv", category="3 The operations"),
        control=report("results/timings/control.csv", category="3 The operations"),
        crossovers=report("results/timings/crossovers.csv", category="3 The operations"),
        broadcasting=report("results/tensors/broadcasting.csv", category="3 The operations"),
        limits=report("results/timings/limits.csv", category="3 The operations"),
        cost_models=report("results/timings/cost_models.csv", category="3 The operations"),
        throughput=report("results/timings/throughput.csv", category="3 The operations"),
    localrule: True
    params:
        **settings(**pick(TIMING, "max_busy_cores")),
    script:
        "../scripts/aggregate_timings.py"


rule plot_timings:
    """Draw times, speed-ups and the roofline."""
    input:
        timings="results/timings/timings.csv",
        speedups="results/timings/speedups.csv",
        throughput="results/timings/throughput.csv",
        limits="results/timings/limits.csv",
    output:
        **figure("results/timings/timings", "3 The operations", "timings_"),
        **figure("results/timings/speedups", "3 The operations", "speedups_"),
        **figure("results/timings/speedups_by_size", "3 The operations", "sizes_"),
        **figure("results/timings/roofline", "3 The operations", "roofline_"),
    localrule: True
    script:
        "../scripts/plot_timings.py"


rule show_tensors:
    """Compare views with copies, and look at what relu does."""
    output:
        views=report("results/tensors/views.csv", category="3 The operations"),
        relu=report("results/tensors/relu.csv", category="3 The operations"),
    localrule: True
    params:
        **settings(**pick(TIMING, "seed")),
    script:
        "../scripts/show_tensors.py"


# The notebook's training, whatever the experiments are. Keras is timed too, unless nothing else here needs TensorFlow.
rule time_training_step:
    """Time a step of the training: by loops, compiled, in NumPy and in Keras, with the machine to itself."""
    output:
        report("results/timings/training_cost.csv", category="3 The operations"),
    priority: 1
    conda:
        f"../../envs/{'tensorflow' if IN_KERAS else 'numpy'}.yaml"
    threads: workflow.cores
    params:
        **settings(
            engines=["naive", "naive_list", "numba", "numpy", *(["keras"] if IN_KERAS else [])],
            **pick(TIMING, *TIMING.keys() - {"operations", "replays", "sizes", "max_call_s", "slices"}),
        ),
    script:
        "../scripts/time_training_step.py"


rule plot_training_cost:
    """Draw what the training costs."""
    input:
        "results/timings/training_cost.csv",
    output:
        **figure("results/timings/training_cost", "3 The operations"),
    localrule: True
    script:
        "../scripts/plot_training_cost.py"


REPRODUCIBLE["operations"] = [*rules.show_tensors.output]
MEASURED["operations"] = [
    *rules.time_operations.output,
    *rules.time_replay.output,
    *rules.aggregate_timings.output,
    *rules.plot_timings.output,
    *([*rules.time_training_step.output, *rules.plot_training_cost.output] if TRAINING_STEP else []),
]
