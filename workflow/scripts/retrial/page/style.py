"""The style of all figures, and how they are saved: the same numbers give the same bytes."""

from pathlib import Path

import matplotlib

matplotlib.rcdefaults()  # whatever the user's matplotlibrc says
matplotlib.use("Agg")

import matplotlib.pyplot as plt

from retrial.files import atomic_write

plt.style.use(Path(__file__).parents[3] / "report/style.mplstyle")

MOST_PIXELS = 6000  # of each side of a .png
CORRECT, WRONG, OTHER = "#0072B2", "#D55E00", "#767676"


def clip(name: str, length: int = 14) -> str:
    """A name, cut where a figure has no place for more."""
    return name if len(name) <= length else f"{name[: length - 1]}…"


def save(figure: plt.Figure, *paths: str) -> None:
    """Write a figure to files, .png or .svg, without the date and the version of Matplotlib."""
    metadata = {".png": ["Software"], ".svg": ["Creator", "Date"]}
    for path in paths:
        with atomic_write(path) as part:
            dpi = min(plt.rcParams["savefig.dpi"], MOST_PIXELS / max(figure.get_size_inches()))
            figure.savefig(part, dpi=dpi, metadata=dict.fromkeys(metadata[part.suffix]))
    plt.close(figure)
