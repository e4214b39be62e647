"""pytest-xdist runs nothing if its processes find tests of different names."""

import os
import subprocess
import sys

from conftest import ROOT


def test_tests_have_the_same_names_in_every_process():
    names = []
    for seed in ("1", "2"):  # one after the other: in another second, with another order of sets
        command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-n0", "-p", "no:cacheprovider"]
        env = os.environ | {"PYTHONHASHSEED": seed}
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
        names.append([line for line in done.stdout.splitlines() if "::" in line])
    assert names[0] == names[1] != []
