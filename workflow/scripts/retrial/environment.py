"""The environment variables that reach the jobs.

NUMBA_DISABLE_JIT or TF_XLA_FLAGS, set long ago and forgotten, changes what a library computes; MPLBACKEND, as Jupyter
and Colab set it, ends a job. So a shell command before each job, `job_prefix`, removes all variables but ALLOWED.

Snakemake itself keeps its environment: a plugin for a cluster or a storage may need variables that nobody knows here.
A workflow that imports this one keeps it in all jobs: the command would come before the jobs of its own rules as well.
In both cases the manifest's fingerprint has the variables that reach a job and may change results, `that_matter`, so
that other bytes do not come with an equal fingerprint.
"""

import hashlib
import re
from collections.abc import Mapping

# With what a command for Snakemake needs after its targets, see `describe_options` in config.py.
OPTIONS = "RETRIAL_OPTIONS"

ALLOWED = re.compile(
    r"""
    PATH | HOME | USER | LOGNAME | SHELL | PWD | TERM | COLUMNS | LINES | NO_COLOR
    | LANG | LANGUAGE | LC_\w+ | TZ | TZDIR
    | TMPDIR | TMP | TEMP | TEMPDIR | XDG_\w+ | MPLCONFIGDIR
    | \w+_(proxy|PROXY) | SSL_CERT_\w+ | (REQUESTS|CURL)_CA_BUNDLE | KRB5CCNAME  # the network, and folders behind it
    | (SNAKEMAKE|RETRIAL|SLURM|SLURMD|CONDA)_\w+
    | PYTHON(DONTWRITEBYTECODE|PYCACHEPREFIX)
    | PYTHON(HASHSEED|UTF8|COERCECLOCALE)  # must not matter: `make verify` sets them
    | (OMP|GOTO|OPENBLAS|MKL|NUMEXPR)_NUM_THREADS | VECLIB_MAXIMUM_THREADS  # Snakemake sets them, to a job's threads
    # They may matter, but some machines cannot do without them, or they are set to get the bytes of another processor.
    | LD_LIBRARY_PATH | LD_PRELOAD | DYLD_\w+
    | (ONEDNN|DNNL)_MAX_CPU_ISA | OPENBLAS_CORETYPE | NPY_DISABLE_CPU_FEATURES | GLIBC_TUNABLES
    """,
    re.VERBOSE,
)

# Of the libraries that compute, the system's loader and its allocator; but not the number of threads, which is given.
MATTER = re.compile(
    r"""
    (NUMBA|XLA|KERAS|ONEDNN|DNNL|OPENBLAS|OMP|NPY|MALLOC|DYLD)_(?!NUM_THREADS)\w+
    | TF_(?!CPP_|CLI_|VAR_|LOG|IN_|INPUT|DATA_|PLUGIN_|TOKEN_|WORKSPACE)\w+  # but what it logs, and not Terraform's
    | LD_LIBRARY_PATH | LD_PRELOAD | GLIBC_TUNABLES
    """,
    re.VERBOSE,
)


def removed(environment: Mapping[str, str]) -> list[str]:
    """The names of the variables that jobs do not get. Names that a shell cannot remove are of no library."""
    return sorted(name for name in environment if re.fullmatch(r"[A-Za-z_]\w*", name) and not ALLOWED.fullmatch(name))


def job_prefix(environment: Mapping[str, str]) -> str:
    """The start of each job's shell command: Snakemake's own, and one that removes variables, except read-only ones."""
    return f"set -euo pipefail; unset -v {' '.join(removed(environment))} 2>/dev/null || true; "


def describe_removed(environment: Mapping[str, str]) -> str | None:
    """A line that names the variables that could change results and are removed; None without such a variable."""
    names = [name for name in removed(environment) if MATTER.fullmatch(name)]
    return f"ignored, because it could change results: {', '.join(names)}" if names else None


def that_matter(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that may change results; of values with folders only a digest, because a manifest is published."""
    matter = {name: value for name, value in sorted(environment.items()) if MATTER.fullmatch(name)}
    return {
        name: f"sha256 {hashlib.sha256(value.encode()).hexdigest()[:12]}" if "/" in value else value
        for name, value in matter.items()
    }
