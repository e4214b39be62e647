"""What the field expects of a run: a crate to publish, results in object storage, Snakemake's own commands.

Tests that need an extra of the lock run where it is installed: make venv EXTRAS="s3 crate checks".
"""

import getpass
import hashlib
import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml
from conftest import ROOT, TINY, error_line, merge, snakemake

from retrial.files import read_json, sha256
from retrial.snakemake import read_records

PAGE = (ROOT / "docs/snakemake.md").read_text()
CONTEXT = "https://w3id.org/ro/crate/1.1/context"


def needs(extras: str, *modules: str):
    """Skip where a library of these extras is missing."""
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f'not tested without {missing}: make venv EXTRAS="{extras}"')


needs_crate = needs("crate", "rocrate")


def make_crate(folder: Path) -> subprocess.CompletedProcess:
    """Run `make crate` in a folder, without make."""
    command = [sys.executable, "-m", "retrial.commands.crate"]
    environment = {"PYTHONPATH": str(ROOT / "workflow/scripts")}
    return subprocess.run(command, cwd=folder, env=environment, stdout=-1, stderr=subprocess.STDOUT, text=True)


@pytest.fixture(scope="module")
def finished_run(tiny_run, tmp_path_factory) -> Path:
    """A copy of the tiny run for the tests here, which change no result."""
    return Path(shutil.copytree(tiny_run, tmp_path_factory.mktemp("standards") / "run"))


@pytest.fixture(scope="module")
def crate(finished_run) -> Path:
    """The crate of the tiny run."""
    done = make_crate(finished_run)
    assert done.returncode == 0, done.stdout
    return finished_run / "results/crate.zip"


@pytest.fixture(scope="module")
def entities(crate) -> dict[str, dict]:
    """What the crate says, by the names of its entities."""
    graph = json.loads(ZipFile(crate).read("ro-crate-metadata.json"))["@graph"]
    return {entity["@id"]: entity for entity in graph}


@needs("crate checks", "rocrate", "rocrate_validator", "responses")
def test_the_crate_meets_the_requirements_of_its_standard(crate):
    import responses
    import rocrate
    from rocrate_validator import services
    from rocrate_validator.models import ValidationSettings

    # The library has the terms of a newer RO-Crate: of those that are used here, one had another address in 1.1.
    context = read_json(Path(rocrate.__file__).parent / "data/ro-crate.jsonld")
    context["@context"]["ComputationalWorkflow"] = "https://bioschemas.org/ComputationalWorkflow"
    with responses.RequestsMock() as network:
        network.get(CONTEXT, json=context)
        settings = ValidationSettings(rocrate_uri=crate, profile_identifier="workflow-run-crate", no_cache=True)
        found = services.validate(settings)
    assert [issue.message for issue in found.get_issues()] == []
    assert found.passed()


@needs_crate
def test_the_crate_tells_of_a_job_what_snakemake_recorded(finished_run, entities):
    record = read_records(finished_run)["results/models/baseline/1/training.json"]
    [job] = [entity for name, entity in entities.items() if name.endswith("logs/train/baseline/1.log")]
    read = {entity["@id"]: entities[entity["@id"]] for entity in job["object"]}
    assert job["instrument"] == {"@id": "workflow/scripts/train.py"}
    assert {"@id": "results/models/baseline/1/model.keras"} in job["result"]
    assert record["input_checksums"] == {path: f"sha256:{read[path]['sha256']}" for path in record["input"]}
    settings = {entity["name"]: entity["value"] for entity in read.values() if entity["@type"] == "PropertyValue"}
    assert settings["epochs"] == "2"


@needs_crate
def test_every_file_of_the_crate_has_its_checksum(crate, entities, tmp_path):
    with ZipFile(crate) as archive:
        archive.extractall(tmp_path)
        names = set(archive.namelist()) - {"ro-crate-metadata.json"}
    assert {"Snakefile", "config.yaml", "envs/requirements.lock", "results/claims.csv"} <= names
    assert names == {name for name, entity in entities.items() if "File" in entity["@type"]}
    assert all(sha256(tmp_path / name) == entities[name]["sha256"] for name in names)


@needs_crate
def test_the_crate_names_no_computer_user_or_folder(crate, finished_run, tiny_run):
    with ZipFile(crate) as archive:
        metadata = archive.read("ro-crate-metadata.json").decode()
        contents = {name: archive.read(name) for name in archive.namelist()}
    assert not [
        name for name in (socket.gethostname(), getpass.getuser()) if re.search(rf"\b{re.escape(name)}\b", metadata)
    ]
    folders = [str(folder).encode() for folder in (tiny_run, finished_run, ROOT)]
    assert not [name for name, content in contents.items() if any(folder in content for folder in folders)]


@needs_crate
def test_the_same_run_gives_the_same_crate(crate, finished_run):
    before = sha256(crate)
    assert make_crate(finished_run).returncode == 0
    assert sha256(crate) == before


@needs_crate
def test_a_changed_result_is_in_no_crate(copied_run):
    with (copied_run / "results/accuracy.csv").open("a") as file:
        file.write("\n")
    assert "results/accuracy.csv: changed since the run" in error_line(make_crate(copied_run))
    assert not (copied_run / "results/crate.zip").exists()


@pytest.mark.skipif(importlib.util.find_spec("rocrate") is not None, reason="the extra crate is installed")
def test_without_the_library_one_line_says_how_to_get_it(tmp_path):
    assert "make venv EXTRAS=crate" in error_line(make_crate(tmp_path))


@needs("s3 checks", "snakemake_storage_plugin_s3", "moto", "flask_cors")
def test_results_in_object_storage_are_the_same_bytes(tiny_run, tmp_path, monkeypatch):
    import boto3
    from moto.server import ThreadedMotoServer

    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        address = "http://{}:{}".format(*server.get_host_and_port())
        keys = {"SNAKEMAKE_STORAGE_S3_ACCESS_KEY": "any", "SNAKEMAKE_STORAGE_S3_SECRET_KEY": "any"}
        bucket = boto3.resource(
            "s3", endpoint_url=address, aws_access_key_id="any", aws_secret_access_key="any"
        ).create_bucket(Bucket="retrial")
        options = ["--default-storage-provider", "s3", "--default-storage-prefix", "s3://retrial"]
        options += ["--storage-s3-endpoint-url", address]
        done = snakemake(tmp_path, *options, "--", "results/predictions/first_ten.svg", **keys)
        assert done.returncode == 0, done.stdout
        stored = {item.key: item.get()["Body"].read() for item in bucket.objects.all()}
    finally:
        server.stop()
    expected = read_json(tiny_run / "results/manifest.json")["reproducible"]
    checksums = {name: hashlib.sha256(content).hexdigest() for name, content in stored.items() if name in expected}
    assert {"results/models/baseline/0/model.keras", "results/predictions/first_ten.svg"} <= checksums.keys()
    assert checksums == {name: expected[name] for name in checksums}
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("command", "outcome", "printed"),
    [
        ("--lint", "works", "your workflow is in a good condition"),
        ("--rulegraph", "works", "digraph snakemake_dag"),
        ("--rulegraph mermaid-js", "works", "flowchart TB"),
        ("--summary", "works", "results/claims.csv\t"),
        ("--list-changes input", "works", ""),
        ("--list-changes code", "works", ""),
        ("--list-changes params", "useless", "results/models/baseline/0/training.json"),
    ],
)
def test_a_command_of_snakemake_does_what_its_page_says(finished_run, command, outcome, printed):
    done = snakemake(finished_run, *command.split())
    assert done.returncode == 0, done.stdout
    assert printed in done.stdout
    assert printed or "results/" not in done.stdout
    assert f"| `snakemake {command}` | {outcome}" in PAGE


def test_snakemake_generates_unit_tests_that_pass(project, tiny_run):
    configuration = merge(yaml.safe_load((project / "config.yaml").read_text()), TINY)
    (project / "config.yaml").write_text(yaml.safe_dump(configuration, sort_keys=False))
    for folder in ("results", ".snakemake"):
        shutil.copytree(tiny_run / folder, project / folder)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for words in ("snakemake --generate-unit-tests units", "pytest -p no:cacheprovider units/test_first_ten.py"):
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        done = subprocess.run(words.split(), cwd=project, env=os.environ | {"PATH": path}, **options)
        assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout
    assert "| `snakemake --generate-unit-tests units` | works" in PAGE


def test_records_in_a_database_are_refused(copied_run):
    message = error_line(snakemake(copied_run, "-n", "--persistence-backend", "db"))
    assert message.startswith("error: --persistence-backend: ")
    assert message in PAGE


@pytest.mark.skipif(shutil.which("conda") is not None, reason="conda is installed")
def test_an_archive_needs_conda(finished_run):
    done = snakemake(finished_run, "--archive", "retrial.tar.gz")
    assert done.returncode == 1
    assert "Is conda installed and accessible?" in done.stdout
    assert "| `snakemake --archive retrial.tar.gz` | not without conda" in PAGE


def test_the_page_about_the_configuration_is_that_of_the_schema():
    spec = importlib.util.spec_from_file_location("make_configuration", ROOT / "docs/make_configuration.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    text = (ROOT / "docs/configuration.md").read_text()
    assert text == module.configuration(), "run: PYTHONPATH=workflow/scripts python docs/make_configuration.py"
    assert "| `sweeps.NAME.grid` |" in text


def test_an_editor_finds_the_schema():
    schema = re.match(r"# yaml-language-server: \$schema=(\S+)\n", (ROOT / "config.yaml").read_text())[1]
    assert yaml.safe_load((ROOT / schema).read_text())["title"] == "config.yaml"
