"""Those faults of `make chaos` that need no run; each is survived. The others: test_faults.py and tests/unit/."""

from chaos.run import report
from chaos.without_runs import configurations


def test_mutated_configurations_are_accepted_or_refused_in_one_line(tmp_path):
    assert report("configurations", configurations(tmp_path, 300)) == []
