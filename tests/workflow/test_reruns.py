"""A change reruns what depends on it, and nothing else; Snakemake says which setting or file it was."""

import ast
import re
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from conftest import ROOT, TINY, merge, snakemake, unfinished_rules, write_output
from run_snakemake import dry_run

from retrial.digest import SCRIPTS, code_digests, code_files
from retrial.snakemake import job_params, read_records

# Settings that some rules read: what changes, and the names of what Snakemake says has changed, for each rule.
TIMED = "seed blas_threads processes min_sample_s max_busy_cores max_wait_s"
SIZES = "sizes.factor sizes.min_steps sizes.max_steps.elements sizes.max_steps.multiply_adds"
TRAINED = "divide_by_255 layers optimizer loss metrics epochs batch_size"
SETTINGS = {
    "timing": (
        {
            "sizes": {"factor": 32, "min_steps": 40, "max_steps": {"elements": 200_000, "multiply_adds": 9_000_000}},
            **{"seed": 1, "blas_threads": 2, "processes": 7, "slices": 2, "min_sample_s": 0.002, "max_call_s": 0.02},
            **{"max_busy_cores": 1, "max_wait_s": 1, "replays": 40},
        },
        {
            "time_operations": f"{TIMED} slices max_call_s {SIZES}",
            "time_training_step": TIMED,
            "time_replay": "seed replays",
            "show_tensors": "seed",
            "aggregate_timings": "max_busy_cores",
            "manifest": "configuration.timing.seed threads.blas",
            "report": " ".join(f"timing.{name}" for name in f"{TIMED} slices max_call_s replays {SIZES}".split()),
        },
    ),
    "probes": (
        {"images": 900, "epochs": 2, "seeds": [0, 1, 2]},
        {
            "probe_training": "probes.images probes.epochs probes.seeds",
            "manifest": "configuration.probes.images configuration.probes.epochs configuration.probes.seeds",
        },
    ),
    "training_threads": (
        2,
        {
            **dict.fromkeys(["train", "train_from_scratch", "probe_training"], "threads"),
            "manifest": "threads.training",
            "report": "training_threads",
        },
    ),
    "note": ("for a lesson", {"report": "note"}),
    "dataset": (
        {"labels": list("abcdefghij")},
        {
            **dict.fromkeys(["plot_samples", "evaluate", "first_ten", "show_mistakes", "try_it", "report"], "labels"),
            "manifest": "configuration.dataset.labels",
        },
    ),
}
# The same for experiments: a change of `baseline` also reaches the experiments that take the setting from it.
LAYERS = [{"units": 17, "activation": "relu"}, {"units": 10, "activation": "softmax"}]
EXPERIMENTS = {
    "baseline": (
        {
            **{"divide_by_255": False, "layers": LAYERS, "optimizer": {"name": "adam"}, "epochs": 3, "batch_size": 64},
            **{"loss": "categorical_crossentropy", "metrics": []},
        },
        {
            "Train baseline from seed 0": TRAINED,
            "Train mse from seed 1": "divide_by_255 layers epochs batch_size",
            "Train from_scratch from seed 0 in NumPy alone": "divide_by_255 layers epochs batch_size",
            "check_gradients": "divide_by_255 layers batch_size",
            "evaluate": "scores.baseline.loss scores.baseline.metrics scores.unscaled.loss scores.unscaled.metrics",
            "try_it": "divide_by_255 layers",
        },
    ),
    "mse": (
        {"optimizer": {"name": "sgd"}, "loss": "categorical_crossentropy", "metrics": []},
        {
            "Train mse from seed 0": "optimizer loss metrics",
            "Train mse from seed 1": "optimizer loss metrics",
            "evaluate": "scores.mse.loss scores.mse.metrics",
        },
    ),
    "from_scratch": (
        {"optimizer": {"name": "rmsprop", "learning_rate": 0.002}},
        {
            "Train from_scratch from seed 0 in NumPy alone": "optimizer",
            "Train from_scratch from seed 1 in NumPy alone": "optimizer",
            "check_gradients": "optimizer.learning_rate",
        },
    ),
}
# Nothing depends on these while the data are the embedded digits, or, for `fallback`, those of files.
NO_RULE = {
    "validation": {"share": 0.2, "seed": 1},  # without sweeps
    "dataset": {
        "mirrors": ["http://127.0.0.1:8/"],
        "max_file_mb": 50,
        "files": {
            name: {"name": "another-name"} for name in ("train_images", "train_labels", "test_images", "test_labels")
        },
    },
}
# Other sources of the data: the embedded digits are replaced. A folder stands for that of `idx_dataset`.
SOURCES = [{"MNIST_DIR": "folder"}, {"dataset": {"name": "fashion-mnist"}}, {"fallback": "none"}]
# What is made longer, shorter or reordered; the rules that this reruns, and some that it does not.
LISTS = [
    ({"timing": {"operations": ["relu", "vector_dot"]}}, "time_operations report", "time_replay train"),
    ({"sweeps": {"sizes": {"grid": {"batch_size": [64, 128]}, "seeds": [0]}}}, "sweep_grid manifest report", "claims"),
    ({"experiments": {"baseline": {"seeds": [0]}}}, "evaluate", "train try_it"),
    ({"experiments": {"baseline": {"seeds": [0, 1, 2]}}}, "train evaluate", "train_from_scratch first_ten try_it"),
    ({"experiments": {"baseline": {"seeds": [1, 0]}}}, "chain_rule probe_training try_it", "train evaluate"),
    ({"experiments": {"from_scratch": {"engine": "keras"}}}, "train", "first_ten check_gradients"),
    ({"skip": ["probes"]}, "claims manifest report", "probe_training train"),
    # The order of a list reruns only what shows it.
    ({"experiments": {"mse": {"seeds": [1, 0]}}}, "manifest report", "train evaluate claims"),
    ({"timing": {"operations": ["matrix_vector_dot", "relu", "vector_dot"]}}, "report", "aggregate_timings"),
]


class Job(NamedTuple):
    """A job that Snakemake would run: its message without the full stop, and why."""

    message: str
    reason: str

    @property
    def rule(self) -> str:
        """The rule with this message."""
        return next(rule for rule, pattern in MESSAGES.items() if re.fullmatch(pattern, self.message))

    @property
    def changed(self) -> set[str]:
        """The names of the settings and files that Snakemake says have changed."""
        return set(re.findall(r"\('([\w./]+)', ", self.reason))


RULES = "".join(path.read_text() for path in [ROOT / "Snakefile", *ROOT.glob("workflow/rules/*.smk")])
MESSAGES = {
    rule: re.sub(r"\\{.*?\\}", r"\\S+", re.escape(message))
    for rule, message in re.findall(r'^(?:rule|use rule \w+ as) (\w+).*:\n    """(.*)\."""', RULES, flags=re.MULTILINE)
}


def edit(path: Path) -> None:
    """Append to a file what changes its code."""
    with path.open("a") as file:
        file.write("\nEDITED = True\n" if path.suffix == ".py" else "\n/* edited */\n")


@pytest.fixture
def plan(tmp_path):
    """The jobs of a dry run in a folder, with a changed configuration, or with another copy of the project."""

    def run(folder: Path, config: dict | None = None, root: Path = ROOT, cores: int = 2) -> list[Job]:
        configfile = tmp_path / "planned.yaml"
        configfile.write_text(yaml.safe_dump(merge(TINY, config or {}), sort_keys=False))
        options = ["--snakefile", root / "Snakefile", "--directory", folder, f"-c{cores}", "--configfile", configfile]
        output = dry_run(options, folder)
        jobs = [Job(*job) for job in re.findall(r"^Job \d+: (.*)\.\nReason: (.*)$", output, flags=re.MULTILINE)]
        assert jobs or "Nothing to be done" in output, output
        return [job for job in jobs if job.rule not in {"all", *unfinished_rules(folder)}]

    return run


def rules(jobs: list[Job]) -> set[str]:
    """The rules that a setting or a file of code, and not an input, makes run."""
    return {job.rule for job in jobs if job.changed}


def check_changed(folder: Path, changed: dict[str, set[str]], expected: dict[str, str]) -> None:
    """Check that these jobs run and why; of one that runs because of its inputs, that it has the settings at all."""
    has = {record["rule"]: {name for name, _ in job_params(record)} for record in read_records(folder).values()}
    for job, names in expected.items():
        assert set(names.split()) == changed[job] if changed[job] else set(names.split()) <= has[job], job


@pytest.mark.parametrize("key", SETTINGS)
def test_a_changed_setting_reruns_the_rules_that_read_it_and_snakemake_names_it(tiny_run, plan, key):
    change, expected = SETTINGS[key]
    jobs = plan(tiny_run, {key: change})
    check_changed(tiny_run, {job.rule: job.changed for job in jobs}, expected)
    assert {job.rule for job in jobs if job.changed} <= expected.keys()


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_changed_experiment_reruns_its_networks_and_what_reads_its_settings(tiny_run, plan, name):
    change, expected = EXPERIMENTS[name]
    jobs = plan(tiny_run, {"experiments": {name: change}})
    changed = {job.message if job.rule.startswith("train") else job.rule: job.changed for job in jobs}
    check_changed(tiny_run, changed, expected)
    others = {message for message in changed if message.startswith("Train")} - expected.keys()
    assert name == "baseline" or not others


def test_settings_that_no_rule_reads_rerun_nothing(tiny_run, plan):
    assert plan(tiny_run, NO_RULE) == []


def keys_of(config: dict, path: str = "") -> set[str]:
    """The keys of a configuration by their paths; all experiments have the same."""
    found = set()
    for key, value in config.items():
        name = path if path == "experiments." else f"{path}{key}."
        found |= keys_of(value, name) if isinstance(value, dict) and value else {name}
    return found


def test_each_key_of_the_configuration_has_a_case_here():
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    config["experiments"] = {"baseline": config["experiments"]["baseline"]}
    for file in config["dataset"]["files"].values():
        del file["sha256"]  # another one is refused, see tests/unit/test_config.py
    cases = [{key: change} for key, (change, _) in SETTINGS.items()]
    cases += [{"experiments": {name: change}} for name, (change, _) in EXPERIMENTS.items()]
    tested = set().union(*map(keys_of, [*cases, NO_RULE, *SOURCES, *(config for config, *_ in LISTS)]))
    assert {key for key in keys_of(config) if not any(name.startswith(key) for name in tested)} == set()


def test_another_source_of_the_data_replaces_the_embedded_digits(tiny_run, plan, idx_dataset):
    folder, dataset = idx_dataset
    for config in SOURCES:
        config = config | (dataset | {"MNIST_DIR": str(folder)} if "MNIST_DIR" in config else {})
        assert {"download", "preprocess", "train", "report"} <= {job.rule for job in plan(tiny_run, config)}, config


def test_data_that_are_verified_by_checksum_depend_on_nothing_else(idx_dataset, plan, project, tmp_path):
    source, config = idx_dataset
    run, made = tmp_path / "run", {"download", "preprocess"}
    done = snakemake(run, "--", "results/data/provenance.json", config=config, MNIST_DIR=str(source))
    write_output(run, done)
    edit(project / "workflow/scripts/download.py")
    names = {name: {"name": "another-name"} for name in ("train_images", "test_labels")}
    change = {"fallback": "none", "dataset": {"mirrors": ["http://127.0.0.1:8/"], "files": names}}
    jobs = plan(run, merge(config, change | {"MNIST_DIR": "elsewhere"}), root=project)
    assert not made & {job.rule for job in jobs}
    edit(project / "envs/requirements.lock")
    assert "download" not in {job.rule for job in plan(run, config, root=project)}


@pytest.mark.parametrize(("config", "reruns", "not_rerun"), LISTS)
def test_a_longer_shorter_or_reordered_list_reruns_what_depends_on_it(tiny_run, plan, config, reruns, not_rerun):
    planned = {job.rule for job in plan(tiny_run, config)}
    assert set(reruns.split()) <= planned
    assert not set(not_rerun.split()) & planned


def test_a_new_experiment_trains_only_its_own_networks(tiny_run, plan):
    jobs = plan(tiny_run, {"experiments": {"long": {"epochs": 3}}})
    assert {job.message for job in jobs if job.rule == "train"} == {f"Train long from seed {seed}" for seed in (0, 1)}


def test_two_values_that_are_swapped_are_a_change(tiny_run, plan):
    assert TINY["experiments"]["baseline"]["epochs"] == 2
    swapped = {"experiments": {"baseline": {"epochs": 128, "batch_size": 2}}}
    assert {"train", "train_from_scratch", "check_gradients"} <= rules(plan(tiny_run, swapped))


@pytest.mark.parametrize(
    "file", ["retrial/statistics.py", "retrial/operations/numba.py", "scripts/train.py", "report/style.mplstyle"]
)
def test_an_edited_file_reruns_the_rules_that_use_it_and_snakemake_names_it(tiny_run, plan, project, file):
    edit(project / "workflow" / file.replace("retrial/", "scripts/retrial/", 1))
    jobs = plan(tiny_run, root=project)
    assert {name for job in jobs for name in job.changed} == {file}
    records = read_records(tiny_run).values()
    users = {record["rule"] for record in records if any(name == file for name, _ in job_params(record))}
    assert rules(jobs) <= users <= {job.rule for job in jobs} | unfinished_rules(tiny_run)


def test_each_job_has_every_file_of_its_script_among_its_params(tiny_run):
    for record in read_records(tiny_run).values():
        script = next(name for name, _ in job_params(record) if name.startswith("scripts/"))
        files = {name: digest for name, digest in job_params(record) if "/" in name}
        assert files == code_digests(SCRIPTS, script.removeprefix("scripts/")), record["rule"]


def test_scripts_use_only_files_that_their_digests_cover(tiny_run):
    """The spy in tests/spy noted what each job's processes imported, in whatever way."""
    notes = sorted((tiny_run / "imports").iterdir())
    for note in notes:
        script = note.name.rpartition(".")[0]
        covered = {str(path.relative_to(ROOT)) for path in code_files(SCRIPTS, script)}
        used = {file for file in note.read_text().split() if not file.endswith("__init__.py")}
        assert f"workflow/scripts/{script}" in covered
        assert used <= covered, f"{script} uses {sorted(used - covered)}, which its digests do not cover"
    noted = "\n".join(note.read_text() for note in notes)
    for file in ("retrial/operations/numba.py", "report/style.mplstyle"):
        assert file in noted, f"the spy did not see {file}"


def test_packages_hold_no_code():
    """Digests do not follow the import of a package itself."""
    for path in ROOT.glob("workflow/scripts/retrial/**/__init__.py"):
        assert all(isinstance(node, ast.Expr) for node in ast.parse(path.read_text()).body), path


def test_comments_docstrings_the_order_of_keys_2_for_2_0_and_more_cores_rerun_nothing(tiny_run, plan, project):
    def reverse(value):
        return {key: reverse(value[key]) for key in reversed(value)} if isinstance(value, dict) else value

    for path in project.glob("workflow/scripts/**/*.py"):
        text = path.read_text()
        if docstring := ast.get_docstring(ast.parse(text), clean=False):
            text = text.replace(docstring, "Another docstring.", 1)
        path.write_text(f"# A comment.\n{text}\n# Another comment.\n")
    text = yaml.safe_dump(reverse(yaml.safe_load((project / "config.yaml").read_text())), sort_keys=False)
    (project / "config.yaml").write_text(f"# another comment\n{text}")
    floats = {"experiments": {"baseline": {"epochs": 2.0, "seeds": [0.0, 1.0]}}, "timing": {"processes": 6.0}}
    assert plan(tiny_run, floats, root=project, cores=16) == []


def test_touched_files_and_a_fresh_clone_with_copied_results_rerun_nothing(copied_run, project, plan):
    for path in [*copied_run.rglob("results/**/*"), *project.rglob("*.*")]:
        path.touch()
    assert plan(copied_run, root=project) == []
    for name in ("results", ".snakemake"):
        shutil.copytree(copied_run / name, project / name, copy_function=shutil.copy)  # with new times
    shutil.copy(copied_run / "output.txt", project)
    assert plan(project, root=project) == []


@pytest.mark.parametrize(
    ("path", "reruns"),
    [
        ("results/models/mse/1/probabilities.npy", {"train", "evaluate", "claims", "report"}),
        ("results/timings/speedups.csv", {"aggregate_timings", "plot_timings", "claims", "report"}),
    ],
)
def test_a_deleted_file_reruns_its_rule_and_those_that_read_it(copied_run, plan, path, reruns):
    (copied_run / path).unlink()
    planned = {job.rule for job in plan(copied_run)}
    assert reruns <= planned
    assert not {"preprocess", "train_from_scratch", "time_operations"} & planned
