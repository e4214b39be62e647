"""A wrong configuration is one error line that names the key; different ways to write a value mean the same."""

import gzip
import hashlib
import shutil
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
import yaml
from conftest import ROOT, merge
from jsonschema import Draft202012Validator

from retrial.config import check_config, check_yaml, complete_experiment, describe_setting, load_schema, prepare
from retrial.data.idx import to_idx
from retrial.errors import InputError
from retrial.files import read_json, write_json
from retrial.network.scores import SCORES
from retrial.operations.table import TIMED

SCHEMA = load_schema(ROOT / "workflow/schemas/config.schema.yaml")
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())


def changed(path: str, value) -> dict:
    config = deepcopy(CONFIG)
    *parents, last = path.split(".")
    node = config
    for key in parents:
        node = node[key]
    node[last] = value
    return config


def test_the_default_configuration_is_valid():
    Draft202012Validator.check_schema(SCHEMA)
    check_config(CONFIG, SCHEMA)


@pytest.mark.parametrize(
    ("text", "error"),
    [("note: {a: 1\n", "line 2: "), ("experiments: {mse: {epochs: 0}}", "experiments.mse.epochs: found 0")],
)
def test_make_names_the_file_with_a_slip_and_fails(tmp_path, text, error):
    (file := tmp_path / "mine.yaml").write_text(text)
    command = ["make", "plan", f"CONFIGFILE={file}", "-o", "venv", f"BIN={Path(sys.executable).parent}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode
    assert f"error: {file}: {error}" in done.stdout + done.stderr


def subschemas(node):
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from subschemas(value)


def test_every_key_is_described_in_the_schema_and_set_in_the_default_configuration():
    optional = SCHEMA["$defs"]["experiment"]["properties"]["optimizer"]["properties"].keys() - {"name", "learning_rate"}

    def check(schema: dict, value, path: str):
        schema = SCHEMA["$defs"][schema["$ref"].removeprefix("#/$defs/")] | schema if "$ref" in schema else schema
        assert describe_setting(schema), f"{path}: the schema does not describe it"
        properties = schema.get("properties", {})
        for key, subschema in properties.items():
            if key in optional:
                continue
            assert key in value, f"{path}.{key} is in the schema, but not in config.yaml"
            check(subschema, value[key], f"{path}.{key}")

    check(SCHEMA, CONFIG, "config.yaml")


def test_unknown_keys_are_refused_everywhere_except_for_names_of_experiments_and_in_sweeps():
    objects = [schema for schema in subschemas(SCHEMA) if schema.get("type") == "object"]
    free = [schema["description"] for schema in objects if schema["additionalProperties"] is not False]
    sweeps = SCHEMA["properties"]["sweeps"]
    grid = sweeps["additionalProperties"]["properties"]["grid"]  # its keys are checked where its points are made
    named = (SCHEMA["properties"]["experiments"], sweeps, grid)
    assert sorted(free) == sorted(schema["description"] for schema in named)


def test_the_schema_accepts_every_score_and_operation():
    properties = SCHEMA["$defs"]["experiment"]["properties"]
    assert set(properties["loss"]["enum"]) | set(properties["metrics"]["items"]["enum"]) == set(SCORES)
    check_config(changed("timing.operations", list(TIMED)), SCHEMA)


@pytest.mark.parametrize(
    ("path", "value", "line"),  # of the error; one that begins with a colon or a dot follows the path
    [
        ("experiments.baseline.epoch", 5, "experiments.baseline: unknown key 'epoch'; did you mean 'epochs'?"),
        ("experiments.baseline.epochs", -1, ": found -1, expected passes over the training set: a whole number from 1"),
        ("experiments.baseline.loss", "mse", ": found 'mse', expected the Keras name of the loss"),
        ("experiments.baseline.seeds", [], ": found []"),
        ("experiments.baseline.optimizer", {"learning_rate": 1}, ": missing key 'name'"),
        ("experiments.my-net", {}, "experiments: found 'my-net', expected a name of letters"),
        ("experiments.baseline.layers", [{"units": 9, "activation": "softmax"}], ": the last layer is {'units': 9"),
        ("experiments", CONFIG["experiments"] | {2024: {}}, ": found 2024, expected a name of letters"),
        ("experiments.baseline.metrics", ["binary_accuracy"], ": found binary_accuracy, which needs one-hot labels"),
        ("experiments.mse.engine", "numpy", "experiments.mse.loss: found mean_squared_error, expected sparse"),
        (
            "experiments.from_scratch.layers",
            [{"units": 9, "activation": "tanh"}, {"units": 10, "activation": "softmax"}],
            ".0.activation: found tanh, expected relu, because engine: numpy computes nothing else",
        ),
        ("experiments.from_scratch.optimizer", {"name": "rmsprop", "momentum": 0.9}, ": found momentum, expected name"),
        (
            "timing.processes",
            4,
            ": found 4, expected fresh interpreters (an interval needs six): a whole number from 6",
        ),
        ("dataset.name", "mnist\n", ": found 'mnist\\n', expected the data set's name"),
        ("timing.operations", ["dot"], ".0: found 'dot', expected a tensor operation, one of add, "),
        ("timeout", 5, "top level: unknown key 'timeout'"),
        ("experiments.baseline.optimizer", {"name": "adam", "beta_2": 1.0}, ".beta_2: found 1.0, expected a"),
        ("dataset.labels", [*"012345678", "</script><script>"], ".9: found '</script><script>', expected"),
        ("fallback", "x" * 10_000, "… (10002 characters), expected what to do"),
        ("experiments.baseline.epochs\nerror: x", 1, "unknown key 'epochs\\nerror: x'"),
        ("experiments.baseline.optimizer.learning_rate", "1e-3", " above 0 (YAML reads 1e-3 as text: write 0.001)"),
        ("timing.max_busy_cores", float("nan"), ": found nan, expected cores; "),
        ("timing.max_busy_cores", float("inf"), ": found inf, expected cores; "),
        (
            "experiments.baseline.epochs",
            10**7,
            ": found 10000000, expected passes over the training set: a whole",
        ),
        ("timing.sizes.max_steps.elements", 10**10, " a whole number from 1 up to 1,000,000,000"),
        ("timing.slices", 10**5, " a whole number from 1 up to 1,000"),
    ],
)
def test_a_wrong_key_is_named_in_one_line(path, value, line):
    with pytest.raises(InputError) as error:
        check_config(changed(path, value), SCHEMA)
    assert (path + line if line.startswith((":", ".")) else line) in str(error.value)
    assert str(error.value).startswith("config.yaml: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("experiments: {mse: {epochs: 0}}", "lesson.yaml: experiments.mse.epochs: found 0"),
        ("sweeps: {a: {grid: {rate: [1]}, seeds: [0]}}", "lesson.yaml: sweeps.a.grid.rate: "),
        ("epochs: 5", "lesson.yaml: top level: unknown key 'epochs'"),
        ("experiments: {baseline: null}", "lesson.yaml: experiments: missing key 'baseline'"),
    ],
)
def test_the_error_names_the_configuration_file_that_sets_the_key(text, line, tmp_path):
    file = tmp_path / "lesson.yaml"
    file.write_text(text)
    with pytest.raises(InputError) as error:
        prepare(merge(CONFIG, yaml.safe_load(text)), [str(file)], ROOT)
    assert line in str(error.value)


def test_null_in_another_configuration_file_leaves_out_an_experiment():
    config = merge(CONFIG, {"experiments": {"mse": None}})
    assert CONFIG["experiments"].keys() - prepare(config, [], ROOT)["experiments"].keys() == {"mse"}


@pytest.mark.parametrize("file", sorted(ROOT.glob("config.*.yaml")), ids=lambda file: file.name)
def test_the_other_configuration_files_are_valid(file):
    prepare(merge(CONFIG, yaml.safe_load(file.read_text())), [str(file)], ROOT)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dataset: {labels: [a, 01]}", "labels.1: found 1, .* as int: quote it"),
        ("experiments: {yes: {epochs: 1}}", "experiments: found True, .* as bool: quote it"),
        ("sweeps: {a: {grid: {12: [1]}, seeds: [0]}}", "sweeps.a.grid: found 12, .* as int: quote it"),
        ("timing: {processes: '9'}", "timing.processes: found '9', .* --configfile"),
    ],
)
def test_a_name_that_yaml_does_not_read_as_text_is_explained(text, words):
    with pytest.raises(InputError, match=words):
        check_config(merge(CONFIG, yaml.safe_load(text)), SCHEMA)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb:\n  epochs: 5\n  epochs: 6\n", "line 3: 'epochs' is defined twice: correct it"),
        ("a: 1\nb: [1, 2\n", "line 3: expected ',' or ']'"),
        ("a:\n\tb: 1\n", "line 2: found character '\\\\t'"),
        ("a: ü".encode("latin-1"), "unacceptable character #x00fc"),
        ("", "found None, expected settings"),
    ],
    ids=["a key twice", "no end", "a tab", "not UTF-8", "nothing"],
)
def test_a_slip_in_yaml_is_one_line_with_its_place(tmp_path, text, message):
    path = tmp_path / "slip.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match=message) as error:
        check_yaml(path)
    assert str(error.value).startswith(f"{path}: ")
    assert "\n" not in str(error.value)


def test_configurations_in_yaml_and_json_pass(tmp_path):
    (tmp_path / "a.json").write_text('{\n\t"epochs": 5\n}')
    for path in (ROOT / "config.yaml", ROOT / "config.full.yaml", tmp_path / "a.json"):
        check_yaml(path)


def test_an_experiment_has_the_settings_of_baseline_except_for_its_own():
    config = changed("experiments.long", {"epochs": 50})
    check_config(config, SCHEMA)
    assert complete_experiment(config, "long") == CONFIG["experiments"]["baseline"] | {"epochs": 50}
    assert complete_experiment(config, "baseline") == CONFIG["experiments"]["baseline"]


@pytest.fixture
def data_folder(tmp_path, monkeypatch):
    """A folder with the four files of the data set, small ones; the working folder has no results."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "data"
    folder.mkdir()
    files = {}
    for key, file in CONFIG["dataset"]["files"].items():
        content = to_idx(np.zeros((3, 2, 2) if "images" in key else 3, np.uint8))
        (folder / f"{file['name']}.gz").write_bytes(gzip.compress(content))
        files[key] = file | {"sha256": hashlib.sha256(content).hexdigest()}
    monkeypatch.setitem(CONFIG, "dataset", CONFIG["dataset"] | {"name": "small", "files": files})
    return folder


def test_2_for_2_0_is_the_same_configuration():
    assert prepare(CONFIG, [ROOT / "config.yaml"], ROOT) == CONFIG
    prepared = prepare(changed("timing.processes", 9.0), [], ROOT)
    assert repr(prepared["timing"]["processes"]) == "9"


@pytest.mark.parametrize("set_in_environment", [True, False])
def test_a_relative_data_folder_starts_at_the_project(data_folder, monkeypatch, set_in_environment):
    project = data_folder.parent
    shutil.copytree(ROOT / "workflow/schemas", project / "workflow/schemas")
    if set_in_environment:
        monkeypatch.setenv("MNIST_DIR", "data")
    config = changed("MNIST_DIR", "missing" if set_in_environment else "data")
    assert prepare(config, [], project)["MNIST_DIR"] == str(data_folder)


def test_a_data_folder_without_a_file_is_one_error_line(data_folder):
    missing = data_folder / "t10k-labels-idx1-ubyte"
    missing.with_name(f"{missing.name}.gz").unlink()
    with pytest.raises(InputError) as error:
        prepare(changed("MNIST_DIR", str(data_folder)), [], ROOT)
    assert str(error.value).startswith(f"{missing}: no such file, with or without .gz Expected")


@pytest.mark.parametrize(
    "name", ["t10k-labels.idx1-ubyte", "t10k-labels.idx1-ubyte.gz", "raw/t10k-labels-idx1-ubyte.gz"]
)
def test_a_file_under_a_similar_name_or_in_a_folder_below_is_named(data_folder, name):
    (data_folder / "raw").mkdir()
    (data_folder / "t10k-labels-idx1-ubyte.gz").rename(data_folder / name)
    with pytest.raises(InputError, match=f"did you mean {data_folder / name}\\?"):
        prepare(changed("MNIST_DIR", str(data_folder)), [], ROOT)


def test_a_packed_file_under_an_unpacked_name_is_taken_and_the_reverse(data_folder):
    packed = data_folder / "t10k-labels-idx1-ubyte.gz"
    packed.rename(data_folder / "t10k-labels-idx1-ubyte")
    images = data_folder / "t10k-images-idx3-ubyte.gz"
    images.write_bytes(gzip.decompress(images.read_bytes()))
    prepare(changed("MNIST_DIR", str(data_folder)), [], ROOT)


@pytest.mark.parametrize(
    ("key", "content", "message"),
    [
        ("test_labels", b"\0\0\x0c\2" + bytes(8), "32-bit integers in 2 dimensions, which is not supported"),
        ("test_labels", b"\0\0\x08\1\0\0\0\4" + bytes(4), "4 labels for the 3 images in"),
        ("test_labels", b"\0\0\x08\1\0\0\0\3\0\1\x0a", "a label is 10, expected 0 to 9"),
        ("test_labels", b"\0\0\x08\1\0\0\0\3\0\0\1", "the checksum of the unpacked file is"),
        ("test_images", b"<html>", "gzip cannot decompress it"),
        ("test_images", b"\0\0\x08\1" + bytes(12), "magic number is 0x00000801"),
        ("test_images", b"\0\0\x08\3\2\x62\x5a\0\0\0\0\x1c\0\0\0\x1c", "bytes when unpacked, expected .*max_file_mb"),
        (
            "test_labels",
            b"\0\0\x08\1\0\0\0\3" + bytes(2_000_000),
            "2000008 bytes when unpacked, expected .*file_mb",
        ),
    ],
)
def test_formats_and_sizes_are_checked_before_anything_runs(data_folder, key, content, message):
    config = changed("MNIST_DIR", str(data_folder))
    config["dataset"]["max_file_mb"] = 1 if "2000008" in message else 100
    file = data_folder / f"{CONFIG['dataset']['files'][key]['name']}.gz"
    file.write_bytes(content)
    with pytest.raises(InputError, match=f"^{file}: .*{message}"):
        prepare(config, [], ROOT)


@pytest.fixture
def results_of_mnist(tmp_path, monkeypatch):
    """A working folder whose results were made of the data set in config.yaml."""
    monkeypatch.chdir(tmp_path)
    split = {"n": 3, "image_shape": [28, 28], "n_per_label": [1] * 9 + [2]}
    sha256 = {key: file["sha256"] for key, file in CONFIG["dataset"]["files"].items()}
    (tmp_path / "results/data").mkdir(parents=True)
    write_json("results/data/provenance.json", {"dataset": "mnist", "sha256": sha256, "train": split, "test": split})


def test_a_mistyped_checksum_does_not_remove_the_data(results_of_mnist):
    prepare(CONFIG, [], ROOT)
    config = changed("dataset.files.test_images.sha256", 64 * "a")
    with pytest.raises(InputError, match=r"sha256: found a{64}, expected 0fa7898.* for dataset.name mnist .*fashion"):
        prepare(config, [], ROOT)
    config["dataset"]["name"] = "another"
    prepare(config, [], ROOT)
    write_json("results/data/provenance.json", read_json("results/data/provenance.json") | {"dataset": "another"})
    with pytest.raises(InputError, match=r"sha256: found a{64}, expected 0fa7898.*, of which results/ were made"):
        prepare(config, [], ROOT)


def test_a_forgotten_label_is_found_before_the_results_are_removed(results_of_mnist):
    config = changed("dataset.labels", list("012345678"))
    config["experiments"] = {"baseline": config["experiments"]["baseline"]}
    config["experiments"]["baseline"]["layers"] = [{"units": 9, "activation": "softmax"}]
    with pytest.raises(InputError, match=r"provenance.json: train: a label is 9, expected 0 to 8; name every label"):
        prepare(config, [], ROOT)


@pytest.mark.parametrize("content", ["", "\x00"])
def test_a_damaged_provenance_is_one_line(results_of_mnist, tmp_path, content):
    (tmp_path / "results/data/provenance.json").write_text(content)
    with pytest.raises(InputError, match=r"^results/data/provenance.json: damaged \(.*remove it, and run again$"):
        prepare(CONFIG, [], ROOT)


def test_a_project_in_a_folder_with_braces_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"a{b}c: found { in the path of the project, .* move the project"):
        prepare(CONFIG, [], tmp_path / "a{b}c")


def test_a_python_with_a_space_in_its_path_is_refused(monkeypatch):
    monkeypatch.setattr("sys.executable", "/my environment/bin/python")
    with pytest.raises(InputError, match=r"^/my environment/bin/python: found a space in the path of Python"):
        prepare(CONFIG, [], ROOT)
