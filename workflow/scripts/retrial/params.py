"""The params of a rule: its settings, and the digests of the files it uses, each as a pair with its name.

Snakemake compares params as a set of values without their names, and prints those that it finds on one side only. With
the name beside each value, the comparison is exact, and Snakemake says by itself why a rule runs:
`before: ('epochs', 5) now: ('epochs', 6)`.
"""

from collections.abc import Iterator


def to_params(settings: dict, digests: dict[str, str]) -> dict:
    """The pairs of a rule, by their names: `{"timing.seed": ("timing.seed", 0), "retrial/files.py": (…, "ee1e0…")}`.

    Nested settings become one pair for each leaf, named by its path. A block with a dot in a key stays whole. A
    function of the wildcards becomes one that returns the pair.
    """
    return {name: _pair(name, value) for name, value in (*_leaves(settings), *digests.items())}


def settings_of(params) -> dict:
    """The settings in the params of a job, nested as the rule gave them; `params` is `snakemake.params`."""
    settings = {}
    for name, value in params:
        if "/" in name:  # the digest of a file
            continue
        *path, last = name.split(".")
        block = settings
        for key in path:
            block = block.setdefault(key, {})
        block[last] = value
    return settings


def _leaves(settings: dict, path: str = "") -> Iterator[tuple[str, object]]:
    for key, value in settings.items():
        if isinstance(value, dict) and value and not any("." in inner for inner in value):
            yield from _leaves(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


def _pair(name: str, value):
    return (lambda wildcards: (name, value(wildcards))) if callable(value) else (name, value)
