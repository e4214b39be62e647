"""Write docs/configuration.md from the schema: PYTHONPATH=workflow/scripts python docs/make_configuration.py.

The libraries that were tried do worse: json-schema-for-humans makes 1,300 lines, jsonschema2md writes `Minimum: 1` for
1.5, and jsonschema-markdown leaves out `sweeps`.
"""

from pathlib import Path

import yaml

from retrial.config import describe_setting

ROOT = Path(__file__).parents[1]
INTRODUCTION = """# config.yaml

Every setting, as [the schema](../workflow/schemas/config.schema.yaml) describes it: a run that breaks it stops with the
name of the key. This page is made from the schema; [config.yaml](../config.yaml) has the values. `NAME` stands for a
name of your own.

| setting | what it is |
| --- | --- |
"""


def rows(schema: dict, part: dict, path: str, first: dict[str, str]) -> list[tuple[str, str]]:
    """The path and the description of each setting in a part of the schema; what several share is listed once."""
    name = part.get("$ref", "").rpartition("/")[2]
    part = schema["$defs"].get(name, {}) | part
    choices = ", ".join(f"`{choice}`" for choice in part.get("enum", []))
    text = describe_setting(part) + (f": {choices}" if choices else "")
    if "properties" in part and first.setdefault(name, path) != path and name:
        return [(path, f"{text}; its settings are those of `{first[name]}`")]
    below = {f"{path}.{key}": value for key, value in part.get("properties", {}).items()}
    below |= {f"{path}[].{key}": value for key, value in part.get("items", {}).get("properties", {}).items()}
    if "description" in (other := part.get("additionalProperties") or {}):
        below[f"{path}.NAME"] = other
    return [(path, text), *(row for key, value in below.items() for row in rows(schema, value, key, first))]


def configuration() -> str:
    """The text of docs/configuration.md."""
    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text(encoding="utf-8"))
    first = {}
    found = [row for key, value in schema["properties"].items() for row in rows(schema, value, key, first)]
    return INTRODUCTION + "".join(f"| `{path}` | {text} |\n" for path, text in found)


if __name__ == "__main__":
    (ROOT / "docs/configuration.md").write_text(configuration(), encoding="utf-8")
