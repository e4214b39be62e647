"""The whole story on one page.

input:  all that the other rules wrote, their checksums included
output: results/report.html; results/preview.html tells what is there already
"""


rule report:
    input:
        REPRODUCIBLE,
        MEASURED,
        "results/data/provenance.json",
        "results/manifest.json",
    output:
        item("results/report.html", "0 Report", "the whole story", "report"),
    log:
        "logs/report.log",
    conda:
        "../../envs/numpy.yaml"
    params:
        settings=settings(
            "report.py",
            *(f"../report/page.{part}" for part in ("html.j2", "css", "js")),
            dataset=config["dataset"]["name"],
            labels=config["dataset"]["labels"],
            experiments=EXPERIMENTS,
            training_threads=config["training_threads"],
            timing=config["timing"],
            bootstrap=config["bootstrap"],
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
