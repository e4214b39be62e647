"""One training step made of the operations of the notebook, and what it costs in each engine."""
