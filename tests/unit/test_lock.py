"""The lock is the same for all Pythons and does not say where it was made; the conda environments agree with it."""

import re

import pytest
import yaml
from conftest import ROOT

from retrial.digest import code_files

LOCK = (ROOT / "envs/requirements.lock").read_text()
PINS = re.findall(r"^([a-z0-9-]+)==(\S+)", LOCK, flags=re.MULTILINE)


@pytest.mark.parametrize("path", sorted((ROOT / "envs").rglob("*.in")), ids=lambda path: path.stem)
def test_what_is_required_is_locked_with_hashes_no_address_and_the_versions_of_everybody(path):
    lock = path.with_suffix(".lock").read_text()
    pins = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock, flags=re.MULTILINE))
    assert set(re.findall(r"^([a-z0-9][a-z0-9-]*)", path.read_text(), flags=re.MULTILINE)) <= pins.keys()
    assert {name: pins[name] for name in pins.keys() & dict(PINS).keys()}.items() <= dict(PINS).items()
    assert all("--hash=sha256:" in block for block in re.split(r"^(?=[a-z0-9-]+==)", lock, flags=re.MULTILINE)[1:])
    assert "://" not in lock
    assert "index-url" not in lock


@pytest.mark.parametrize("name", ["tensorflow", "numpy"])
def test_a_conda_environment_has_the_versions_of_the_lock(name):
    *_, pip = yaml.safe_load((ROOT / f"envs/{name}.yaml").read_text())["dependencies"]
    pins = [pin.split("==") for pin in pip["pip"]]
    assert pins
    assert dict(pins) == {package: dict(PINS)[package] for package, _ in pins}


IMPORTS = {"sklearn": "scikit-learn", "yaml": "pyyaml"}


@pytest.mark.parametrize("name", ["tensorflow", "numpy"])
def test_a_conda_environment_has_what_the_scripts_of_its_rules_import(name):
    *_, pip = yaml.safe_load((ROOT / f"envs/{name}.yaml").read_text())["dependencies"]
    packages = {pin.split("==")[0] for pin in pip["pip"]}
    rules = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    scripts = re.findall(rf'envs/{name}\.yaml".*?"../scripts/(\w+\.py)"', rules, flags=re.DOTALL)
    assert scripts
    files = set().union(*(code_files(ROOT / "workflow/scripts", script) for script in scripts))
    text = "\n".join(file.read_text() for file in files if file.suffix == ".py")
    imported = set(re.findall(r"^\s*(?:import|from) (\w+)", text, flags=re.MULTILINE))
    third_party = {IMPORTS.get(module, module) for module in imported} & dict(PINS).keys()
    assert third_party <= packages
