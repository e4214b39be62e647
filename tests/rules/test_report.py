"""The report in a browser, and the real one: it works without a network, for everybody, and its commands work."""

import re
import shutil

import pandas as pd
import pytest
from browsing import check_accessible, requested, unfold, wait_for
from conftest import ROOT, snakemake
from report import render
from small_results import FIGURES, make_results, page_settings

HOSTILE = [
    "<script>document.title='pwned'</script>",
    "\"'><img src=x onerror=\"document.title='pwned'\">",
    "숫자",
    "🦊",
]


def test_the_page_requests_nothing_else_and_the_console_is_silent(open_page, real_page):
    browser = open_page(real_page)
    assert requested(browser) == ["report.html"]
    assert browser.get_log("browser") == []


def test_every_picture_is_loaded_and_has_a_text(open_page, real_page):
    browser = open_page(real_page)
    pictures = browser.execute_script(
        "return [...document.images].map(i => [i.complete && i.naturalWidth > 0, i.alt.length])"
    )
    assert len(pictures) == len(FIGURES) + 10, "figures and the first ten digits"
    assert all(loaded and alt > 20 for loaded, alt in pictures)


def test_every_figure_fills_a_slide_and_its_text_can_be_read(real_page):
    figures = {path.name: path.read_text() for path in real_page.parent.glob("**/*.svg")}
    assert len(figures) == len(FIGURES)
    for name, figure in figures.items():
        assert 'width="432pt" height="324pt"' in figure, name
        assert min(map(float, re.findall(r"font-size: ([\d.]+)px", figure))) >= 9, name


def test_the_page_and_its_figures_fit_a_phone(open_page, real_page):
    browser = open_page(real_page, width=360)
    unfold(browser)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 360
    edges = browser.execute_script(
        "return [...document.querySelectorAll('img, svg')].map(e => e.getBoundingClientRect().right)"
    )
    assert 0 < max(edges) <= 360


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
    for section in ("fit", "claims"):
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


def test_the_printed_page_is_light_and_leaves_out_what_is_folded_or_for_a_screen(open_page, browser, small_page):
    open_page(small_page, scheme="dark")
    features = [{"name": "prefers-color-scheme", "value": "dark"}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", "features": features})
    try:
        hidden = browser.execute_script(
            "return [...document.querySelectorAll('table, img, .claim, dd, pre')]"
            ".filter(e => !e.checkVisibility() && !e.closest('details:not([open])')).length"
        )
        assert hidden == 0
        assert browser.execute_script("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert browser.execute_script("return getComputedStyle(document.images[0]).filter") == "none"
        for name in ("nav", "#filters", "#index", "#explorer"):
            assert not browser.find_element("css selector", name).is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": features})


def test_a_guess_is_compared_with_what_was_measured(open_page, small_page):
    browser = open_page(small_page)
    unfold(browser)
    guess = browser.find_element("css selector", ".guess")
    guess.find_element("tag name", "input").send_keys("33\n")
    assert guess.find_element("tag name", "output").text == "10 times too low."


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
    for _ in range(4):  # the marks of the chart are one stop; arrows move between them
        browser.execute_script("document.querySelector('.mark[tabindex=\"0\"]').focus()")
        ActionChains(browser).send_keys(Keys.ARROW_RIGHT).perform()
    missed = browser.execute_script(
        "return [...document.querySelectorAll('[data-stop]')].filter(e => !reached.has(e.dataset.stop)).map(e => e.outerHTML.slice(0, 200))"
    )
    assert missed == []


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1100, "dark")])
def test_axe_reports_no_serious_violations(open_page, small_page, scheme, width):
    browser = open_page(small_page, width, scheme)
    unfold(browser)
    check_accessible(browser)


def test_the_page_is_dark_if_the_system_is_dark(open_page, small_page):
    brightness = []
    for scheme in ("light", "dark"):
        browser = open_page(small_page, scheme=scheme)
        colour = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
        brightness.append(sum(map(int, re.findall(r"\d+", colour))))
        filters = browser.execute_script("return [...document.images].map(i => getComputedStyle(i).filter)")
        assert all(("invert" in filter) == (scheme == "dark") for filter in filters), "figures are dark as well"
    light, dark = brightness
    assert dark < 150 < 600 < light


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
    assert f"Look at {tmp_path}/results/preview.html; docs/results.md lists the other results." in done.stdout


def test_snakemakes_own_report_has_every_picture_and_table(copied_run):
    done = snakemake(copied_run, "--report", "report.zip")
    assert done.returncode == 0, done.stdout
    assert "| `snakemake --report report.zip` | works" in (ROOT / "docs/snakemake.md").read_text()
    shutil.unpack_archive(copied_run / "report.zip", copied_run)
    names = {path.name for path in copied_run.glob("report/data/**/*") if path.is_file()}
    made = {path.name for kind in ("svg", "csv") for path in copied_run.glob(f"results/**/*.{kind}")}
    assert made - {"slices.csv", "step_times.csv"} | {"report.html"} <= names, "these two have too many rows"
