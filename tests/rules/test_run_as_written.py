"""run_as_written: statements of the notebook are run as they stand, and their errors are results."""

import numpy as np
import pandas as pd
import pytest
from run_as_written import run

from retrial.notebook.loops import IN_13
from retrial.notebook.registry import Statement, all_statements

WRITTEN, MEANT, NO_COPY = "as written", "as meant", "without the copy"
STATEMENTS = all_statements()
BY_NAME = {(statement.name, statement.reading): statement for statement in STATEMENTS}
FUNCTIONS = ("naive_relu", "naive_add", "naive_add_matrix_and_vector")


def statement(code: str, setup: str = "", check: str = "") -> Statement:
    return Statement("name", WRITTEN, IN_13, code, setup, check)


@pytest.mark.parametrize(
    ("code", "outcome", "message"),
    [
        ("1 + 1", "value", "2"),
        ("x = 2\nx * x", "value", "4"),
        ("x = 2", "value", ""),
        ("assert 1 == 2", "AssertionError", ""),
        ("x = {}\nx['a']", "KeyError", "'a'"),
        ("raise ValueError('first line\\nsecond line')", "ValueError", "first line"),
    ],
)
def test_the_result_is_the_value_of_the_last_line_or_the_error(code, outcome, message):
    assert run(statement(code), {}) == (outcome, message)


def test_the_check_follows_the_code_and_sees_what_it_printed():
    assert run(statement("y = x\nprint(y)", "x = [1]", "printed[-1] is x"), {}) == ("value", "True")


def test_statements_do_not_share_names():
    run(statement("x = 1"), {})
    assert run(statement("x"), {})[0] == "NameError"


def test_an_error_in_the_setup_is_not_taken_for_the_notebooks():
    with pytest.raises(NameError):
        run(statement("1", "undefined"), {})


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_copy_makes_the_difference(name):
    outcomes = [run(BY_NAME[f"copy in {name}", reading], {"np": np}) for reading in (WRITTEN, NO_COPY)]
    assert outcomes == [("value", "True"), ("value", "False")]


def test_what_the_notebook_gives_in_the_locked_environment(tiny_run):
    table = pd.read_csv(tiny_run / "results/notebook/as_written.csv", keep_default_na=False)
    names = [(s.name, s.reading, s.cell.name) for s in STATEMENTS]
    assert [tuple(row[:3]) for row in table.itertuples(index=False)] == names
    outcomes = table.set_index(["name", "reading"])[["outcome", "message"]].apply(tuple, axis=1)
    assert outcomes["add the vector", WRITTEN] == ("AssertionError", "")
    assert outcomes["compil", WRITTEN] == ("AttributeError", "'Sequential' object has no attribute 'compil'")
    assert outcomes["metric class", WRITTEN] == outcomes["compil", MEANT]
    assert outcomes["products", WRITTEN] == ("value", "True")
    for name in ("chain rule of two", "chain rule of four"):
        assert outcomes[name, WRITTEN] == ("value", "False")
    for name in ("chain rule of two", "chain rule of four", "probability", "print r", "add the vector"):
        assert outcomes[name, MEANT] == ("value", "True")
