"""What README.md tells a newcomer to type exists."""

import re

import pytest
from conftest import ROOT

README = (ROOT / "README.md").read_text()
COMMANDS = [
    line.strip()
    for block in re.findall(r"^```sh\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
    if line.strip() and not line.startswith("#")
]


def test_there_are_commands():
    assert "make run" in COMMANDS
    assert "make test" in COMMANDS


@pytest.mark.parametrize("command", [command for command in COMMANDS if "make " in command])
def test_a_make_target_exists(command):
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"\bmake ([a-z]+)", command):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_a_linked_file_exists(path):
    assert (ROOT / path).exists()


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:workflow|envs|tests|profiles)/[\w/.-]+)`", README))))
def test_a_named_file_exists(path):
    assert (ROOT / path).exists()
