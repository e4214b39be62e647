"""The one reader of a results folder: it parses each format in one place, and notes which files were read."""

import base64
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from retrial.files import read_json


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

    def csv(self, name: str, **options) -> pd.DataFrame:
        """A table; `options` go to pandas.read_csv."""
        return pd.read_csv(self.path(name), **options)

    def json(self, name: str) -> Any:
        """A JSON document."""
        return read_json(self.path(name))

    def array(self, name: str) -> np.ndarray:
        """A read-only array; a large one stays on disk until it is used."""
        return np.load(self.path(name), allow_pickle=False, mmap_mode="r")

    def picture(self, name: str) -> str:
        """An .svg as a data URL."""
        return f"data:image/svg+xml;base64,{base64.b64encode(self.path(name).read_bytes()).decode()}"

    def trainings(self, experiment: str | None = None) -> list[Training]:
        """The trainings in accuracy.csv: all of them, or those of one experiment."""
        table = self.csv("accuracy.csv")
        if experiment is not None:
            table = table[table["experiment"] == experiment]
        return [Training(row.experiment, row.seed) for row in table.itertuples()]
