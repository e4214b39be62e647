"""The digests of a script's files change with their code and with the lock, and with nothing else."""

import os

import pytest
from conftest import ROOT

from retrial.digest import code_digests

SCRIPTS = ROOT / "workflow/scripts"

FILES = {
    "envs/requirements.lock": "numpy==1",
    "workflow/scripts/step.py": '"""A step."""\nimport os\nfrom retrial.files import write\n',
    "workflow/scripts/retrial/files.py": 'def write():\n    """Write."""\n    from retrial import errors\n',
    "workflow/scripts/retrial/errors.py": 'FILES = "report/style.css", "report/parts/"\nWORKER = ["-m", "retrial.timing.worker"]\n',
    "workflow/scripts/retrial/timing/worker.py": 'load = lambda name: import_module(f"retrial.loops.{name}")\n',
    "workflow/scripts/retrial/loops/naive.py": "",
    "workflow/scripts/retrial/other.py": "",
    "workflow/report/style.css": "a {}",
    "workflow/report/other.css": "a {}",
    "workflow/report/parts/fit.html.j2": "text",
}
UNUSED = ("workflow/scripts/retrial/other.py", "workflow/report/other.css")


@pytest.fixture
def project(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def digests(project):
    return code_digests(project / "workflow/scripts", "step.py")


def test_imports_module_names_and_file_names_are_followed(project):
    assert digests(project).keys() == {
        "scripts/step.py",
        "retrial/files.py",
        "retrial/errors.py",
        "retrial/timing/worker.py",
        "retrial/loops/naive.py",
        "report/style.css",
        "report/parts/fit.html.j2",
        "envs/requirements.lock",
    }


@pytest.mark.parametrize("name", FILES)
def test_an_edit_changes_the_digest_of_its_file_alone(project, name):
    before = digests(project)
    (project / name).write_text(f"{FILES[name]}\nx = 1\n")
    after = digests(project)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    own = {name.removeprefix("workflow/").replace("scripts/retrial", "retrial")}
    assert changed == (set() if name in UNUSED else own)


def test_comments_docstrings_layout_times_and_the_folder_change_nothing(project, tmp_path_factory):
    before = digests(project)
    (project / "workflow/scripts/step.py").write_text(
        '"""Another docstring."""\n\nimport os  # a comment\n\nfrom retrial.files import (\n    write,\n)\n'
    )
    text = FILES["workflow/scripts/retrial/files.py"].replace("Write.", "Write a file.")
    (project / "workflow/scripts/retrial/files.py").write_text(text)
    os.utime(project / "envs/requirements.lock", (0, 0))
    assert digests(project.rename(tmp_path_factory.mktemp("elsewhere") / "project")) == before


@pytest.mark.parametrize(("decorator", "counts"), [("@claim()", True), ("@cache", False)])
def test_the_docstring_of_a_claim_counts_because_it_is_what_the_claim_says(project, decorator, counts):
    found = []
    for says in ("This.", "That."):
        (project / "workflow/scripts/retrial/files.py").write_text(f'{decorator}\ndef f():\n    """{says}"""')
        found.append(digests(project)["retrial/files.py"])
    assert (found[0] != found[1]) == counts
