"""Params are pairs of a name and a value: Snakemake compares values without names."""

from retrial.params import settings_of, to_params

SETTINGS = {
    "seed": 0,
    "optimizer": {"name": "sgd", "learning_rate": 0.1},
    "sweeps": {},
    "grid": {"batch_size": [64], "optimizer.learning_rate": [0.1, 0.2]},
}


def test_each_leaf_is_a_pair_with_its_path_and_a_block_with_dotted_keys_is_one():
    assert list(to_params(SETTINGS, {"retrial/files.py": "ee1e"}).values()) == [
        ("seed", 0),
        ("optimizer.name", "sgd"),
        ("optimizer.learning_rate", 0.1),
        ("sweeps", {}),
        ("grid", {"batch_size": [64], "optimizer.learning_rate": [0.1, 0.2]}),
        ("retrial/files.py", "ee1e"),
    ]


def test_a_job_gets_back_its_settings_without_the_digests():
    assert settings_of(to_params(SETTINGS, {"retrial/files.py": "ee1e"}).values()) == SETTINGS


def test_a_function_of_the_wildcards_returns_the_pair():
    (function,) = to_params({"epochs": lambda wildcards: wildcards["n"]}, {}).values()
    assert function({"n": 5}) == ("epochs", 5)
