"""The network in Keras: TensorFlow as every job starts it, the model that settings describe, its training, its file.

`python -m retrial.network.keras` prints the version of TensorFlow and makes oneDNN compute once: with ONEDNN_VERBOSE=1
it then says which instruction set it uses.
"""

import gc
import inspect
import json
import os
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import numpy as np

from retrial.files import atomic_write
from retrial.network.scores import SCORES, encode_labels
from retrial.network.training import Trained, run_epochs

# Keras imports these where they are installed, for functions that nothing here uses: almost half of its start.
OPTIONAL = ("matplotlib", "pandas", "scipy", "sklearn")
PREDICTED = 1000  # images at a time


@contextmanager
def hidden(*names: str) -> Iterator[None]:
    """Inside the block, an import of these packages fails, unless they are imported already."""
    absent = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


def start_keras(threads: int, onednn: bool = True) -> ModuleType:
    """Import TensorFlow for the CPU alone, with a fixed number of threads, and return Keras.

    Another device, kernels of another library or, without oneDNN, another number of threads gives other bits. So would
    the type of floats in a user's ~/.keras/keras.json.
    """
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["TF_ENABLE_ONEDNN_OPTS"] = str(int(onednn))
    os.environ["KERAS_BACKEND"] = "tensorflow"
    if "keras" not in sys.modules:
        gc.disable()  # nothing that is imported is garbage, and to look through it takes a fifth of the time
        with hidden(*OPTIONAL):
            import keras
        gc.freeze()  # so the end of the process is short; but a second time, it would keep finished networks
        gc.enable()
    import keras
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)
    return keras


@contextmanager
def float_type(name: str) -> Iterator[None]:
    """Keras computes in this type inside the block, the loss included."""
    import keras

    keras.config.set_floatx(name)
    try:
        yield
    finally:
        keras.config.set_floatx("float32")


def build_model(settings: dict, n_inputs: int, dtype: str = "float32"):
    """Build and compile the Keras model that an experiment's settings describe, for inputs of shape (n, n_inputs)."""
    import keras

    model = keras.Sequential([keras.Input((n_inputs,), dtype=dtype)])
    for layer in settings["layers"]:
        model.add(keras.layers.Dense(layer["units"], activation=layer["activation"], dtype=dtype))
    arguments = dict(settings["optimizer"])
    optimizer_class = type(keras.optimizers.get(arguments.pop("name")))
    # Keras refuses a whole number where it wants a float: 1 as a learning rate is an error, 1.0 is not.
    for key, parameter in inspect.signature(optimizer_class).parameters.items():
        if key in arguments and isinstance(parameter.default, float):
            arguments[key] = float(arguments[key])
    optimizer = optimizer_class(**arguments)
    model.compile(optimizer=optimizer, loss=settings["loss"], metrics=settings["metrics"], jit_compile=False)
    return model


def to_tensor(array: np.ndarray):
    """The array as a tensor, in the same memory if TensorFlow can use it: writable, from a multiple of 64 bytes on.

    An array that np.load maps with mmap_mode="c" is such memory. Otherwise this copies, twice for a moment.
    """
    import tensorflow as tf

    if array.flags.writeable and array.ctypes.data % 64 == 0:
        return tf.experimental.dlpack.from_dlpack(array.__dlpack__())
    return tf.convert_to_tensor(array)


def compile_epoch(model, x: np.ndarray, targets: np.ndarray, batch_size: int) -> Callable:
    """A function without arguments that trains a compiled Keras model for one epoch, in batches of a random order.

    It computes what Keras's `fit` does, the same weights bit for bit, in about half of its time: `fit` spends the
    rest on pipelines of batches and on metrics after every step. Here an epoch is one compiled function over arrays in
    memory. The order is drawn as `fit` draws it, so that the same seed gives the same batches; the last one may be
    smaller.

    Args:
        x: the inputs, float32 of shape (n, inputs).
        targets: as the model's loss takes them, shape (n,) or (n, labels).

    Returns:
        The function. It returns the order, shape (n,), the mean loss, and in that order the outputs, shape (n, units),
        that the model gave just before each step.
    """
    import tensorflow as tf

    inputs, targets, n = to_tensor(x), tf.convert_to_tensor(targets), len(x)
    outputs = tf.Variable(tf.zeros((n, model.output_shape[-1]), model.compute_dtype), trainable=False)
    model.optimizer.build(model.trainable_variables)
    # `fit` shuffles in a tf.data pipeline: the seed of the same operation elsewhere would be another one.
    orders = tf.data.Dataset.range(1).map(lambda _: tf.random.shuffle(tf.range(n, dtype=tf.int64)))

    def step(order, start, stop):
        """Train on the images from `start` to `stop` of the order; return the sum of their losses."""
        rows = order[start:stop]
        batch, expected = tf.gather(inputs, rows), tf.gather(targets, rows)
        with tf.GradientTape() as tape:
            predicted = model(batch, training=True)
            loss = model.compute_loss(y=expected, y_pred=predicted)
        gradients = tape.gradient(loss, model.trainable_variables)
        model.optimizer.apply(gradients, model.trainable_variables)
        outputs[start:stop].assign(predicted)
        return loss * tf.cast(stop - start, loss.dtype)

    @tf.function
    def train(order):
        total, whole = tf.zeros((), model.compute_dtype), n - n % batch_size
        for start in tf.range(0, whole, batch_size):
            total += step(order, start, start + batch_size)
        if whole < n:
            total += step(order, whole, n)
        return total / n

    def epoch():
        order = next(iter(orders))
        loss = float(train(order))
        return order.numpy(), loss, outputs.numpy()

    return epoch


def train(model, x: np.ndarray, labels: np.ndarray, settings: dict) -> dict[str, list[float]]:
    """Train a compiled model on images x, float32 of shape (n, pixels), and labels, shape (n,); return its history.

    The loss and the metrics of an epoch are means over the images, each as the model saw it just before its step.
    """
    targets = encode_labels(labels, settings["layers"][-1]["units"], settings["loss"])
    train_epoch = compile_epoch(model, x, targets, settings["batch_size"])

    def scored_epoch() -> dict[str, float]:
        order, loss, probabilities = train_epoch()
        return {"loss": loss} | {name: SCORES[name](labels[order], probabilities) for name in settings["metrics"]}

    return run_epochs(settings["epochs"], scored_epoch)


def train_network(settings: dict, seed: int, x: np.ndarray, labels: np.ndarray) -> Trained:
    """Build and train the network of an experiment, see `build_model` and `train`."""
    keras = start_keras(settings["threads"])
    keras.utils.clear_session()  # of networks before this one, as in a sweep
    keras.utils.set_random_seed(seed)
    model = build_model(settings, x.shape[1])
    start = time.perf_counter()
    history = train(model, x, labels, settings)
    fit_s, steps = time.perf_counter() - start, int(np.asarray(model.optimizer.iterations))

    def predict(images: np.ndarray) -> np.ndarray:
        return model.predict(images, PREDICTED, verbose=0)

    return Trained(history, steps, fit_s, predict, lambda path: save_model(path, model))


def save_model(path: str | Path, model) -> None:
    """Write a model as .keras, so that the same model gives the same bytes.

    What differs each time Keras saves a model is left out: the date, the times in the zip file, and `shared_object_id`,
    a memory address, which becomes a number in order.
    """
    ids = {}

    def renumber(node):
        if isinstance(node, dict) and "shared_object_id" in node:
            node["shared_object_id"] = ids.setdefault(node["shared_object_id"], len(ids))
        for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            renumber(value)

    with atomic_write(path) as part:
        saved = part.with_suffix(".saved.keras")
        try:
            model.save(saved)
            with zipfile.ZipFile(saved) as old, zipfile.ZipFile(part, "w") as new:
                for name in sorted(old.namelist()):
                    content = old.read(name)
                    if name.endswith(".json"):
                        value = json.loads(content)
                        renumber(value)
                        if "date_saved" in value:
                            value["date_saved"] = "1980-01-01@00:00:00"
                        content = json.dumps(value, sort_keys=True).encode()
                    new.writestr(zipfile.ZipInfo(name), content)
        finally:
            saved.unlink(missing_ok=True)
