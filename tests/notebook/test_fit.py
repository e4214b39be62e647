"""The claims about the training."""

import pandas as pd
from claim_cases import verdict_test
from model_results import edit_json, interval, table

from retrial.files import write_csv
from retrial.network import probe_keys as keys


def training(**values):
    return lambda results: edit_json(results / "models/baseline/1/training.json", **values)


def one_epoch(results):
    for path in results.glob("models/*/*/history.csv"):
        write_csv(path, pd.read_csv(path).head(1))


test_verdicts = verdict_test(
    {
        "five_epochs": {"refuted": [training(steps=2344), training(steps_per_epoch=468), training(last_batch=95)]},
        "step_lowers_its_batch": {
            "confirmed": [interval(keys.FIRST_STEPS, 0.901, 1), interval(keys.LAST_STEPS, 0.901, 1)],
            "refuted": [interval(keys.FIRST_STEPS, 0.8, 0.899), interval(keys.LAST_STEPS, 0.8, 0.899)],
            "inconclusive": [interval(keys.FIRST_STEPS, 0.899, 0.901)],
        },
        "loss_falls": {
            "confirmed": [table("models/baseline/1/history.csv", "epoch == 3", loss=0.1999)],
            "refuted": [table("models/baseline/1/history.csv", "epoch == 3", loss=0.2)],
            "not applicable": [one_epoch],
        },
    }
)
