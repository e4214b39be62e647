"""The claims of the notebook: a registry, and a module for each chapter."""
