"""What the tests of the pages share."""

import json
from importlib.util import find_spec
from pathlib import Path


def requested(browser) -> list[str]:
    """The names of the files that the page requested."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    urls = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    return [url.rpartition("/")[2] for url in urls if not url.startswith("data:")]


def check_accessible(browser) -> None:
    """Check by axe-core; the package that carries it is not imported, because it would need playwright."""
    script = Path(find_spec("axe_playwright_python").origin).with_name("axe.min.js")
    browser.execute_script(script.read_text(encoding="utf-8"))
    report = browser.execute_async_script("const done = arguments[0]; axe.run().then(done)")
    assert len(report["passes"]) > 20
    violations = [v for v in report["violations"] if v["impact"] in ("serious", "critical")]
    assert [(v["id"], [n["html"][:200] for n in v["nodes"][:3]]) for v in violations] == []


def unfold(browser) -> None:
    """Open all tables of the page."""
    browser.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true })")


def wait_for(browser, selector: str, other: str) -> None:
    """Wait until two selectors find the same element."""
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(browser, 30).until(
        lambda b: b.find_elements("css selector", selector) == b.find_elements("css selector", other)
    )
