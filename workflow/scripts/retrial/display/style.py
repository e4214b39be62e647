"""The style of all figures, and how they are saved: the same numbers give the same bytes."""

from pathlib import Path

import matplotlib

matplotlib.rcdefaults()  # whatever the user's matplotlibrc says
matplotlib.use("Agg")

import matplotlib.pyplot as plt

from retrial.pipeline.files import atomic_write

plt.style.use(Path(__file__).parents[3] / "report/style.mplstyle")

CORRECT, WRONG, OTHER = "#0072B2", "#D55E00", "#B0B0B0"

# A colour for each implementation, a marker for readers who cannot tell the colours, and a label.
IMPLEMENTATION_STYLES = {
    "naive": ("#D55E00", "o", "loops over an ndarray"),
    "naive_three_loops": ("#E69F00", "D", "three loops over ndarrays"),
    "naive_list": ("#009E73", "s", "loops over lists"),
    "naive_list_max": ("#009E73", "P", "loops over lists that call max"),
    "numba": ("#CC79A7", "v", "Numba: the loops, compiled"),
    "numpy": ("#0072B2", "^", "NumPy"),
    "numpy_float32": ("#56B4E9", "<", "NumPy in float32"),
    "numpy_all_threads": ("#000000", ">", "NumPy on all cores"),
}


def save(figure: plt.Figure, *paths: str) -> None:
    """Write a figure to files, .png or .svg, without the date and the version of Matplotlib."""
    metadata = {".png": ["Software"], ".svg": ["Creator", "Date"]}
    for path in paths:
        with atomic_write(path) as part:
            figure.savefig(part, metadata=dict.fromkeys(metadata[part.suffix]))
    plt.close(figure)
