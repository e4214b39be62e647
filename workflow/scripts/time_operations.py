"""Check the implementations of every tensor operation against each other, then time them, and the machine's ceilings.

Each process times everything once, so that a machine whose speed changes changes no ratio and no share of a ceiling.
"""

import os
import tempfile
from itertools import chain

import pandas as pd

from retrial.files import write_csv, write_json
from retrial.job import start_log
from retrial.operations import table
from retrial.params import settings_of
from retrial.timing.checks import Check, check
from retrial.timing.machine import ceilings, describe
from retrial.timing.plan import Slice, Task, plan_ceilings, plan_operation
from retrial.timing.worker import take_slices


def check_and_plan(settings: dict) -> tuple[list[Check], list[Task]]:
    """Check the operations of config.yaml's `timing`, and those that broadcast; then plan what to time of each.

    Raises:
        InputError: an implementation is wrong.
    """
    timed = [name for name in table.TIMED if name in settings["operations"]]
    groups = [
        (name, table.OPERATIONS[name].implementations, table.OPERATIONS[name].sweep(**settings["sizes"]))
        for name in timed
    ]
    groups += [(name, table.REPETITION, [table.OPERATIONS[name].shapes]) for name in table.BROADCASTING]
    checks, tasks = [], []
    for name, implementations, shapes in groups:
        rows, call_s = check(name, implementations, table.make_inputs(table.OPERATIONS[name].shapes, settings["seed"]))
        checks += rows
        tasks += plan_operation(name, call_s, shapes, settings)
    return checks, tasks


def in_order(slices: list[Slice], tasks: list[Task]) -> list[Slice]:
    """The slices by operation, implementation and size, then in the order in which they were taken."""
    operations = list(dict.fromkeys(task.operation for task in tasks))
    implementations = list(dict.fromkeys(chain(table.COMMON, table.IMPLEMENTATIONS)))
    ordered = sorted(tasks, key=lambda t: (operations.index(t.operation), implementations.index(t.implementation)))
    places = {(t.operation, t.implementation, table.format_shapes(t.shapes)): place for place, t in enumerate(ordered)}
    return sorted(slices, key=lambda s: (places[s.operation, s.implementation, s.shape], s.process, s.slice))


if __name__ == "__main__":
    start_log(snakemake.log[0])
    settings, output, machine = settings_of(snakemake.params), snakemake.output, describe()
    with tempfile.TemporaryDirectory() as cache:
        os.environ["NUMBA_CACHE_DIR"] = cache
        checks, tasks = check_and_plan(settings)
        tasks += plan_ceilings(ceilings(machine["cache_bytes"]), settings)
        slices = take_slices(tasks, settings, cache)
    write_csv(output.slices, pd.DataFrame(in_order(slices, tasks)))
    write_csv(output.checks, pd.DataFrame([row for row in checks if row.implementation != "control"]))
    write_json(output.machine, machine)
