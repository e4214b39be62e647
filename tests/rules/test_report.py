"""The report: one page that needs nothing else, tells what is missing, and takes no name for a command."""

import base64
import json
import re
import shutil
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pandas as pd
import pytest
import yaml
from conftest import ROOT, TINY, merge, snakemake
from report import render

from retrial.pipeline.config import experiment

AXE = ROOT / "tests/browser/node_modules/axe-core/axe.min.js"
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
HOSTILE = [
    "<script>document.title='pwned'</script>",
    "\"'><img src=x onerror=\"document.title='pwned'\">",
    "숫자",
    "🦊",
]


def settings(**changes) -> dict:
    """What the rule hands to the page: the tiny configuration, changed."""
    config = merge(yaml.safe_load((ROOT / "config.yaml").read_text()), TINY)
    return {
        "dataset": config["dataset"]["name"],
        "labels": config["dataset"]["labels"],
        "experiments": {name: experiment(config, name) for name in config["experiments"]},
        "training_threads": 1,
        "timing": config["timing"],
        "bootstrap": config["bootstrap"],
    } | changes


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium, and the address of a server for a folder."""
    if not (CHROMIUM and DRIVER):
        pytest.skip("no chromium and chromedriver here: apt-get install chromium chromium-driver")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for switch in [
        "headless=new",
        "no-sandbox",
        "disable-gpu",
        "disable-dev-shm-usage",
        "no-first-run",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
    ]:
        options.add_argument(f"--{switch}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, Service(DRIVER))
    driver.set_script_timeout(60)
    yield driver
    driver.quit()


@pytest.fixture
def open_page(browser):
    """Open a page of a folder by http, at a width, in light or dark."""
    from selenium.webdriver.support.ui import WebDriverWait

    servers = []

    def start(page: Path, width: int = 1100, scheme: str = "light"):
        handler = partial(QuietHandler, directory=page.parent)
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        for log in ("browser", "performance"):
            browser.get_log(log)  # what was before
        browser.get(f"http://127.0.0.1:{server.server_port}/{page.name}")
        WebDriverWait(browser, 30).until(lambda b: b.execute_script("return document.readyState") == "complete")
        return browser

    yield start
    for server in servers:
        server.shutdown()


class QuietHandler(SimpleHTTPRequestHandler):
    """A server that does not write to the terminal."""

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def page(tiny_run) -> Path:
    return tiny_run / "results/report.html"


def requests_of(browser) -> list[str]:
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    urls = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    return [url for url in urls if not url.startswith("data:")]


def test_it_asks_for_nothing_but_itself_and_the_console_is_silent(open_page, page):
    browser = open_page(page)
    assert [url.rpartition("/")[2] for url in requests_of(browser)] == ["report.html"]
    assert browser.get_log("browser") == []


def test_every_picture_is_loaded_and_has_a_text(open_page, page):
    browser = open_page(page)
    pictures = browser.execute_script(
        "return [...document.images].map(i => [i.complete && i.naturalWidth > 0, i.alt.length])"
    )
    assert len(pictures) == 10
    assert all(loaded and alt > 20 for loaded, alt in pictures)


def test_it_fits_a_phone(open_page, page):
    browser = open_page(page, width=360)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 360


def column(browser, table: str, number: int) -> list[str]:
    script = f"return [...document.querySelectorAll('#{table} tbody tr')].map(r => r.cells[{number}].textContent)"
    return browser.execute_script(script)


def test_a_click_on_a_heading_sorts_by_number_and_another_turns_it(open_page, page):
    browser = open_page(page)
    table = "table-what-a-call-costs-and-each-step"
    browser.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true })")
    heads = browser.find_elements("css selector", f"#{table} thead th")
    number = [head.text for head in heads].index(next(h.text for h in heads if h.text.startswith("overhead")))
    values = f"return [...document.querySelectorAll('#{table} tbody tr')].map(r => r.cells[{number}].dataset.sort)"
    before = browser.execute_script(values)
    heads[number].find_element("tag name", "button").click()
    up = browser.execute_script(values)
    assert up == sorted((v for v in before if v), key=float) + [v for v in before if not v]
    assert heads[number].get_attribute("aria-sort") == "ascending"
    heads[number].find_element("tag name", "button").click()
    assert browser.execute_script(values)[0] == max((v for v in before if v), key=float)


def test_words_are_sorted_as_words(open_page, page):
    browser = open_page(page)
    browser.find_element("css selector", "#table-claims thead button").click()
    claims = column(browser, "table-claims", 0)
    assert claims != list(pd.read_csv(page.parent / "claims.csv")["claim"])
    assert sorted(claims, key=str.casefold)[0] == claims[0]


def test_a_table_can_be_copied(open_page, page):
    browser = open_page(page)
    browser.execute_script("navigator.clipboard.writeText = (text) => { window.copied = text; }")
    button = browser.find_element("css selector", "button.copy[data-table=table-accuracy-mean-over-the-seeds]")
    button.click()
    lines = browser.execute_script("return window.copied").splitlines()
    assert lines[0].split("\t")[:3] == ["experiment", "seeds", "mean"]
    assert lines[1].startswith("baseline\t2\t0.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1100])
def test_axe_finds_nothing_serious_in_light_and_in_dark(open_page, page, scheme, width):
    if not AXE.exists():
        pytest.skip("no axe-core here: npm ci --prefix tests/browser")
    browser = open_page(page, width, scheme)
    browser.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true })")
    browser.execute_script(AXE.read_text())
    found = browser.execute_async_script("const done = arguments[0]; axe.run().then(done)")
    assert len(found["passes"]) > 20
    assert [
        (v["id"], [n["html"][:200] for n in v["nodes"][:3]])
        for v in found["violations"]
        if v["impact"] in ("serious", "critical")
    ] == []


def test_dark_is_dark(open_page, page):
    colours = []
    for scheme in ("light", "dark"):
        browser = open_page(page, scheme=scheme)
        colours.append(browser.execute_script("return getComputedStyle(document.body).backgroundColor"))
    light, dark = (sum(map(int, re.findall(r"\d+", colour))) for colour in colours)
    assert dark < 150 < 600 < light


def test_the_keyboard_first_reaches_the_way_to_the_content(open_page, page):
    browser = open_page(page)
    from selenium.webdriver.common.keys import Keys

    browser.find_element("tag name", "body").send_keys(Keys.TAB)
    assert browser.switch_to.active_element.text == "Skip to the content"


def test_names_are_text_whatever_they_hold(open_page, copied_run, tmp_path):
    results = copied_run / "results"
    for name in ("accuracy.csv", "accuracy_summary.csv"):
        table = pd.read_csv(results / name)
        table["experiment"] = table["experiment"].replace({"mse": HOSTILE[0], "unscaled": HOSTILE[1]})
        table.to_csv(results / name, index=False)
    provenance = json.loads((results / "data/provenance.json").read_text())
    (results / "data/provenance.json").write_text(
        json.dumps(provenance | {"source": HOSTILE[1], "dataset": HOSTILE[0]})
    )
    claims = pd.read_csv(results / "claims.csv", keep_default_na=False)
    claims.loc[0, ["claim", "measured", "evidence"]] = [HOSTILE[0], HOSTILE[1], 'results/"><script>x</script>.csv']
    claims.to_csv(results / "claims.csv", index=False)
    labels = HOSTILE + list("456789")
    network = settings()["experiments"]["baseline"]
    page = results / "hostile.html"
    page.write_text(render(copied_run, settings(labels=labels, experiments={"baseline": network, HOSTILE[0]: network})))
    browser = open_page(page)
    assert browser.title == "Retrial: the first network, and what a loop costs"
    assert browser.get_log("browser") == []
    text = browser.execute_script("return document.body.textContent")
    assert all(name in text for name in HOSTILE)
    assert browser.execute_script("return document.querySelectorAll('script').length") == 1


def test_labels_of_any_letters_can_be_drawn(tmp_path):
    import numpy as np
    from first_ten import first_ten_table, plot_first_ten
    from plot_samples import plot_samples
    from show_mistakes import plot_confusion

    from retrial.display.style import save

    names = ["$x", "a_b$", "숫자", "<b>&"]
    images, labels = np.zeros((12, 3, 3)), np.arange(12) % 4
    table = first_ten_table(labels, np.full((12, 4), 0.25))
    save(plot_first_ten(table, images[:10], names, "d"), tmp_path / "a.svg")
    save(plot_samples(images, labels, names, "d"), tmp_path / "b.svg")
    counts = pd.DataFrame(np.eye(4) + 1, index=names, columns=names)
    save(plot_confusion(counts, 1), tmp_path / "c.svg")
    for name in "abc":
        assert "숫자" in (tmp_path / f"{name}.svg").read_text()


def test_an_empty_folder_has_a_page_that_says_how_to_get_each_part(tmp_path):
    text = render(tmp_path, settings())
    for target in (
        "results/claims.csv",
        "results/data/provenance.json",
        "results/models/curves.svg",
        "results/accuracy.svg",
        "results/predictions/first_ten.svg",
        "results/timings/speedups.svg",
        "results/gradients/chain_rule.csv",
        "results/manifest.json",
    ):
        assert f"<code>snakemake -c4 {target}" in text


def test_what_it_says_to_type_makes_what_is_missing(tiny_run, tmp_path):
    commands = re.findall(r"<code>snakemake -c4 ([^<]+)</code>", render(tmp_path, settings()))
    for targets in commands:
        done = snakemake(tiny_run, "--dry-run", "--", *targets.split())
        assert done.returncode == 0, done.stdout


def test_without_timings_the_rest_is_told(copied_run):
    shutil.rmtree(copied_run / "results/timings")
    text = render(copied_run, settings())
    assert "Not here yet: the timings" in text
    assert "NumPy&#39;s relu against" not in text
    assert text.count("<figure>") == 6


def test_embedded_digits_and_single_seeds_are_announced(page):
    text = page.read_text()
    assert "These are the results of mnist-5k" in text
    assert "One seed has no interval (unscaled)" in text


def test_every_file_that_it_links_to_is_there(page):
    links = set(re.findall(r'href="([^"#]+)"', page.read_text())) - {"data:,"}
    assert {"accuracy_summary.csv", "timings/speedups.csv", "predictions/mistakes.csv", "claims.csv"} <= links
    assert not [link for link in links if not link.startswith("../") and not (page.parent / link).exists()]


def test_it_is_one_small_file(page):
    text = page.read_text()
    assert len(text.encode()) < 5e6
    assert not re.search(r'(?:src|href)="(?:https?:)?//', text)
    pictures = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', text)
    assert all(b"<svg" in base64.b64decode(picture) for picture in pictures)


def test_the_preview_needs_nothing_but_the_configuration(tmp_path):
    done = snakemake(tmp_path, "--force", "--", "results/preview.html")
    assert done.returncode == 0, done.stdout
    assert "Not here yet" in (tmp_path / "results/preview.html").read_text()


def test_snakemakes_own_report_has_every_picture_and_table_with_a_caption(copied_run):
    done = snakemake(copied_run, "--report", "own.zip")
    assert done.returncode == 0, done.stdout
    shutil.unpack_archive(copied_run / "own.zip", copied_run)
    inside = {path.name for path in copied_run.glob("own/data/**/*") if path.is_file()}
    pictures = {path.name for path in copied_run.glob("results/**/*.svg")}
    tables = {path.name for path in copied_run.glob("results/**/*.csv")} - {"samples.csv"}  # every sample: too many
    assert pictures | tables | {"report.html"} <= inside
    text = (copied_run / "own/report.html").read_text()
    assert re.search(r"trains for(\\n|\s)2 epochs", text), "a caption quotes the configuration"
