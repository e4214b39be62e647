"""Check the options of `make run` before Snakemake sees them: the number of cores, and the configuration file."""

import argparse
import sys

from retrial.errors import InputError, shorten
from retrial.yaml_files import read_yaml


def main() -> None:
    """Check what the command line says; end with one line where it is wrong."""
    parser = argparse.ArgumentParser(prog="python -m retrial.commands.check_options", description=__doc__)
    parser.add_argument("--cores", default="1")
    parser.add_argument("--configfile")
    arguments = parser.parse_args()
    try:
        if not (arguments.cores == "all" or (arguments.cores.isdecimal() and int(arguments.cores) > 0)):
            raise InputError(
                f"CORES: found {shorten(arguments.cores)}, expected a whole number from 1: make run CORES=4"
            )
        if arguments.configfile:
            read_yaml(arguments.configfile)
    except InputError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
