"""TensorFlow as every rule starts it, so that the same seed gives the same bits."""

import os
from types import ModuleType


def start_keras(threads: int) -> ModuleType:
    """Import TensorFlow for the processor alone, with oneDNN and a fixed number of threads, and return Keras.

    Another device, another library of kernels or, without oneDNN, another number of threads gives other bits; so would
    what a user's ~/.keras/keras.json says of the type of floats.
    """
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["TF_ENABLE_ONEDNN_OPTS"] = "1"
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    import keras

    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)
    return keras
