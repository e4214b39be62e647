"""The digest of a rule's code changes with the text of what the rule uses, and with nothing else."""

import os

import pytest
from conftest import ROOT

from retrial.pipeline.digest import code_digest, code_files

SCRIPTS = ROOT / "workflow/scripts"


@pytest.fixture
def project(tmp_path):
    package = tmp_path / "scripts/retrial"
    package.mkdir(parents=True)
    (tmp_path / "lock").write_text("numpy==1")
    (tmp_path / "scripts/step.py").write_text("import os\nfrom retrial.pipeline.files import write\n")
    (package / "files.py").write_text("def write():\n    from retrial import errors\n")
    (package / "errors.py").write_text("")
    (package / "other.py").write_text("")
    return tmp_path


def digest(project):
    return code_digest(project / "lock", project / "scripts", "step.py")


def test_imports_are_followed_through_the_package(project):
    files = code_files(project / "scripts", "step.py")
    assert [file.name for file in files] == ["errors.py", "files.py", "step.py"]


@pytest.mark.parametrize("name", ["lock", "scripts/step.py", "scripts/retrial/pipeline/files.py", "scripts/retrial/pipeline/errors.py"])
def test_an_edit_changes_the_digest_and_reverting_it_changes_it_back(project, name):
    before, text = digest(project), (project / name).read_text()
    (project / name).write_text(text + "\n# edited\n")
    assert digest(project) != before
    (project / name).write_text(text)
    assert digest(project) == before


def test_a_touch_or_an_unused_module_changes_nothing(project):
    before = digest(project)
    os.utime(project / "scripts/step.py", (0, 0))
    (project / "scripts/retrial/other.py").write_text("edited = True")
    assert digest(project) == before


def test_it_does_not_depend_on_the_folder(project, tmp_path_factory):
    moved = project.rename(tmp_path_factory.mktemp("elsewhere") / "project")
    before = digest(moved)
    assert digest(moved.rename(moved.parent / "again")) == before


def test_of_the_real_scripts_only_those_that_run_the_network_depend_on_tensorflow():
    using = {
        script.name
        for script in SCRIPTS.glob("*.py")
        if SCRIPTS / "retrial/network/keras_setup.py" in code_files(SCRIPTS, script.name)
    }
    assert using == {"train.py", "predict.py", "chain_rule.py"}
