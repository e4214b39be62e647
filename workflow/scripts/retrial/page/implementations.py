"""How figures and the page show the implementations of the operations."""

from retrial.formats import NAMES

# A colour for each implementation, a marker for readers who cannot tell the colours, and a label.
IMPLEMENTATION_STYLES = {
    name: (colour, marker, NAMES[name])
    for name, colour, marker in (
        ("naive", "#D55E00", "o"),
        ("naive_three_loops", "#E69F00", "D"),
        ("naive_list", "#009E73", "s"),
        ("naive_list_max", "#009E73", "P"),
        ("numba", "#CC79A7", "v"),
        ("numpy", "#0072B2", "^"),
        ("numpy_float32", "#56B4E9", "<"),
        ("numpy_all_threads", "#000000", ">"),
        ("keras", "#000000", "D"),
    )
}
