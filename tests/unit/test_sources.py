"""Which data set is used."""

import pytest
from conftest import TINY

from retrial.data import sources
from retrial.files import write_json

CONFIG = {
    "MNIST_DIR": "",
    "fallback": "embedded",
    "dataset": TINY["dataset"] | {"name": "mnist", "files": {"test_labels": {"name": "labels", "sha256": "0"}}},
}


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_without_a_folder_or_a_mirror_the_embedded_digits_are_used():
    assert sources.choose_dataset(CONFIG) == "mnist-5k"


def test_with_a_mirror_that_answers_mnist_is_used_unless_mirrors_are_not_asked(monkeypatch):
    monkeypatch.setattr(sources, "problem_of_mirror", lambda url, sha256: "")
    assert sources.choose_dataset(CONFIG, ask=False) == "mnist-5k"
    assert sources.choose_dataset(CONFIG) == "mnist"


def test_results_of_mnist_stay_when_folder_and_network_are_gone(tmp_path):
    (tmp_path / "results/data").mkdir(parents=True)
    split = {"n": 1, "image_shape": [1, 1], "n_per_label": [1]}
    provenance = {"sha256": {"train_images": ""}, "train": split, "test": split}
    write_json("results/data/provenance.json", provenance | {"dataset": "mnist-5k"})
    assert sources.choose_dataset(CONFIG) == "mnist-5k"
    write_json("results/data/provenance.json", provenance | {"dataset": "mnist"})
    assert sources.choose_dataset(CONFIG) == "mnist"


def test_downloaded_files_are_reused(tmp_path):
    (tmp_path / "results/data/raw/mnist").mkdir(parents=True)
    write_json("results/data/raw/mnist/source.json", {})
    assert sources.choose_dataset(CONFIG) == "mnist"


def test_the_embedded_digits_replace_only_mnist_and_only_with_the_fallback():
    assert sources.choose_dataset(CONFIG | {"fallback": "none"}) == "mnist"
    fashion = CONFIG["dataset"] | {"name": "fashion-mnist"}
    assert sources.choose_dataset(CONFIG | {"dataset": fashion}) == "fashion-mnist"
