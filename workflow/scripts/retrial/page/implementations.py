"""How figures and the page show the implementations of the operations."""

from retrial.formats import NAMES

# A colour for each implementation, and a marker for readers who cannot tell the colours.
_MARKS = {
    "naive": ("#D55E00", "o"),
    "naive_three_loops": ("#E69F00", "D"),
    "naive_list": ("#009E73", "s"),
    "naive_list_max": ("#009E73", "P"),
    "numba": ("#CC79A7", "v"),
    "numpy": ("#0072B2", "^"),
    "numpy_float32": ("#56B4E9", "<"),
    "numpy_all_threads": ("#000000", ">"),
    "keras": ("#000000", "D"),
}
# The same with their labels.
IMPLEMENTATION_STYLES = {name: (*mark, NAMES[name]) for name, mark in _MARKS.items()}
