"""The point of a cell in the grid of a sweep, as text."""


def format_point(point: dict) -> str:
    """The point of a cell as text: `batch_size 64, optimizer.learning_rate 0.001`."""
    return ", ".join(f"{key} {format_value(value)}" for key, value in point.items())


def format_value(value) -> str:
    """A value of a grid as text: of a list of layers `512 relu + 10 softmax`."""
    if isinstance(value, list):
        return " + ".join(map(format_value, value))
    if isinstance(value, dict):
        return " ".join(format_value(value[key]) for key in sorted(value, key=lambda key: key not in ("name", "units")))
    return f"{value:g}" if isinstance(value, float) or (isinstance(value, int) and value > 1e9) else str(value)
