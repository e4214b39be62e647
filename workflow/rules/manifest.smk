"""What must be the same bytes on every run, and on what machine and software it was made.

input:  all that the other rules wrote
output: results/manifest.json
"""


rule manifest:
    input:
        same=REPRODUCIBLE,
        idx=lambda w: [path for path in idx_files(w).values() if path.endswith(".idx")],
        source=lambda w: ["results/data/provenance.json", idx_files(w)["source"]],
        measured=MEASURED,
        summary="results/accuracy_summary.csv",
    output:
        "results/manifest.json",
    log:
        "logs/manifest.log",
    conda:
        f"../../envs/{'tensorflow' if IN_KERAS else 'numpy'}.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 1500 * attempt,
    params:
        **settings(
            "manifest.py",
            tensorflow=bool(IN_KERAS),
            threads={"training": config["training_threads"], "blas": config["timing"]["blas_threads"]},
            configuration={
                "dataset": {"labels": config["dataset"]["labels"]},
                "experiments": EXPERIMENTS,
                **({"sweeps": config["sweeps"]} if config["sweeps"] else {}),
                "probes": config["probes"],
                "timing": {"seed": config["timing"]["seed"]},
            },
        ),
    script:
        "../scripts/manifest.py"
