"""The Keras model that the settings of an experiment describe."""

import inspect

from retrial.errors import InputError


def build_model(experiment: str, settings: dict, n_inputs: int, dtype: str = "float32"):
    """Build and compile the Keras model that an experiment's settings describe, for inputs of shape (n, n_inputs).

    Raises:
        InputError: Keras refuses the optimizer's arguments.
    """
    import keras

    model = keras.Sequential([keras.Input((n_inputs,), dtype=dtype)])
    for layer in settings["layers"]:
        model.add(keras.layers.Dense(layer["units"], activation=layer["activation"], dtype=dtype))
    name, arguments = settings["optimizer"]["name"], {k: v for k, v in settings["optimizer"].items() if k != "name"}
    optimizer_class = type(keras.optimizers.get(name))
    defaults = inspect.signature(optimizer_class).parameters
    try:
        # Keras refuses a whole number where it wants a float: 1 as a learning rate is an error, 1.0 is not.
        optimizer = optimizer_class(
            **{
                k: float(v) if k in defaults and isinstance(defaults[k].default, float) else v
                for k, v in arguments.items()
            }
        )
    except (TypeError, ValueError) as error:
        raise InputError(
            f"config.yaml: experiments.{experiment}.optimizer: found {settings['optimizer']}, expected arguments that "
            f"Keras's {name} takes: {str(error).splitlines()[0]}"
        ) from error
    model.compile(optimizer=optimizer, loss=settings["loss"], metrics=settings["metrics"], jit_compile=False)
    return model
