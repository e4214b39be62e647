"""Absurd numbers are refused while a run is planned, with what they would cost."""

from copy import deepcopy

import pytest
import yaml
from conftest import ROOT, TINY, merge

from retrial.config import canonical, check_config, complete_experiment, load_schema
from retrial.data.checks import MNIST
from retrial.errors import InputError
from retrial.estimates import check_costs

CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
FULL = yaml.safe_load((ROOT / "config.full.yaml").read_text())
SCHEMA = load_schema(ROOT / "workflow/schemas/config.schema.yaml")


def check(change: dict) -> None:
    config = merge(CONFIG, change)
    check_config(config, SCHEMA)
    config = canonical(config)
    check_costs(config, {name: complete_experiment(config, name) for name in config["experiments"]}, MNIST)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("timing.sizes.max_steps.elements", 10**30, "needs about .* GB of memory"),
        ("timing.sizes.max_steps.elements", 10**308, "needs about"),
        ("timing.sizes.max_steps.multiply_adds", 10**30, "timing .matrix_dot.: needs about"),
        (
            "timing.sizes.max_steps.multiply_adds",
            10**11,
            "^config.yaml: timing.sizes.max_steps.multiply_adds: a call of matrix_dot in NumPy takes 1.0 s or more, "
            "expected at most 0.5 s: use smaller numbers, or run with --config force=true$",
        ),
        ("timing.processes", 10**9, "days or more|GB"),
        ("timing.processes", 10**400, "days or more|GB"),
        ("timing.replays", 10**9, "timing.replays: the run takes 1157 days or more"),
        ("timing.slices", 10**6, "GB of memory"),
        ("timing.min_sample_s", 1e9, "days or more, expected at most 2"),
        ("timing.min_sample_s", 1e308, "days or more, expected at most 2"),
        ("timing.max_wait_s", 1e308, "timing.max_wait_s: the run takes"),
        ("experiments.baseline.epochs", 10**6, "days or more"),
        (
            "sweeps.rates",
            {"settings": {"epochs": 10**6, "batch_size": 1}, "grid": {"divide_by_255": [True, False]}, "seeds": [0]},
            "sweeps.rates: the run takes",
        ),
        ("experiments.baseline.seeds", list(range(100_000)), "days or more"),
        (
            "experiments.baseline.layers",
            [*[{"units": 10**6, "activation": "relu"}] * 5, {"units": 10, "activation": "softmax"}],
            r"experiments.\w+: needs about 64\d\d\d GB of memory, expected at most .* with --config force=true",
        ),
    ],
)
def test_absurd_numbers_are_refused_with_what_they_cost_unless_forced(path, value, message):
    change = deepcopy(value)
    for key in reversed(path.split(".")):
        change = {key: change}
    with pytest.raises(InputError, match=message) as error:
        check(change)
    assert "\n" not in str(error.value)
    check(change | {"force": True})


@pytest.mark.parametrize(
    "change",
    [
        {},
        FULL,
        TINY,
        {"experiments": {"baseline": {"epochs": 500}}},
        {"sweeps": {"rates": {"grid": {"batch_size": list(range(32, 1032))}, "seeds": list(range(10))}}},
        {"timing": {"sizes": {"max_steps": {"multiply_adds": 2**35}}}},
    ],
)
def test_useful_configurations_are_not_refused(change):
    check(change)


def test_a_limit_of_memory_with_which_libraries_hang_is_refused(monkeypatch):
    monkeypatch.setattr("resource.getrlimit", lambda kind: (400_000 * 1024, 400_000 * 1024))
    with pytest.raises(InputError, match=r"^ulimit -v: found 0\.4 GB, expected at least 4 GB, .* force=true$"):
        check({})
    check({"force": True})
