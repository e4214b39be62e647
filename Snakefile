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
include: "workflow/rules/try_it.smk"
include: "workflow/rules/claims.smk"
include: "workflow/rules/sweeps.smk"
include: "workflow/rules/manifest.smk"
include: "workflow/rules/report.smk"


# These take a second or two each, and a job on a cluster costs more: there, they run where Snakemake runs.
localrules:
    download,
    preprocess,
    plot_samples,
    first_ten,
    plot_training,
    compare_networks,
    show_mistakes,
    probe_arrays,
    aggregate_timings,
    fit_costs,
    plot_timings,
    show_tensors,
    plot_training_cost,
    claims,
    try_it,
    enforce_claims,
    summarise_sweep,
    report,
    preview,


rule all:
    default_target: True
    input:
        REPRODUCIBLE,
        MEASURED,
        "results/data/provenance.json",
        SWEEP_PARTS,
        "results/manifest.json",
        "results/report.html",
        ["results/.claims_enforced"] if config["claims"]["strict"] else [],


onstart:
    begin_run()


onsuccess:
    from retrial.page.verdicts import format_end_of_run  # imports pandas, which only the end of a run needs

    page = "preview.html" if "results/preview.html" in workflow.dag_settings.targets else "report.html"
    lines = format_end_of_run(Path("results"), page), *forget_failed_cells(SWEEPS, Path("results"))
    print(*lines, sep="\n", file=sys.stderr)
    if not workflow.dag_settings.targets:
        keep(Path())


onerror:
    print(describe_loss(Path()), file=sys.stderr)
