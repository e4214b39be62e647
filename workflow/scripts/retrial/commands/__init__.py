"""The commands behind `make verify`, `make explain`, `make compare` and the progress bars of `make run`."""
