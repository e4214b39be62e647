"""What each optimizer of Keras takes, so that a wrong argument is found before networks are removed, and without Keras.

tests/rules/test_optimizers.py compares the table with Keras itself.
"""

from retrial.errors import InputError

EVERY = {"name", "learning_rate", "weight_decay", "clipnorm", "clipvalue"}
ARGUMENTS = {
    "adadelta": {"rho", "epsilon"},
    "adagrad": {"epsilon"},
    "adam": {"beta_1", "beta_2", "epsilon", "amsgrad"},
    "adamax": {"beta_1", "beta_2", "epsilon"},
    "adamw": {"beta_1", "beta_2", "epsilon", "amsgrad"},
    "ftrl": set(),
    "lion": {"beta_1", "beta_2"},
    "nadam": {"beta_1", "beta_2", "epsilon"},
    "rmsprop": {"rho", "momentum", "epsilon", "centered"},
    "sgd": {"momentum", "nesterov"},
}


def check_optimizer(key: str, optimizer: dict) -> None:
    """Raise InputError for an argument that the optimizer does not take; `key` names it in config.yaml."""
    taken = EVERY | ARGUMENTS[optimizer["name"]]
    for argument in sorted(optimizer.keys() - taken):
        raise InputError(
            f"config.yaml: {key}: found {argument}, which {optimizer['name']} does not take; expected one of "
            f"{', '.join(sorted(taken))}: remove it, or choose another optimizer"
        )
