"""Numbers and names as people read them."""

import math

import numpy as np

# The names of experiments, operations, implementations, ceilings and data sets, in words.
NAMES = {
    "baseline": "the notebook's network",
    "mse": "squared error, lower rate",
    "mse_same_rate": "squared error, same rate",
    "low_rate": "lower rate",
    "unscaled": "pixels from 0 to 255",
    "from_scratch": "written in NumPy",
    "old_rmsprop": "old RMSprop",
    "add_relu": "add and relu",
    "add_matrix_vector": "matrix + vector",
    "vector_dot": "vector · vector",
    "matrix_vector_dot": "matrix · vector",
    "matrix_dot": "matrix · matrix",
    "naive": "loops over an ndarray",
    "naive_three_loops": "three loops over ndarrays",
    "naive_list": "loops over lists",
    "naive_list_max": "loops over lists that call max",
    "numba": "Numba: the loops, compiled",
    "numpy": "NumPy",
    "numpy_float32": "NumPy in float32",
    "numpy_all_threads": "NumPy on all cores",
    "keras": "Keras",
    "read_bandwidth": "reading",
    "copy_bandwidth": "copying",
    "triad_bandwidth": "reading two, writing one",
    "multiply_add_rate": "multiply-adds",
    "mnist": "MNIST",
    "fashion-mnist": "Fashion-MNIST",
}


def format_name(name: str) -> str:
    """A name in words, where it is one of NAMES."""
    return NAMES.get(name, name)


def format_seconds(value: float, _=None) -> str:
    """A time in the unit that suits it: 2e-05 is `20 µs`."""
    for factor, unit in ((1, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if value >= factor:
            return f"{value / factor:.3g} {unit}"
    return f"{value / 1e-9:.3g} ns" if value >= 1e-13 else "0 s"


def format_duration(seconds: float, _=None) -> str:
    """A long time in the unit that suits it: 40000 is `11 h`, 90 is `1.5 min`; below a minute as `format_seconds`."""
    for factor, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= factor:
            return f"{seconds / factor:.2g} {unit}"
    return format_seconds(seconds)


def format_ratio(value: float, _=None) -> str:
    """A speed-up: 0.5 is `0.5×`, 12345 is `12,345×`."""
    return f"{value:,.0f}×" if value >= 10 else f"{value:.3g}×"


def format_percent(share: float) -> str:
    """A share: 0.1234 is `12 %`, 0.00027 is `0.03 %`."""
    return f"{100 * share:.0f} %" if share >= 0.01 else f"{100 * share:.2f} %"


def format_accuracy(value: float) -> str:
    """An accuracy or a probability: four decimals."""
    return f"{value:.4f}"


def format_probability(value: float) -> str:
    """A probability to four decimals; one that would be 0.0000 is `under 0.0001`."""
    return format_accuracy(value) if value >= 0.00005 else "under 0.0001"


def format_value(value) -> str:
    """A value in a table: four digits of a number, nothing for a missing value."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int | np.integer) else str(value)
