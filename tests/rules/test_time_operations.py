"""time_naive, time_naive_list, time_naive_three_loops, time_numpy: pyperf's measurements, of checked code only."""

import pyperf
import pytest

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
    assert [len(values) for values in processes] == [1 if slow else 2] * 2
    assert all(value > 0 for values in processes for value in values)
    metadata = benchmark.get_metadata()
    assert (metadata["operation"], metadata["implementation"], metadata["blas_threads"]) == (
        operation,
        implementation,
        1,
    )
    log = (folder / f"logs/{rule}/{operation}.log").read_text()
    assert log.startswith("checked: differs by ")


def test_blas_threads_are_those_of_the_configuration(run_rule):
    target = "results/timings/raw/matrix_dot/numpy.json"
    folder = run_rule("time_numpy", [], [target], config={"timing": {"blas_threads": 2}})
    metadata = pyperf.Benchmark.load(str(folder / target)).get_metadata()
    assert metadata["blas_threads"] == 2
    assert "openblas" in metadata["blas"]
