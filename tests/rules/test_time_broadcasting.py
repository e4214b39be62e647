"""time_broadcasting: operations that broadcast, timed with the same operations with explicit repetition."""

import pytest
from conftest import TINY

from retrial.operations.table import BROADCASTING, OPERATIONS
from retrial.timing.measurement import read_measurements

TARGETS = [f"results/tensors/raw/{operation}.json" for operation in BROADCASTING]


def test_both_methods_are_timed_in_every_process(run_rule):
    folder = run_rule("time_broadcasting", [], TARGETS)
    for operation, target in zip(BROADCASTING, TARGETS, strict=True):
        measurements = read_measurements(str(folder / target))
        assert [m.implementation for m in measurements] == ["numpy", "numpy_repetition"]
        for m in measurements:
            assert (m.operation, m.shapes) == (operation, OPERATIONS[operation].shapes)
            assert len(m.samples) == TINY["timing"]["processes"]
            assert all((samples > 0).all() for samples in m.samples)


@pytest.mark.parametrize("target", TARGETS)
def test_both_methods_were_checked_against_each_other(tiny_run, target):
    broadcasting, repetition = read_measurements(str(tiny_run / target))
    assert broadcasting.metadata["checked_against"] == "numpy_repetition"
    assert repetition.metadata["checked_against"] == "numpy"
    assert broadcasting.metadata["max_abs_error"] == repetition.metadata["max_abs_error"] == 0
