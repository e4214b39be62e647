"""A page: one file with its style and script in it, whose content security policy blocks every request."""

import base64
import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from retrial.files import atomic_write

WORKFLOW = Path(__file__).parents[3]


def render_page(template: str, styles: list[str], scripts: list[str], values: dict) -> str:
    """The HTML of a template, with styles and scripts, all of them files of workflow/; every value is escaped."""
    style, script = (
        "".join((WORKFLOW / name).read_text(encoding="utf-8") for name in names) for names in (styles, scripts)
    )
    script_hash = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    values = values | {"style": Markup(style), "script": Markup(script), "script_hash": script_hash}
    options = {"autoescape": True, "undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    return Environment(loader=FileSystemLoader(WORKFLOW), **options).get_template(template).render(values)


def write_page(path: str | Path, page: str) -> None:
    """Write a page; its size is printed."""
    with atomic_write(path) as part:
        part.write_text(page, encoding="utf-8")
    print(f"{path}: {len(page.encode()) / 1e6:.2f} MB")
