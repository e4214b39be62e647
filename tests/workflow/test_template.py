"""docs/template.md: the worked example runs as it stands, from the files that the page says to keep and no others."""

import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import run_snakemake
from conftest import ROOT

from retrial.commands.verify import PLANNED_JOB

TEXT = (ROOT / "docs/template.md").read_text()


@pytest.fixture
def mine(tmp_path):
    """The folder that the commands make, with the files of the page."""
    (tmp_path / "retrial").symlink_to(ROOT)
    commands, *_ = re.findall(r"^```sh\n(.*?)^```", TEXT, flags=re.MULTILINE | re.DOTALL)
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    subprocess.run(["bash", "-e", "-c", commands], cwd=tmp_path, check=True, env=environment)
    for name, text in re.findall(r"^```\w+\n# ([\w./]+)\n(.*?)^```", TEXT, flags=re.MULTILINE | re.DOTALL):
        (tmp_path / "mine" / name).write_text(text)
    return tmp_path / "mine"


def test_the_example_runs_and_reruns_for_settings_and_code_but_not_for_comments(mine):
    def snakemake(*options):
        return run_snakemake.run(["--snakefile", mine / "Snakefile", "--directory", mine, "-c2", *options], mine)

    done = snakemake()
    assert done.returncode == 0, done.stdout
    table = pd.read_csv(mine / "results/accuracy.csv")
    assert len(table) == 5
    assert (table["low"] < table["mean"]).all()
    assert (table["mean"] > 0.8).all()
    fit = mine / "workflow/scripts/fit.py"
    fit.write_text(fit.read_text() + "# a comment\n")
    assert PLANNED_JOB.findall(snakemake("-n").stdout) == []
    config = mine / "config.yaml"
    config.write_text(config.read_text().replace("trees: 50", "trees: 100"))
    output = snakemake("-n").stdout
    assert "before: ('trees', 50) now: ('trees', 100)" in " ".join(output.split())
