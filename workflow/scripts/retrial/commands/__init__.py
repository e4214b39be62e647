"""The commands behind `make verify`, `make explain`, `make diff`, `make bundle` and the progress bars of `make run`."""
