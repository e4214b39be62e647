"""time_operations: all implementations, broadcasting and the ceilings, measured together, after they were checked."""

import subprocess
import sys

import pandas as pd
import pytest
import yaml
from conftest import ROOT, error_line, snakemake

from retrial.files import read_json
from retrial.operations.table import BROADCASTING, IMPLEMENTATIONS, OPERATIONS, REPETITION, format_shapes
from retrial.timing.machine import ceilings

SLICES, CHECKS = "results/timings/slices.csv", "results/timings/checks.csv"
ONE_SIZE = {"min_steps": 2000, "max_steps": {"elements": 1, "multiply_adds": 1}}
CONFIGURED = ("relu", "vector_dot", "matrix_vector_dot")


def test_every_implementation_has_the_slices_of_six_processes_at_every_size(tiny_run):
    slices = pd.read_csv(tiny_run / SLICES)
    assert ",".join(slices.columns) == (
        "operation,shape,implementation,process,slice,seconds,cpu_share,page_faults,context_switches,loops,busy_cores,"
        "blas_threads"
    )
    assert (slices["seconds"] > 0).all()
    assert (slices.groupby(["operation", "implementation", "shape"])["process"].nunique() == 6).all()
    assert slices.duplicated(["operation", "implementation", "shape", "process", "slice"]).sum() == 0
    single = slices[slices["implementation"] != "numpy_all_threads"]
    assert (single["blas_threads"] == 1).all()
    sizes = slices.groupby(["operation", "implementation"])["shape"].nunique()
    for operation in CONFIGURED:
        for name in OPERATIONS[operation].implementations:
            if IMPLEMENTATIONS[name].notebook_shapes_only:
                assert sizes[operation, name] == 1
            else:
                assert sizes[operation, name] >= (3 if name == "numpy" else 2)
    for operation in BROADCASTING:
        assert {sizes[operation, name] for name in REPETITION} == {1}
    machine = read_json(tiny_run / "results/timings/machine.json")
    of_ceilings = slices[slices["implementation"] == "ceiling"]
    expected = {(c.function, format_shapes(c.shapes)) for c in ceilings(machine["cache_bytes"])}
    assert set(zip(of_ceilings["operation"], of_ceilings["shape"], strict=True)) == expected


def test_every_implementation_is_checked_before_anything_is_timed(tiny_run):
    checks = pd.read_csv(tiny_run / CHECKS)
    assert ",".join(checks.columns) == (
        "operation,implementation,checked_against,max_abs_error,tolerance,compile_s,peak_bytes"
    )
    cases = [(name, i) for name in CONFIGURED for i in OPERATIONS[name].implementations if i != "control"]
    cases += [(name, i) for name in BROADCASTING for i in REPETITION]
    assert list(zip(checks["operation"], checks["implementation"], strict=True)) == cases
    assert (checks["max_abs_error"] <= checks["tolerance"]).all()
    assert (checks["compile_s"].notna() == (checks["implementation"] == "numba")).all()
    log = (tiny_run / "logs/time_operations.log").read_text()
    assert "checked: relu naive differs from numpy by " in log.partition("process 1 of 6")[0]


@pytest.fixture(scope="module")
def busy_run(tmp_path_factory):
    """The folder of a run of time_operations with other settings, while another program keeps a core busy."""
    folder = tmp_path_factory.mktemp("busy")
    # many calls, on a slow machine too
    settings = {"seed": 3, "blas_threads": 2, "slices": 2, "min_sample_s": 0.05, "max_wait_s": 1}
    config = {"timing": {"operations": ["relu"], "sizes": ONE_SIZE} | settings}
    tables = [SLICES, "results/timings/timings.csv", "results/timings/unstable.csv"]
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        allowed = ["--allowed-rules", "time_operations", "aggregate_timings"]
        done = snakemake(folder, *allowed, "--", *tables, config=config)
    finally:
        busy.kill()
    assert done.returncode == 0, done.stdout
    return folder


def test_slices_and_blas_threads_are_those_of_the_configuration(busy_run):
    slices = pd.read_csv(busy_run / SLICES).query("operation == 'relu' and implementation == 'numpy'")
    assert slices.groupby("process")["slice"].count().tolist() == [2] * 6
    if not read_json(busy_run / "results/timings/machine.json")["blas"]:
        pytest.skip("threadpoolctl does not know this NumPy's matrix library")
    assert (slices["blas_threads"] == 2).all()


def test_on_a_busy_machine_every_row_is_marked_as_not_stable(busy_run):
    assert "waiting: other programs keep" in (busy_run / "logs/time_operations.log").read_text()
    timings, unstable = (pd.read_csv(busy_run / f"results/timings/{table}.csv") for table in ("timings", "unstable"))
    assert set(timings["implementation"]) == set(OPERATIONS["relu"].implementations) - {"control"}
    assert not timings["stable"].any()
    assert unstable["reason"].str.startswith("load: ").any()


@pytest.mark.parametrize(
    ("implementation", "right", "wrong"),
    [("naive", "    x = x.copy()", "    return x"), ("numba", "numba.njit(_loops, cache=True)", "lambda *x: x[0]")],
)
def test_a_broken_implementation_fails_its_rule_before_anything_is_timed(
    project, tmp_path, implementation, right, wrong
):
    module = project / f"workflow/scripts/retrial/operations/{implementation}.py"
    before, function, after = module.read_text().partition(
        "_NAMESPACE = " if implementation == "numba" else "def relu("
    )
    assert right in after
    module.write_text(before + function + after.replace(right, wrong, 1))
    done = snakemake(tmp_path / "run", "--", SLICES, config={"timing": {"operations": ["relu"]}}, root=project)
    line = error_line(done)
    assert f"operations/{implementation}.py: relu differs from " in line
    assert "correct it before it is timed" in line
    assert "process 1 of 6" not in done.stdout
    assert not (tmp_path / "run" / SLICES).exists()


def test_every_timing_rule_has_a_node_of_its_own_on_a_cluster():
    profile = yaml.safe_load((ROOT / "profiles/slurm/config.yaml").read_text())
    rules = {"time_operations", "time_replay", "time_training_step"}
    assert {
        rule for rule, resources in profile["set-resources"].items() if "--exclusive" in resources["slurm_extra"]
    } == rules
    text = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    assert text.count("threads: workflow.cores") == len(rules)
