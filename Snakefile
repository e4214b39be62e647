"""The first network of every deep-learning course, and what a loop in Python costs, as an experiment that can be rerun.

config.yaml says what is done, workflow/rules/ in which order, workflow/scripts/ how; results/ has the outcome.
"""

import gc

from snakemake.utils import min_version

min_version("9.27")


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/network.smk"
include: "workflow/rules/operations.smk"
include: "workflow/rules/gradients.smk"
include: "workflow/rules/probes.smk"
include: "workflow/rules/sweeps.smk"
include: "workflow/rules/claims.smk"
include: "workflow/rules/report.smk"


rule all:
    """Make everything."""
    default_target: True
    input:
        in_all_files(REPRODUCIBLE),
        in_all_files(MEASURED),
        in_all_files(SWEEP_FILES),
        "results/data/provenance.json",
        "results/manifest.json",
        "results/report.html",


rule network:
    """Train the networks, compare and draw them, without any timing."""
    input:
        REPRODUCIBLE["network"],
        MEASURED["network"],


rule operations:
    """Time the operations and the training step, with tables and figures."""
    input:
        REPRODUCIBLE["operations"],
        MEASURED["operations"],


rule gradients:
    """Check the chain rule and the gradients."""
    input:
        REPRODUCIBLE["gradients"],


for each in workflow.rules:
    if Path(each.basedir) in (BASE, BASE / "workflow/rules"):  # and not of a workflow that imports this one
        complete(each)

if workflow.is_main_process and Path(workflow.basedir) == BASE:
    check_results()


# Nothing that is loaded by now is garbage: without looking through it, Snakemake ends half a second sooner.
gc.freeze()


onstart:
    if workflow.touch:  # outdated results would count as those of this configuration
        n = len(list(workflow.dag.needrun_jobs()))
        sys.exit(
            f"error: --touch: {n} jobs have changed settings, code or inputs, expected none: run without --touch"
        )
    if workflow.local_exec:
        # To keep a limit of jobs per second, Snakemake starts one more timer after each job, and each looks for ready
        # jobs every second: by the end dozens, beside the timings. On a cluster, where the limit matters, it stays.
        workflow.scheduler.job_rate_limiter = None
    end_on_signals()


onsuccess:
    from retrial.page.verdicts import format_end_of_run  # imports pandas, which only the end of a run needs

    page = "preview.html" if "results/preview.html" in workflow.dag_settings.targets else "report.html"
    shown = relative(Path.cwd() / "results", BASE)
    checked = {path for job in workflow.dag.jobs for path in job.output}  # no other file is known to be of this run
    lines = [format_end_of_run(Path("results"), checked, page, shown), *forget_failed(SWEEPS, Path("results"))]
    if is_whole(workflow.dag_settings):
        keep(Path())
    else:
        lines.append("This was a part of the whole: make run makes the rest, and keeps it for make undo.")
    print(*filter(None, lines), sep="\n", file=sys.stderr)


onerror:
    print(describe_loss(Path()), file=sys.stderr)
