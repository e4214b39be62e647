"""A change reruns what depends on it, and nothing else."""

import ast
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml
from conftest import ROOT, TINY, merge, snakemake, unfinished_rules
from run_snakemake import dry_run

from retrial.data.idx import to_idx
from retrial.digest import code_files
from retrial.files import read_json

TIMERS = "time_operations time_training_step"
FIGURES = "plot_samples first_ten show_mistakes plot_training plot_timings plot_training_cost"
TRAIN = "train train_from_scratch"
EVERYTHING = f"download {TIMERS} time_replay show_tensors run_as_written"
OF_FIRST = "chain_rule first_ten probe_training try_it"
NOT_BASELINE = f"train without {OF_FIRST}"

# For each key of config.yaml a new value, and the rules that read it. The rules that read their outputs rerun, too.
KEYS = {
    "MNIST_DIR": ("the folder", "download"),
    "fallback": ("none", "download"),
    "dataset.name": ("fashion-mnist", "download"),
    "dataset.mirrors": (["http://127.0.0.1:8/"], ""),
    # These matter where the data come from such files, see KEYS_OF_DATA_FILES.
    **{
        f"dataset.files.{file}.{key}": (value, "")
        for file in ("train_images", "train_labels", "test_images", "test_labels")
        for key, value in {"name": "another-name", "sha256": 64 * "a"}.items()
    },
    "dataset.max_file_mb": (50, ""),
    "dataset.labels": (list("abcdefghij"), "plot_samples evaluate first_ten show_mistakes try_it"),
    "experiments.baseline.engine": ("keras", ""),  # mse and others inherit it, and numpy has not their loss
    "experiments.baseline.divide_by_255": (False, f"{TRAIN} check_gradients"),
    "experiments.baseline.layers": (
        [{"units": 17, "activation": "relu"}, {"units": 10, "activation": "softmax"}],
        f"{TRAIN} check_gradients",
    ),
    "experiments.baseline.optimizer.name": ("adam", "train"),
    "experiments.baseline.optimizer.learning_rate": (0.002, "train"),
    "experiments.baseline.loss": ("categorical_crossentropy", "train"),
    "experiments.baseline.metrics": ([], "train"),
    "experiments.baseline.epochs": (3, TRAIN),
    "experiments.baseline.batch_size": (64, f"{TRAIN} check_gradients"),
    "experiments.baseline.seeds": ([0, 1, 2], "train without chain_rule first_ten probe_training try_it"),
    "experiments.mse.optimizer.name": ("adam", NOT_BASELINE),
    "experiments.mse.optimizer.learning_rate": (0.002, NOT_BASELINE),
    "experiments.mse.loss": ("categorical_crossentropy", NOT_BASELINE),
    "experiments.mse.metrics": ([], NOT_BASELINE),
    "experiments.mse_same_rate.loss": ("categorical_crossentropy", NOT_BASELINE),
    "experiments.mse_same_rate.metrics": ([], NOT_BASELINE),
    "experiments.low_rate.optimizer.name": ("adam", NOT_BASELINE),
    "experiments.low_rate.optimizer.learning_rate": (0.002, NOT_BASELINE),
    "experiments.unscaled.divide_by_255": (True, NOT_BASELINE),
    "experiments.from_scratch.engine": ("keras", NOT_BASELINE),
    "experiments.from_scratch.optimizer.name": ("rmsprop", ""),  # the only one, as is the loss
    "experiments.from_scratch.optimizer.learning_rate": (
        0.002,
        "train_from_scratch check_gradients without " + OF_FIRST,
    ),
    "experiments.from_scratch.loss": ("sparse_categorical_crossentropy", ""),
    "experiments.from_scratch.metrics": ([], "train_from_scratch without " + OF_FIRST),
    "probes.images": (900, "probe_training"),
    "probes.epochs": (2, "probe_training"),
    "probes.seeds": ([0, 1, 2], "probe_training"),
    "training_threads": (2, TRAIN),
    "timing.operations": (["relu", "vector_dot"], "aggregate_timings"),
    "timing.sizes.factor": (32, "time_operations"),
    "timing.sizes.min_steps": (40, "time_operations"),
    "timing.sizes.max_steps.elements": (200000, "time_operations"),
    "timing.sizes.max_steps.multiply_adds": (9000000, "time_operations"),
    "timing.seed": (1, f"{TIMERS} time_replay show_tensors"),
    "timing.blas_threads": (2, TIMERS),
    "timing.processes": (7, TIMERS),
    "timing.slices": (2, "time_operations"),
    "timing.min_sample_s": (0.002, TIMERS),
    "timing.max_call_s": (0.02, "time_operations"),
    "timing.max_busy_cores": (1, TIMERS),
    "timing.max_wait_s": (1, TIMERS),
    "timing.replays": (40, "time_replay"),
    "claims.strict": (True, "enforce_claims"),
}

# The same for results that were made from files that config.yaml names.
KEYS_OF_DATA_FILES = {
    "MNIST_DIR": ("the folder", ""),
    "fallback": ("none", ""),
    "dataset.name": ("fashion-mnist", "download"),
    "dataset.mirrors": (["http://127.0.0.1:8/"], ""),
    **{f"dataset.files.{file}.name": ("another-name", "") for file in ("train_images", "test_labels")},
}

# The rules that use a file. A file belongs to the first line that fits.
FILES = {
    "envs/requirements.lock": EVERYTHING,
    "envs/*": "",  # `snakemake --sdm conda` tracks these itself
    "workflow/report/style.mplstyle": FIGURES,
    "workflow/scripts/sweep_cells.py": "",  # config.yaml has no sweep
    "workflow/scripts/summarise_sweep.py": "",
    "workflow/scripts/retrial/sweeps.py": "",
    "workflow/scripts/retrial/page/points.py": "",
    "workflow/report/page.css": "report try_it",
    "workflow/report/try.*": "try_it",
    "workflow/report/*": "report",
    "workflow/scripts/enforce_claims.py": "",  # unless claims.strict
    "workflow/scripts/retrial/notebook/*.py": "run_as_written claims",
    "workflow/scripts/retrial/commands/*.py": "",
    "workflow/scripts/retrial/data/checks.py": "download preprocess",
    "workflow/scripts/retrial/data/fetch.py": "download",
    "workflow/scripts/retrial/data/idx.py": "download preprocess",
    "workflow/scripts/retrial/data/sources.py": "claims try_it",
    "workflow/scripts/retrial/formats.py": "plot_timings plot_training_cost claims",
    "workflow/scripts/retrial/page/headlines.py": "claims",
    "workflow/scripts/retrial/page/implementations.py": "plot_timings plot_training_cost",
    "workflow/scripts/retrial/page/style.py": FIGURES,
    "workflow/scripts/retrial/page/verdicts.py": "claims",
    "workflow/scripts/retrial/page/*.py": "report",
    "workflow/scripts/retrial/network/keras.py": "train probe_training chain_rule run_as_written manifest check_gradients time_training_step",
    "workflow/scripts/retrial/network/numpy.py": "train_from_scratch",
    "workflow/scripts/retrial/network/from_scratch.py": "train_from_scratch chain_rule check_gradients time_training_step probe_training",
    "workflow/scripts/retrial/network/training.py": "train_from_scratch train probe_training chain_rule run_as_written manifest check_gradients time_training_step",
    "workflow/scripts/retrial/network/probe_rows.py": "probe_training probe_arrays",
    "workflow/scripts/retrial/network/probes.py": "probe_training",
    "workflow/scripts/retrial/network/scores.py": "train_from_scratch evaluate train probe_training chain_rule run_as_written manifest check_gradients time_training_step",
    "workflow/scripts/retrial/network/gradients.py": "chain_rule check_gradients",
    "workflow/scripts/retrial/network/float_types.py": "probe_training",
    "workflow/scripts/retrial/operations/numpy.py": f"{TIMERS} aggregate_timings show_tensors",
    "workflow/scripts/retrial/operations/numpy_repetition.py": "time_operations aggregate_timings",
    "workflow/scripts/retrial/operations/table.py": f"{TIMERS} show_tensors",
    "workflow/scripts/retrial/operations/naive.py": f"{TIMERS} time_replay",
    "workflow/scripts/retrial/operations/naive_list.py": TIMERS,
    "workflow/scripts/retrial/operations/numba.py": TIMERS,
    "workflow/scripts/retrial/operations/*.py": "time_operations",
    "workflow/scripts/retrial/config.py": "",
    "workflow/scripts/retrial/optimizers.py": "",
    "workflow/scripts/retrial/digest.py": "manifest time_replay",
    "workflow/scripts/retrial/snakemake.py": "report",
    "workflow/scripts/retrial/results.py": "evaluate plot_training compare_networks probe_arrays claims",
    "workflow/scripts/retrial/*.py": EVERYTHING,
    "workflow/scripts/retrial/statistics.py": "compare_networks probe_training probe_arrays aggregate_timings time_replay time_training_step",
    "workflow/scripts/retrial/timing/limits.py": TIMERS,
    "workflow/scripts/retrial/timing/replay.py": "time_replay",
    "workflow/scripts/retrial/timing/measurement.py": "aggregate_timings",
    "workflow/scripts/retrial/timing/*.py": TIMERS,
    "workflow/scripts/retrial/training_step/*.py": "time_training_step",
    "workflow/scripts/snakemake_logger_plugin_progress/*.py": "",
    "workflow/scripts/evaluate.py": "evaluate",
    "workflow/scripts/*.py": "the rule of that name",
}
PACKAGES = list(ROOT.glob("workflow/scripts/retrial/**/__init__.py"))
EDITABLE = [
    *ROOT.glob("workflow/scripts/**/*.py"),
    *(path for path in ROOT.glob("workflow/report/*") if path.suffix != ".rst"),  # captions belong to no rule
    *ROOT.glob("envs/*"),
]
EDITABLE = sorted({path.relative_to(ROOT) for path in EDITABLE} - {path.relative_to(ROOT) for path in PACKAGES})


def rules_that_use(file: Path) -> str:
    """What FILES says of a file."""
    depth = len(file.parents)
    lines = [rules for pattern, rules in FILES.items() if file.match(pattern) and len(Path(pattern).parents) == depth]
    assert lines, f"{file}: add it to FILES"
    rules = lines[0]
    return file.stem if rules == "the rule of that name" else rules


def edit(path: Path) -> None:
    """Append to a file what changes its code."""
    with path.open("a") as file:
        file.write("\nEDITED = True\n" if path.suffix == ".py" else "\n/* edited */\n")


def nested(key: str, value) -> dict:
    """The configuration in which the dotted `key` has the value."""
    for part in reversed(key.split(".")):
        value = {part: value}
    return value


def dotted_keys(config: dict, path: tuple = ()) -> set[str]:
    """The keys of a configuration, dotted."""
    if not isinstance(config, dict):
        return {".".join(path)}
    return set().union(*(dotted_keys(value, (*path, key)) for key, value in config.items()))


def jobs(output: str) -> list[tuple[str, list[str], list[str], str]]:
    """Rule, inputs, outputs and wildcards of each job that Snakemake's output names."""
    pattern = r"^(?:local)?rule (\w+):\n(?:    input: (.*)\n)?(?:    output: (.*)\n)?((?:    .*\n)*)"
    return [
        (rule, inputs.split(", "), outputs.split(", "), "".join(re.findall(r"    wildcards: (.*)\n", rest)))
        for rule, inputs, outputs, rest in re.findall(pattern, output, flags=re.MULTILINE)
        if rule != "all"
    ]


@pytest.fixture
def plan(tmp_path):
    """What a dry run prints, in a folder, with a changed configuration, or with another copy of the project."""

    def run(folder: Path, config: dict | None = None, root: Path = ROOT, cores: int = 2) -> str:
        configfile = tmp_path / "planned.yaml"
        configfile.write_text(yaml.safe_dump(merge(TINY, config or {}), sort_keys=False))
        options = ["--snakefile", root / "Snakefile", "--directory", folder, f"-c{cores}", "--configfile", configfile]
        return dry_run(options, folder)

    return run


@pytest.fixture
def check_reruns(plan, tiny_run):
    """Check that a dry run names the given rules and those that read what they write, and no others.

    The rules come as `a b`, or as `a b without c`: then c does not rerun. Rules that did not finish in the run itself
    do not count: another test says that they failed.
    """
    run = jobs((tiny_run / "output.txt").read_text())
    writer = {name: rule for rule, _, outputs, _ in run for name in outputs}

    def check(rules: str, folder: Path, *arguments, **options) -> None:
        rules, _, without = rules.partition(" without ")
        expected, new = set(), set(rules.split())
        while new:
            expected |= new
            new = {rule for rule, inputs, *_ in run if expected & {writer.get(name) for name in inputs}} - expected
        expected -= set(without.split()) | unfinished_rules(folder)
        planned = {rule for rule, *_ in jobs(plan(folder, *arguments, **options))}
        assert planned - unfinished_rules(folder) == expected

    return check


@pytest.fixture
def data_folder(tmp_path) -> str:
    """A folder with four small files of the names in config.yaml: a dry run compares only their counts and labels."""
    folder = tmp_path / "mnist"
    folder.mkdir()
    for key, file in yaml.safe_load((ROOT / "config.yaml").read_text())["dataset"]["files"].items():
        (folder / file["name"]).write_bytes(to_idx(np.zeros((3, 2, 2) if "images" in key else 3, np.uint8)))
    return str(folder)


def test_every_key_of_the_configuration_has_a_line():
    assert KEYS.keys() == dotted_keys(yaml.safe_load((ROOT / "config.yaml").read_text()))


@pytest.mark.parametrize("key", KEYS)
def test_a_changed_key_reruns_what_depends_on_it(tiny_run, check_reruns, data_folder, key):
    value, rules = KEYS[key]
    check_reruns(rules, tiny_run, nested(key, data_folder if value == "the folder" else value))


def test_a_sweep_reruns_only_what_shows_the_configuration(tiny_run, check_reruns):
    sweep = {"grid": {"batch_size": [64, 128]}, "seeds": [0]}
    check_reruns("sweep_cells summarise_sweep manifest", tiny_run, {"sweeps": {"sizes": sweep}})


@pytest.mark.parametrize("key", KEYS_OF_DATA_FILES)
def test_a_changed_key_of_the_data_reruns_what_depends_on_it_when_they_come_from_files(
    whole_run, check_reruns, data_folder, key
):
    run, config = whole_run
    value, rules = KEYS_OF_DATA_FILES[key]
    check_reruns(rules, run, merge(config, nested(key, data_folder if value == "the folder" else value)))


@pytest.mark.parametrize("file", EDITABLE, ids=str)
def test_an_edited_file_reruns_the_rules_that_use_it(tiny_run, check_reruns, project, file):
    edit(project / file)
    check_reruns(rules_that_use(file), tiny_run, root=project)


def test_packages_hold_no_code():
    """Digests do not follow the import of a package itself."""
    for path in PACKAGES:
        assert all(isinstance(node, ast.Expr) for node in ast.parse(path.read_text()).body), path


def test_comments_and_docstrings_rerun_nothing(tiny_run, check_reruns, project):
    for path in project.glob("workflow/scripts/**/*.py"):
        text = path.read_text()
        if docstring := ast.get_docstring(ast.parse(text), clean=False):
            text = text.replace(docstring, "Another docstring.", 1)
        path.write_text(f"# A comment.\n{text}\n# Another comment.\n")
    check_reruns("", tiny_run, root=project)


def test_an_edit_that_is_undone_reruns_nothing(tiny_run, check_reruns, project):
    texts = {path: path.read_text() for path in project.glob("workflow/scripts/**/*.py")}
    for path in texts:
        edit(path)
    check_reruns(EVERYTHING, tiny_run, root=project)
    for path, text in texts.items():
        path.write_text(text)
    check_reruns("", tiny_run, root=project)


@pytest.mark.parametrize("file", ["workflow/scripts/download.py", "envs/requirements.lock"])
def test_an_edit_does_not_download_again_what_is_verified_by_checksum(whole_run, check_reruns, project, file):
    run, config = whole_run
    edit(project / file)
    rules = EVERYTHING.replace("download", "preprocess") if file.endswith(".lock") else ""
    check_reruns(rules, run, config, root=project)


def test_scripts_use_only_files_that_their_digest_covers(tiny_run):
    """The spy in tests/spy noted what each job's processes imported, in whatever way."""
    notes = sorted((tiny_run / "imports").iterdir())
    for note in notes:
        script = note.name.rpartition(".")[0]
        covered = {str(path.relative_to(ROOT)) for path in code_files(ROOT / "workflow/scripts", script)}
        used = {file for file in note.read_text().split() if not file.endswith("__init__.py")}
        assert f"workflow/scripts/{script}" in covered
        assert used <= covered, f"{script} uses {sorted(used - covered)}, which its digest does not cover"
    noted = "\n".join(note.read_text() for note in notes)
    for file in ("retrial/operations/numba.py", "report/style.mplstyle"):
        assert file in noted, f"the spy did not see {file}"


def test_results_of_the_embedded_digits_are_replaced_once_the_data_set_is_available(whole_run, check_reruns):
    run, config = whole_run
    assert read_json(run / "results/data/provenance.json")["dataset"] == "mnist"
    assert read_json(run / "results/models/baseline/0/metrics.json")["n_test"] == 50
    check_reruns("", run, config)  # although MNIST_DIR is unset again


def test_whole_numbers_written_as_floats_rerun_nothing(tiny_run, check_reruns):
    config = {"experiments": {"baseline": {"epochs": 2.0, "seeds": [0.0, 1.0]}}, "timing": {"processes": 6.0}}
    check_reruns("", tiny_run, config)


def test_order_of_keys_and_comments_rerun_nothing(tiny_run, check_reruns, project):
    def reverse(value):
        return {key: reverse(value[key]) for key in reversed(value)} if isinstance(value, dict) else value

    config = project / "config.yaml"
    text = yaml.safe_dump(reverse(yaml.safe_load(config.read_text())), sort_keys=False)
    config.write_text(f"# another comment\n{text}")
    check_reruns("", tiny_run, root=project)


@pytest.mark.parametrize(
    ("config", "rules"),
    [
        ({"experiments": {"mse": {"seeds": [1, 0]}}}, "manifest"),
        ({"timing": {"operations": ["matrix_vector_dot", "relu", "vector_dot"]}}, "report"),
    ],
)
def test_the_order_of_a_list_reruns_only_what_shows_it(tiny_run, check_reruns, config, rules):
    check_reruns(rules, tiny_run, config)


def test_another_first_seed_reruns_what_is_made_from_the_first_network(tiny_run, check_reruns):
    config = {"experiments": {"baseline": {"seeds": [1, 0]}}}
    check_reruns(f"{OF_FIRST} show_mistakes", tiny_run, config)


def test_two_values_that_are_swapped_are_a_change(tiny_run, check_reruns):
    assert TINY["experiments"]["baseline"]["epochs"] == 2
    swapped = {"experiments": {"baseline": {"epochs": 128, "batch_size": 2}}}
    check_reruns(f"{TRAIN} check_gradients", tiny_run, swapped)


def test_a_removed_seed_reruns_only_tables_and_pictures(tiny_run, check_reruns):
    rules = "evaluate compare_networks probe_arrays"
    check_reruns(rules, tiny_run, {"experiments": {"baseline": {"seeds": [0]}}})


def test_a_new_experiment_trains_only_its_own_networks(tiny_run, plan, check_reruns):
    config = {"experiments": {"long": {"epochs": 3}}}
    new = [(rule, wildcards) for rule, _, _, wildcards in jobs(plan(tiny_run, config)) if "experiment" in wildcards]
    assert {("train", f"experiment=long, seed={seed}") for seed in (0, 1)} == set(new)
    check_reruns(NOT_BASELINE, tiny_run, config)


def test_a_job_evaluates_a_hundred_networks_and_another_the_rest(tiny_run, plan):
    config = {"experiments": {"baseline": {"seeds": list(range(100))}}}
    planned = {rule: outputs for rule, _, outputs, _ in jobs(plan(tiny_run, config)) if rule.startswith("evaluate")}
    sizes = {rule: sum(name.endswith("metrics.json") for name in names) for rule, names in planned.items()}
    assert sizes == {"evaluate": 100, "evaluate_1": 100, "evaluate_2": 5}  # mse has the seeds of baseline


def test_touched_files_rerun_nothing(copied_run, project, check_reruns):
    for path in [*copied_run.rglob("results/**/*"), *project.rglob("*.*")]:
        path.touch()
    check_reruns("", copied_run, root=project)


def test_a_fresh_clone_with_copied_results_reruns_nothing(tiny_run, project, check_reruns):
    for name in ("results", ".snakemake"):
        shutil.copytree(tiny_run / name, project / name, copy_function=shutil.copy)  # with new times
    shutil.copy(tiny_run / "output.txt", project)
    check_reruns("", project, root=project)


@pytest.mark.parametrize(
    ("path", "rules"),
    [
        ("results/models/baseline/0/metrics.json", "evaluate"),
        ("results/models/mse/1/probabilities.npy", NOT_BASELINE),
        ("results/timings/speedups.csv", "aggregate_timings"),
    ],
)
def test_a_deleted_file_reruns_its_rule_and_those_that_read_it(copied_run, check_reruns, path, rules):
    (copied_run / path).unlink()
    check_reruns(rules, copied_run)


@pytest.mark.parametrize("cores", [1, 4, 16])
def test_another_number_of_cores_reruns_nothing(tiny_run, check_reruns, cores):
    check_reruns("", tiny_run, cores=cores)


@pytest.mark.parametrize(("answer", "dataset"), [("files", "mnist"), ("login page", "mnist-5k"), ("none", "mnist-5k")])
def test_a_mirror_is_used_only_if_it_has_the_right_bytes(idx_dataset, serve, tmp_path, answer, dataset):
    folder, config = idx_dataset
    if answer == "login page":
        for path in folder.iterdir():
            path.write_text("<html>Please log in</html>")
    config["dataset"]["mirrors"] = [] if answer == "none" else [serve(folder)]
    done = snakemake(tmp_path / "run", "--dry-run", "--", "results/data/provenance.json", config=config)
    assert [wildcards for rule, _, _, wildcards in jobs(done.stdout) if rule == "download"] == [f"dataset={dataset}"]
