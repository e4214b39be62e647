"""What the documents tell a reader to type, open or look up exists, and the numbers they quote come from a run."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
import yaml
from conftest import ROOT
from snakemake.cli import get_argument_parser

DOCUMENTS = {
    path.relative_to(ROOT).as_posix(): path.read_text()
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/*.md")))
    if path.name != "configuration.md"  # made from the schema: see test_standards.py
}
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
RULES = set(
    re.findall(
        r"^(?:rule|use rule \w+ as) (\w+)",
        "".join(path.read_text() for path in [ROOT / "Snakefile", *ROOT.glob("workflow/rules/*.smk")]),
        flags=re.MULTILINE,
    )
)
SNAKEMAKE_OPTIONS = set(re.findall(r"(?<!\S)--?\w[\w-]*", get_argument_parser().format_help()))

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
def test_make_knows_the_targets_and_variables(name):
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE)
    for command in commands(DOCUMENTS[name]):
        assert set(re.findall(r"\bmake ([a-z-]+)", command)) <= set(targets), command
        for variable in re.findall(r" ([A-Z]+)=", command.partition("make ")[2]):
            assert f"$({variable})" in makefile, command


@parametrized
def test_snakemake_knows_the_options_files_and_rules(name):
    for command in commands(DOCUMENTS[name]):
        if command.startswith("snakemake "):
            options = set(re.findall(r"(?<= )-[A-Za-z]|(?<= )--(?!storage-)[\w-]+", command))  # but those of a plugin
            assert options <= SNAKEMAKE_OPTIONS, command
            assert set(re.findall(r" results/(\S+)", command)) <= set(documented_results()), command
            assert set(command.partition(" -R ")[2].split()) <= RULES, command


@parametrized
def test_links_lead_somewhere(name):
    for link in re.findall(r"\]\(([^):]+)\)", DOCUMENTS[name]):
        file, _, anchor = link.partition("#")
        path = (ROOT / name).parent / file if file else ROOT / name
        assert path.exists(), link
        headings = re.findall(r"^#+ (.*)$", path.read_text(), flags=re.MULTILINE) if anchor else []
        anchors = [re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings]
        assert not anchor or anchor in anchors, link


@parametrized
def test_named_files_exist(name):
    folders = "workflow|envs|tests|profiles|docs|\\.ci"
    for command in commands(DOCUMENTS[name]):
        for path in re.findall(rf"(?:^|(?<= ))(?:{folders})/[\w/.-]+", command):
            assert (ROOT / path).exists(), path


@parametrized
def test_configuration_keys_exist(name):
    sections = "|".join(key for key in CONFIG if isinstance(CONFIG[key], dict))
    for code in commands(DOCUMENTS[name]):
        if not re.fullmatch(rf"(?:{sections})(\.\w+)*(\.\*)?", code) or code.endswith((".csv", ".py", ".smk")):
            continue
        node = CONFIG
        for key in code.removesuffix(".*").split("."):
            assert key in node, code
            node = node[key]


def test_the_table_of_reruns_names_rules():
    rows = re.findall(r"^\| (.+) \| (.+) \|$", DOCUMENTS["docs/reruns.md"], flags=re.MULTILINE)
    assert len(rows) > 20
    for change, rules in rows:
        assert set(re.findall(r"`(\w+)`", rules)) <= RULES, change


def documented_results() -> dict[str, str]:
    """The files that docs/results.md describes, with the text of their section."""
    sections = {}
    for heading, text in re.findall(r"^### (.*)\n((?:(?!##).*\n)*)", DOCUMENTS["docs/results.md"], flags=re.MULTILINE):
        sections |= dict.fromkeys(re.findall(r"`([^`]+)`", heading), text)
    return sections


@pytest.fixture
def made(tiny_run) -> dict[str, Path]:
    """The files of a run by the names of docs/results.md, where an .svg stands for its .png as well."""
    files = {}
    for path in (tiny_run / "results").rglob("*.*"):
        name = path.relative_to(tiny_run / "results").as_posix()
        name = re.sub(r"^models/\w+/\d+/", "models/{experiment}/{seed}/", name)
        name = re.sub(r"^data/raw/[\w-]+/\w+\.\w+", "data/raw/{dataset}/source.json", name)
        files[name.replace(".png", ".svg")] = path
    return files


def test_a_run_makes_the_documented_files_and_no_others(made):
    on_request = ("sweeps/", "predictions/mse/")
    assert made.keys() == {name for name in documented_results() if not name.startswith(on_request)}


def test_every_column_is_documented_and_a_table_has_them_in_their_order(made):
    sections = documented_results()
    for name in (name for name in made if name.endswith(".csv")):
        columns = [column for column in pd.read_csv(made[name], nrows=0) if not re.fullmatch(r"p?\d+", column)]
        first = " ".join(re.findall(r"^\| (`.*?) \|", sections[name], flags=re.MULTILINE))
        if table := re.findall(r"`([^`]+)`", first):
            assert columns == table, name
        assert [column for column in columns if f"`{column}`" not in sections[name]] == [], name


def test_the_readme_quotes_all_numbers_of_docs_headlines_and_no_others():
    content = json.loads((ROOT / "docs/headlines.json").read_text())
    rows = [row.strip("| ").split(" | ") for row in DOCUMENTS["README.md"].splitlines() if row.startswith("| ")]
    quoted = {machine: {} for machine in content["runs"]}
    for heading in (row for row in rows if set(row) & set(quoted)):
        for row in rows[rows.index(heading) + 2 :]:
            if len(row) != len(heading):
                break
            for machine in quoted:
                quoted[machine][row[0]] = row[heading.index(machine)]
    assert quoted == {machine: run["numbers"] for machine, run in content["runs"].items()}
    # In the text, numbers with a unit of measured results are the notebook's own.
    text = "\n".join(line for line in DOCUMENTS["README.md"].splitlines() if not line.startswith("| "))
    assert set(re.findall(r"\d[\d.,]*(?:×| ns| µs| ms| s\b| h\b)|\b\d+ of \d+\b", text)) == set(
        content["notebook"]["numbers"].values()
    )
