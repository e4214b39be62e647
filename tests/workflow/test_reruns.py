"""What changed is run again; what did not is not."""

import os
import re
import shutil
from pathlib import Path

import forked
import pytest
import yaml
from conftest import ROOT, TINY, merge, snakemake

from retrial.pipeline.digest import code_files
from retrial.pipeline.files import read_json
from retrial.operations.table import IMPLEMENTATIONS

# Which rules read directly what a rule writes: a rule that runs makes those after it run, too.
AFTER = {
    "download": "preprocess manifest",
    "preprocess": "plot_samples train predict evaluate first_ten show_mistakes plot_training chain_rule claims manifest report",
    "plot_samples": "manifest report",
    "train": "predict chain_rule plot_training claims manifest report",
    "predict": "evaluate first_ten show_mistakes claims manifest report",
    "evaluate": "summarise_accuracy show_mistakes claims manifest report",
    "summarise_accuracy": "plot_training claims manifest report",
    "plot_training": "manifest report",
    "first_ten": "claims manifest report",
    "show_mistakes": "manifest report",
    "chain_rule": "claims manifest report",
    "time_operation": "aggregate_timings fit_costs claims manifest report",
    "time_matrix_dot": "aggregate_timings fit_costs claims manifest report",
    "time_limits": "fit_costs manifest report",
    "time_broadcasting": "show_tensors manifest report",
    "aggregate_timings": "plot_timings claims manifest report",
    "fit_costs": "plot_timings manifest report",
    "plot_timings": "manifest report",
    "show_tensors": "claims manifest report",
    "claims": "manifest report",
    "manifest": "report",
    "report": "",
    "preview": "",
    "enforce_claims": "",
}
# What another experiment than baseline has no part in.
OF_BASELINE = "chain_rule and first_ten and show_mistakes"

TIMERS = "time_operation time_matrix_dot time_limits time_broadcasting"
EVERYTHING = f"download {TIMERS}"

# The rules that each key of config.yaml reruns first: a value to set it to, and the rules.
KEYS = {
    "MNIST_DIR": ("the folder", "download"),
    "fallback": ("none", "download"),
    "dataset.name": ("fashion-mnist", "download"),
    "dataset.mirrors": (["http://127.0.0.1:8/"], ""),
    # these count where the data come from such files, see below
    **{
        f"dataset.files.{file}.{key}": (value, "")
        for file in ("train_images", "train_labels", "test_images", "test_labels")
        for key, value in {"name": "another-name", "sha256": 64 * "a", "gz_sha256": 64 * "a"}.items()
    },
    "dataset.labels": (list("abcdefghij"), "plot_samples evaluate first_ten show_mistakes"),
    "experiments.baseline.divide_by_255": (False, "train"),
    "experiments.baseline.layers": (
        [{"units": 17, "activation": "relu"}, {"units": 10, "activation": "softmax"}],
        "train",
    ),
    "experiments.baseline.optimizer.name": ("adam", "train"),
    "experiments.baseline.optimizer.learning_rate": (0.002, "train"),
    "experiments.baseline.loss": ("categorical_crossentropy", "train"),
    "experiments.baseline.metrics": ([], "train"),
    "experiments.baseline.epochs": (3, "train"),
    "experiments.baseline.batch_size": (64, "train"),
    "experiments.baseline.seeds": ([0, 1, 2], "train, without chain_rule and first_ten"),
    "experiments.mse.optimizer.name": ("adam", f"train, without {OF_BASELINE}"),
    "experiments.mse.optimizer.learning_rate": (0.002, f"train, without {OF_BASELINE}"),
    "experiments.mse.loss": ("categorical_crossentropy", f"train, without {OF_BASELINE}"),
    "experiments.mse.metrics": ([], f"train, without {OF_BASELINE}"),
    "experiments.unscaled.divide_by_255": (True, f"train, without {OF_BASELINE}"),
    "training_threads": (2, "train"),
    "timing.operations": (["relu"], "aggregate_timings fit_costs"),
    "timing.sizes.below": (2, "time_operation time_matrix_dot"),
    "timing.sizes.above": (2, "time_operation time_matrix_dot"),
    "timing.sizes.max_steps.elements": (200000, "time_operation time_matrix_dot"),
    "timing.sizes.max_steps.multiply_adds": (9000000, "time_operation time_matrix_dot"),
    "timing.seed": (1, TIMERS),
    "timing.blas_threads": (2, TIMERS),
    "timing.processes": (6, TIMERS),
    "timing.samples": (2, TIMERS),
    "timing.min_sample_s": (0.002, TIMERS),
    "timing.max_call_s": (0.02, "time_operation time_matrix_dot"),
    "timing.max_load": (0.5, TIMERS),
    "timing.max_wait_s": (1, TIMERS),
    "bootstrap.resamples": (300, "aggregate_timings fit_costs show_tensors"),
    "bootstrap.seed": (1, "aggregate_timings fit_costs show_tensors"),
    "claims.strict": (True, "enforce_claims"),
}

# The same where the results were made from files that config.yaml names.
KEYS_OF_THE_WHOLE = {
    "MNIST_DIR": ("the folder", ""),
    "fallback": ("none", ""),
    "dataset.name": ("fashion-mnist", "download"),
    "dataset.mirrors": (["http://127.0.0.1:8/"], ""),
    **{
        f"dataset.files.{file}.{key}": (value, "download" if key == "sha256" else "")
        for file in ("train_images", "test_labels")
        for key, value in {"name": "another-name", "sha256": 64 * "a", "gz_sha256": 64 * "a"}.items()
    },
}

# The rules that an edit of each file reruns first.
FILES = {
    "envs/requirements.lock": EVERYTHING,
    # Only `snakemake --sdm conda` looks at these, and it does so by itself.
    "envs/numpy.yaml": "",
    "envs/tensorflow.yaml": "",
    "envs/requirements.in": "",
    **{
        f"workflow/scripts/{rule}.py": rule
        for rule in AFTER
        if rule not in ("time_operation", "time_matrix_dot", "enforce_claims", "preview")
    },
    "workflow/scripts/time_operation.py": "time_operation time_matrix_dot",
    "workflow/scripts/enforce_claims.py": "",  # unless claims.strict
    "workflow/report/style.mplstyle": "plot_samples first_ten show_mistakes plot_training plot_timings",
    **{f"workflow/report/page.{part}": "report" for part in ("html.j2", "css", "js")},
    **{
        f"workflow/scripts/retrial/{name}.py": rules
        for name, rules in {
            "__init__": "",
            "compare": "",
            "config": "",
            "differences": "",
            "digest": "manifest",
            "errors": EVERYTHING,
            "explain": "",
            "figures": "plot_samples first_ten show_mistakes plot_training plot_timings",
            "files": EVERYTHING,
            "headlines": "report",
            "idx": "download preprocess",
            "images": "train predict",
            "intervals": "aggregate_timings fit_costs show_tensors",
            "job": EVERYTHING,
            "limits_ops": "time_limits",
            "measure": TIMERS,
            "naive_list_ops": "time_operation time_matrix_dot",
            "naive_ops": "time_operation time_matrix_dot",
            "naive_three_loops_ops": "time_operation time_matrix_dot",
            "numba_ops": "time_operation time_matrix_dot",
            "numpy_ops": "time_operation time_matrix_dot time_broadcasting show_tensors",
            "numpy_repetition_ops": "time_broadcasting show_tensors",
            "operations": f"{TIMERS} claims",
            "progress": "",
            "records": "report",
            "scores": "train evaluate chain_rule",
            "sources": "download claims",
            "tensorflow_setup": "train predict chain_rule manifest",
            "timing": TIMERS,
            "units": "plot_timings claims",
            "verdicts": "claims",
            "verify": "",
        }.items()
    },
}


def with_what_follows(first: str) -> set[str]:
    """The rules named, and all that come after them; `a, without b` leaves out what is made from baseline's first seed."""
    first, _, without = first.partition(", without ")
    found, waiting = set(), set(first.split())
    while waiting:
        rule = waiting.pop()
        found.add(rule)
        waiting |= set(AFTER[rule].split()) - found
    return found - set(without.replace(" and ", " ").split())


def at(key: str, value) -> dict:
    """The configuration in which the dotted `key` has the value."""
    for part in reversed(key.split(".")):
        value = {part: value}
    return value


def leaves(config: dict, path: tuple = ()) -> set[str]:
    """The dotted keys of a configuration."""
    if not isinstance(config, dict):
        return {".".join(path)}
    return set().union(*(leaves(value, (*path, key)) for key, value in config.items()))


@pytest.fixture
def would_run(tmp_path):
    """The rules that a dry run in a folder names, without `all`."""

    def plan(folder: Path, config: dict | None = None, root: Path = ROOT, *arguments: str) -> set[str]:
        configfile, output = tmp_path / "planned.yaml", tmp_path / "planned.txt"
        configfile.write_text(yaml.safe_dump(merge(TINY, config or {}), sort_keys=False))
        command = ["--snakefile", root / "Snakefile", "--directory", folder, "-c2", "--configfile", configfile]
        command += ["--dry-run", "--quiet", "rules", *arguments]
        status = forked.snakemake(command, output)
        text = output.read_text()
        assert status == 0, text
        assert "Nothing to be done" in text or "Job stats:" in text, text
        return set(re.findall(r"^(\w+) +\d+$", text.partition("Job stats:")[2], flags=re.MULTILINE)) - {"all", "total"}

    return plan


@pytest.fixture
def folder_of_files(tmp_path) -> str:
    """A folder with four files of the names in config.yaml: a dry run does not look into them."""
    folder = tmp_path / "mnist"
    folder.mkdir()
    for file in yaml.safe_load((ROOT / "config.yaml").read_text())["dataset"]["files"].values():
        (folder / file["name"]).touch()
    return str(folder)


def test_the_tables_have_every_key_and_every_file():
    assert KEYS.keys() == leaves(yaml.safe_load((ROOT / "config.yaml").read_text()))
    files = [*ROOT.glob("workflow/scripts/**/*.py"), *ROOT.glob("workflow/report/*"), *ROOT.glob("envs/*")]
    files = [path for path in files if path.suffix != ".rst"]  # captions of Snakemake's own report, which is no rule's
    assert FILES.keys() == {path.relative_to(ROOT).as_posix() for path in files}


def test_the_order_of_rules_has_every_rule():
    text = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    rules = re.findall(r"^(?:rule|use rule \w+ as) (\w+)", text, flags=re.MULTILINE)
    assert AFTER.keys() == set(rules)


@pytest.mark.parametrize("key", KEYS)
def test_a_change_of_a_key_reruns_what_depends_on_it_and_nothing_else(tiny_run, would_run, folder_of_files, key):
    value, first = KEYS[key]
    value = folder_of_files if value == "the folder" else value
    assert would_run(tiny_run, at(key, value)) == with_what_follows(first)


@pytest.mark.parametrize("key", KEYS_OF_THE_WHOLE)
def test_a_change_of_a_key_of_the_data_counts_where_they_are_from_such_files(
    whole_run, would_run, folder_of_files, key
):
    run, config = whole_run
    value, first = KEYS_OF_THE_WHOLE[key]
    value = folder_of_files if value == "the folder" else value
    assert would_run(run, merge(config, at(key, value))) == with_what_follows(first)


def test_embedded_results_move_to_the_whole_data_set_once_it_can_be_had_and_stay_there(whole_run, would_run):
    run, config = whole_run
    assert read_json(run / "results/data/provenance.json")["dataset"] == "mnist"
    assert read_json(run / "results/models/baseline/0/metrics.json")["n_test"] == 50
    assert would_run(run, config) == set()


@pytest.mark.parametrize("path", ["workflow/scripts/download.py", "envs/requirements.lock"])
def test_an_edit_does_not_fetch_again_what_is_verified_by_checksum(whole_run, would_run, project, path):
    run, config = whole_run
    with (project / path).open("a") as file:
        file.write("\n# edited\n")
    first = FILES[path].replace("download", "preprocess" if path.endswith(".lock") else "")
    assert would_run(run, config, project) == with_what_follows(first)


@pytest.mark.parametrize("path", FILES)
def test_an_edit_of_a_file_reruns_what_uses_it_and_nothing_else(tiny_run, would_run, project, path):
    with (project / path).open("a") as file:
        file.write("\n# edited\n")
    assert would_run(tiny_run, root=project) == with_what_follows(FILES[path])


def test_an_edit_that_is_taken_back_reruns_nothing(tiny_run, would_run, project):
    texts = {path: (project / path).read_text() for path in FILES if FILES[path]}
    for path, text in texts.items():
        (project / path).write_text(f"{text}\n# edited\n")
    assert "train" in would_run(tiny_run, root=project)
    for path, text in texts.items():
        (project / path).write_text(text)
    assert would_run(tiny_run, root=project) == set()


def declared(rule: str) -> set[str]:
    """The files that a rule hands to `settings`, and what these import of the shared package."""
    folder = ROOT / "workflow/rules"
    text = "".join(path.read_text() for path in folder.glob("*.smk"))
    block = re.search(rf"^rule {rule}:\n(.*?)^    script:", text, flags=re.M | re.S)[1].partition("settings(")[2]
    for name in ("STYLE", "TIMED_CODE"):
        block = block.replace(name, re.search(rf"^{name} = (.*?)\n(?=\S|\n)", text, flags=re.M | re.S)[1])
    names = re.findall(r'"([\w./]+\.(?:py|mplstyle))"', block)
    names += [f"../report/page.{part}" for part in re.findall(r'"(html\.j2|css|js)"', block)]
    if "retrial/{name}_ops.py" in block:
        names += [f"retrial/{name}_ops.py" for name in set().union(*IMPLEMENTATIONS.values())]
    files = code_files(ROOT / "workflow/scripts", *names)
    return {Path(os.path.normpath(file)).relative_to(ROOT).as_posix() for file in files}


def test_what_the_jobs_of_a_rule_import_is_what_its_rule_declares(tiny_run):
    """A script that imports, by whatever way, a file that its rule does not declare fails here."""
    notes = sorted((tiny_run / "imports").iterdir())
    scripts = {note.name.rpartition(".")[0] for note in notes}
    assert scripts == {f"{rule}.py" for rule in AFTER if rule not in ("time_matrix_dot", "enforce_claims", "preview")}
    for note in notes:
        rule = note.name.partition(".")[0]
        used = {file for file in note.read_text().split() if not file.endswith("__init__.py")}
        assert f"workflow/scripts/{rule}.py" in declared(rule)
        assert used <= declared(rule), f"{rule} uses {used - declared(rule)}"
    measured = {file for note in notes for file in note.read_text().split()}
    assert "workflow/scripts/retrial/operations/naive_three_loops.py" in measured, "the measuring processes are not seen"


@pytest.mark.parametrize(
    ("config", "what"),
    [
        ({}, "the same"),
        ({"experiments": {"baseline": {"epochs": 2.0, "seeds": [0.0, 1.0]}}, "timing": {"processes": 5.0}}, "2.0"),
    ],
)
def test_another_way_to_write_the_same_configuration_reruns_nothing(tiny_run, would_run, config, what):
    assert would_run(tiny_run, config) == set()


def test_order_of_keys_and_comments_rerun_nothing(tiny_run, would_run, project):
    def turned(value):
        return {key: turned(value[key]) for key in reversed(value)} if isinstance(value, dict) else value

    config = project / "config.yaml"
    text = yaml.safe_dump(turned(yaml.safe_load(config.read_text())), sort_keys=False)
    config.write_text(f"# another comment\n{text}")
    assert would_run(tiny_run, root=project) == set()


@pytest.mark.parametrize(
    ("config", "first"),
    [
        ({"experiments": {"mse": {"seeds": [1, 0]}}}, "manifest"),
        ({"timing": {"operations": ["matrix_dot", "relu"]}}, "report"),
    ],
)
def test_the_order_of_a_list_that_decides_no_number_is_shown_and_reruns_no_more(tiny_run, would_run, config, first):
    assert would_run(tiny_run, config) == with_what_follows(first)


def test_another_first_seed_is_another_network_for_what_is_made_of_one(tiny_run, would_run):
    config = {"experiments": {"baseline": {"seeds": [1, 0]}}}
    assert would_run(tiny_run, config) == with_what_follows("chain_rule first_ten show_mistakes")


def test_two_values_swapped_are_a_change(copied_run, would_run):
    def of_baseline(**values):
        return {"experiments": {"baseline": values}}

    target = ["--", "results/models/baseline/0/model.keras"]
    done = snakemake(copied_run, *target, config=of_baseline(epochs=1, batch_size=64))
    assert done.returncode == 0, done.stdout
    assert "train" in would_run(copied_run, of_baseline(epochs=64, batch_size=1))


def test_one_seed_less_is_a_matter_of_tables_and_pictures(tiny_run, would_run):
    config = {"experiments": {"baseline": {"seeds": [0]}}}
    assert would_run(tiny_run, config) == with_what_follows("summarise_accuracy show_mistakes")


def test_another_experiment_is_one_block_and_trains_that_experiment_alone(copied_run):
    done = snakemake(copied_run, "--dry-run", config={"experiments": {"long": {"epochs": 3}}})
    assert done.returncode == 0, done.stdout
    jobs = re.findall(r"^rule (\w+):$(?:\n .*)*?\n    wildcards: (.*)$", done.stdout, flags=re.MULTILINE)
    assert sorted(jobs) == sorted(
        (rule, f"experiment=long, seed={seed}") for rule in ("train", "predict", "evaluate") for seed in (0, 1)
    )
    rules = set(re.findall(r"^(?:local)?rule (\w+):$", done.stdout, flags=re.MULTILINE))
    assert rules == with_what_follows(f"train, without {OF_BASELINE}") | {"all"}


def test_a_touch_of_anything_reruns_nothing(copied_run, project, would_run):
    for path in [*copied_run.rglob("results/**/*"), *project.rglob("*.*")]:
        path.touch()
    assert would_run(copied_run, root=project) == set()


def test_a_fresh_clone_with_copied_results_has_nothing_to_do(tiny_run, project, would_run):
    for name in ("results", ".snakemake"):
        shutil.copytree(tiny_run / name, project / name, copy_function=shutil.copy)  # with other times
    assert would_run(project, root=project) == set()


@pytest.mark.parametrize(
    ("path", "first"),
    [
        ("results/models/baseline/0/metrics.json", "evaluate"),
        ("results/models/mse/1/probabilities.npy", "predict, without first_ten and show_mistakes"),
        ("results/timings/speedups.csv", "aggregate_timings"),
    ],
)
def test_a_deleted_file_is_made_again_without_what_was_before_it(copied_run, would_run, path, first):
    (copied_run / path).unlink()
    assert would_run(copied_run) == with_what_follows(first)


@pytest.mark.parametrize("cores", [1, 4, 16])
def test_other_cores_rerun_nothing(tiny_run, would_run, cores):
    assert would_run(tiny_run, None, ROOT, f"-c{cores}") == set()


@pytest.mark.parametrize(("answer", "dataset"), [("right", "mnist"), ("login page", "mnist-5k"), ("none", "mnist-5k")])
def test_a_mirror_counts_when_it_has_the_right_bytes(idx_dataset, serve, tmp_path, answer, dataset):
    folder, config = idx_dataset
    if answer == "login page":
        for path in folder.iterdir():
            path.write_text("<html>Please log in</html>")
    config["dataset"]["mirrors"] = [] if answer == "none" else [serve(folder)]
    done = snakemake(tmp_path / "run", "--", "results/data/provenance.json", config=config)
    assert done.returncode == 0, done.stdout
    assert read_json(tmp_path / "run/results/data/provenance.json")["dataset"] == dataset
