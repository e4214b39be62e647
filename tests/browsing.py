"""What the tests of the pages share."""

from conftest import ROOT

AXE = ROOT / "tests/browser/node_modules/axe-core/axe.min.js"


def unfold(browser) -> None:
    """Open all tables of the page."""
    browser.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true })")


def wait_for(browser, selector: str, other: str) -> None:
    """Wait until two selectors find the same element."""
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(browser, 5).until(
        lambda b: b.find_elements("css selector", selector) == b.find_elements("css selector", other)
    )
