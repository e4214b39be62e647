"""The registry of claims: each claim is a small function with its registration.

The function takes the results. It returns the measured value as text, and whether the claim holds. The evidence for the
verdict is the files that the function reads. A claim that these results cannot test raises NotTestable.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pandas as pd

from retrial.pipeline.results import Results

# One module per chapter of the notebook; importing it registers its claims.
CHAPTERS = (
    "retrial.claims.data",
    "retrial.claims.training",
    "retrial.claims.predictions",
    "retrial.claims.operations",
    "retrial.claims.tensors",
    "retrial.claims.gradients",
)


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
    """A claim, its source, the measurement that would confirm it, and the function that tests it."""

    id: str
    text: str
    source: str
    expected: str
    test: Callable[[Results], tuple[str, bool]]

    def judge(self, folder: Path) -> dict:
        """The claim's row of claims.csv for the results in a folder."""
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
        import_module(chapter)
    return CLAIMS


def judge(folder: Path, ids: Iterable[str] | None = None) -> pd.DataFrame:
    """The rows of claims.csv for the results in a folder: all claims, or those with the given ids.

    Raises:
        FileNotFoundError: a file is missing in the folder.
    """
    claims = all_claims()
    return pd.DataFrame([claims[id].judge(folder) for id in ids or claims])


def require_mnist(results: Results, measured: str) -> None:
    """Raise NotTestable, with what was measured, unless the results come from all of MNIST."""
    if results.json("data/provenance.json")["dataset"] != "mnist":
        raise NotTestable("needs all of MNIST", measured)


def with_interval(format: Callable[[float], str], value: float, low: float, high: float) -> str:
    """A value and its interval as text: `2.5× [2×, 3×]`."""
    return f"{format(value)} [{format(low)}, {format(high)}]"
