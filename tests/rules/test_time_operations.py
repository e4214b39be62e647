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
from retrial.timing.plan import Task
from retrial.timing.worker import take_slices

SLICES, CHECKS = "results/timings/slices.csv", "results/timings/checks.csv"
CONFIGURED = ("relu", "vector_dot", "matrix_vector_dot")


def test_every_implementation_has_the_slices_of_six_processes_at_every_size(tiny_run):
    slices = pd.read_csv(tiny_run / SLICES)
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
                assert sizes[operation, name] >= {"numpy": 3, "control": 1}.get(name, 2)
    for operation in BROADCASTING:
        assert {sizes[operation, name] for name in REPETITION} == {1}
    machine = read_json(tiny_run / "results/timings/machine.json")
    of_ceilings = slices[slices["implementation"] == "ceiling"]
    expected = {(c.function, format_shapes(c.shapes)) for c in ceilings(machine["cache_bytes"])}
    assert set(zip(of_ceilings["operation"], of_ceilings["shape"], strict=True)) == expected


def test_every_implementation_is_checked_before_anything_is_timed(tiny_run):
    checks = pd.read_csv(tiny_run / CHECKS)
    columns = "operation,implementation,checked_against,max_abs_error,tolerance,compile_s,peak_bytes"
    assert ",".join(checks.columns) == columns
    cases = [(name, i) for name in CONFIGURED for i in OPERATIONS[name].implementations if i != "control"]
    cases += [(name, i) for name in BROADCASTING for i in REPETITION]
    assert list(zip(checks["operation"], checks["implementation"], strict=True)) == cases
    assert (checks["max_abs_error"] <= checks["tolerance"]).all()
    assert (checks["compile_s"].notna() == (checks["implementation"] == "numba")).all()
    log = (tiny_run / "logs/time_operations.log").read_text()
    assert "checked: relu naive differs from numpy by " in log.partition("process 1 of 6")[0]


SETTINGS = {"processes": 2, "seed": 3, "blas_threads": 2, "min_sample_s": 0.05, "max_busy_cores": 0.5, "max_wait_s": 1}


def test_slices_and_blas_threads_are_those_of_the_configuration(tmp_path):
    slices = take_slices([Task("relu", ((20, 100),), "numpy", slices=2)], SETTINGS, str(tmp_path))
    assert [(s.process, s.slice) for s in slices] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    if slices[0].blas_threads is None:
        pytest.skip("threadpoolctl does not know this NumPy's matrix library")
    assert {s.blas_threads for s in slices} == {2}


def test_a_busy_machine_is_waited_for_and_every_slice_says_how_busy_it_was(tmp_path, capfd):
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
        try:
            slices = take_slices([Task("relu", ((20, 100),), "numpy")], SETTINGS, str(tmp_path))
        finally:
            busy.kill()
    assert "waiting: other programs keep" in capfd.readouterr().out
    assert min(s.busy_cores for s in slices) > SETTINGS["max_busy_cores"]


def test_a_broken_implementation_fails_its_rule_before_anything_is_timed(project, tmp_path):
    module = project / "workflow/scripts/retrial/operations/naive.py"
    before, function, after = module.read_text().partition("def relu(")
    module.write_text(before + function + after.replace("    x = x.copy()", "    return x", 1))
    done = snakemake(tmp_path / "run", "--", SLICES, config={"timing": {"operations": ["relu"]}}, root=project)
    assert "operations/naive.py: relu differs from " in error_line(done)
    assert "process 1 of 6" not in done.stdout
    assert not (tmp_path / "run" / SLICES).exists()


def test_every_timing_rule_has_a_node_of_its_own_on_a_cluster():
    profile = yaml.safe_load((ROOT / "profiles/slurm/config.yaml").read_text())
    rules = {"time_operations", "time_replay", "time_training_step"}
    wanted = profile["set-resources"].items()
    assert {rule for rule, resources in wanted if "--exclusive" in resources.get("slurm_extra", "")} == rules
