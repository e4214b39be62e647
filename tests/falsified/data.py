"""In [3]: changes of the model results that make its claims false, or leave them open."""

import numpy as np
from model_results import (
    TWO_SEEDS,
    accuracies,
    change_array,
    change_images,
    change_json,
    drop_label_9,
    gains,
    probe,
    step_times,
    write_images,
)

from retrial.network import probe_keys as keys

LARGE, WIDE = np.array([0.01, 0.011, 0.012, 0.01, 0.011]), [0.01, -0.01, 0.005, -0.006, 0]
FALSIFIED = {
    "images": [change_json("data/provenance.json", train={"n": 59999, "image_shape": [28, 28]})],
    "labels": [drop_label_9, change_array("data/y_test.npy", lambda y: y.astype(np.int64))],
    "shapes": [lambda results: write_images(results / "data/x_test.npy", 9999)],
    "raw_values": [change_images(lambda x: x * np.float32(0.5)), change_images(lambda x: x * np.float32(2))],
    "range": [change_images(lambda x: x * 255), change_images(lambda x: x.astype(np.float64))],
    "scale_matters": [accuracies(baseline=0.98, unscaled=0.981), accuracies(baseline=0.98, unscaled=0.98)],
    "prefers_float32": [
        probe(keys.INPUT_TYPES, value=1e-9),
        probe(keys.INPUT_TYPES._replace(case="float16"), value=0),
    ],
    "slower_steps": [step_times(float16=2)],
    "float64_accuracy": [gains("float64", LARGE)],
    "float16_accuracy": [gains("float16", -LARGE)],
}
UNDECIDED = [
    ("scale_matters", accuracies(baseline=[0.98], unscaled=[0.96]), TWO_SEEDS),
    ("scale_matters", accuracies(baseline=[0.98, 0.98], unscaled=[0.95, 0.97]), "needs about 5 seeds"),
    ("slower_steps", step_times(float16=3, spread=0.2), "needs a quieter machine"),
    ("float64_accuracy", gains("float64", WIDE), "seeds"),
    ("float16_accuracy", gains("float16", WIDE), "seeds"),
]
