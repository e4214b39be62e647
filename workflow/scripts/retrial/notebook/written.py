"""Claims about statements of the notebook that were run, see retrial/notebook/statements.py."""

from typing import NamedTuple

from retrial.notebook.statements import WRITTEN


class Run(NamedTuple):
    """What came of a statement: `value` and its value, or the name of an error and its message."""

    outcome: str
    message: str

    @property
    def text(self) -> str:
        """For the column `measured`."""
        return self.message if self.outcome == "value" else ": ".join(filter(None, self))

    @property
    def is_true(self) -> bool:
        """Whether the statement has the value True."""
        return self == ("value", "True")


def run_of(results, name: str, reading: str = WRITTEN) -> Run:
    """What came of the statement with this name and reading, from notebook/as_written.csv."""
    table = results.csv("notebook/as_written.csv", keep_default_na=False)
    (row,) = table[(table["name"] == name) & (table["reading"] == reading)].itertuples()
    return Run(row.outcome, row.message)
