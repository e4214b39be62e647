"""The table of claims at the end of `make run`."""

import os
import re
import subprocess
import sys

import pandas as pd
from conftest import ROOT

ROWS = pd.DataFrame(
    {
        "claim": ["The loss falls in every epoch", "NumPy takes no time", "The accuracy is 0.98"],
        "measured": ["from 5 of 5 seeds", "23 µs", "0.92; needs all of MNIST"],
        "verdict": ["confirmed", "refuted", "not applicable"],
    }
)


def test_every_verdict_and_their_counts_are_printed_and_fit_the_terminal(tmp_path):
    ROWS.to_csv(tmp_path / "claims.csv", index=False)
    done = subprocess.run(
        [sys.executable, "-m", "retrial.display.verdicts", tmp_path / "claims.csv"],
        env=os.environ | {"PYTHONPATH": str(ROOT / "workflow/scripts"), "COLUMNS": "60"},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert lines[0] == "confirmed       The loss falls in every epoch: from 5 of 5"
    assert lines[1] == "                seeds"
    assert lines[2] == "refuted         NumPy takes no time: 23 µs"
    assert lines[-1] == "Claims: 1 confirmed, 1 refuted, 1 not applicable"
    assert max(map(len, lines)) <= 60


def test_make_run_ends_with_the_table():
    recipe = re.search(r"^run: .*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), flags=re.MULTILINE).group(1)
    assert recipe.splitlines()[-1].endswith("-m retrial.display.verdicts results/claims.csv")
