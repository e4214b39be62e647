"""The notebook's cells, every claim about them, and those statements of its cells that are run.

Each part of the notebook has a file beside this one. It goes through its cells in their order. After a cell come its
claims, and what its book says and what we add, because it belongs there. A claim is a function: its docstring is what
the claim says, its registration has the rule (see rules.py), its body measures.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from retrial.notebook.rules import Judgement, Rule
from retrial.results import Results
from retrial.statistics import holm

# The parts of the notebook, in its order: the modules beside this one, and their titles as chapters of claims.csv.
PARTS = {
    "data": "The data",
    "layers": "The layers",
    "compile": "The compilation",
    "fit": "The training",
    "predict": "The predictions",
    "loops": "Loops and NumPy",
    "broadcasting": "Broadcasting",
    "products": "Products and reshape",
    "chain_rule": "The chain rule",
}
# Who makes a claim, by its kind. The notebook's own claims are a sentence or comment, an output, or what its code
# relies on; they come first and are never counted with others. `added` is ours or the user's.
GROUPS = {"notebook": ("stated", "printed", "implied"), "book": ("book",), "added": ("added",)}
NOTEBOOK = GROUPS["notebook"]
KINDS = (*NOTEBOOK, "book", "added")
VERDICTS = ("confirmed", "refuted", "not reproduced", "inconclusive", "not applicable")


class Cell(NamedTuple):
    """A cell of the notebook, or several that belong together: what it does, a note, and its code in our words."""

    name: str
    does: str
    note: str = ""
    code: str = ""


class Part(NamedTuple):
    """A part of the notebook: the name of its module, its title, its cells."""

    name: str
    title: str
    cells: list[Cell]


class Outcome(NamedTuple):
    """What a claim's function found.

    measured: the measured value, as text.
    found: what the claim's rule judges.
    p_value: of the test, if there is one.
    needed: what it would take to tell, if the rule cannot.
    """

    measured: str
    found: Any
    p_value: float | None = None
    needed: str = ""


class NotTestable(Exception):
    """These results cannot test the claim: why not, and what was measured anyway, as text."""


@dataclass(frozen=True)
class Claim:
    """A claim: what it says and who says it, the cells that it belongs to, its rule, how it is measured.

    `explanation` says what is wrong with a claim of the notebook, and what was intended.
    """

    text: str
    kind: str
    cells: tuple[Cell, ...]
    rule: Rule
    measure: Callable[[Results], Outcome]
    explanation: str

    @property
    def id(self) -> str:
        """The name of its function; `range_` is `range`."""
        return self.measure.__name__.rstrip("_")

    @property
    def cell(self) -> str:
        """The names of its cells: `In [13], [14]`."""
        names = ", ".join(cell.name.removeprefix("In ") for cell in self.cells).split(", ")
        return f"In {', '.join(dict.fromkeys(names))}"

    @property
    def source(self) -> str:
        """Who makes the claim: `notebook: In [10]`, `book` or `added`."""
        return f"notebook: {self.cell}" if self.kind in NOTEBOOK else self.kind

    def judge(self, folder: Path) -> dict:
        """The claim's row of claims.csv for the results in a folder, with `p_adjusted` still missing."""
        results, p_value, judgement = Results(folder), None, Judgement(None)
        try:
            measured, found, p_value, needed = self.measure(results)
            judgement = self.rule.judge(found)
            verdict = self.rule.verdict(judgement.agrees)
            texts = measured, needed if verdict == "inconclusive" else ""
        except NotTestable as error:
            verdict, texts = "not applicable", error.args[::-1]  # what was measured, then the reason
        except FileNotFoundError:  # the rule `claims` has every file that this configuration makes
            missing = results.files_read.pop()
            verdict, texts = "not applicable", (f"results/{missing} is missing: this configuration does not make it",)
        return {
            "id": self.id,
            "claim": self.text,
            "source": self.source,
            "expected": self.rule.expected,
            "measured": "; ".join(filter(None, texts)),
            "verdict": verdict,
            "evidence": " ".join(f"results/{name}" for name in results.files_read),
            "kind": self.kind,
            "cell": self.cell,
            "decision": self.rule.decision,
            "p_value": math.nan if p_value is None else p_value,
            "p_adjusted": math.nan,
            "chapter": next(part.title for part in notebook_parts() if self.cells[0] in part.cells),
            "explanation": self.explanation,
            "flips_at": judgement.flips_at,
            "threshold": judgement.threshold,
        }


class Statement(NamedTuple):
    """Code of a cell that is run. `setup` runs first, then `code` and `check`; the value of the last line counts."""

    name: str
    reading: str
    cell: Cell
    code: str
    setup: str = ""
    check: str = ""

    def run(self, results: Results) -> "Run":
        """What came of it, from notebook/as_written.csv."""
        table = results.csv("notebook/as_written.csv").set_index(["name", "reading"])
        return Run(*table.loc[(self.name, self.reading), ["outcome", "message"]])


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


CLAIMS: dict[str, Claim] = {}
STATEMENTS: list[Statement] = []


def claim(kind: str, *cells: Cell, rule: Rule, text: str = "", explanation: str = ""):
    """Register the decorated function as the claim with its name, which says what its docstring says.

    Args:
        kind: one of KINDS.
        cells: that make the claim; for the book's and for ours, those that it belongs to.
        text: what it says, where that is put together.

    Raises:
        ValueError: another claim has this name, the kind is unknown, or there is no docstring or no cell.
    """

    def register(measure: Callable[[Results], Outcome]):
        new = Claim(text or " ".join((measure.__doc__ or "").split()), kind, cells, rule, measure, explanation)
        if new.id in CLAIMS:
            raise ValueError(f"two claims have the id {new.id}")
        if not new.text or kind not in KINDS or not cells:
            raise ValueError(
                f"claim {new.id}: needs a docstring, a cell and a kind, one of {', '.join(KINDS)}; found {kind}"
            )
        CLAIMS[new.id] = new
        return measure

    return register


def statement(name: str, cell: Cell, code: str, setup: str = "", check: str = "", reading="as written") -> Statement:
    """Register a statement of a cell. The `reading` is `as written`, `as meant` or `without the copy`."""
    STATEMENTS.append(Statement(name, reading, cell, code, setup, check))
    return STATEMENTS[-1]


def notebook_parts() -> list[Part]:
    """The parts of the notebook, in its order, with the cells that each is the first to name."""
    parts, known = [], set()
    for name, title in PARTS.items():
        values = vars(import_module(f"retrial.notebook.{name}")).values()
        cells = [value for value in values if isinstance(value, Cell) and value not in known]
        parts.append(Part(name, title, cells))
        known.update(cells)
    return parts


def all_claims() -> dict[str, Claim]:
    """The claims of all parts by id, in the order of the notebook."""
    cells = [cell for part in notebook_parts() for cell in part.cells]
    return dict(sorted(CLAIMS.items(), key=lambda item: cells.index(item[1].cells[0])))


def all_statements() -> list[Statement]:
    """The statements of all parts, in the order of the notebook."""
    cells = [cell for part in notebook_parts() for cell in part.cells]
    return sorted(STATEMENTS, key=lambda statement: cells.index(statement.cell))


def judge(folder: Path, ids: Iterable[str] | None = None) -> pd.DataFrame:
    """The rows of claims.csv for the results in a folder: all claims, or those with the given ids.

    A claim about a file that is not there is not applicable. `p_adjusted` is adjusted by Holm's method over all
    p-values of the table.
    """
    claims = all_claims()
    table = pd.DataFrame([claims[id].judge(folder) for id in ids or claims])
    tested = table["p_value"].notna()
    table.loc[tested, "p_adjusted"] = holm(table.loc[tested, "p_value"].to_numpy(np.float64))
    return table


def by_group(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The rows of claims.csv for each of GROUPS."""
    return {group: table[table["kind"].isin(kinds)] for group, kinds in GROUPS.items()}


def count_confirmed(rows: pd.DataFrame) -> str:
    """How many of these rows of claims.csv are confirmed: `3 of 5`; nothing if there are no rows."""
    return f"{(rows['verdict'] == 'confirmed').sum()} of {len(rows)}" if len(rows) else ""
