"""How every figure looks, and how it is saved: the same bytes from the same numbers."""

from pathlib import Path

import matplotlib

matplotlib.rcdefaults()  # whatever the user's matplotlibrc says
matplotlib.use("Agg")

import matplotlib.pyplot as plt

from retrial.pipeline.files import atomic_write

plt.style.use(Path(__file__).parents[2] / "report/style.mplstyle")

RIGHT, WRONG, OTHER = "#0072B2", "#D55E00", "#B0B0B0"

# A colour for each implementation, and a marker for those who see no colours.
IMPLEMENTATION_STYLES = {
    "naive": ("#D55E00", "o", "loops over an ndarray"),
    "naive_three_loops": ("#E69F00", "D", "three loops over ndarrays"),
    "naive_list": ("#009E73", "s", "loops over lists"),
    "numba": ("#CC79A7", "v", "Numba: the loops, compiled"),
    "numpy": ("#0072B2", "^", "NumPy"),
}


def save(figure: plt.Figure, *paths: str) -> None:
    """Write a figure into files, .png or .svg, without date and version of the program."""
    told = {".png": ["Software"], ".svg": ["Creator", "Date"]}
    for path in paths:
        with atomic_write(path) as part:
            figure.savefig(part, metadata=dict.fromkeys(told[part.suffix]))
    plt.close(figure)
