"""Write a finished run as a Workflow Run RO-Crate, results/crate.zip: make crate.

The crate holds the workflow, its configuration and all results, and says what each job read and wrote, with checksums
and settings: https://www.researchobject.org/workflow-run-crate/. Logs stay out: they name folders and computers.
"""

import json
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import yaml

from retrial.commands.verify import read_manifest
from retrial.digest import ROOT
from retrial.errors import InputError
from retrial.files import atomic_write, sha256
from retrial.snakemake import RECORDS, job_params, jobs_behind, read_records

try:
    from rocrate.rocrate import ROCrate
except ModuleNotFoundError:
    sys.exit("error: the library rocrate is not installed; install it: make venv EXTRAS=crate")

MANIFEST, CRATE = "results/manifest.json", "results/crate.zip"
PROFILES = {
    "Process Run Crate": "https://w3id.org/ro/wfrun/process/0.5",
    "Workflow Run Crate": "https://w3id.org/ro/wfrun/workflow/0.5",
    "Workflow RO-Crate": "https://w3id.org/workflowhub/workflow-ro-crate/1.0",
}
SCRIPT = re.compile(r"(?:workflow|\.\.)/(scripts/\w+\.py)")


def project_files(root: Path) -> list[str]:
    """The files that make the workflow, relative to the project's folder."""
    paths = sorted(path for name in ("workflow", "envs") for path in root.glob(f"{name}/**/*") if path.is_file())
    below = [path.relative_to(root).as_posix() for path in paths if "__pycache__" not in path.parts]
    return ["Snakefile", "config.yaml", "CITATION.cff", "LICENSE", *below]


def describe_run(folder: Path, root: Path = ROOT) -> tuple[dict, dict[str, Path]]:
    """What ro-crate-metadata.json says of the run in `folder`, and the crate's files; InputError if one was changed."""
    manifest, records = read_manifest(folder / MANIFEST), read_records(folder)
    about = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    if not (jobs := [records[path] for path in reversed(jobs_behind([MANIFEST, "results/report.html"], records))]):
        raise InputError(f"{RECORDS}: no records of this run: run make run")
    made = [sorted(path for path, record in records.items() if record["log"] == job["log"]) for job in jobs]
    results = [path for paths in made for path in paths]
    sources = {path: root / path for path in project_files(root)} | {path: folder / path for path in results}
    checksums = {path: sha256(source) if source.is_file() else None for path, source in sources.items()}
    for path, checksum in checksums.items():
        if checksum is None or manifest["reproducible"].get(path, checksum) != checksum:
            raise InputError(f"{path}: {'changed since the run' if checksum else 'missing'}; run `make run` first")

    crate = ROCrate(version="1.1")
    crate.metadata.extra_terms["sha256"] = "https://w3id.org/ro/terms/workflow-run#sha256"
    files = {}
    for path, source in sources.items():
        facts = {"name": path, "sha256": checksums[path], "contentSize": str(source.stat().st_size)}
        if path == "Snakefile":
            facts |= {"name": about["title"], "version": manifest["fingerprint"]["git_commit"] or about["version"]}
            files[path] = crate.add_workflow(source, path, main=True, lang="snakemake", properties=facts)
        else:
            facts |= {"@type": ["File", "SoftwareSourceCode"]} if SCRIPT.fullmatch(path) else {}
            files[path] = crate.add_file(source, path, properties=facts)

    def add(type: str, id: str, name: str, **facts):
        return crate.add_or_update_jsonld({"@type": type, "@id": id, "name": name, **facts})

    def settings(pairs: Iterable[tuple[str, object]]) -> list:
        texts = [(name, json.dumps(value)) for name, value in pairs]
        return [add("PropertyValue", f"#{quote(f'{name}={text}')}", name, value=text) for name, text in texts]

    def act(name: str, instrument, jobs: list[dict], inputs: list, outputs: list[str]):
        times = min(job["starttime"] for job in jobs), max(job["endtime"] for job in jobs)
        start, end = (datetime.fromtimestamp(time, UTC).isoformat(timespec="milliseconds") for time in times)
        facts = {"name": name, "startTime": start, "endTime": end}
        return crate.add_action(instrument, f"#{quote(name)}", inputs, [files[path] for path in outputs], facts)

    inputs = [files["config.yaml"], *settings(manifest["configuration"].items())]
    actions = [act("run", files["Snakefile"], jobs, inputs, results)]
    for job, outputs in zip(jobs, made, strict=True):
        script = files["workflow/" + SCRIPT.search(job["code"])[1]]
        inputs = [files[path] for path in sorted(job["input"])] + settings(job_params(job))
        actions.append(act(f"{job['rule']}: {job['log'][0]}", script, [job], inputs, outputs))

    run = crate.root_dataset
    run["name"], run["description"] = f"A run of {about['title']}", about["abstract"]
    run["author"] = [add("Organization", "#authors", author["name"]) for author in about["authors"]]
    run["datePublished"], run["mentions"] = actions[0]["endTime"], actions
    run["license"] = add("CreativeWork", f"https://spdx.org/licenses/{about['license']}", about["license"])
    run["conformsTo"] = [add("CreativeWork", url, name, version=url[-3:]) for name, url in PROFILES.items()]
    return crate.metadata.generate(), sources


if __name__ == "__main__":
    try:
        metadata, sources = describe_run(Path.cwd())
    except InputError as error:
        sys.exit(f"error: {error}")
    with atomic_write(CRATE) as path, ZipFile(path, "w") as archive:
        archive.writestr(ZipInfo("ro-crate-metadata.json"), json.dumps(metadata, indent=1), ZIP_DEFLATED)
        for name, source in sources.items():
            archive.writestr(ZipInfo(name), source.read_bytes(), ZIP_DEFLATED)
    print(f"{CRATE}: {len(sources)} files, {Path(CRATE).stat().st_size / 1e6:.0f} MB")
