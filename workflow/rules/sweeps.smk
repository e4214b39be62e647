"""Sweeps: grids of experiments, as `sweeps` in config.yaml defines them. No other table or figure has them.

input:  results/data/
steps:  sweep_cells, a job for up to ten cells with all their seeds → summarise_sweep
output: results/sweeps/{sweep}/part_{part}.json, results/sweeps/{sweep}.{csv,png,svg}
"""

from retrial.config import load_schema
from retrial.sweeps import cells_of_sweeps, forget_failed_cells, parts_of

try:
    SWEEPS = cells_of_sweeps(config, load_schema(BASE / "workflow/schemas/config.schema.yaml"))
except InputError as error:
    sys.exit(f"error: {error}")
PARTS = {sweep: parts_of(cells) for sweep, cells in SWEEPS.items()}
SWEEP_PARTS = [
    f"results/sweeps/{sweep}/part_{part}.json" for sweep, parts in PARTS.items() for part in range(len(parts))
]


rule sweep_cells:
    input:
        **{array: f"results/data/{array}.npy" for array in ("x_train", "y_train", "x_test", "y_test")},
    output:
        "results/sweeps/{sweep}/part_{part}.json",
    log:
        "logs/sweep_cells/{sweep}/{part}.log",
    wildcard_constraints:
        sweep=one_of(SWEEPS),
        part=r"\d+",
    conda:
        "../../envs/tensorflow.yaml"
    threads: config["training_threads"]
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    params:
        **settings(
            "sweep_cells.py",
            cells=lambda w: {
                name: cell.settings | {"threads": config["training_threads"]}
                for name, cell in PARTS[w.sweep][int(w.part)].items()
            },
        ),
    script:
        "../scripts/sweep_cells.py"


rule summarise_sweep:
    input:
        parts=lambda w: [path for path in SWEEP_PARTS if path.startswith(f"results/sweeps/{w.sweep}/")],
        provenance="results/data/provenance.json",
    output:
        csv=report_item("results/sweeps/{sweep}.csv", "6 Sweeps", "table", "sweep", sweep="{sweep}"),
        png="results/sweeps/{sweep}.png",
        svg=report_item("results/sweeps/{sweep}.svg", "6 Sweeps", "figure", "sweep", sweep="{sweep}"),
    log:
        "logs/summarise_sweep/{sweep}.log",
    wildcard_constraints:
        sweep=one_of(SWEEPS),
    conda:
        "../../envs/numpy.yaml"
    params:
        **settings("summarise_sweep.py", points=lambda w: {name: cell.point for name, cell in SWEEPS[w.sweep].items()}),
    script:
        "../scripts/summarise_sweep.py"


REPRODUCIBLE += expand("results/sweeps/{sweep}.{kind}", sweep=SWEEPS, kind=["csv", "png", "svg"])
