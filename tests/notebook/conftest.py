"""Fixtures of the tests of claims: the results in which every claim is true, and a copy of them to change."""

import os
import shutil
from pathlib import Path

import pytest
from model_results import make_model_results


@pytest.fixture(scope="session")
def true_results(tmp_path_factory) -> Path:
    """A results folder in which every claim is true. Read only: `results` is a copy of it."""
    return make_model_results(tmp_path_factory.mktemp("true"))


@pytest.fixture
def results(true_results, tmp_path) -> Path:
    """A copy of `true_results` to change; files are hard links, so replace a file instead of writing into it."""
    return Path(shutil.copytree(true_results, tmp_path / "results", copy_function=os.link))
