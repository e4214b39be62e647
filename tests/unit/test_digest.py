"""The digest of a rule's code changes with the code and the files that the rule uses, and with nothing else."""

import os

import pytest
from conftest import ROOT

from retrial.pipeline.digest import code_digest, code_files

SCRIPTS = ROOT / "workflow/scripts"

FILES = {
    "lock": "numpy==1",
    "scripts/step.py": '"""A step."""\nimport os\nfrom retrial.pipeline.files import write\n',
    "scripts/retrial/pipeline/files.py": 'def write():\n    """Write."""\n    from retrial.pipeline import errors\n',
    "scripts/retrial/pipeline/errors.py": 'STYLE = "report/style.css"\nWORKER = ["-m", "retrial.timing.worker"]\n',
    "scripts/retrial/timing/worker.py": 'import importlib\nload = lambda name: importlib.import_module(f"retrial.loops.{name}")\n',
    "scripts/retrial/loops/naive.py": "",
    "scripts/retrial/other.py": "",
    "report/style.css": "a {}",
    "report/other.css": "a {}",
}
UNUSED = ("scripts/retrial/other.py", "report/other.css")


@pytest.fixture
def workflow(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def digest(workflow):
    return code_digest(workflow / "lock", workflow / "scripts", "step.py")


def test_imports_module_names_and_file_names_are_followed(workflow):
    files = {path.relative_to(workflow).as_posix() for path in code_files(workflow / "scripts", "step.py")}
    assert files == FILES.keys() - {"lock", *UNUSED}


@pytest.mark.parametrize("name", [name for name in FILES if name not in UNUSED])
def test_an_edit_changes_the_digest_and_undoing_it_restores_the_digest(workflow, name):
    before, path = digest(workflow), workflow / name
    path.write_text(f"{FILES[name]}\nx = 1\n")
    assert digest(workflow) != before
    path.write_text(FILES[name])
    assert digest(workflow) == before


@pytest.mark.parametrize("name", UNUSED)
def test_an_edit_of_an_unused_file_changes_nothing(workflow, name):
    before = digest(workflow)
    (workflow / name).write_text("edited = True")
    assert digest(workflow) == before


def test_comments_docstrings_layout_and_times_change_nothing(workflow):
    before = digest(workflow)
    (workflow / "scripts/step.py").write_text(
        '"""Another docstring."""\n\nimport os  # a comment\n\nfrom retrial.pipeline.files import (\n    write,\n)\n'
    )
    text = FILES["scripts/retrial/pipeline/files.py"].replace("Write.", "Write a file.")
    (workflow / "scripts/retrial/pipeline/files.py").write_text(text)
    os.utime(workflow / "lock", (0, 0))
    assert digest(workflow) == before


def test_a_moved_project_has_the_same_digest(workflow, tmp_path_factory):
    before = digest(workflow)
    assert digest(workflow.rename(tmp_path_factory.mktemp("elsewhere") / "project")) == before


def test_only_scripts_that_run_the_network_or_list_versions_use_tensorflow():
    keras_setup = SCRIPTS / "retrial/network/keras_setup.py"
    users = {script.name for script in SCRIPTS.glob("*.py") if keras_setup in code_files(SCRIPTS, script.name)}
    assert users == {
        "train.py",
        "chain_rule.py",
        "probe_training.py",
        "run_as_written.py",
        "check_gradients.py",
        "time_training_step.py",
        "manifest.py",
    }
