"""In [6]: changes of the model results that make its claims false, or leave them open."""

from model_results import change_json, probe

from retrial.network import probe_keys as keys

OF_SEED_1 = "models/baseline/1/training.json"
FALSIFIED = {
    "five_epochs": [
        change_json(OF_SEED_1, steps=2344),
        change_json(OF_SEED_1, steps_per_epoch=468),
        change_json(OF_SEED_1, last_batch=95),
    ],
    "step_lowers_its_batch": [probe(keys.LAST_STEPS, value=0.8, low=0.7, high=0.899)],
}
UNDECIDED = [("step_lowers_its_batch", probe(keys.FIRST_STEPS, low=0.899, high=1), "needs more steps")]
