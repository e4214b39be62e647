"""The names of what the probes measure: each names a row of a table in probes/, and claims read the row by it."""

from typing import NamedTuple


class Key(NamedTuple):
    """A row of a table in probes/. Without a statistic it is the only row of its case, and says there what happened."""

    probe: str
    case: str
    statistic: str = ""


OPERATIONS = Key("operations", "dot, add, relu, softmax", "largest difference of an output")
INPUT_TYPES = Key("input_types", "float64", "largest difference of an output")
EQUAL_LABELS = INPUT_TYPES._replace(statistic="share of equal labels")
FLOAT_TYPES = Key("float_types", "float32", "accuracy")
TRAINED = Key("weights", "the trained network", "accuracy")
COPIED = Key("weights", "copied", "largest difference of an output")
SHUFFLED = Key("weights", "shuffled", "accuracy")
CHANCE = Key("weights", "chance", "accuracy")
LOSS_CHANGES = Key("gradient", "loss", "directions that change it")
ACCURACY_CHANGES = Key("gradient", "accuracy", "directions that change it")
FIRST_STEPS = Key("step", "the first steps", "share of steps that lower the loss of their batch")
LAST_STEPS = FIRST_STEPS._replace(case="after the last epoch")
EXTRA_UNITS = 6
EQUAL_UNITS = Key("units", "as many as labels", "accuracy")
TOO_FEW_UNITS = Key("units", "one too few")
TOO_MANY_UNITS = Key("units", f"{EXTRA_UNITS} too many", "accuracy")
UNUSED_UNITS = TOO_MANY_UNITS._replace(statistic="share of images given to them")
WITH_LOSS = Key("feedback", "the loss", "largest change of a weight")
WITHOUT_LOSS = WITH_LOSS._replace(case="the loss times 0")
CATEGORICAL_LOSS = Key("sparse_loss", "categorical loss on one-hot labels", "largest difference of a weight")
SPARSE_LOSS_ON_ONE_HOT = Key("sparse_loss", "sparse loss on one-hot labels")
NO_METRIC = Key("metrics", "no metric", "largest difference of a weight")
OTHER_METRICS = NO_METRIC._replace(case="cross-entropy and top-5 accuracy")
LINEAR = Key("regression", "linear", "mean squared error")
CONSTANT_MINUS_LINEAR = Key("regression", "the best constant minus linear", "difference of squared error")
SIGMOID_MINUS_LINEAR = CONSTANT_MINUS_LINEAR._replace(case="the least of any sigmoid minus linear")
UNRELATED_LOSS = Key("unrelated_loss", "shuffled labels", "share of labels equal to those of the trained network")
RELATED_LOSS = UNRELATED_LOSS._replace(case="true labels")
BROADCAST_STRIDE = Key("broadcasting", "broadcasting", "bytes from a row to the next")
BROADCAST_SHARES = BROADCAST_STRIDE._replace(statistic="shares the memory of the vector")
REPEATED_STRIDE = BROADCAST_STRIDE._replace(case="explicit repetition")
REPEATED_SHARES = BROADCAST_SHARES._replace(case="explicit repetition")
CALIBRATION = Key("calibration", "baseline", "expected calibration error")
