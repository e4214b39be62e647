"""config.yaml: check it, complete it, and bring it into one canonical form."""

import math
import os
import re
import sys
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from shlex import quote

import yaml
from jsonschema import Draft202012Validator, ValidationError, validators

from retrial.data.checks import check_data_in_results, check_name, read_folder
from retrial.data.sources import is_available
from retrial.errors import InputError, shorten
from retrial.operations.table import TIMED
from retrial.optimizers import check_optimizer
from retrial.sweeps import format_point, points_of_sweeps

TYPES = Draft202012Validator.TYPE_CHECKER
FINITE = TYPES.redefine("number", lambda _, value: TYPES.is_type(value, "number") and -math.inf < value < math.inf)
FiniteValidator = validators.extend(Draft202012Validator, type_checker=FINITE)
KINDS = {"integer": "a whole number", "number": "a number", "boolean": "true or false"}
BOUNDS = {
    "minimum": " from {:,}",
    "exclusiveMinimum": " above {:,}",
    "maximum": " up to {:,}",
    "exclusiveMaximum": ", below {:,}",
}
NUMPY_OPTIMIZER = ["name", "learning_rate", "rho", "epsilon", "epsilon_outside_root"]


def prepare(config: dict, files: list[str], root: Path) -> dict:
    """Check a configuration before anything runs; return it in canonical form, with MNIST_DIR as an absolute path.

    Args:
        config: as Snakemake merged it.
        files: the YAML files that it came from.
        root: the folder of the Snakefile, where a relative MNIST_DIR starts.

    Raises:
        InputError: the first fault found.
    """
    for name, path, signs in (("Python", sys.executable, " {}"), ("the project", str(root), "{}")):
        if sign := next((sign for sign in path if sign in signs), None):
            raise InputError(
                f"{path}: found {'a space' if sign == ' ' else sign} in the path of {name}, with which Snakemake "
                "cannot run scripts, expected none: move the project or the environment, and make .venv again"
            )
    for file in files:
        check_yaml(file)
    schema = load_schema(root / "workflow/schemas/config.schema.yaml")
    if isinstance(experiments := config.get("experiments"), dict):
        config["experiments"] = {name: settings for name, settings in experiments.items() if settings is not None}
    try:
        check_config(config, schema)
        config = canonical(config)
        check_sweeps(config, schema)
        check_name(config["dataset"])
        check_data_in_results(config)
    except InputError as error:
        raise InputError(_name_file(str(error), files, root)) from error
    if folder := os.environ.get("MNIST_DIR") or config["MNIST_DIR"]:
        config["MNIST_DIR"] = str(root / Path(folder).expanduser())
        if not is_available(config["dataset"]["name"]):
            read_folder(Path(config["MNIST_DIR"]), config["dataset"])
    return config


def _name_file(message: str, files: list[str], root: Path) -> str:
    """A message about a key in config.yaml, which names instead the last of these files that sets the key."""
    key = re.split(": |, ", message.removeprefix("config.yaml: "))[0]
    for file in reversed(files):
        node = yaml.safe_load(Path(file).read_text(encoding="utf-8-sig"))
        for part in key.split(".") if key != "top level" else []:
            node = node.get(part) if isinstance(node, dict) else node
        if node is not None:
            return message.replace("config.yaml:", f"{relative(file, root)}:", 1)
    return message


def describe_options(files: list[str], root: Path) -> str:
    """The options of this run: its configuration files, and its folder unless that is `root`, the Snakefile's.

    They stand after the targets, because --configfile takes everything that follows it for configuration files.
    """
    folder = os.path.relpath(Path.cwd(), root)
    words = ["--configfile", *(relative(file, root) for file in files)] if files else []
    words += ["--directory", folder] if folder != "." else []
    return "".join(f" {quote(word)}" for word in words)


def relative(path: str | Path, folder: Path) -> str:
    """A path, from the folder if it is in there."""
    return str(Path(path).relative_to(folder) if Path(path).is_relative_to(folder) else path)


class _UniqueKeys(yaml.SafeLoader):
    """YAML itself takes the last of two equal keys."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        if twice := next((key for key in keys if keys.count(key) > 1), None):
            raise yaml.MarkedYAMLError(problem=f"{twice!r} is defined twice", problem_mark=node.start_mark)
        return super().construct_mapping(node, deep)


def check_yaml(path: str | Path) -> None:
    """Raise InputError, with the line, where a configuration file is not YAML, has no keys, or defines a key twice."""
    if Path(path).suffix == ".json":
        return  # Snakemake reads it; JSON may have tabs, YAML may not
    try:
        with Path(path).open("rb") as file:
            content = yaml.load(file, _UniqueKeys)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}, expected a configuration in YAML: name another file") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = f"line {mark.line + 1}: {error.problem}" if mark else error
        raise InputError(f"{path}: {problem}: correct it") from error
    if not isinstance(content, dict):
        raise InputError(f"{path}: found {shorten(content)}, expected settings as in config.yaml: add one")


@cache
def load_schema(path: Path) -> dict:
    """The JSON schema of config.yaml, with the names of the operations from their table."""
    schema = yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    schema["properties"]["timing"]["properties"]["operations"]["items"]["enum"] = list(TIMED)
    return schema


def check_config(config: dict, schema: dict) -> None:
    """Check a configuration against its JSON schema, and what a schema cannot express.

    Raises:
        InputError: the first fault found, as one line that names the key.
    """
    if errors := sorted(FiniteValidator(schema).iter_errors(config), key=lambda error: str(list(error.path))):
        raise InputError(f"config.yaml: {_one_line(errors[0], schema)}")
    n_labels = len(config["dataset"]["labels"])
    for name in config["experiments"]:
        settings = complete_experiment(config, name)
        one_hot_metrics = sorted({"binary_accuracy", "mean_squared_error"} & set(settings["metrics"]))
        if settings["loss"] == "sparse_categorical_crossentropy" and one_hot_metrics:
            raise InputError(
                f"config.yaml: experiments.{name}.metrics: found {one_hot_metrics[0]}, which needs one-hot labels; "
                "expected a loss that takes them too, such as categorical_crossentropy: change one of them"
            )
        if settings["engine"] == "numpy":
            check_numpy_engine(name, settings)
        else:
            check_optimizer(f"experiments.{name}.optimizer", settings["optimizer"])
        last = settings["layers"][-1]
        if last != {"units": n_labels, "activation": "softmax"}:
            raise InputError(
                f"config.yaml: experiments.{name}.layers: the last layer is {last}, expected softmax with one unit "
                f"for each of the {n_labels} dataset.labels: change it"
            )


def check_sweeps(config: dict, schema: dict) -> None:
    """Raise InputError if a grid point of a sweep is not a valid experiment."""
    experiments, names = {"baseline": config["experiments"]["baseline"]}, {}
    for sweep, points in points_of_sweeps(config).items():
        for name, point in points.items():
            experiments[f"{sweep}_{name}"] = point.settings
            names[f"experiments.{sweep}_{name}"] = f"sweeps.{sweep}, {format_point(point.values)}"
    try:
        check_config(config | {"experiments": experiments}, schema)
    except InputError as error:
        message = str(error)
        for name, point in names.items():
            message = message.replace(name, point)
        raise InputError(message) from error


def check_numpy_engine(name: str, settings: dict) -> None:
    """Raise InputError where an experiment has settings that retrial/network/from_scratch.py does not compute."""
    for key, value, known in (
        *((f"layers.{i}.activation", layer["activation"], ["relu"]) for i, layer in enumerate(settings["layers"][:-1])),
        ("loss", settings["loss"], ["sparse_categorical_crossentropy"]),
        ("optimizer.name", settings["optimizer"]["name"], ["rmsprop"]),
        *(("optimizer", argument, NUMPY_OPTIMIZER) for argument in settings["optimizer"]),
    ):
        if value not in known:
            raise InputError(
                f"config.yaml: experiments.{name}.{key}: found {value}, expected {' or '.join(known)}, because "
                "engine: numpy computes nothing else: change it, or set engine: keras"
            )


def _one_line(error: ValidationError, schema: dict) -> str:
    key = ".".join(shorten(part)[1:-1] if isinstance(part, str) else str(part) for part in error.path) or "top level"
    if error.validator == "additionalProperties":
        known = sorted(error.schema["properties"])
        unknown = next(k for k in error.instance if k not in known)
        guess = get_close_matches(str(unknown), known, n=1)
        hint = f"did you mean {guess[0]!r}?" if guess else f"expected one of {', '.join(known)}"
        return f"{key}: unknown key {shorten(unknown)}; {hint}"
    if error.validator == "required":
        missing = next(k for k in error.validator_value if k not in error.instance)
        return f"{key}: missing key {missing!r}"
    expected = _description(error, schema) or shorten(error.message)
    if error.validator == "enum":
        expected += f", one of {', '.join(error.validator_value)}"
    if isinstance(error.instance, str) and re.fullmatch(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+", error.instance):
        expected += f" (YAML reads {error.instance} as text: write {float(error.instance)!r})"
    elif isinstance(error.instance, str) and re.fullmatch(r"[-+]?\d+(\.\d*)?|true|false", error.instance):
        expected += " (it is text, as in quotes, and as --config passes all in {…}: put it into a --configfile)"
    is_text = error.validator in ("enum", "pattern") or error.validator_value == "string"
    if is_text and not isinstance(error.instance, str | list | dict):
        expected += f" (YAML reads null, yes, 01 and the like as {type(error.instance).__name__}: quote it)"
    return f"{key}: found {shorten(error.instance)}, expected {expected}"


def describe_setting(part: dict) -> str:
    """What a part of the schema says of a setting: its description, its kind, and its bounds."""
    kind = KINDS.get(part.get("type"))
    bounds = "".join(text.format(part[bound]) for bound, text in BOUNDS.items() if bound in part)
    return ": ".join(filter(None, [part.get("description"), kind and kind + bounds]))


def _description(error: ValidationError, schema: dict) -> str:
    """What the schema says of the setting nearest to the error; a shared definition is beside its `$ref`."""
    node, description = schema, ""
    for part in error.absolute_schema_path:
        if isinstance(node, dict):
            node = schema["$defs"][node["$ref"].removeprefix("#/$defs/")] | node if "$ref" in node else node
            description = describe_setting(node) or description
        node = node[part]
    return description


def complete_experiment(config: dict, name: str) -> dict:
    """The settings of an experiment: those of `baseline`, overridden by its own block."""
    return config["experiments"]["baseline"] | config["experiments"][name]


def model_file(experiments: dict[str, dict], training: str) -> str:
    """The file with the weights of a training, `experiment/seed`, for these complete experiments."""
    engine = experiments[Path(training).parts[0]]["engine"]
    return f"results/models/{training}/model.{'npz' if engine == 'numpy' else 'keras'}"


def one_of(names: list[str]) -> str:
    """A pattern that matches one of these names, and nothing if there are none."""
    return "|".join(names) or "(?!)"


def canonical(value):
    """The same value for every way of writing it: keys sorted, whole floats as integers.

    Snakemake compares params by their `repr`; in this form the order of keys, and 2 or 2.0, make no difference.
    """
    match value:
        case dict():
            return {key: canonical(value[key]) for key in sorted(value)}
        case list() | tuple():
            return [canonical(item) for item in value]
        case float() if value.is_integer():
            return int(value)
    return value


if __name__ == "__main__":  # make asks before Snakemake reads the file
    try:
        check_yaml(sys.argv[1])
    except InputError as error:
        sys.exit(f"error: {error}")
