"""The digest of a rule's code changes with the code and the files that the rule uses, and with nothing else."""

import os
import shutil

import pytest
from conftest import ROOT

from retrial import digest as digest_module
from retrial.digest import KEPT, code_digest, code_digests, code_files

SCRIPTS = ROOT / "workflow/scripts"

FILES = {
    "lock": "numpy==1",
    "scripts/step.py": '"""A step."""\nimport os\nfrom retrial.files import write\n',
    "scripts/retrial/files.py": 'def write():\n    """Write."""\n    from retrial import errors\n',
    "scripts/retrial/errors.py": 'STYLE = "report/style.css"\nWORKER = ["-m", "retrial.timing.worker"]\n',
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


@pytest.fixture(autouse=True)
def working_folder(tmp_path_factory, monkeypatch):
    """Where the digests are kept from one plan to the next."""
    folder = tmp_path_factory.mktemp("working")
    monkeypatch.chdir(folder)
    return folder


def digest(workflow):
    """The digest that a plan uses, which one from scratch must confirm."""
    kept = code_digests(workflow / "lock", workflow / "scripts")["step.py"]
    assert kept == code_digest(workflow / "lock", workflow / "scripts", "step.py")
    return kept


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
        '"""Another docstring."""\n\nimport os  # a comment\n\nfrom retrial.files import (\n    write,\n)\n'
    )
    text = FILES["scripts/retrial/files.py"].replace("Write.", "Write a file.")
    (workflow / "scripts/retrial/files.py").write_text(text)
    os.utime(workflow / "lock", (0, 0))
    assert digest(workflow) == before


def test_a_moved_project_has_the_same_digest(workflow, tmp_path_factory):
    before = digest(workflow)
    assert digest(workflow.rename(tmp_path_factory.mktemp("elsewhere") / "project")) == before


def test_a_second_plan_reads_no_code(workflow, monkeypatch):
    before = digest(workflow)
    monkeypatch.setattr(digest_module, "code_digest", None)
    assert code_digests(workflow / "lock", workflow / "scripts") == {"step.py": before}


def test_an_edit_that_keeps_size_and_time_changes_the_digest(workflow):
    before, path = digest(workflow), workflow / "scripts/retrial/errors.py"
    status = path.stat()
    path.write_text(FILES["scripts/retrial/errors.py"].replace("-m", "-c"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert digest(workflow) != before


def test_a_new_module_with_an_imported_name_changes_the_digest(workflow):
    before = digest(workflow)
    (workflow / "scripts/retrial/loops/numpy.py").write_text("x = 1")
    assert digest(workflow) != before


def test_an_edit_in_a_linked_folder_changes_the_digest(workflow, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "retrial"
    (workflow / "scripts/retrial").rename(elsewhere)
    (workflow / "scripts/retrial").symlink_to(elsewhere)
    before = digest(workflow)
    (elsewhere / "files.py").write_text("x = 1")
    assert digest(workflow) != before


@pytest.mark.parametrize(
    "damage", [b"", b"[]", b"{", b"\xff", b'{"checksum": 1, "digests": {"step.py": "0"}}', "swapped"]
)
def test_kept_digests_that_are_damaged_are_made_again(workflow, working_folder, damage):
    before, path = digest(workflow), working_folder / KEPT
    good = path.read_bytes()
    path.write_bytes(good.replace(before.encode(), before[::-1].encode()) if damage == "swapped" else damage)
    assert digest(workflow) == before
    assert path.read_bytes() == good


def test_kept_digests_of_other_code_do_not_hide_a_change(workflow, working_folder):
    before = digest(workflow)
    shutil.copy(working_folder / KEPT, working_folder / "kept")
    (workflow / "scripts/step.py").write_text("x = 1")
    after = digest(workflow)
    shutil.copy(working_folder / "kept", working_folder / KEPT)
    assert digest(workflow) == after != before


def test_a_folder_that_cannot_be_written_is_planned_in(workflow, working_folder):
    (working_folder / KEPT.parent).write_text("a file where the folder should be")
    assert len(digest(workflow)) == 64


def test_only_scripts_that_run_the_network_or_list_versions_use_tensorflow():
    keras = SCRIPTS / "retrial/network/keras.py"
    users = {script.name for script in SCRIPTS.glob("*.py") if keras in code_files(SCRIPTS, script.name)}
    assert users == {
        "train.py",
        "sweep_cells.py",
        "chain_rule.py",
        "probe_training.py",
        "run_as_written.py",
        "check_gradients.py",
        "time_training_step.py",
        "manifest.py",
    }
