"""A job sees no variable that changes results unnoticed, and takes no more cores than it may use."""

import os
import subprocess
import sys

import pytest
from conftest import ROOT

from retrial.environment import describe_removed, job_prefix, that_matter

CHANGE_RESULTS = dict.fromkeys(
    ["KERAS_BACKEND", "NUMBA_DISABLE_JIT", "TF_DETERMINISTIC_OPS", "TF_ENABLE_ONEDNN_OPTS", "TF_XLA_FLAGS"], "1"
)
DISTURB = dict.fromkeys(["MPLBACKEND", "PYTHONOPTIMIZE", "PYTHONPATH", "PYTHONWARNINGS"], "1")
NEEDED = dict.fromkeys(["HOME", "https_proxy", "LC_ALL", "OMP_NUM_THREADS", "TMPDIR"], "1")
NEEDED |= {"LD_LIBRARY_PATH": "/x/lib", "ONEDNN_MAX_CPU_ISA": "AVX2"}
ODD = {"UID": "0", "BASH_FUNC_module%%": "() { :; }", "a.b": "1"}  # bash cannot remove them


def names_in_a_job(environment: dict[str, str]) -> set[str]:
    """The names of the variables that a command sees after the prefix of jobs."""
    environment = {"PATH": os.environ["PATH"]} | environment
    command = ["bash", "-c", job_prefix(environment) + "env -0"]
    output = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    return {variable.partition("=")[0] for variable in output.split("\0")}


def test_a_job_sees_what_it_needs_and_nothing_that_changes_results():
    names = names_in_a_job(CHANGE_RESULTS | DISTURB | NEEDED | ODD)
    assert NEEDED.keys() <= names
    assert not names & (CHANGE_RESULTS.keys() | DISTURB.keys())


def test_a_line_names_the_ignored_variables_that_could_change_results():
    line = f"ignored, because it could change results: {', '.join(CHANGE_RESULTS)}"
    assert describe_removed(CHANGE_RESULTS | DISTURB | NEEDED) == line
    assert describe_removed(DISTURB | NEEDED) is None


def test_the_fingerprint_has_what_reaches_a_job_and_matters_but_no_folders():
    matter = that_matter(NEEDED)
    assert matter.keys() == {"LD_LIBRARY_PATH", "ONEDNN_MAX_CPU_ISA"}
    assert matter["ONEDNN_MAX_CPU_ISA"] == "AVX2"
    assert "/" not in matter["LD_LIBRARY_PATH"]
    assert matter != that_matter(NEEDED | {"LD_LIBRARY_PATH": "/y/lib"})
    assert that_matter(CHANGE_RESULTS).keys() == CHANGE_RESULTS.keys()  # in a workflow that imports this one


on_linux = pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no affinity")
# The command runs on one of the cores that this process may use, as with `taskset` or in a container.
ON_ONE_CORE = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); "


@on_linux
def test_make_run_takes_the_cores_that_it_may_use():
    code = ON_ONE_CORE + "os.execvp('make', ['make', '-n', 'run'])"
    plan = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "/snakemake -c1 " in plan
