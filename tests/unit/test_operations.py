"""Every implementation computes its operation, and a wrong one is found before it is timed."""

import random

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController

from retrial.errors import InputError
from retrial.operations import naive, naive_three_loops
from retrial.operations import numpy as numpy_operations
from retrial.operations.table import (
    BLOCK,
    BROADCASTING,
    IMPLEMENTATIONS,
    OPERATIONS,
    REPETITION,
    TIMED,
    describe_shapes,
    format_shapes,
    load,
    make_inputs,
    parse_shapes,
)
from retrial.timing import checks, plan, worker
from retrial.timing.plan import Task, plan_operation

CASES = [(name, implementation) for name in TIMED for implementation in OPERATIONS[name].implementations]

# Computed in other ways, so that no implementation is compared with itself.
EXPECTED = {
    "add": lambda x, y: np.add(x, y),
    "relu": lambda x: np.where(x > 0, x, 0),
    "add_relu": lambda x, y: np.clip(np.add(x, y), 0, None),
    "add_matrix_vector": lambda x, y: np.add(x, np.tile(y, (len(x), 1))),
    "vector_dot": lambda x, y: np.einsum("i,i", x, y),
    "matrix_vector_dot": lambda x, y: np.einsum("ij,j->i", x, y),
    "matrix_dot": lambda x, y: np.einsum("ik,kj->ij", x, y),
    "reshape": lambda x: np.array([list(x.flat)]),
    "transpose": lambda x: np.array([[x[i, j] for i in range(x.shape[0])] for j in range(x.shape[1])]),
}


@pytest.mark.parametrize(("operation", "implementation"), CASES)
def test_every_implementation_computes_its_operation_on_the_notebooks_shape(operation, implementation):
    arrays, row = make_inputs(OPERATIONS[operation].shapes, seed=1), IMPLEMENTATIONS[implementation]
    function, inputs = load(operation, implementation, arrays)
    result, expected = np.asarray(function(*inputs)), EXPECTED[operation](*arrays)
    assert result.shape == expected.shape
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-4 if row.dtype == "float32" else 1e-12)


def test_inputs_are_signed_and_follow_from_the_seed():
    shapes = OPERATIONS["relu"].shapes
    (x,) = make_inputs(shapes, seed=0)
    assert x.dtype == np.float64
    assert 0.4 < (x < 0).mean() < 0.6
    np.testing.assert_array_equal(x, make_inputs(shapes, seed=0)[0])
    assert not np.array_equal(x, make_inputs(shapes, seed=1)[0])


def test_inputs_differ_from_each_other_and_a_changed_one_leaves_the_next_as_it_was():
    (large,) = make_inputs(((BLOCK, 2),), seed=0)
    x, y = make_inputs(((3, 5), (3, 5)), seed=0)
    assert not np.isin(x, y).any()
    np.testing.assert_array_equal(x.ravel(), large.ravel()[:15])
    x[:] = np.inf
    assert np.isfinite(make_inputs(((3, 5),), seed=0)[0]).all()


@pytest.mark.parametrize(
    ("operation", "text", "words"),
    [
        ("relu", "(20,100)", "an array of 20 × 100"),
        ("add", "(20,100) (20,100)", "two arrays of 20 × 100"),
        ("add_matrix_vector", "(300,200) (200,)", "arrays of 300 × 200 and 200"),
    ],
)
def test_shapes_are_written_without_spaces_and_read_back_and_put_in_words(operation, text, words):
    assert format_shapes(OPERATIONS[operation].shapes) == text
    assert parse_shapes(text) == OPERATIONS[operation].shapes
    assert describe_shapes(text) == words


def in_place(x):
    x[:] = np.maximum(x, 0)
    return x


INDEPENDENT = ("naive", "naive_list", "numpy")


@pytest.mark.parametrize(
    ("operation", "module", "wrong", "message"),
    [
        ("relu", naive, lambda x: x, "naive.py: relu differs from numpy by up to"),
        ("relu", naive, in_place, "naive.py: relu changes its inputs"),
        ("relu", numpy_operations, lambda x: x, "operations/numpy.py: relu differs from naive by up to"),
        ("relu", naive, lambda x: np.full_like(x, np.nan), "relu differs from numpy by up to nan"),
        ("transpose", numpy_operations, lambda x: x, r"numpy.py: .* returns shape \(300, 20\), expected \(20, 300\)"),
        ("matrix_dot", naive, lambda x, y: (x @ y)[:-1], r"shape \(299, 200\), expected \(300, 200\) as numpy returns"),
    ],
)
def test_a_wrong_implementation_is_refused_with_the_difference(monkeypatch, operation, module, wrong, message):
    monkeypatch.setattr(module, operation, wrong)
    with pytest.raises(InputError, match=message):
        checks.check(operation, INDEPENDENT, make_inputs(OPERATIONS[operation].shapes, 0))


def test_two_implementations_with_the_same_error_are_refused_too(monkeypatch):
    for module in (naive, naive_three_loops):
        monkeypatch.setattr(module, "matrix_dot", lambda x, y: x @ y + 1)
    arrays = make_inputs(OPERATIONS["matrix_dot"].shapes, 0)
    with pytest.raises(InputError, match="implementations disagree, naive, numpy, naive_three_loops differ"):
        checks.check("matrix_dot", (*INDEPENDENT, "naive_three_loops"), arrays)


@pytest.mark.parametrize("operation", TIMED)
def test_a_sweep_grows_from_below_the_notebooks_shape_to_the_largest_size(operation):
    limits = {"elements": 2**24, "multiply_adds": 2**33}
    row = OPERATIONS[operation]
    shapes = row.sweep(factor=8, min_steps=10, max_steps=limits)
    steps = [row.work(s).steps for s in shapes]
    assert row.shapes in shapes
    assert steps == sorted(set(steps))
    assert len(shapes) >= 6, "a cost model needs six sizes"
    assert steps[0] < 100
    largest = limits["multiply_adds" if operation == "matrix_dot" else "elements"]
    assert largest <= steps[-1] <= 1.01 * largest
    assert np.diff(np.log(steps)).max() < np.log(8 * 1.3), "sizes are rounded up to whole numbers"
    for s in shapes[:2]:
        getattr(numpy_operations, operation)(*make_inputs(s, 0))


@pytest.mark.parametrize(
    ("operation", "step", "steps", "n_bytes", "flop"),
    [
        ("add_relu", "element", 2000, 3 * 8 * 2000, 4000),
        ("add_matrix_vector", "element", 60000, 8 * (2 * 60000 + 200), 60000),
        ("matrix_dot", "multiply-add", 6000000, 8 * (30000 + 20000 + 60000), 12000000),
        ("reshape", "element", 6, 8 * 12, 0),
    ],
)
def test_the_work_of_an_operation_is_what_it_reads_writes_and_computes(operation, step, steps, n_bytes, flop):
    assert OPERATIONS[operation].work()[:3] == (steps, n_bytes, flop)
    assert OPERATIONS[operation].step == step


def test_numba_compiles_the_very_same_loops_without_fastmath_or_parallel():
    from retrial.operations import numba as numba_operations

    for operation in TIMED:
        compiled = getattr(numba_operations, operation)
        assert compiled.py_func.__code__ is getattr(naive, operation).__code__
        assert not compiled.targetoptions.get("fastmath")
        assert not compiled.targetoptions.get("parallel")


def test_fast_calls_are_repeated_until_a_sample_is_long_enough_and_slow_ones_are_not():
    loops, slices = worker.calibrate(lambda n: n * 1e-6, 5, 0.02)
    assert slices == 5
    assert loops * slices * 1e-6 == pytest.approx(0.02)
    assert worker.calibrate(lambda n: n * 0.03, 5, 0.02) == (1, 1)


def test_an_interruption_changes_no_number_of_loops():
    readings = iter([1e-6, 3e-3, 1e-6, 1e-6])  # of one call of a microsecond, the second interrupted
    assert worker.calibrate(lambda n: next(readings) if n == 1 else 4e-6, 5, 0.02)[0] == 4000


def test_a_call_that_does_not_count_is_made_before_each_slice():
    calls = []

    def timeit(n):
        calls.append(n)
        return n * 1e-6

    task = Task("relu", ((20, 100),), "numpy", loops=7)
    slices = [worker.take_slice(worker.Timer(t, timeit), 0) for t in (task, task._replace(warm=False))]
    assert calls == [1, 7, 7]
    assert [s.seconds for s in slices] == pytest.approx([1e-6, 1e-6])


def test_slices_are_taken_in_turns_in_a_random_order_until_each_task_has_its_own():
    tasks = [Task("relu", ((20, 100),), name, 1, slices) for name, slices in (("naive", 1), ("numba", 9), ("numpy", 9))]
    timers = [worker.Timer(task, lambda n: 1e-6) for task in tasks]
    slices = worker.take_turns(timers, ThreadpoolController(), random.Random(0))
    names = [s.implementation for s in slices]
    assert [names.count(task.implementation) for task in tasks] == [1, 9, 9]
    rounds = {tuple(names[i : i + 2]) for i in range(3, 19, 2)}
    assert rounds == {("numba", "numpy"), ("numpy", "numba")}
    assert [s.slice for s in slices if s.implementation == "numpy"] == list(range(9))


def test_above_the_notebooks_shape_slow_implementations_are_skipped_except_numpy():
    shapes = OPERATIONS["relu"].sweep(16, 100, max_steps={"elements": 500000, "multiply_adds": 1})
    settings = {"seed": 0, "max_call_s": 0.002, "min_sample_s": 0.05, "slices": 5, "processes": 6}
    tasks = plan_operation("relu", {"naive": 1e-3, "numpy": 1.0}, shapes, settings)
    sizes = {name: [shapes.index(t.shapes) for t in tasks if t.implementation == name] for name in ("naive", "numpy")}
    assert sizes == {"naive": [0, 1], "numpy": [0, 1, 2, 3]}


def test_a_slow_call_is_a_slice_by_itself_and_the_loops_of_others_are_found_later():
    relu = OPERATIONS["relu"].shapes
    settings = {"seed": 0, "max_call_s": 0.1, "min_sample_s": 0.05, "slices": 5, "processes": 6}
    tasks = plan_operation("relu", {"naive": 0.06, "naive_list": 0.04, "numpy": 0.06}, [relu], settings)
    assert [(task.loops, task.slices, task.warm) for task in tasks] == [(1, 1, False), (None, 5, True), (None, 5, True)]


@pytest.mark.parametrize(
    ("processes", "naive_s", "expected"),
    [(18, 0.049, [1, 1, 1]), (18, 0.051, [3, 1, 1]), (11, 0.051, [1, 1, 1]), (13, 0.051, [2, 1, 1])],
)
def test_long_calls_are_timed_in_fewer_processes_but_in_six_or_more(processes, naive_s, expected):
    relu = OPERATIONS["relu"].shapes
    settings = {"seed": 0, "max_call_s": 0.1, "min_sample_s": 0.05, "slices": 5, "processes": processes}
    tasks = plan_operation("relu", {"naive": naive_s, "naive_list": 0.01, "numpy": 1e-6}, [relu], settings)
    assert [task.every for task in tasks] == expected


def test_at_a_size_above_the_notebooks_a_long_call_takes_all_others_with_it(monkeypatch):
    monkeypatch.setattr(plan, "time_one_call", lambda operation, name, arrays: {"naive": 0.06}.get(name, 1e-3))
    settings = {"seed": 0, "max_call_s": 0.1, "min_sample_s": 0.005, "slices": 5, "processes": 18}
    shapes = [OPERATIONS["relu"].shapes, ((40, 100),)]
    tasks = plan_operation("relu", {"naive": 0.03, "numpy": 1e-6}, shapes, settings)
    assert [(t.implementation, t.every) for t in tasks] == [("naive", 1), ("numpy", 1), ("naive", 3), ("numpy", 3)]


def test_a_large_size_is_timed_in_fewer_processes_because_its_inputs_take_long_to_make(monkeypatch):
    monkeypatch.setattr(plan, "time_one_call", lambda operation, name, arrays: 1e-3)
    settings = {"seed": 0, "max_call_s": 0.1, "min_sample_s": 0.005, "slices": 5, "processes": 18}
    shapes = [OPERATIONS["relu"].shapes, ((2048, 4095),), ((2048, 4096),)]
    tasks = plan_operation("relu", {"numpy": 1e-6}, shapes, settings)
    assert [task.every for task in tasks] == [1, 1, 3]


def test_a_process_times_the_tasks_that_are_due(monkeypatch):
    rounds = []

    def run_worker(tasks, settings, cache, load, process):
        rounds.append([(task.implementation, task.loops) for task in tasks])
        return [task._replace(loops=7) for task in tasks], []

    monkeypatch.setattr(worker, "run_worker", run_worker)
    relu = OPERATIONS["relu"].shapes
    tasks = [Task("relu", relu, "numpy"), Task("relu", relu, "naive", every=2)]
    worker.take_slices(tasks, {"processes": 3, "max_busy_cores": 99, "max_wait_s": 0}, "")
    assert rounds == [[("numpy", None), ("naive", None)], [("numpy", 7)], [("numpy", 7), ("naive", 7)]]


@pytest.mark.parametrize("operation", [name for name in TIMED if OPERATIONS[name].parts])
def test_the_two_parts_of_a_control_do_the_work_of_the_loops(operation, monkeypatch):
    elements = []
    arrays = [np.ones(shape) for shape in OPERATIONS[operation].shapes]
    for name in ("add", "relu", "vector_dot"):
        original = getattr(naive, name)
        monkeypatch.setattr(naive, name, lambda x, *y, f=original: elements.append(x.size) or f(x, *y))
    getattr(naive, operation)(*arrays)
    whole, elements[:] = sum(elements), []
    for part in ("control_part", "control_rest"):
        load(operation, part, arrays)[0](*arrays)
    assert sum(elements) == whole


@pytest.mark.parametrize("operation", BROADCASTING)
def test_repetition_takes_more_memory_and_agrees_with_plain_indexing(operation):
    x, y = make_inputs(OPERATIONS[operation].shapes, seed=1)
    combine = np.maximum if operation == "maximum" else np.add
    expected = np.empty_like(x)
    for index in np.ndindex(*x.shape):
        expected[index] = combine(x[index], y[index[-y.ndim :]])
    for name in REPETITION:
        np.testing.assert_array_equal(load(operation, name, [x, y])[0](x, y), expected)
    (own, repeated), _ = checks.check(operation, REPETITION, [x, y])
    assert (own.max_abs_error, repeated.max_abs_error) == (0, 0)
    assert repeated.peak_bytes > own.peak_bytes + 0.8 * x.nbytes
