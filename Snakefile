"""The first network of every deep-learning course, and what a loop in Python costs, as an experiment that can be rerun.

config.yaml says what is done, workflow/rules/ in which order, workflow/scripts/ how; results/ has the outcome.
"""

from snakemake.utils import min_version

min_version("9.27")


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/network.smk"
include: "workflow/rules/tensor_ops.smk"
include: "workflow/rules/from_scratch.smk"
include: "workflow/rules/gradients.smk"
include: "workflow/rules/probes.smk"
include: "workflow/rules/notebook.smk"
include: "workflow/rules/claims.smk"
include: "workflow/rules/manifest.smk"
include: "workflow/rules/report.smk"


rule all:
    default_target: True
    input:
        REPRODUCIBLE,
        MEASURED,
        "results/data/provenance.json",
        "results/manifest.json",
        "results/report.html",
        ["results/.claims_enforced"] if config["claims"]["strict"] else [],


onstart:
    begin_run()


onsuccess:
    from retrial.display.verdicts import format_end_of_run  # imports pandas, which only the end of a run needs

    if not workflow.dag_settings.targets:
        keep(Path())
    print(format_end_of_run(Path("results")), file=sys.stderr)


onerror:
    print(describe_loss(Path()), file=sys.stderr)
