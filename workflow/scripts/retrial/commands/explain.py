"""Print the chain of jobs that made a file, from what Snakemake remembers of them: make explain FILE=results/…"""

import re
import signal
import sys
from pathlib import Path

import yaml

from retrial.pipeline.files import sha256
from retrial.pipeline.records import read_records, settings_of

CHECKSUM = "sha256:"


def chain(path: str, records: dict[str, dict]) -> list[str]:
    """`path` and all that it was made from, one file for each job, each before what it was made from."""
    found, jobs = [], set()

    def visit(path: str) -> None:
        record = records.get(path)
        job = (record["rule"], *record["log"]) if record else path
        if job in jobs:
            return
        jobs.add(job)
        for input in record["input"] if record else []:
            visit(input)
        found.append(path)

    visit(path)
    return found[::-1]


def describe(path: str, records: dict[str, dict], folder: Path) -> dict:
    """The job that made a file: rule, outputs, params, seeds, code digest, and its inputs with the checksums they had.

    A checksum that is no longer that of the file says so.
    """
    record = records[path]
    outputs = [p for p, r in records.items() if (r["rule"], r["log"]) == (record["rule"], record["log"])]
    # Snakemake notes the checksum of a file with the jobs that read it.
    readers = [r["input_checksums"] for r in records.values() if r["starttime"] >= record["endtime"]]
    then = {p: checksums[p] for checksums in readers for p in outputs if p in checksums}
    settings = settings_of(record)
    seed = re.fullmatch(r"results/models/[^/]+/(\d+)/[^/]+", path)
    return {
        "rule": record["rule"],
        "outputs": {p: _then_and_now(then.get(p), folder / p) for p in sorted(outputs)},
        "seed": int(seed[1]) if seed else settings.get("seed"),
        "code": settings.pop("code", "any: the outputs are verified by their checksums"),
        "params": settings,
        "inputs": {
            p: _then_and_now(record["input_checksums"].get(p, "not recorded"), folder / p)
            for p in sorted(record["input"])
        },
        "log": record["log"][0] if record["log"] else None,
    }


def _then_and_now(then: str | None, path: Path) -> str:
    now = sha256(path) if path.is_file() else "not there"
    then = (then or now).removeprefix(CHECKSUM)
    return then if then == now else f"{then}, now {now}"


def main() -> None:
    """Print the chain of jobs that made the file named on the command line, as YAML, the last job first."""
    if len(sys.argv) != 2 or not sys.argv[1]:
        sys.exit("usage: make explain FILE=results/…, any file in results/")
    folder = Path.cwd()
    path = Path(sys.argv[1])
    path = (path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix()
    records = read_records(folder)
    if path not in records:
        known = "; ".join(sorted({p for p in records if p.startswith("results/")})[:3])
        sys.exit(
            f"error: {path}: Snakemake has no record of it; expected a file that this folder's runs made"
            + (f", such as {known}" if known else ": make run first")
        )
    for made in chain(path, records):
        if made in records:
            print(yaml.safe_dump([describe(made, records, folder)], sort_keys=False, allow_unicode=True, width=120))


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # the reader may have read enough
    main()
