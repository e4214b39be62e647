"""What the tests share: a tiny configuration, a finished run of it, and a way to run rules in a folder of their own."""

import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import yaml
from filelock import FileLock

from retrial.pipeline.files import read_json, write_json
from retrial.dataset.idx import to_idx

ROOT = Path(__file__).parents[1]

# What a user's machine may have set must not reach the tests, nor the networks that they compare with.
os.environ |= {
    "CUDA_VISIBLE_DEVICES": "-1",
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "NO_PROXY": "127.0.0.1",
}
os.environ.pop("MNIST_DIR", None)

# Small enough for a minute: two epochs, few units, the embedded digits, because no mirror answers at this address.
TINY = {
    "dataset": {"mirrors": ["http://127.0.0.1:9/"]},
    "experiments": {
        "baseline": {
            "layers": [{"units": 16, "activation": "relu"}, {"units": 10, "activation": "softmax"}],
            "epochs": 2,
            "seeds": [0, 1],
        },
        "unscaled": {"seeds": [0]},
    },
    "timing": {
        "operations": ["relu", "matrix_dot"],
        "processes": 5,
        "sizes": {"below": 1, "above": 1, "max_steps": {"elements": 100000, "multiply_adds": 8000000}},
        "min_sample_s": 0.001,
        "max_call_s": 0.01,
        "max_wait_s": 0,
    },
    "bootstrap": {"resamples": 200},
}


def merge(base: dict, change: dict) -> dict:
    """`base` with the values of `change`, key by key, as Snakemake merges configuration files."""
    both = {key: merge(base[key], change[key]) for key in base.keys() & change.keys() if isinstance(change[key], dict)}
    return base | change | both


def snakemake(
    folder: Path, *arguments, config: dict | None = None, root: Path = ROOT, **environment
) -> subprocess.CompletedProcess:
    """Run the workflow in `folder` on the tiny configuration, changed by `config`; all that it prints is in `.stdout`."""
    folder.mkdir(parents=True, exist_ok=True)
    configfile = folder / "tiny.yaml"
    text = yaml.safe_dump(merge(TINY, config or {}), sort_keys=False)
    if not configfile.exists() or configfile.read_text() != text:  # a copy may be made of the folder at the same time
        configfile.write_text(text)
    command = [sys.executable, "-m", "snakemake", "--snakefile", root / "Snakefile", "--directory", folder, "-c2"]
    command += ["--configfile", configfile, *arguments]
    return subprocess.run(
        [str(word) for word in command],
        env=os.environ | environment,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.fixture(scope="session")
def made_once(tmp_path_factory, worker_id):
    """Make a folder once for all processes that the tests run in: the first that needs it makes it, the others wait."""
    base = tmp_path_factory.getbasetemp()
    base = base if worker_id == "master" else base.parent

    def make(name: str, fill) -> Path:
        folder = base / name
        with FileLock(base / f"{name}.lock"):
            if not folder.exists():
                part = base / f"{name}.part"
                shutil.rmtree(part, ignore_errors=True)
                part.mkdir()
                fill(part)
                part.rename(folder)
        return folder

    return make


@pytest.fixture(scope="session")
def tiny_run(made_once) -> Path:
    """The folder of a finished run of the tiny configuration. Read only: what changes it works on a copy."""

    def fill(folder: Path) -> None:
        (folder / "imports").mkdir()
        done = snakemake(folder, PYTHONPATH=str(ROOT / "tests/spy"), SPY_FOLDER=str(folder / "imports"))
        assert done.returncode == 0, done.stdout
        (folder / "output.txt").write_text(done.stdout)

    return made_once("tiny", fill)


@pytest.fixture(scope="session")
def whole_run(tiny_run, made_once):
    """The tiny run, gone on with a data set from a folder, and its configuration."""

    def fill(folder: Path) -> None:
        (folder / "idx").mkdir()
        _, config = make_idx_dataset(folder / "idx")
        config["experiments"] = {"baseline": {"seeds": [0]}, "mse": {"seeds": [0]}}  # it takes a minute otherwise
        shutil.copytree(tiny_run, folder / "run")
        done = snakemake(folder / "run", config=config, MNIST_DIR=str(folder / "idx"))
        assert done.returncode == 0, done.stdout
        write_json(folder / "config.json", config)

    folder = made_once("whole", fill)
    return folder / "run", read_json(folder / "config.json")


@pytest.fixture
def copied_run(tiny_run, tmp_path) -> Path:
    """A copy of the finished tiny run, with Snakemake's memory of it, to be changed at will."""
    return Path(shutil.copytree(tiny_run, tmp_path / "run"))


@pytest.fixture
def project(tmp_path) -> Path:
    """A copy of the project's own files, to be edited at will."""
    copy = tmp_path / "project"
    for name in ("workflow", "envs", "profiles"):
        shutil.copytree(ROOT / name, copy / name)
    for name in ("Snakefile", "config.yaml"):
        shutil.copy(ROOT / name, copy)
    return copy


@pytest.fixture
def serve():
    """Serve a folder on a loopback address, as a mirror does."""
    servers = []

    def start(folder: Path) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=folder))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/"

    yield start
    for server in servers:
        server.shutdown()


@pytest.fixture
def run_rule(tiny_run, tmp_path):
    """Run one rule alone, on inputs taken from the finished tiny run, and return the folder with its outputs.

    `before` may change the inputs in the folder that it is called with.
    """

    def run(rule: str, inputs: list[str], targets: list[str], before=lambda folder: None, config=None, fails=False):
        for name in inputs:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(tiny_run / name, tmp_path / name)
        before(tmp_path)
        done = snakemake(tmp_path, "--allowed-rules", rule, "--", *targets, config=config)
        assert (done.returncode != 0) == fails, done.stdout
        return done if fails else tmp_path

    return run


def make_idx_dataset(folder: Path) -> tuple[Path, dict]:
    """Put four small IDX files, packed, into the folder; return it and the configuration of a data set made of them."""
    rng = np.random.default_rng(0)
    files = {}
    for split, n in (("train", 300), ("test", 50)):
        labels = (np.arange(n) % 10).astype(np.uint8)
        images = rng.integers(0, 256, (n, 6, 5), dtype=np.uint8)
        for kind, array in (("images", images), ("labels", labels)):
            content = to_idx(array)
            packed = gzip.compress(content, mtime=0)
            name = f"{split}-{kind}"
            (folder / f"{name}.gz").write_bytes(packed)
            files[f"{split}_{kind}"] = {
                "name": name,
                "sha256": hashlib.sha256(content).hexdigest(),
                "gz_sha256": hashlib.sha256(packed).hexdigest(),
            }
    return folder, {"dataset": {"files": files}}


@pytest.fixture
def idx_dataset(tmp_path):
    """A folder with four small IDX files, and the configuration of a data set made of them."""
    folder = tmp_path / "idx"
    folder.mkdir()
    return make_idx_dataset(folder)
