"""What the tests share: a tiny configuration, a run of it, and a way to run single rules."""

import gzip
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import run_snakemake
import yaml
from filelock import FileLock

from retrial.data.idx import to_idx

ROOT = Path(__file__).parents[1]

# Settings of the user's machine must not reach the tests, nor the networks that they compare with.
os.environ |= {"CUDA_VISIBLE_DEVICES": "-1", "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "2"}
os.environ |= {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
for name in ("MNIST_DIR", "SNAKEMAKE_PROFILE", "MAKEFLAGS", "CORES"):
    os.environ.pop(name, None)
# Nor that these tests were started with SIGINT ignored, as in the background: what they start answers to Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Takes a minute: two epochs, few units, and the embedded digits, because no mirror answers at this address.
LAYERS = [{"units": 16, "activation": "relu"}, {"units": 10, "activation": "softmax"}]
TINY = {
    "dataset": {"mirrors": ["http://127.0.0.1:9/"]},
    "experiments": {
        "baseline": {"layers": LAYERS, "epochs": 2, "seeds": [0, 1]},
        "unscaled": {"seeds": [0]},
        "mse_same_rate": {"seeds": [0]},
        "low_rate": {"seeds": [0]},
        "from_scratch": {"seeds": [0, 1]},
        "old_rmsprop": {"seeds": [0, 1]},
    },
    "probes": {"images": 1000, "epochs": 1, "seeds": [0, 1]},
    "timing": {
        "operations": ["relu", "vector_dot", "matrix_vector_dot"],
        "processes": 6,
        "sizes": {"factor": 64, "min_steps": 30, "max_steps": {"elements": 100000, "multiply_adds": 8000000}},
        "min_sample_s": 0.001,
        "max_call_s": 0.01,
        "max_wait_s": 0,
    },
}


# Variables of a user that would change bytes or break jobs: the tiny run is started with them.
OF_THE_USER = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "PYTHONOPTIMIZE": "2",
    "TF_DETERMINISTIC_OPS": "1",
    "TF_XLA_FLAGS": "--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit",
}


def merge(base: dict, change: dict) -> dict:
    """`base` with the values of `change`, key by key, as Snakemake merges configuration files."""
    both = {key: merge(base[key], change[key]) for key in base.keys() & change.keys() if isinstance(change[key], dict)}
    return base | change | both


def snakemake(
    folder: Path, *arguments, config: dict | None = None, root: Path = ROOT, **environment
) -> subprocess.CompletedProcess:
    """Run the workflow in `folder` on the tiny configuration, changed by `config`; its output is in `.stdout`."""
    folder.mkdir(parents=True, exist_ok=True)
    configfile = folder / "tiny.yaml"
    text = yaml.safe_dump(merge(TINY, config or {}), sort_keys=False)
    if not configfile.exists() or configfile.read_text() != text:  # another test may copy the folder at the same time
        configfile.write_text(text)
    options = ["--snakefile", root / "Snakefile", "--directory", folder, "-c2", "--configfile", configfile]
    return run_snakemake.run([*options, *arguments], folder, **environment)


def run_python(code: str, *arguments: str, root: Path = ROOT, **environment: str) -> str:
    """What some code prints in a Python of its own, which finds the modules of the project."""
    environment = os.environ | environment | {"PYTHONPATH": str(root / "workflow/scripts")}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout


def write_output(folder: Path, done: subprocess.CompletedProcess) -> None:
    """Keep what Snakemake printed in `folder`, for `unfinished_rules` and `first_error`."""
    (folder / "output.txt").write_text(f"{done.stdout.rstrip()}\nexit status {done.returncode}\n")


def unfinished_rules(folder: Path) -> set[str]:
    """The rules of which a job did not finish in the run in `folder`; empty after a successful run."""
    output = (folder / "output.txt").read_text()
    stats = output.partition("Job stats:")[2].partition("\n\n")[0]
    planned = {rule: int(n) for rule, n in re.findall(r"^(\w+) +(\d+)$", stats, flags=re.MULTILINE) if rule != "total"}
    finished = Counter(re.findall(r"^Finished jobid: \d+ \(Rule: (\w+)\)$", output, flags=re.MULTILINE))
    return {rule for rule, n in planned.items() if finished[rule] < n}


def first_error(folder: Path) -> str:
    """The first rule that failed in the run in `folder`, and the first error, or else the last line printed."""
    output = (folder / "output.txt").read_text()
    rule = re.search(r"^Error in rule (\w+):$", output, flags=re.MULTILINE)
    error = re.search(r"^(error: .+|[\w.]+(Error|Exception)(: .+)?)$", output, flags=re.MULTILINE)
    return (f"rule {rule[1]}: " if rule else "") + (error[0] if error else output.splitlines()[-2])


def made_file(folder: Path, name: str) -> Path:
    """The path of a file that the run in `folder` made; where it is missing, the test fails with the run's error."""
    if not (folder / name).exists():
        pytest.fail(f"{name}: missing, because the run failed: {first_error(folder)}", pytrace=False)
    return folder / name


def pytest_collection_modifyitems(items):
    """Put the tests that need the shared runs first: one process makes these runs, the other does the rest meanwhile."""
    items.sort(key=lambda item: "tiny_run" not in item.fixturenames)


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory, worker_id) -> Path:
    """The folder of a run of the tiny configuration; the first test process that needs it makes it, the others wait.

    Read only: a test that changes files takes `copied_run`. The run may have failed in part:
    `test_the_tiny_run_succeeds` says so, the other tests need only their own files.
    """
    base = tmp_path_factory.getbasetemp()
    base = base if worker_id == "master" else base.parent
    folder, part = base / "tiny", base / "tiny.part"
    with FileLock(base / "tiny.lock"):
        if not folder.exists():
            shutil.rmtree(part, ignore_errors=True)
            (part / "imports").mkdir(parents=True)
            spy = {"PYTHONPATH": str(ROOT / "tests/spy"), "SPY_FOLDER": str(part / "imports")}
            write_output(part, snakemake(part, "--keep-going", **spy, **OF_THE_USER))
            part.rename(folder)
    return folder


@pytest.fixture
def copied_run(tiny_run, tmp_path) -> Path:
    """A copy of the tiny run with Snakemake's records, to be changed by a test."""
    return Path(shutil.copytree(tiny_run, tmp_path / "run"))


@pytest.fixture
def project(tmp_path) -> Path:
    """A copy of the project's own files, to be edited by a test."""
    copy = tmp_path / "project"
    for name in ("workflow", "envs", "profiles", "machines"):
        shutil.copytree(ROOT / name, copy / name)
    for name in ("Snakefile", "config.yaml"):
        shutil.copy(ROOT / name, copy)
    return copy


class QuietHandler(SimpleHTTPRequestHandler):
    """A server that does not write to the terminal."""

    def log_message(self, *_):
        pass


@pytest.fixture
def serve():
    """Serve a folder on a loopback address, as a mirror does."""
    servers = []

    def start(folder: Path) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=folder))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/"

    yield start
    for server in servers:
        server.shutdown()


@pytest.fixture
def run_rule(tiny_run, tmp_path):
    """Run one rule on inputs copied from the tiny run; return the folder with its outputs.

    `before` may change the inputs in that folder. With `fails` the run must fail, and its output is returned instead.
    """

    def run(rule: str, inputs: list[str], targets: list[str], before=lambda folder: None, config=None, fails=False):
        for name in inputs:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(made_file(tiny_run, name), tmp_path / name)
        before(tmp_path)
        done = snakemake(tmp_path, "--allowed-rules", rule, "--", *targets, config=config)
        assert (done.returncode != 0) == fails, done.stdout
        return done if fails else tmp_path

    return run


def error_line(done: subprocess.CompletedProcess) -> str:
    """The line that says why a run of Snakemake failed: the only such line, and no traceback beside it."""
    assert done.returncode == 1, done.stdout
    lines = [line for line in done.stdout.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, done.stdout
    assert "Traceback" not in done.stdout
    return lines[0]


def check_picture(path: Path) -> None:
    """Check that a .png is not empty: it has many colours."""
    pixels = (255 * plt.imread(path)).astype(np.uint8)
    assert len(np.unique(pixels.view(np.uint32))) > 50, f"{path.name} is empty"


@pytest.fixture
def idx_dataset(tmp_path) -> tuple[Path, dict]:
    """A folder with four small IDX files as .gz, and the configuration of that data set."""
    folder = tmp_path / "idx"
    folder.mkdir()
    rng = np.random.default_rng(0)
    files = {}
    for split, n in (("train", 300), ("test", 50)):
        labels = (np.arange(n) % 10).astype(np.uint8)
        images = rng.integers(0, 256, (n, 6, 5), dtype=np.uint8)
        for kind, array in (("images", images), ("labels", labels)):
            content = to_idx(array)
            name = f"{split}-{kind}"
            (folder / f"{name}.gz").write_bytes(gzip.compress(content, mtime=0))
            files[f"{split}_{kind}"] = {"name": name, "sha256": hashlib.sha256(content).hexdigest()}
    return folder, {"dataset": {"name": "small", "files": files}}
