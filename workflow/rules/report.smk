"""All results on one page.

input:  all that the other rules wrote, their checksums included
output: results/report.html; results/preview.html shows partial results
"""


rule report:
    input:
        REPRODUCIBLE,
        MEASURED,
        "results/data/provenance.json",
        "results/manifest.json",
    output:
        report_item("results/report.html", "0 Report", "the page", "report"),
    log:
        "logs/report.log",
    conda:
        "../../envs/numpy.yaml"
    params:
        **settings(
            "report.py",
            dataset=config["dataset"]["name"],
            labels=config["dataset"]["labels"],
            experiments=EXPERIMENTS,
            sweeps=config["sweeps"],
            training_threads=config["training_threads"],
            timing=config["timing"],
        ),
    script:
        "../scripts/report.py"


use rule report as preview with:
    input:
        [],
    output:
        "results/preview.html",
    log:
        "logs/preview.log",
