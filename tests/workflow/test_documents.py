"""What the documents tell a reader to type, open or look up exists."""

import re
from pathlib import Path

import pandas as pd
import pytest
import yaml
from conftest import ROOT

DOCUMENTS = {
    path.relative_to(ROOT).as_posix(): path.read_text()
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/*.md")))
}
RULES = set(
    re.findall(
        r"^(?:rule|use rule \w+ as) (\w+)",
        "".join(path.read_text() for path in [ROOT / "Snakefile", *ROOT.glob("workflow/rules/*.smk")]),
        flags=re.MULTILINE,
    )
)
TARGETS = {"all", "network", "operations", "gradients"}
# Options that were tried. Try a new one before you add it.
SNAKEMAKE_OPTIONS = {"--config", "-c4", "-n", "-R", "--lint", "--quiet", "--profile", "--sdm", "--set-resources", "--unlock"}

parametrized = pytest.mark.parametrize("name", DOCUMENTS)


def blocks(text: str, language: str) -> list[str]:
    """The code blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def commands(text: str) -> list[str]:
    """The lines of the code blocks, and each piece of code in backticks."""
    lines = [line for block in blocks(text, "sh") for line in block.splitlines()]
    lines += [
        line.removeprefix("$ ") for block in blocks(text, "console") for line in block.splitlines() if "$ " in line
    ]
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return lines + re.findall(r"`([^`\n]+)`", prose)


@parametrized
def test_make_targets_exist(name):
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    for command in commands(DOCUMENTS[name]):
        assert set(re.findall(r"\bmake ([a-z]+)", command)) <= set(targets), command


@parametrized
def test_make_variables_exist(name):
    makefile = (ROOT / "Makefile").read_text()
    for command in commands(DOCUMENTS[name]):
        for variable in re.findall(r" ([A-Z]+)=", command.partition("make ")[2]):
            assert f"$({variable})" in makefile, command


@parametrized
def test_options_of_snakemake_are_known(name):
    for command in commands(DOCUMENTS[name]):
        if command.startswith("snakemake "):
            assert set(re.findall(r"(?<= )--?\w[\w-]*", command)) <= SNAKEMAKE_OPTIONS, command


@parametrized
def test_rules_to_rerun_exist(name):
    for command in commands(DOCUMENTS[name]):
        assert set(command.partition(" -R ")[2].split()) <= RULES, command


@parametrized
def test_linked_files_exist(name):
    for link in re.findall(r"\]\(([^):]+)\)", DOCUMENTS[name]):
        file, _, anchor = link.partition("#")
        path = (ROOT / name).parent / file if file else ROOT / name
        assert path.exists(), link
        headings = re.findall(r"^#+ (.*)$", path.read_text(), flags=re.MULTILINE) if anchor else []
        assert not anchor or anchor in [heading.lower().replace(" ", "-").replace(",", "") for heading in headings], (
            link
        )


@parametrized
def test_named_files_exist(name):
    folders = "workflow|envs|tests|profiles|docs|\\.ci"
    for command in commands(DOCUMENTS[name]):
        for path in re.findall(rf"(?:^|(?<= ))(?:{folders})/[\w/.-]+", command):
            assert (ROOT / path).exists(), path


@parametrized
def test_configuration_keys_exist(name):
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    sections = "|".join(key for key in config if isinstance(config[key], dict))
    for code in commands(DOCUMENTS[name]):
        if not re.fullmatch(rf"(?:{sections})(\.\w+)*(\.\*)?", code) or code.endswith((".csv", ".py", ".smk")):
            continue
        node = config
        for key in code.removesuffix(".*").split("."):
            assert key in node, code
            node = node[key]


def test_the_diagram_has_every_rule():
    (diagram,) = blocks(DOCUMENTS["docs/methods.md"], "mermaid")
    groups = set(re.findall(r"^ *subgraph (\w+)", diagram, flags=re.MULTILINE))
    lines = [line for line in diagram.splitlines() if not re.match(" *(flowchart|subgraph|end)", line)]
    assert set(re.findall(r"\w+", "\n".join(lines))) - groups == RULES - {"preview", "enforce_claims"} - TARGETS


def test_the_table_of_reruns_names_rules():
    rows = re.findall(r"^\| (.+) \| (.+) \|$", DOCUMENTS["docs/reruns.md"], flags=re.MULTILINE)
    assert len(rows) > 20
    for change, rules in rows:
        assert set(re.findall(r"`(\w+)`", rules)) <= RULES, change


def undocumented(results: Path) -> list[str]:
    """The files of a results folder, and the columns of its tables, that docs/results.md lacks."""
    sections = {}
    for heading, text in re.findall(r"^### (.*)\n((?:(?!##).*\n)*)", DOCUMENTS["docs/results.md"], flags=re.MULTILINE):
        sections |= dict.fromkeys(re.findall(r"`([^`]+)`", heading), text)
    missing = []
    for path in sorted(results.rglob("*.*")):
        name = path.relative_to(results).as_posix()
        name = re.sub(r"^models/\w+/\d+/", "models/{experiment}/{seed}/", name)
        name = re.sub(r"^timings/raw/\w+/\w+", "timings/raw/{operation}/{implementation}", name)
        name = re.sub(r"^tensors/raw/\w+", "tensors/raw/{operation}", name)
        name = re.sub(r"^data/raw/[\w-]+/", "data/raw/{dataset}/", name)
        if path.suffix in (".png", ".idx"):  # beside an .svg; beside source.json
            continue
        if name not in sections:
            missing.append(name)
        elif path.suffix == ".csv":
            columns = [column for column in pd.read_csv(path, nrows=0) if not re.fullmatch(r"p?\d+", column)]
            missing += [f"{name}: {column}" for column in columns if f"`{column}`" not in sections[name]]
    return missing


def test_every_result_and_every_column_is_documented(tiny_run):
    assert not undocumented(tiny_run / "results")


def test_the_readme_is_short():
    lines = DOCUMENTS["README.md"].splitlines()
    assert len(lines) <= 120
    first_screen = "\n".join(lines[:35])
    for part in ("make run", "(results/claims.csv)", "docs/report.png"):
        assert part in first_screen


def test_the_picture_is_small():
    assert (ROOT / "docs/report.png").stat().st_size <= 400_000
