"""The report in a browser, and the real one: it works without a network, for everybody, and its commands work."""

import json
import re
import shutil
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pandas as pd
import pytest
from conftest import ROOT, snakemake
from report import render
from small_results import make_results, page_settings

AXE = ROOT / "tests/browser/node_modules/axe-core/axe.min.js"
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
HOSTILE = [
    "<script>document.title='pwned'</script>",
    "\"'><img src=x onerror=\"document.title='pwned'\">",
    "숫자",
    "🦊",
]


class QuietHandler(SimpleHTTPRequestHandler):
    """A server that does not write to the terminal."""

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium."""
    if not (CHROMIUM and DRIVER):
        pytest.skip("chromium or chromedriver is missing: apt-get install chromium chromium-driver")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    switches = "headless=new no-sandbox disable-gpu disable-dev-shm-usage no-first-run disable-background-networking"
    for switch in f"{switches} disable-component-update disable-sync".split():
        options.add_argument(f"--{switch}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, Service(DRIVER))
    driver.set_script_timeout(60)
    yield driver
    driver.quit()


@pytest.fixture
def open_page(browser):
    """A function that opens a page by http, with a window of some width, in light or dark colours."""
    from selenium.webdriver.support.ui import WebDriverWait

    servers = []

    def start(page: Path, width: int = 1100, scheme: str = "light"):
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=page.parent))
        Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        for log in ("browser", "performance"):
            browser.get_log(log)  # drop the entries of earlier pages
        browser.get(f"http://127.0.0.1:{server.server_port}/{page.name}")
        WebDriverWait(browser, 30).until(lambda b: b.execute_script("return document.readyState") == "complete")
        return browser

    yield start
    for server in servers:
        server.shutdown()


@pytest.fixture(scope="module")
def real_page(tiny_run) -> Path:
    """The report of a finished run."""
    return tiny_run / "results/report.html"


@pytest.fixture(scope="module")
def small_page(tmp_path_factory) -> Path:
    """The report of a small results folder written by hand."""
    folder = make_results(tmp_path_factory.mktemp("page"))
    page = folder / "results/report.html"
    page.write_text(render(folder, page_settings()))
    return page


def unfold(browser) -> None:
    """Open all tables of the page."""
    browser.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true })")


def column(browser, table: str, number: int) -> list[str]:
    """The texts in a column of a table."""
    script = f"return [...document.querySelectorAll('#{table} tbody tr')].map(r => r.cells[{number}].textContent)"
    return browser.execute_script(script)


def click_heading(browser, table: str, number: int):
    """Click the heading of a column; return the heading."""
    heading = browser.find_elements("css selector", f"#{table} thead th")[number]
    heading.find_element("tag name", "button").click()
    return heading


def test_the_page_requests_nothing_else_and_the_console_is_silent(open_page, real_page):
    browser = open_page(real_page)
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    urls = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    assert [url.rpartition("/")[2] for url in urls if not url.startswith("data:")] == ["report.html"]
    assert browser.get_log("browser") == []


def test_every_picture_is_loaded_and_has_a_text(open_page, real_page):
    browser = open_page(real_page)
    pictures = browser.execute_script(
        "return [...document.images].map(i => [i.complete && i.naturalWidth > 0, i.alt.length])"
    )
    assert len(pictures) == 11
    assert all(loaded and alt > 20 for loaded, alt in pictures)


def test_the_page_fits_a_phone(open_page, real_page):
    browser = open_page(real_page, width=360)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 360


def test_the_page_is_small_and_every_file_that_it_links_to_exists(real_page):
    assert real_page.stat().st_size < 5e6
    links = set(re.findall(r'href="([^"#]+)"', real_page.read_text())) - {"data:,"}
    assert len(links) > 20
    assert not [link for link in links if not (real_page.parent / link).exists()]


def test_a_click_on_a_heading_sorts_by_number_and_another_click_reverses(open_page, small_page):
    browser = open_page(small_page)
    unfold(browser)
    heading = click_heading(browser, "table-cost-of-a-call-and-of-a-step", 2)
    assert heading.get_attribute("aria-sort") == "ascending"
    assert column(browser, "table-cost-of-a-call-and-of-a-step", 2) == ["500 ns", "510 ns", "1 µs"]
    click_heading(browser, "table-cost-of-a-call-and-of-a-step", 2)
    assert heading.get_attribute("aria-sort") == "descending"
    assert column(browser, "table-cost-of-a-call-and-of-a-step", 2) == ["1 µs", "510 ns", "500 ns"]


@pytest.mark.parametrize("clicks", [1, 2])
def test_empty_cells_are_sorted_to_the_end(open_page, small_page, clicks):
    browser = open_page(small_page)
    unfold(browser)
    for _ in range(clicks):
        click_heading(browser, "table-cost-of-a-call-and-of-a-step", 6)
    assert column(browser, "table-cost-of-a-call-and-of-a-step", 6) == ["500 ms", "", ""]


def test_words_are_sorted_alphabetically(open_page, small_page):
    browser = open_page(small_page)
    click_heading(browser, "table-claims-of-the-notebook", 0)
    claims = ["A fourth claim", "A third claim", "Another claim", "Some claim"]
    assert column(browser, "table-claims-of-the-notebook", 0) == claims


def test_a_table_can_be_copied_into_a_spreadsheet(open_page, small_page):
    browser = open_page(small_page)
    browser.execute_script("navigator.clipboard.writeText = (text) => { window.copied = text; }")
    browser.find_element("css selector", "button.copy[data-table=table-mean-accuracy-of-each-experiment]").click()
    assert browser.execute_script("return window.copied").splitlines() == [
        "experiment\tseeds\tmean\tstandard deviation\t95 % interval\tover seeds × images, from\tover seeds × images, to",
        "baseline\t2\t0.9800\t0.0141\t0.9500 to 0.9900\t0.9400\t0.9950",
        "mse\t1\t0.9000\t\t\t\t",
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1100])
def test_axe_reports_no_serious_violations(open_page, small_page, scheme, width):
    if not AXE.exists():
        pytest.skip("axe-core is missing: npm ci --ignore-scripts --prefix tests/browser")
    browser = open_page(small_page, width, scheme)
    unfold(browser)
    browser.execute_script(AXE.read_text())
    report = browser.execute_async_script("const done = arguments[0]; axe.run().then(done)")
    assert len(report["passes"]) > 20
    violations = [v for v in report["violations"] if v["impact"] in ("serious", "critical")]
    assert [(v["id"], [n["html"][:200] for n in v["nodes"][:3]]) for v in violations] == []


def test_the_page_is_dark_if_the_system_is_dark(open_page, small_page):
    brightness = []
    for scheme in ("light", "dark"):
        browser = open_page(small_page, scheme=scheme)
        colour = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
        brightness.append(sum(map(int, re.findall(r"\d+", colour))))
    light, dark = brightness
    assert dark < 150 < 600 < light


def test_the_first_tab_stop_skips_to_the_content(open_page, small_page):
    from selenium.webdriver.common.keys import Keys

    browser = open_page(small_page)
    browser.find_element("tag name", "body").send_keys(Keys.TAB)
    assert browser.switch_to.active_element.text == "Skip to the content"


def test_names_are_text_even_if_they_look_like_html(open_page, tmp_path):
    folder = make_results(tmp_path)
    claims = pd.read_csv(folder / "results/claims.csv", keep_default_na=False)
    claims.loc[0, ["claim", "measured", "evidence"]] = [HOSTILE[0], HOSTILE[1], 'results/"><script>x</script>.csv']
    claims.to_csv(folder / "results/claims.csv", index=False)
    settings = page_settings(labels=HOSTILE + list("456789"))
    settings["experiments"][HOSTILE[0]] = settings["experiments"]["baseline"]
    page = folder / "results/report.html"
    page.write_text(render(folder, settings))
    browser = open_page(page)
    assert browser.title.startswith("Retrial")
    assert browser.get_log("browser") == []
    text = browser.execute_script("return document.body.textContent")
    assert all(name in text for name in HOSTILE)
    assert browser.execute_script("return document.querySelectorAll('script').length") == 1


def test_the_commands_on_the_page_make_what_is_missing(tiny_run, tmp_path):
    commands = re.findall(r"<code>snakemake -c4 ([^<]+)</code>", render(tmp_path, page_settings()))
    assert len(commands) > 10
    done = snakemake(tiny_run, "--dry-run", "--", *" ".join(commands).split())
    assert done.returncode == 0, done.stdout


def test_the_preview_needs_only_the_configuration(tmp_path):
    done = snakemake(tmp_path, "--force", "--", "results/preview.html")
    assert done.returncode == 0, done.stdout
    assert "Not here yet" in (tmp_path / "results/preview.html").read_text()


def test_snakemakes_own_report_has_every_picture_and_table_with_a_caption(copied_run):
    done = snakemake(copied_run, "--report", "own.zip")
    assert done.returncode == 0, done.stdout
    shutil.unpack_archive(copied_run / "own.zip", copied_run)
    names = {path.name for path in copied_run.glob("own/data/**/*") if path.is_file()}
    pictures = {path.name for path in copied_run.glob("results/**/*.svg")}
    tables = {path.name for path in copied_run.glob("results/**/*.csv")} - {
        "samples.csv",
        "step_times.csv",
    }  # too many rows
    assert pictures | tables | {"report.html"} <= names
    text = (copied_run / "own/report.html").read_text()
    assert re.search(r"trains for(\\n|\s)2 epochs", text), "a caption quotes the configuration"
