"""How numbers, verdicts and figures look."""
