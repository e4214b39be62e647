"""Where Snakemake looks for the logger plugin `progress`: a package of this name on the path of Python."""

from retrial.commands.progress import LogHandler

__all__ = ["LogHandler"]
