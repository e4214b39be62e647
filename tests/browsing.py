"""What the tests of the pages share."""

from importlib.util import find_spec
from pathlib import Path


def axe_core() -> str:
    """The JavaScript of axe-core; the package that carries it is not imported, because it would need playwright."""
    return Path(find_spec("axe_playwright_python").origin).with_name("axe.min.js").read_text(encoding="utf-8")


def unfold(browser) -> None:
    """Open all tables of the page."""
    browser.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true })")


def wait_for(browser, selector: str, other: str) -> None:
    """Wait until two selectors find the same element."""
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(browser, 5).until(
        lambda b: b.find_elements("css selector", selector) == b.find_elements("css selector", other)
    )
