"""The one reader of a results folder: it parses each format in one place, and notes which files were read."""

import base64
import csv
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from retrial.files import read_json

# Columns of words, whatever they look like: an experiment "null", a message "1e3". So are the labels in a first column.
WORDS = ("experiment", "other_experiment", "message", "failed", "cell", "explanation", "commit")


def read_table(path: str | Path) -> pd.DataFrame:
    """A table; an empty element is missing, nan in a column of numbers and "" in one of words. Nothing else is."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        names = next(csv.reader(file))
    words = [i for i, name in enumerate(names) if name in WORDS or (i, name) == (0, "label")]
    # By number, because pandas renames a second column of a name, as in the confusion of a label called "label".
    table = pd.read_csv(
        path, header=0, names=range(len(names)), dtype=dict.fromkeys(words, str), keep_default_na=False, na_values=[""]
    )
    text = table.select_dtypes(["str", "object"]).columns
    table[text] = table[text].fillna("")
    return table.set_axis(names, axis="columns")


def read_confusion(path: str | Path) -> pd.DataFrame:
    """The counts of a confusion.csv, a row for each label, a column for each predicted one."""
    table = read_table(path)
    return table.iloc[:, 1:].set_axis(pd.Index(table.iloc[:, 0], name="label"), axis="index")


class Training(NamedTuple):
    """One network: an experiment's, from one of its seeds."""

    experiment: str
    seed: int

    @classmethod
    def of_path(cls, path: str | Path) -> "Training":
        """The training that wrote a file: `…/models/{experiment}/{seed}/file`."""
        *_, experiment, seed, _ = Path(path).parts
        return cls(experiment, int(seed))

    def file(self, name: str) -> str:
        """The name of one of its files, relative to the results folder."""
        return f"models/{self.experiment}/{self.seed}/{name}"


class Results:
    """A results folder.

    Names are relative to it: `accuracy.csv`. A missing file is a FileNotFoundError.

    Attributes:
        folder: its path.
        files_read: the names of the files that were read so far, each once, in that order.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        self.files_read: list[str] = []

    def path(self, name: str) -> Path:
        """The path of a file; it counts as read."""
        if name not in self.files_read:
            self.files_read.append(name)
        return self.folder / name

    def exists(self, name: str) -> bool:
        """Whether a file is there."""
        return (self.folder / name).exists()

    def csv(self, name: str) -> pd.DataFrame:
        """A table, see `read_table`."""
        return read_table(self.path(name))

    def json(self, name: str) -> Any:
        """A JSON document."""
        return read_json(self.path(name))

    def array(self, name: str) -> np.ndarray:
        """A read-only array; a large one stays on disk until it is used."""
        return np.load(self.path(name), allow_pickle=False, mmap_mode="r")

    def picture(self, name: str) -> str:
        """An .svg as a data URL."""
        return f"data:image/svg+xml;base64,{base64.b64encode(self.path(name).read_bytes()).decode()}"

    def trainings(self, experiment: str) -> list[Training]:
        """The trainings of an experiment, by accuracy.csv."""
        table = self.csv("accuracy.csv")
        return [Training(experiment, seed) for seed in table.loc[table["experiment"] == experiment, "seed"]]

    def trained(self, experiments: dict[str, dict]) -> dict[str, dict]:
        """These complete experiments as their networks' own files tell them; those without a network as they are."""
        trained = {}
        for name, experiment in experiments.items():
            files = [Training(name, seed).file("training.json") for seed in experiment["seeds"]]
            made = next((file for file in files if self.exists(file)), None)
            settings = self.json(made)["settings"] if made else {}
            trained[name] = {key: settings.get(key, value) for key, value in experiment.items()}
        return trained
