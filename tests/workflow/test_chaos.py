"""The short form of `make chaos`: faults of each kind are survived within their bounds, and nothing good is lost."""

import pytest
from chaos.run import KINDS, collect, table

# For each kind the fewest faults of its short form. Kills: tests/unit/test_processes.py, tests/workflow/test_faults.py.
LEAST = {"downloads": 50, "configs": 300, "inputs": 250, "surroundings": 2, "mistakes": 2, "kills": 0}


def test_every_kind_is_tried():
    assert LEAST.keys() == set(KINDS)


@pytest.mark.parametrize("kind", LEAST)
def test_faults_are_survived(tiny_run, kind, capsys):
    faults = collect([kind], True, tiny_run)
    assert not any(fault.problem for fault in faults), capsys.readouterr().out
    assert len(faults) >= LEAST[kind]
    assert not any(fault.lost for fault in faults)


def test_the_table_counts_what_was_tried_survived_and_lost():
    from chaos.fault import Fault

    faults = [Fault("kill", "1", 2.0, 10, None), Fault("kill", "2", 12.0, 10, "too long", lost=True)]
    assert table(faults).splitlines()[1].split() == ["kill", "2", "1", "1", "12.0", "s", "10", "s"]
