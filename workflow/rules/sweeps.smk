"""Sweeps: grids of experiments, as `sweeps` in config.yaml defines them. No other table or figure has them.

input:  the training images in results/data/: the best grid point is chosen on some of them, without the test set
steps:  sweep_grid, a job for up to ten grid points with all their seeds → summarise_sweep
output: results/sweeps/{sweep}/part_{part}.json, results/sweeps/{sweep}.{csv,png,svg}
"""

SWEEPS = points_of_sweeps(config)
PARTS = {sweep: parts_of(points) for sweep, points in SWEEPS.items()}
SWEEP_FILES = {
    sweep: [f"results/sweeps/{sweep}/part_{part}.json" for part in range(len(parts))] for sweep, parts in PARTS.items()
}


rule sweep_grid:
    """Train part {wildcards.part} of the sweep {wildcards.sweep}."""
    input:
        **data("x_train", "y_train"),
    output:
        "results/sweeps/{sweep}/part_{part}.json",
    wildcard_constraints:
        sweep=one_of(SWEEPS),
        part=r"\d+",
    conda:
        "../../envs/tensorflow.yaml"
    threads: config["training_threads"]
    params:
        **settings(
            threads=config["training_threads"],
            validation=config["validation"],
            points=lambda w: {name: point.settings for name, point in PARTS[w.sweep][int(w.part)].items()},
        ),
    script:
        "../scripts/sweep_grid.py"


rule summarise_sweep:
    """Summarise the sweep {wildcards.sweep}."""
    input:
        **data("provenance"),
        parts=lambda w: SWEEP_FILES[w.sweep],
    output:
        **figure("results/sweeps/{sweep}", "6 Sweeps"),
        csv=report("results/sweeps/{sweep}.csv", category="6 Sweeps"),
    wildcard_constraints:
        sweep=one_of(SWEEPS),
    localrule: True
    params:
        **settings(points=lambda w: {name: point.values for name, point in SWEEPS[w.sweep].items()}),
    script:
        "../scripts/summarise_sweep.py"


REPRODUCIBLE["sweeps"] = expand("results/sweeps/{sweep}.{kind}", sweep=SWEEPS, kind=["csv", "png", "svg"])
