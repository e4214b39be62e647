"""The arguments that a configuration may give to an optimizer are those that Keras takes."""

import pytest

from retrial.errors import InputError
from retrial.optimizers import ARGUMENTS, check_optimizer


@pytest.mark.parametrize("name", ARGUMENTS)
@pytest.mark.parametrize("argument", sorted(set().union(*ARGUMENTS.values())))
def test_an_argument_is_refused_if_and_only_if_keras_refuses_it(name, argument):
    import keras

    try:
        keras.optimizers.get({"class_name": name, "config": {argument: 0.5}})
    except (ValueError, TypeError):
        with pytest.raises(InputError, match=f"found {argument}, which {name} does not take"):
            check_optimizer("experiments.baseline.optimizer", {"name": name, argument: 0.5})
    else:
        check_optimizer("experiments.baseline.optimizer", {"name": name, argument: 0.5})
