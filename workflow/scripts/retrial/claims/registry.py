"""The registry of the claims: a claim is a small function with its registration.

A claim's function takes the results, and returns what was measured, as text, and whether the claim holds. Its evidence is
what it read of them. Where it cannot be tested it raises NotTestable, with the reason.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pandas as pd

from retrial.pipeline.results import Results


class NotTestable(Exception):
    """Why a claim cannot be tested with these results; `measured` is what was measured all the same."""

    def __init__(self, reason: str, measured: str = ""):
        super().__init__(reason)
        self.reason, self.measured = reason, measured


@dataclass(frozen=True)
class Claim:
    """A claim, where it comes from, what would confirm it, and the function that tests it."""

    id: str
    text: str
    source: str
    expected: str
    test: Callable[[Results], tuple[str, bool]]

    def judge(self, folder: Path) -> dict:
        """Its row of claims.csv, from the results in a folder."""
        results = Results(folder)
        try:
            measured, holds = self.test(results)
            verdict = "confirmed" if holds else "refuted"
        except NotTestable as error:
            measured, verdict = "; ".join(filter(None, (error.measured, error.reason))), "not applicable"
        return {
            "id": self.id,
            "claim": self.text,
            "source": self.source,
            "expected": self.expected,
            "measured": measured,
            "verdict": verdict,
            "evidence": " ".join(f"results/{name}" for name in results.files_read),
        }


CLAIMS: dict[str, Claim] = {}
CHAPTERS = ("data", "training", "predictions", "operations", "tensors", "gradients")


def claim(id: str, text: str, *, source: str, expected: str):
    """Register the decorated function as the test of a claim.

    Raises:
        ValueError: another claim has this id.
    """

    def register(test: Callable[[Results], tuple[str, bool]]):
        if id in CLAIMS:
            raise ValueError(f"two claims have the id {id}")
        CLAIMS[id] = Claim(id, text, source, expected, test)
        return test

    return register


def all_claims() -> dict[str, Claim]:
    """The claims of all chapters by id, in the order of the notebook."""
    for chapter in CHAPTERS:
        import_module(f"retrial.claims.{chapter}")
    return CLAIMS


def judge(folder: Path, ids: Iterable[str] | None = None) -> pd.DataFrame:
    """The table of all claims, or of those named, from the results in a folder."""
    claims = all_claims()
    return pd.DataFrame([claims[id].judge(folder) for id in ids or claims])
