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

KNOWN_WORDS = {"snakemake", "-c4", "-n", "--profile", "profiles/slurm"}


def test_there_are_commands():
    assert "make run" in COMMANDS
    assert "make test" in COMMANDS


@pytest.mark.parametrize("command", [command for command in COMMANDS if "make " in command])
def test_a_make_target_exists(command):
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"\bmake ([a-z]+)", command):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target


@pytest.mark.parametrize("command", [command for command in COMMANDS if not command.startswith("make")])
def test_what_a_command_names_exists(command):
    for path in re.findall(r"(?<= )(?:profiles|tests)/\S+", command):
        assert (ROOT / path).exists()
    assert not command.startswith("snakemake") or not set(command.split()) - KNOWN_WORDS, "try it, then add its words"


@pytest.mark.parametrize("rule", re.findall(r"-R ((?:\w+ ?)+)`", README)[0].split())
def test_a_named_rule_exists(rule):
    rules = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    assert re.search(rf"^(rule {rule}:|use rule \w+ as {rule} with:)", rules, flags=re.MULTILINE)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_a_linked_file_exists(path):
    assert (ROOT / path).exists()


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:workflow|envs|tests|profiles)/[\w/.-]+)`", README))))
def test_a_named_file_exists(path):
    assert (ROOT / path).exists()
