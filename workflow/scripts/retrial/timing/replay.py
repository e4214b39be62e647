"""Take the notebook's readings once, in this fresh process: python -m retrial.timing.replay SEED > readings.json

One cold call each, on uniform inputs, between two readings of time.time(). The notebook prints the result before it
reads the clock again, so its readings include that; here the clock is also read between the call and the print.
"""

import json
import os
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np

from retrial.operations import naive

if __name__ == "__main__":
    rng = np.random.default_rng(int(sys.argv[1]))
    x, y = rng.random((20, 100)), rng.random((20, 100))
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        start_15 = time.time()
        r = naive.relu(naive.add(x, y))
        called_15 = time.time()
        print(r)
        end_15 = time.time()

        start_16 = time.time()
        z = np.maximum(x + y, 0.0)
        called_16 = time.time()
        print(r)
        end_16 = time.time()

        # The notebook overwrites the vector y, so both are matrices: nothing is broadcast. Nothing is printed, either.
        a, b = rng.random((300, 200)), rng.random((300, 200))
        start_21 = time.time()
        z = a + b
        end_21 = time.time()
    readings = {
        "add_relu by hand": (start_15, end_15),
        "add_relu NumPy": (start_16, end_16),
        "x + y": (start_21, end_21),
        "add_relu by hand, print not timed": (start_15, called_15),
        "add_relu NumPy, print not timed": (start_16, called_16),
    }
    json.dump(readings, sys.stdout)
