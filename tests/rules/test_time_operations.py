"""time_operations: all implementations, broadcasting and the ceilings, measured together, after they were checked."""

import hashlib
import subprocess
import sys

import pandas as pd
import pyperf
import pytest
import yaml
from conftest import ROOT, TINY, snakemake

from retrial.operations.table import BROADCASTING, IMPLEMENTATIONS, OPERATIONS, make_inputs
from retrial.timing.measurement import read_measurements

ONE_SIZE = {"min_steps": 2000, "max_steps": {"elements": 1, "multiply_adds": 1}}


BROADCASTING_FILES = [f"results/tensors/raw/{operation}.json" for operation in BROADCASTING]


def raw(operation):
    return [f"results/timings/raw/{operation}/{name}.json" for name in OPERATIONS[operation].implementations]


@pytest.mark.parametrize("operation", ["relu", "vector_dot", "matrix_vector_dot"])
def test_every_implementation_has_the_slices_of_six_processes_at_every_size(tiny_run, operation):
    for path in raw(operation):
        for m in read_measurements(str(tiny_run / path)):
            assert len(m.slices) == 6
            assert all((slices > 0).all() for slices in m.slices)
            assert (m.operation, path.endswith(f"/{m.implementation}.json")) == (operation, True)
            assert m.metadata["blas_threads"] == 1 or m.implementation == "numpy_all_threads"
            assert m.metadata["dtype"] == IMPLEMENTATIONS[m.implementation].dtype
            checked = m.shapes == OPERATIONS[operation].shapes
            assert ("max_abs_error" in m.metadata) == ("inputs_sha256" in m.metadata) == checked
            assert m.metadata.get("max_abs_error", 0) <= m.metadata.get("tolerance", 0)
    sizes = {path: len(read_measurements(str(tiny_run / path))) for path in raw(operation)}
    for name in ("numpy_float32", "naive_list_max"):
        assert sizes.pop(f"results/timings/raw/{operation}/{name}.json", 1) == 1, "at the notebook's shapes only"
    assert sizes[f"results/timings/raw/{operation}/numpy.json"] >= 3, "below, the notebook's, above"
    assert all(n >= 2 for n in sizes.values())
    log = (tiny_run / "logs/time_operations.log").read_text()
    assert f"checked: {operation} naive differs from numpy by " in log.partition("process 1 of 6")[0]


def test_metadata_record_versions_processor_and_load(tiny_run):
    metadata = read_measurements(str(tiny_run / raw("relu")[2]))[1].metadata
    assert {"cpu_model_name", "cpu_affinity", "python_version", "platform", "load_avg_1min", "blas"} <= metadata.keys()
    assert {"numba_version", "compile_s", "numpy_version", "start_busy_cores", "busy_cores"} <= metadata.keys()
    assert {"page_faults", "context_switches", "cpu_share", "cache_bytes"} <= metadata.keys()
    assert metadata["compile_s"] > 0
    digest = hashlib.sha256(make_inputs(OPERATIONS["relu"].shapes, 0)[0].tobytes()).hexdigest()
    measurements = [m for path in raw("relu") for m in read_measurements(str(tiny_run / path))]
    at_notebook = [m.metadata for m in measurements if m.shapes == OPERATIONS["relu"].shapes]
    assert {metadata["inputs_sha256"] for metadata in at_notebook} == {digest}


@pytest.fixture(scope="module")
def busy_run(tmp_path_factory):
    """The folder of a run of time_operations with other settings, while another program keeps a core busy."""
    folder = tmp_path_factory.mktemp("busy")
    # many calls, on a slow machine too
    settings = {"seed": 3, "blas_threads": 2, "slices": 2, "min_sample_s": 0.05, "max_wait_s": 1}
    config = {"timing": {"operations": ["relu"], "sizes": ONE_SIZE} | settings}
    tables = ["results/timings/timings.csv", "results/timings/unstable.csv"]
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        allowed = ["--allowed-rules", "time_operations", "aggregate_timings"]
        done = snakemake(folder, *allowed, "--", *tables, config=config)
    finally:
        busy.kill()
    assert done.returncode == 0, done.stdout
    return folder


def test_seed_slices_and_blas_threads_are_those_of_the_configuration(busy_run):
    (m,) = read_measurements(str(busy_run / "results/timings/raw/relu/numpy.json"))
    assert (
        m.metadata["inputs_sha256"]
        == hashlib.sha256(make_inputs(OPERATIONS["relu"].shapes, 3)[0].tobytes()).hexdigest()
    )
    assert [len(slices) for slices in m.slices] == [2] * 6
    if not m.metadata["blas"]:
        pytest.skip("threadpoolctl does not know this NumPy's matrix library")
    assert m.metadata["blas_threads"] == 2


def test_on_a_busy_machine_every_row_is_marked_as_not_stable(busy_run):
    assert "waiting: other programs keep" in (busy_run / "logs/time_operations.log").read_text()
    timings, unstable = (pd.read_csv(busy_run / f"results/timings/{table}.csv") for table in ("timings", "unstable"))
    assert set(timings["implementation"]) == set(OPERATIONS["relu"].implementations) - {"control"}
    assert not timings["stable"].any()
    assert unstable["reason"].str.startswith("load: ").any()


@pytest.mark.parametrize(
    ("operation", "implementation", "right", "wrong"),
    [
        ("matrix_vector_dot", "naive", "for i in range(x.shape[0])", "for i in range(x.shape[0] - 1)"),
        ("relu", "naive", "    x = x.copy()", "    return x"),
        ("relu", "naive_list", "x[i][j] = 0.0", "x[i][j] = 1.0"),
        ("matrix_dot", "naive_three_loops", "for k in range(x.shape[1])", "for k in range(x.shape[1] - 1)"),
        ("relu", "numpy", "np.maximum(x, 0.0)", "x"),
        ("relu", "numba", "numba.njit(_loops, cache=True)", "lambda *x: x[0]"),
    ],
)
def test_a_broken_implementation_fails_its_rule_before_anything_is_timed(
    project, tmp_path, operation, implementation, right, wrong
):
    module = project / f"workflow/scripts/retrial/operations/{implementation}.py"
    before, function, after = module.read_text().partition(
        "_NAMESPACE = " if implementation == "numba" else f"def {operation}("
    )
    assert right in after
    module.write_text(before + function + after.replace(right, wrong, 1))
    config = {"timing": {"operations": [operation]}}
    done = snakemake(tmp_path / "run", "--", *raw(operation), config=config, root=project)
    assert done.returncode == 1
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("error: ")]
    assert f"operations/{implementation}.py: {operation} differs from " in line
    assert "correct it before it is timed" in line
    assert "process 1 of 6" not in done.stdout
    assert not list((tmp_path / "run").glob("results/timings/raw/*/*"))


@pytest.mark.parametrize(("operation", "path"), list(zip(BROADCASTING, BROADCASTING_FILES, strict=True)))
def test_broadcasting_and_repetition_are_checked_against_each_other_and_timed(tiny_run, operation, path):
    measurements = read_measurements(str(tiny_run / path))
    assert [m.implementation for m in measurements] == ["numpy", "numpy_repetition"]
    for m, other in zip(measurements, reversed(measurements), strict=True):
        assert (m.operation, m.shapes) == (operation, OPERATIONS[operation].shapes)
        assert len(m.samples) == TINY["timing"]["processes"]
        assert (m.samples > 0).all()
        assert (m.metadata["checked_against"], m.metadata["max_abs_error"]) == (other.implementation, 0)


def test_pyperf_reads_the_raw_files(tiny_run):
    suite = pyperf.BenchmarkSuite.load(str(tiny_run / raw("relu")[0]))
    assert "relu naive (20,100)" in suite.get_benchmark_names()


def test_every_timing_rule_has_a_node_of_its_own_on_a_cluster():
    profile = yaml.safe_load((ROOT / "profiles/slurm/config.yaml").read_text())
    rules = {"time_operations", "time_replay", "time_training_step"}
    assert {
        rule for rule, resources in profile["set-resources"].items() if "--exclusive" in resources["slurm_extra"]
    } == rules
    text = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    assert text.count("threads: workflow.cores") == len(rules)
