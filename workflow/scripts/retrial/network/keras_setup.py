"""TensorFlow as every rule starts it, so that the same seed gives the same bits.

`python -m retrial.network.keras_setup` prints the version of TensorFlow and makes oneDNN compute once: with
ONEDNN_VERBOSE=1 it then says which instruction set it uses.
"""

import os
from types import ModuleType


def start_keras(threads: int) -> ModuleType:
    """Import TensorFlow for the CPU alone, with oneDNN and a fixed number of threads, and return Keras.

    Another device, kernels of another library or, without oneDNN, another number of threads gives other bits. So would
    the type of floats in a user's ~/.keras/keras.json.
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


if __name__ == "__main__":
    start_keras(threads=1)
    import tensorflow as tf

    tf.linalg.matmul(tf.ones((64, 784)), tf.ones((784, 512)))
    print("tensorflow:", tf.__version__)
