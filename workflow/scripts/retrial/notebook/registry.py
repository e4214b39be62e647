"""The registry of claims: each claim is a small function with its registration.

All that decides about a claim is fixed in code before the run: its kind and cell, what would confirm it, and the rule
of decision. The function takes the results and returns an Outcome. The evidence is the files that it reads. A claim
that these results cannot test at all raises NotTestable.
"""

import math
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from retrial.results import Results
from retrial.statistics import holm

# The modules of claims with the titles of their chapters; importing one registers its claims.
CHAPTERS = {
    "retrial.notebook.data": "The data",
    "retrial.notebook.network": "The network",
    "retrial.notebook.compilation": "The compilation",
    "retrial.notebook.training": "The training",
    "retrial.notebook.predictions": "The predictions",
    "retrial.notebook.accuracy": "The accuracy",
    "retrial.notebook.operations": "Loops and NumPy",
    "retrial.notebook.tensors": "Broadcasting and reshape",
    "retrial.notebook.gradients": "The chain rule",
    "retrial.notebook.from_scratch": "From scratch",
}
# The notebook's own claims are a sentence or comment, an output, or what its code relies on. `book` is the book that it
# follows, `added` is ours or the user's.
NOTEBOOK = ("stated", "printed", "implied")
KINDS = (*NOTEBOOK, "book", "added")
VERDICTS = ("confirmed", "refuted", "inconclusive", "not applicable")
# Who makes a claim, by its kind. The notebook's own claims come first and are never counted with others.
GROUPS = {"notebook": NOTEBOOK, "book": ("book",), "added": ("added",)}


class Outcome(NamedTuple):
    """What a claim's test found.

    measured: the measured value, as text.
    holds: True, False, or None if the evidence cannot tell.
    p_value: of the test, if there is one, for the hypothesis that the claim is false.
    needed: if `holds` is None, what it would take to tell.
    """

    measured: str
    holds: bool | None
    p_value: float | None = None
    needed: str = ""


class NotTestable(Exception):
    """These results cannot test the claim.

    Attributes:
        reason: why not.
        measured: what was measured nevertheless, as text.
    """

    def __init__(self, reason: str, measured: str = ""):
        super().__init__(reason)
        self.reason, self.measured = reason, measured


@dataclass(frozen=True)
class Claim:
    """A claim; its kind and the cell of the notebook; what confirms it; the rule of decision; the test."""

    id: str
    text: str
    kind: str
    cell: str
    expected: str
    decision: str
    test: Callable[[Results], Outcome]

    @property
    def source(self) -> str:
        """Who makes the claim: `notebook: In [10]`, `book` or `added`."""
        return f"notebook: {self.cell}" if self.kind in NOTEBOOK else self.kind

    def judge(self, folder: Path, not_made: Collection[str] = ()) -> dict:
        """The claim's row of claims.csv for the results in a folder, with `p_adjusted` still missing.

        The files `not_made` are those that the configuration does not make; a claim about them cannot be tested.
        """
        results, p_value = Results(folder), None
        try:
            outcome = self.test(results)
            p_value = outcome.p_value
            verdict = "inconclusive" if outcome.holds is None else "confirmed" if outcome.holds else "refuted"
            texts = outcome.measured, outcome.needed if outcome.holds is None else ""
        except NotTestable as error:
            verdict, texts = "not applicable", (error.measured, error.reason)
        except FileNotFoundError:
            if (missing := results.files_read.pop()) not in not_made:
                raise
            verdict, texts = "not applicable", (f"needs results/{missing}, and with it TensorFlow",)
        return {
            "id": self.id,
            "claim": self.text,
            "source": self.source,
            "expected": self.expected,
            "measured": "; ".join(filter(None, texts)),
            "verdict": verdict,
            "evidence": " ".join(f"results/{name}" for name in results.files_read),
            "kind": self.kind,
            "cell": self.cell,
            "decision": self.decision,
            "p_value": math.nan if p_value is None else p_value,
            "p_adjusted": math.nan,
            "chapter": CHAPTERS.get(self.test.__module__, ""),
        }


CLAIMS: dict[str, Claim] = {}


def claim(id: str, text: str, *, kind: str, expected: str, decision: str, cell: str = ""):
    """Register the decorated function as the test of a claim.

    Args:
        kind: one of KINDS.
        cell: of the notebook, for its own claims: `In [6]`.
        expected: the measurement that would confirm the claim.
        decision: the rule: confirmed if …; refuted if …; otherwise inconclusive.

    Raises:
        ValueError: another claim has this id, the kind is unknown, or the cell does not suit the kind.
    """
    if kind not in KINDS:
        raise ValueError(f"claim {id}: unknown kind (found {kind}, expected one of {', '.join(KINDS)})")
    if bool(cell) != (kind in NOTEBOOK):
        raise ValueError(f"claim {id}: claims of the notebook have a cell, others have none (found {kind}, {cell!r})")

    def register(test: Callable[[Results], Outcome]):
        if id in CLAIMS:
            raise ValueError(f"two claims have the id {id}")
        CLAIMS[id] = Claim(id, text, kind, cell, expected, decision, test)
        return test

    return register


def all_claims() -> dict[str, Claim]:
    """The claims of all chapters by id, in the order of the notebook."""
    for chapter in CHAPTERS:
        import_module(chapter)
    return CLAIMS


def judge(folder: Path, ids: Iterable[str] | None = None, not_made: Collection[str] = ()) -> pd.DataFrame:
    """The rows of claims.csv for the results in a folder: all claims, or those with the given ids.

    Claims about the files `not_made` are not applicable. `p_adjusted` is adjusted by Holm's method over all p-values of
    the table.

    Raises:
        FileNotFoundError: a file is missing in the folder.
    """
    claims = all_claims()
    table = pd.DataFrame([claims[id].judge(folder, not_made) for id in ids or claims])
    tested = table["p_value"].notna()
    table.loc[tested, "p_adjusted"] = holm(table.loc[tested, "p_value"].to_numpy(np.float64))
    return table


def by_group(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The rows of claims.csv for each of GROUPS."""
    return {group: table[table["kind"].isin(kinds)] for group, kinds in GROUPS.items()}


def count_confirmed(rows: pd.DataFrame) -> str:
    """How many of these rows of claims.csv are confirmed: `3 of 5`; nothing if there are no rows."""
    return f"{(rows['verdict'] == 'confirmed').sum()} of {len(rows)}" if len(rows) else ""


def require_mnist(results: Results, measured: str) -> None:
    """Raise NotTestable, with what was measured, unless the results come from all of MNIST."""
    if results.json("data/provenance.json")["dataset"] != "mnist":
        raise NotTestable("needs all of MNIST", measured)


def with_interval(format: Callable[[float], str], value: float, low: float, high: float) -> str:
    """A value and its interval as text: `2.5× [2×, 3×]`."""
    return f"{format(value)} [{format(low)}, {format(high)}]"
