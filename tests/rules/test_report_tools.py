"""What a reader can do on the page in a browser: sort and copy tables, filter claims, explore the chart."""

import pandas as pd
import pytest
from browsing import unfold, wait_for

from retrial.operations.table import describe_shapes


def column(browser, table: str, number: int) -> list[str]:
    """The texts in a column of a table."""
    script = f"return [...document.querySelectorAll('#{table} tbody tr')].map(r => r.cells[{number}].textContent)"
    return browser.execute_script(script)


def click_heading(browser, table: str, number: int):
    """Click the heading of a column; return the heading."""
    heading = browser.find_elements("css selector", f"#{table} thead th")[number]
    heading.find_element("tag name", "button").click()
    return heading


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


def listed_claims(browser) -> str:
    """The ids of the claims that are visible in the list of all claims."""
    script = "return [...document.querySelectorAll('#index li')].filter(c => c.checkVisibility())"
    script += ".map(c => c.querySelector('a').hash.at(-1)).join('')"
    return browser.execute_script(script)


def test_claims_are_filtered_by_verdict_and_kind(open_page, small_page):
    browser = open_page(small_page)
    assert listed_claims(browser) == "abcdef"
    count = browser.find_element("id", "filtered")
    assert count.text == "All 6 claims are shown."
    browser.find_element("css selector", "input[value=confirmed]").click()
    assert (listed_claims(browser), count.text) == ("bcd", "3 of 6 claims are shown.")
    browser.find_element("css selector", "input[value=printed]").click()
    assert listed_claims(browser) == "cd"
    browser.find_element("css selector", "#filters button").click()
    assert (listed_claims(browser), count.text) == ("abcdef", "All 6 claims are shown.")


def test_the_list_of_claims_leads_to_the_cell_of_a_claim(open_page, small_page):
    browser = open_page(small_page)
    browser.find_element("css selector", '#index a[href="#claim-b"]').click()
    wait_for(browser, ".claim:target", "#claim-b")


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
        assert marks(browser) == {
            (row["implementation"], describe_shapes(row["shape"])): row[column] for _, row in rows.iterrows()
        }


def test_the_chart_shows_the_value_under_the_pointer_and_under_the_keys(open_page, small_page):
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    browser = open_page(small_page)
    output = browser.find_element("css selector", "#explorer output")
    loops, _, _, numpy = browser.find_elements("css selector", ".mark")
    ActionChains(browser).move_to_element(numpy).perform()
    of_numpy = "NumPy, an array of 20 × 100, 2,000 elements: 1.6 µs (1.5 µs to 1.7 µs), not stable"
    assert output.text == of_numpy
    browser.execute_script("arguments[0].focus()", loops)
    assert output.text == "loops over an ndarray, an array of 20 × 100, 2,000 elements: 500 µs (400 µs to 600 µs)"
    loops.send_keys(Keys.ARROW_RIGHT)
    assert output.text.startswith("loops over lists, an array of 20 × 100")


def test_the_chart_has_implementations_and_axes_to_choose(open_page, small_page):
    browser = open_page(small_page)
    choose(browser, "Axes", "linear")
    ticks = [text.text for text in browser.find_elements("css selector", "#explorer svg text")]
    assert "0" in ticks and "600 µs" in ticks
    for name in ("naive", "naive_list", "numba"):
        browser.find_element("css selector", f"#explorer input[value={name}]").click()
    assert marks(browser) == {("numpy", "an array of 20 × 100"): 1.6e-06}
    browser.find_element("css selector", "#explorer input[value=numpy]").click()
    assert marks(browser) == {}
    assert "choose an implementation" in browser.find_element("css selector", "#explorer output").text


def test_a_table_can_be_copied_into_a_spreadsheet(open_page, small_page):
    browser = open_page(small_page)
    unfold(browser)
    browser.execute_script("navigator.clipboard.writeText = (text) => { window.copied = text; }")
    browser.find_element("css selector", "button.copy[data-table=table-mean-accuracy-of-each-experiment]").click()
    assert browser.execute_script("return window.copied").splitlines() == [
        "experiment\tseeds\tmean\tstandard deviation\t95 % interval\tover seeds and images, from\tto",
        "the notebook's network\t2\t0.9800\t0.0141\t0.9500 to 0.9900\t0.9400\t0.9950",
        "squared error, lower rate\t1\t0.9000\t\t\t\t",
    ]
