"""Print how a file was made, by Snakemake's records: make explain FILE=results/…

For each job behind the file, the last one first: its rule, the script and the functions that do the work, the place in
docs/results.md, its settings, and what it read. With CHECKSUMS=1 also the checksums, and which files changed since.
"""

import argparse
import ast
import re
import signal
import sys
from pathlib import Path

import yaml

from retrial.digest import ROOT, SCRIPTS
from retrial.files import sha256
from retrial.params import settings_of
from retrial.snakemake import job_params, jobs_behind, read_records

PLUMBING = {"retrial.errors", "retrial.files", "retrial.job", "retrial.params"}


def describe(path: str, records: dict[str, dict]) -> dict:
    """The job that made a file."""
    record = records[path]
    params = job_params(record)
    script = next((name for name, _ in params if name.startswith("scripts/")), f"scripts/{record['rule']}.py")
    tree = ast.parse((SCRIPTS.parent / script).read_text(encoding="utf-8"))
    return {
        "rule": record["rule"],
        "does": ast.get_docstring(tree).partition("\n")[0],
        "script": f"workflow/{script}",
        "functions": functions_of(tree),
        "docs": place_in_docs(path),
        "settings": settings_of(params),
        "inputs": sorted(record["input"]),
        "outputs": sorted(p for p, r in records.items() if (r["rule"], r["log"]) == (record["rule"], record["log"])),
        "log": next(iter(record["log"]), None),
    }


def functions_of(tree: ast.Module) -> list[str]:
    """The functions that the guarded main part of a script calls: its own, and with their module those of others."""
    own = {node.name: node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module.startswith("retrial.")]
    others = {a.name: f"{node.module}.{a.name}" for node in imports if node.module not in PLUMBING for a in node.names}
    main = ast.Module([node for node in tree.body if isinstance(node, ast.If)])
    called = {getattr(node.func, "id", None) for node in ast.walk(main) if isinstance(node, ast.Call)}
    return sorted({name for function, name in (others | own).items() if function in called})


def place_in_docs(path: str) -> str | None:
    """The line of docs/results.md whose heading names a file: `docs/results.md:12`."""
    name = path.removeprefix("results/")
    lines = (ROOT / "docs/results.md").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        patterns = re.findall(r"`([^`]+)`", line) if line.startswith("#") else []
        if any(re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(pattern)), name) for pattern in patterns):
            return f"docs/results.md:{number}"
    return None


def checksums(job: dict, path: str, records: dict[str, dict]) -> dict:
    """The job with a checksum beside each input and output; both, where a file has changed since."""
    # Snakemake records the checksum of a file with the jobs that read it.
    made_at = records[path]["endtime"]
    readers = [record["input_checksums"] for record in records.values() if record["starttime"] >= made_at]
    made = {name: found[name] for found in readers for name in job["outputs"] if name in found}
    read = dict.fromkeys(job["inputs"], "not recorded") | records[path]["input_checksums"]

    def describe_checksum(recorded: str | None, name: str) -> str:
        current = sha256(name) if Path(name).is_file() else "missing"
        recorded = (recorded or current).removeprefix("sha256:")
        return recorded if recorded == current else f"{recorded}, now {current}"

    return job | {
        "inputs": {name: describe_checksum(read[name], name) for name in job["inputs"]},
        "outputs": {name: describe_checksum(made.get(name), name) for name in job["outputs"]},
    }


def main() -> None:
    """Print the jobs behind the file on the command line as YAML, the last job first."""
    parser = argparse.ArgumentParser(prog="make explain", usage="make explain FILE=results/…, any file in results/")
    parser.add_argument("file")
    parser.add_argument("--checksums", action="store_true")
    arguments = parser.parse_args()
    if not arguments.file:
        parser.error("FILE is missing")
    folder, path = Path.cwd(), Path(arguments.file)
    path = (path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix()
    records = read_records(Path())
    if path not in records:
        examples = ", ".join(sorted(p for p in records if p.startswith("results/"))[:3])
        advice = f"Name a file that a run here made, such as {examples}." if examples else "Run `make run` first."
        sys.exit(f"error: {path}: Snakemake has no record of it. {advice}")
    for file in jobs_behind([path], records):
        job = describe(file, records)
        job = checksums(job, file, records) if arguments.checksums else job
        print(yaml.safe_dump([job], sort_keys=False, allow_unicode=True, width=120, default_flow_style=None))


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # stop quietly when the reader closes the pipe: make explain … | head
    main()
