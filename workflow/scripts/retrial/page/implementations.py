"""How figures and the page show the implementations of the operations."""

from retrial.operations.table import BASELINES

# A colour for each implementation, a marker for readers who cannot tell the colours, and a label.
IMPLEMENTATION_STYLES = {
    "naive": ("#D55E00", "o", BASELINES["naive"]),
    "naive_three_loops": ("#E69F00", "D", "three loops over ndarrays"),
    "naive_list": ("#009E73", "s", BASELINES["naive_list"]),
    "naive_list_max": ("#009E73", "P", "loops over lists that call max"),
    "numba": ("#CC79A7", "v", "Numba: the loops, compiled"),
    "numpy": ("#0072B2", "^", "NumPy"),
    "numpy_float32": ("#56B4E9", "<", "NumPy in float32"),
    "numpy_all_threads": ("#000000", ">", "NumPy on all cores"),
}
