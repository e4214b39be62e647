"""The report in a browser, and the real one: it works without a network, for everybody, and its commands work."""

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from conftest import AXE, snakemake
from report import render
from small_results import make_results, page_settings

HOSTILE = [
    "<script>document.title='pwned'</script>",
    "\"'><img src=x onerror=\"document.title='pwned'\">",
    "숫자",
    "🦊",
]


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


def wait_for(browser, selector: str, other: str) -> None:
    """Wait until two selectors find the same element."""
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(browser, 5).until(
        lambda b: b.find_elements("css selector", selector) == b.find_elements("css selector", other)
    )


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


def test_the_page_and_its_figures_fit_a_phone(open_page, real_page):
    browser = open_page(real_page, width=360)
    unfold(browser)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 360
    edges = browser.execute_script(
        "return [...document.querySelectorAll('img, svg')].map(e => e.getBoundingClientRect().right)"
    )
    assert 0 < max(edges) <= 360


def test_long_labels_fit_a_phone(open_page, tmp_path):
    folder = make_results(tmp_path)
    names = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
    page = folder / "results/report.html"
    page.write_text(render(folder, page_settings(dataset="fashion-mnist", labels=names)))
    browser = open_page(page, width=360)
    unfold(browser)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 360
    assert "Draw a picture" in browser.find_element("id", "main").text


def test_no_table_is_clipped_on_a_laptop(open_page, real_page):
    browser = open_page(real_page, width=1280)
    unfold(browser)
    clipped = browser.execute_script(
        "return [...document.querySelectorAll('.scroll:has(table)')].filter(e => e.scrollWidth > e.clientWidth)"
        ".map(e => e.ariaLabel)"
    )
    assert clipped == []


def test_the_table_of_contents_stays_and_shows_the_section_that_is_read(open_page, real_page):
    browser = open_page(real_page, width=1280)
    for section in ("training", "claims"):
        browser.find_element("css selector", f'nav a[href="#{section}"]').click()
        wait_for(browser, "nav a[aria-current=true]", f'nav a[href="#{section}"]')
        frame = browser.execute_script("return document.querySelector('nav').getBoundingClientRect()")
        assert 0 <= frame["top"] < frame["bottom"] <= 900
        assert frame["right"] < browser.execute_script(
            "return document.querySelector('main').getBoundingClientRect().left"
        )


def test_the_page_is_small_and_every_file_that_it_links_to_exists(real_page):
    assert real_page.stat().st_size < 3e6
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
    unfold(browser)
    click_heading(browser, "table-cost-of-a-call-and-of-a-step", 1)
    assert column(browser, "table-cost-of-a-call-and-of-a-step", 1) == ["naive", "numba", "numpy"]


def shown_claims(browser) -> str:
    """The ids of the claims that are visible."""
    script = "return [...document.querySelectorAll('.claim')].filter(c => c.checkVisibility()).map(c => c.id.at(-1)).join('')"
    return browser.execute_script(script)


def test_claims_are_filtered_by_verdict_and_kind(open_page, small_page):
    browser = open_page(small_page)
    assert shown_claims(browser) == "abcdef"
    count = browser.find_element("id", "filtered")
    assert count.text == "All 6 claims are shown."
    browser.find_element("css selector", "input[value=confirmed]").click()
    assert (shown_claims(browser), count.text) == ("bcd", "3 of 6 claims are shown.")
    browser.find_element("css selector", "input[value=printed]").click()
    assert shown_claims(browser) == "cd"
    chapters = browser.find_elements("css selector", ".chapter h3")
    assert [chapter.text for chapter in chapters if chapter.is_displayed()] == ["The training"]
    browser.find_element("css selector", "#filters button").click()
    assert (shown_claims(browser), count.text) == ("abcdef", "All 6 claims are shown.")


def test_a_link_to_a_claim_that_is_filtered_out_shows_it(open_page, small_page):
    browser = open_page(small_page)
    browser.find_element("css selector", "input[value=refuted]").click()
    assert "b" not in shown_claims(browser)
    browser.find_element("css selector", 'a[href="#claim-b"]').click()
    wait_for(browser, ".claim", ".claim:not([hidden])")
    assert shown_claims(browser) == "abcdef"


def choose(browser, label: str, value: str) -> None:
    """Choose an entry of a list of the chart."""
    from selenium.webdriver.support.ui import Select

    Select(browser.find_element("xpath", f"//*[@id='explorer']//label[contains(., '{label}')]/select")).select_by_value(
        value
    )


def marks(browser) -> dict[tuple[str, str], float]:
    """The values of the marks of the chart, by implementation and shape."""
    rows = browser.execute_script("return [...document.querySelectorAll('.mark')].map(m => ({...m.dataset}))")
    return {(row["implementation"], row["shape"]): float(row["value"]) for row in rows}


@pytest.mark.parametrize(
    ("baseline", "name", "column"),
    [("", "timings", "median_s"), ("naive", "speedups", "speedup"), ("naive_list", "speedups", "speedup")],
)
def test_the_chart_shows_every_value_of_the_tables(open_page, real_page, baseline, name, column):
    browser = open_page(real_page)
    table = pd.read_csv(real_page.parent / f"timings/{name}.csv")
    choose(browser, "Show", baseline)
    for operation, rows in table.groupby("operation"):
        choose(browser, "Operation", operation)
        rows = rows if not baseline else rows[rows["baseline"] == baseline]
        assert marks(browser) == {(row["implementation"], row["shape"]): row[column] for _, row in rows.iterrows()}


def test_the_chart_shows_the_value_under_the_pointer_and_under_the_keys(open_page, small_page):
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    browser = open_page(small_page)
    output = browser.find_element("css selector", "#explorer output")
    loops, numpy = browser.find_elements("css selector", ".mark")
    ActionChains(browser).move_to_element(numpy).perform()
    of_numpy = "NumPy, (20,100), 2,000 elements: 1.6 µs (1.5 µs to 1.7 µs), not stable"
    assert output.text == of_numpy
    browser.execute_script("arguments[0].focus()", loops)
    assert output.text == "loops over an ndarray, (20,100), 2,000 elements: 500 µs (400 µs to 600 µs)"
    loops.send_keys(Keys.ARROW_RIGHT)
    assert output.text == of_numpy


def test_the_chart_has_implementations_and_axes_to_choose(open_page, small_page):
    browser = open_page(small_page)
    choose(browser, "Axes", "linear")
    ticks = [text.text for text in browser.find_elements("css selector", "#explorer svg text")]
    assert "0" in ticks and "600 µs" in ticks
    browser.find_element("css selector", "#explorer input[value=naive]").click()
    assert marks(browser) == {("numpy", "(20,100)"): 1.6e-06}
    browser.find_element("css selector", "#explorer input[value=numpy]").click()
    assert marks(browser) == {}
    assert "choose an implementation" in browser.find_element("css selector", "#explorer output").text


def test_without_javascript_everything_is_shown(open_page, browser, small_page):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        open_page(small_page)
        assert not browser.find_element("id", "explorer").is_displayed()
        assert not browser.find_element("id", "filters").is_displayed()
        assert browser.find_element("css selector", "img[alt^='Speed-up over input size']").is_displayed()
        assert all(claim.is_displayed() for claim in browser.find_elements("css selector", ".claim"))
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_the_printed_page_is_complete_and_light(open_page, browser, small_page):
    open_page(small_page, scheme="dark")
    browser.find_element("css selector", "input[value=refuted]").click()
    features = [{"name": "prefers-color-scheme", "value": "dark"}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", "features": features})
    try:
        hidden = browser.execute_script(
            "return [...document.querySelectorAll('table, img, .claim, dd, pre')].filter(e => !e.checkVisibility()).length"
        )
        assert hidden == 0
        assert browser.execute_script("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert browser.execute_script("return getComputedStyle(document.images[0]).filter") == "none"
        for name in ("nav", "#filters", "#explorer"):
            assert not browser.find_element("css selector", name).is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": features})


def test_the_keyboard_alone_reaches_everything(open_page, small_page):
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    browser = open_page(small_page)
    unfold(browser)
    browser.execute_script(
        "document.querySelectorAll('a[href], button, input, select, summary, .scroll, .mark')"
        ".forEach((e, i) => { e.dataset.stop = i; })"
        "; window.reached = new Set()"
        "; addEventListener('focusin', e => reached.add(e.target.dataset.stop))"
    )
    n_stops = browser.execute_script("return document.querySelectorAll('[data-stop]').length")
    for _ in range(n_stops):
        ActionChains(browser).send_keys(Keys.TAB).perform()
    for _ in range(2):  # the marks of the chart are one stop; arrows move between them
        browser.execute_script("document.querySelector('.mark[tabindex=\"0\"]').focus()")
        ActionChains(browser).send_keys(Keys.ARROW_RIGHT).perform()
    missed = browser.execute_script(
        "return [...document.querySelectorAll('[data-stop]')].filter(e => !reached.has(e.dataset.stop)).map(e => e.outerHTML.slice(0, 200))"
    )
    assert missed == []


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
        pytest.skip("axe-core is missing: npm ci --prefix tests/browser")
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
        filters = browser.execute_script("return [...document.images].map(i => getComputedStyle(i).filter)")
        assert all(("invert" in filter) == (scheme == "dark") for filter in filters), "figures are dark, too"
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
    assert "Look at results/preview.html; docs/results.md lists the other results." in done.stdout


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
