"""Fixtures of the tests of figures and pages: a headless Chromium, and pages opened in it."""

import shutil
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from report import render
from small_results import make_results, page_settings


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and driver):
        pytest.skip("not tested: the pages in a browser; to add that, run: apt-get install chromium chromium-driver")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    switches = "headless=new no-sandbox disable-gpu disable-dev-shm-usage no-first-run disable-background-networking"
    for switch in f"{switches} disable-component-update disable-sync".split():
        options.add_argument(f"--{switch}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options, Service(driver))
    browser.set_script_timeout(60)
    yield browser
    browser.quit()


@pytest.fixture
def open_page(browser, serve):
    """A function that opens a page by http, with a window of some width, in light or dark colours."""
    from selenium.webdriver.support.ui import WebDriverWait

    def start(page: Path, width: int = 1100, scheme: str = "light"):
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        for log in ("browser", "performance"):
            browser.get_log(log)  # drop the entries of earlier pages
        browser.get(serve(page.parent) + page.name)
        WebDriverWait(browser, 30).until(lambda b: b.execute_script("return document.readyState") == "complete")
        return browser

    return start


@pytest.fixture(scope="session")
def real_page(tiny_run) -> Path:
    """The report of a finished run."""
    return tiny_run / "results/report.html"


@pytest.fixture(scope="session")
def small_page(tmp_path_factory) -> Path:
    """The report of a small results folder written by hand."""
    folder = make_results(tmp_path_factory.mktemp("page"))
    page = folder / "results/report.html"
    page.write_text(render(folder, page_settings()))
    return page
