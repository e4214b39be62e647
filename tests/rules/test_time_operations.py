"""time_naive, time_naive_list, time_naive_three_loops, time_numpy: pyperf's measurements, of checked code only."""

import hashlib

import pyperf
import pytest
import yaml
from conftest import ROOT, snakemake

from retrial.operations import IMPLEMENTATIONS, make_inputs

MATRIX_DOT = {"timing": {"operations": ["matrix_dot", "reshape"]}}


@pytest.mark.parametrize(
    ("rule", "operation"),
    [
        ("time_naive", "relu"),
        ("time_naive_list", "relu"),
        ("time_numpy", "relu"),
        ("time_naive_three_loops", "matrix_dot"),
        ("time_numpy", "reshape"),
    ],
)
def test_a_timing_rule_keeps_the_samples_of_every_process(run_rule, rule, operation):
    implementation = rule.removeprefix("time_")
    target = f"results/timings/raw/{operation}/{implementation}.json"
    folder = run_rule(rule, [], [target], config=None if operation == "relu" else MATRIX_DOT)
    benchmark = pyperf.Benchmark.load(str(folder / target))
    processes = [run.values for run in benchmark.get_runs() if run.values]
    slow = implementation == "naive_three_loops"
    assert [len(values) for values in processes] == [1 if slow else 2] * 5
    assert all(value > 0 for values in processes for value in values)
    metadata = benchmark.get_metadata()
    assert (metadata["operation"], metadata["implementation"], metadata["blas_threads"]) == (
        operation,
        implementation,
        1,
    )
    log = (folder / f"logs/{rule}/{operation}.log").read_text()
    assert log.startswith(f"checked: {operation} {implementation} differs by ")


def test_every_process_takes_the_inputs_of_the_configured_seed(run_rule):
    target = "results/timings/raw/relu/numpy.json"
    folder = run_rule("time_numpy", [], [target], config={"timing": {"seed": 3}})
    metadata = pyperf.Benchmark.load(str(folder / target)).get_metadata()
    assert metadata["checked_against"] == "naive"
    assert metadata["max_abs_error"] <= 1e-10
    assert metadata["inputs_sha256"] == hashlib.sha256(make_inputs("relu", 3)[0].tobytes()).hexdigest()


@pytest.mark.parametrize(
    ("rule", "operation", "right", "wrong"),
    [
        ("time_naive", "matrix_dot", "for j in range(y.shape[1])", "for j in range(y.shape[1] - 1)"),
        ("time_naive", "relu", "    x = x.copy()", "    return x"),
        ("time_naive_list", "relu", "x[i][j] = 0.0", "x[i][j] = 1.0"),
        ("time_numpy", "relu", "np.maximum(x, 0.0)", "x"),
    ],
)
def test_a_broken_implementation_fails_its_rule_before_it_is_timed(project, tmp_path, rule, operation, right, wrong):
    implementation = rule.removeprefix("time_")
    module = project / f"workflow/scripts/retrial/{implementation}_ops.py"
    before, function, after = module.read_text().partition(f"def {operation}(")
    assert right in after
    module.write_text(before + function + after.replace(right, wrong, 1))
    done = snakemake(tmp_path / "run", "--", f"results/timings/raw/{operation}/{implementation}.json", root=project)
    assert done.returncode == 1
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("error: ")]
    assert f"{implementation}_ops.py: {operation} differs from " in line
    assert "it is not timed" in line
    assert not list((tmp_path / "run").glob("results/timings/raw/*/*"))


def test_blas_threads_are_those_of_the_configuration(run_rule):
    target = "results/timings/raw/matrix_dot/numpy.json"
    folder = run_rule("time_numpy", [], [target], config={"timing": {"blas_threads": 2}})
    metadata = pyperf.Benchmark.load(str(folder / target)).get_metadata()
    if not metadata["blas"]:
        pytest.skip("threadpoolctl does not know this NumPy's matrix library")
    assert metadata["blas_threads"] == 2


def test_every_timing_rule_has_a_node_of_its_own_on_a_cluster():
    profile = yaml.safe_load((ROOT / "profiles/slurm/config.yaml").read_text())
    rules = {"show_tensors"} | {
        f"time_{implementation}" for implementations in IMPLEMENTATIONS.values() for implementation in implementations
    }
    assert {
        rule for rule, resources in profile["set-resources"].items() if "--exclusive" in resources["slurm_extra"]
    } == rules
    assert profile["set-threads"].keys() == rules
