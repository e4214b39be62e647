"""What each optimizer of Keras takes, so that a wrong argument is found before results are removed, and without Keras.

tests/rules/test_optimizers.py compares the table with Keras itself.
"""

from retrial.errors import InputError

EVERY = {"learning_rate", "weight_decay", "clipnorm", "clipvalue"}
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
    """Raise InputError where Keras would refuse the arguments of an optimizer; `key` names it in config.yaml."""
    name = optimizer["name"]
    taken = EVERY | ARGUMENTS[name]
    for argument in sorted(optimizer.keys() - taken - {"name"}):
        raise InputError(
            f"config.yaml: {key}: found {argument}, which {name} does not take; expected {', '.join(sorted(taken))}: "
            "remove it, or choose another optimizer"
        )
    if {"clipnorm", "clipvalue"} <= optimizer.keys():
        raise InputError(f"config.yaml: {key}: found clipnorm and clipvalue, expected one of them: remove the other")
    if name == "sgd" and not 0 < optimizer.get("momentum", 0.5) < 1:
        raise InputError(
            f"config.yaml: {key}.momentum: found {optimizer['momentum']}, expected a number between 0 and 1 for sgd: "
            "correct it, or remove it for no momentum"
        )
    if name == "lion" and optimizer.get("beta_1") == 0:
        raise InputError(f"config.yaml: {key}.beta_1: found 0, expected a number above 0 for lion: correct it")
