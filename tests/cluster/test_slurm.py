"""The pipeline on a real Slurm of two nodes, by the command in docs/cluster.md: `snakemake --profile profiles/slurm`."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, TINY
from private_slurm import private_slurm, why_not

from retrial.files import read_json

pytestmark = pytest.mark.skipif(why_not() is not None, reason=f"{why_not()}")

TRAINING = "results/models/baseline/0/probabilities.npy"


@pytest.fixture(scope="module")
def slurm():
    """A private Slurm, of which each test gets all nodes idle."""
    with private_slurm() as slurm:
        yield slurm


@pytest.fixture
def submit(slurm, tmp_path):
    """Start the pipeline on the tiny configuration through Slurm; return the process, its folder, and its output."""
    processes = []

    def start(*arguments: str):
        configfile = tmp_path / "tiny.yaml"
        configfile.write_text(yaml.safe_dump(TINY, sort_keys=False))
        command = [Path(sys.executable).parent / "snakemake", "--profile", "profiles/slurm"]
        command += ["--directory", tmp_path, "--configfile", configfile, *arguments]
        output = (tmp_path / "output.txt").open("w")
        process = subprocess.Popen(command, cwd=ROOT, env=slurm.environment, stdout=output, stderr=subprocess.STDOUT)
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def output(folder: Path) -> str:
    """What the run in a folder printed."""
    return (folder / "output.txt").read_text()


def test_the_whole_pipeline_gives_the_same_manifest_through_slurm(slurm, submit, tmp_path, tiny_run):
    assert submit().wait(900) == 0, output(tmp_path)
    manifest, local = (read_json(folder / "results/manifest.json") for folder in (tmp_path, tiny_run))
    assert manifest == local
    rules = " ".join(job["comment"] for job in slurm.jobs())
    for rule in ("train", "train_from_scratch", "chain_rule", "time_", "probe_training", "manifest"):
        assert rule in rules
    check_timing_is_alone(slurm.jobs())
    nodes = {job["node"] for job in slurm.jobs() if "timing" in job["comment"]}
    log = (tmp_path / "logs/time_operations.log").read_text()
    assert re.search(r"on node (\w+)$", log, flags=re.MULTILINE)[1] in nodes


def check_timing_is_alone(jobs: list[dict[str, str]]) -> None:
    """Check in Slurm's record that no job ran on a node while a timing job was there."""
    timing = [job for job in jobs if "timing" in job["comment"] and job["state"] == "COMPLETED"]
    assert timing
    for job in timing:
        others = [other for other in jobs if other is not job and other["node"] == job["node"]]
        assert all(other["end"] <= job["start"] or other["start"] >= job["end"] for other in others)


def test_short_form(slurm, submit, tmp_path):
    """A training, timing, and a table, for `.ci/run`."""
    before = len(slurm.jobs())
    targets = ["results/predictions/first_ten.csv", "results/timings/replay.csv"]
    assert submit("--", *targets).wait(300) == 0, output(tmp_path)
    assert all((tmp_path / target).exists() for target in targets)
    jobs = slurm.jobs()[before:]
    assert [job["state"] for job in jobs] == ["COMPLETED"] * 2
    check_timing_is_alone(slurm.jobs())


def test_a_job_that_asks_for_too_little_memory_is_tried_again_with_more(slurm, submit, tmp_path):
    before = len(slurm.jobs())
    done = submit("--set-resources", "train:mem_mb=60 * 20 ** (attempt - 1)", "--", TRAINING).wait(300)
    assert done == 0, output(tmp_path)
    killed, again = slurm.jobs()[before:]
    assert (killed["state"], killed["memory"]) == ("FAILED", "60M")
    assert (again["state"], again["memory"]) == ("COMPLETED", "1200M")
    printed = output(tmp_path)
    log = re.search(r"submitted with SLURM jobid \d+ \(log: (.+?)\)", printed)[1]  # of the first attempt
    assert "Exceeded job memory limit" in Path(log).read_text()
