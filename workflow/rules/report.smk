"""All results on one page, and what must be the same bytes on every run, on what machine and software it was made.

input:  all that the other rules wrote
output: results/manifest.json, results/report.html; results/preview.html shows partial results
"""


rule manifest:
    """Record checksums, settings, software and machine."""
    input:
        same=lambda w: in_all_files(REPRODUCIBLE),
        idx=lambda w: [path for path in raw_data(w).values() if path.endswith(".idx")],
        source=lambda w: ["results/data/provenance.json", raw_data(w)["source"]],
        measured=lambda w: in_all_files(MEASURED),
        summary="results/accuracy_summary.csv",
    output:
        "results/manifest.json",
    conda:
        f"../../envs/{'tensorflow' if IN_KERAS else 'numpy'}.yaml"
    params:
        **settings(
            tensorflow=bool(IN_KERAS),
            threads={"training": config["training_threads"], "blas": config["timing"]["blas_threads"]},
            configuration={
                "dataset": {"labels": config["dataset"]["labels"]},
                "experiments": EXPERIMENTS,
                **(pick(config, "sweeps", "validation") if config["sweeps"] else {}),
                "probes": config["probes"],
                "timing": {"seed": config["timing"]["seed"]},
            },
        ),
    script:
        "../scripts/manifest.py"


rule report:
    """Put all results on one page."""
    input:
        lambda w: in_all_files(REPRODUCIBLE) + in_all_files(MEASURED),
        [path for path in ["results/confirm/claims.csv"] if Path(path).exists()],  # made by make confirm
        "results/data/provenance.json",
        "results/manifest.json",
    output:
        report("results/report.html", category="0 Report"),
    localrule: True
    params:
        **settings(
            note=config["note"],
            dataset=config["dataset"]["name"],
            labels=config["dataset"]["labels"],
            experiments=EXPERIMENTS,
            sweeps=config["sweeps"],
            training_threads=config["training_threads"],
            timing=config["timing"],
            machines={path.name: sha256(path) for path in sorted(BASE.glob("machines/*.json"))},
        ),
    script:
        "../scripts/report.py"


use rule report as preview with:
    """Put the results so far on one page."""
    input:
        [],
    output:
        "results/preview.html",
