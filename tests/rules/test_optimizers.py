"""The arguments that a configuration may give to an optimizer are those that Keras takes."""

import pytest

from retrial.errors import InputError
from retrial.optimizers import ARGUMENTS, check_optimizer

VALUES = dict.fromkeys(["nesterov", "centered", "amsgrad"], True) | dict.fromkeys(
    ["learning_rate", "momentum", "rho", "beta_1", "beta_2", "epsilon", "weight_decay", "clipnorm", "clipvalue"], 0.5
)
CASES = [{argument: value} for argument, value in VALUES.items()]
CASES += [{"clipnorm": 1.0, "clipvalue": 1.0}, {"momentum": 0}, {"momentum": 1}, {"beta_1": 0}]


@pytest.mark.parametrize("name", ARGUMENTS)
def test_an_argument_is_refused_if_and_only_if_keras_refuses_it(name):
    import keras

    for arguments in CASES:
        try:
            keras.optimizers.get({"class_name": name, "config": dict(arguments)})
            expected = True
        except (ValueError, TypeError):
            expected = False
        try:
            check_optimizer("experiments.baseline.optimizer", {"name": name} | arguments)
            accepted = True
        except InputError:
            accepted = False
        assert accepted == expected, (name, arguments)
