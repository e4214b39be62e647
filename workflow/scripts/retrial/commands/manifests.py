"""Compare this folder's results/manifest.json with the manifest of another run."""

from pathlib import Path

from retrial.commands.differences import leaves
from retrial.errors import InputError, shorten
from retrial.files import read_json
from retrial.formats import format_accuracy

# Data that are the same bytes on every machine; pictures of them depend on the libraries.
ARRAYS = (".idx", ".npy")

PARTS = {"fingerprint": dict, "configuration": dict, "accuracy": list, "reproducible": dict}
# Keys of a fingerprint that do not affect the results.
ORIGIN = ("git_commit", "git_clean")


def read_manifest(path: Path) -> dict:
    """Read a manifest.

    Raises:
        InputError: it is missing or not a manifest.
    """
    try:
        manifest = read_json(path)
    except FileNotFoundError:
        problem = "no such file"
    except (ValueError, OSError) as error:
        problem = f"not a manifest ({shorten(str(error))[1:-1]})"
    else:
        if isinstance(manifest, dict) and all(isinstance(manifest.get(key), kind) for key, kind in PARTS.items()):
            return manifest
        problem = f"not a manifest of this pipeline, which has {', '.join(PARTS)}"
    raise InputError(f"{path}: {problem}; expected a results/manifest.json, which `make run` writes")


def unequal_values(ours: dict, theirs: dict) -> dict[str, str]:
    """The keys whose values differ, with both values: `1 != 2`."""
    pairs = {key: (ours.get(key, "missing"), theirs.get(key, "missing")) for key in sorted(ours.keys() | theirs.keys())}
    return {key: f"{a} != {b}" for key, (a, b) in pairs.items() if a != b}


def compare_manifests(ours: dict, theirs: dict, rules: dict[str, str]) -> tuple[str, list[str]]:
    """Compare all files where the fingerprints are equal, otherwise the arrays of the data and the accuracies.

    Args:
        rules: the rule that made each file.

    Returns:
        What was compared, and a line for each difference.
    """
    machine = unequal_values(*({k: v for k, v in m["fingerprint"].items() if k not in ORIGIN} for m in (ours, theirs)))
    configuration = unequal_values(*(dict(leaves(manifest["configuration"])) for manifest in (ours, theirs)))
    lines = [f"configuration {key}: {values}" for key, values in configuration.items()]

    paths = ours["reproducible"].keys() | theirs["reproducible"].keys()
    data = {path for path in paths if path.startswith("results/data/") and path.endswith(ARRAYS)}
    only_one = ours["reproducible"].keys() ^ theirs["reproducible"].keys()
    files = unequal_values(ours["reproducible"], theirs["reproducible"])
    lines += [
        f"{path} (rule {rules.get(path, 'unknown')}): {checksums}"
        for path, checksums in files.items()
        if not machine or path in data | only_one
    ]
    if not machine:
        summary = f"fingerprints are equal: {len(paths)} files, byte for byte"
        if ours["fingerprint"].get("git_commit") != theirs["fingerprint"].get("git_commit"):
            summary += "; the commits differ, so different code may be the reason for differences"
        return summary, lines
    accuracies, accuracy_lines = _compare_accuracies(ours["accuracy"], theirs["accuracy"])
    summary = (
        f"fingerprints differ ({', '.join(f'{key} {values}' for key, values in machine.items())}): {len(data)} data "
        f"files byte for byte, accuracies by their 95 % intervals: {'; '.join(accuracies)}; "
        f"{len(paths) - len(files)} of all {len(paths)} files are the same bytes"
    )
    return summary, lines + accuracy_lines


def _compare_accuracies(ours: list[dict], theirs: list[dict]) -> tuple[list[str], list[str]]:
    """A text for each experiment, and a line for each whose intervals do not overlap."""
    ours, theirs = ({row["experiment"]: row for row in rows} for rows in (ours, theirs))
    texts, lines = [], []
    for experiment in sorted(ours.keys() | theirs.keys()):
        a, b = ours.get(experiment), theirs.get(experiment)
        if not a or not b:
            lines.append(f"accuracy of {experiment}: only in {'our' if a else 'the other'} manifest")
        elif None in (a["ci_low"], b["ci_low"]):
            texts.append(f"{experiment} not compared (one seed has no interval)")
        else:
            text = " and ".join(
                f"{format_accuracy(row['mean'])} [{format_accuracy(row['ci_low'])}, {format_accuracy(row['ci_high'])}]"
                for row in (a, b)
            )
            texts.append(f"{experiment} {text}")
            if a["ci_low"] > b["ci_high"] or b["ci_low"] > a["ci_high"]:
                lines.append(f"accuracy of {experiment}: the 95 % intervals do not overlap: {text}")
    return texts, lines
