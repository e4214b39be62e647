"""The text of the report, made from a small results folder written by hand; and labels in figures."""

import base64
import hashlib
import re
import shutil
from html import unescape

import pandas as pd
import pytest
from recorded import write_record
from report import render
from small_results import FIGURES, make_results, page_settings

from retrial.operations.table import OPERATIONS, at_notebook_shapes, format_shapes


@pytest.fixture
def folder(tmp_path):
    return make_results(tmp_path)


def table(page: str, name: str) -> list[list[str]]:
    """The texts in the cells of a table, its headings first."""
    content = re.search(rf'<table id="table-{name}">(.*?)</table>', page, flags=re.DOTALL)[1]
    rows = re.findall(r"<tr>(.*?)</tr>", content, flags=re.DOTALL)
    return [[plain(cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row)] for row in rows]


def plain(html: str) -> str:
    """The text of some HTML."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())


def section(page: str, name: str) -> str:
    """The HTML of a section."""
    return re.search(rf'<section aria-labelledby="{name}">(.*?)</section>', page, flags=re.DOTALL)[1]


def test_an_empty_folder_has_a_page_that_says_how_to_get_each_part(tmp_path):
    page = render(tmp_path, page_settings())
    assert "<figure>" not in page
    named = set(" ".join(re.findall(r"<code>snakemake -c4 ([^<]+)</code>", page)).split())
    figures = "models/curves accuracy predictions/first_ten predictions/confusion predictions/mistakes timings/speedups"
    names = [f"{name}.svg" for name in f"{figures} timings/roofline".split()]
    tables = "claims tensors/broadcasting tensors/views tensors/relu gradients/chain_rule"
    names += [*(f"{name}.csv" for name in tables.split()), "data/provenance.json", "manifest.json"]
    assert {f"results/{name}" for name in names} <= named


@pytest.mark.parametrize(
    "name", [*(f"{name}.svg" for name in FIGURES), "timings/limits.csv", "timings/cost_models.csv"]
)
def test_a_single_missing_figure_or_table_says_how_to_get_it(folder, name):
    (folder / "results" / name).unlink()
    page = render(folder, page_settings())
    assert re.findall(r"<code>snakemake -c4 ([^<]+)</code>", page) == [f"results/{name}"]


def test_without_timings_the_rest_of_the_page_is_there(folder):
    shutil.rmtree(folder / "results/timings")
    page = render(folder, page_settings())
    assert "Not here yet: the timings" in page
    assert all(f'id="{link}"' in page for link in re.findall(r'href="#([^"]+)"', page))
    assert page.count("<figure>") == len([name for name in FIGURES if not name.startswith("timings/")])
    assert table(page, "views-and-copies")


def test_the_page_is_one_file_that_needs_no_other(folder):
    page = render(folder, page_settings())
    pictures = re.findall(r'src="data:image/(svg\+xml|png);base64,[^"]+"', page)
    assert len(pictures) == page.count("src=")
    assert (pictures.count("svg+xml"), pictures.count("png")) == (len(FIGURES), 2), "figures and first digits"
    assert not re.search(r'href="(?:https?:)?//', page)
    script = re.search(r"<script>(.*)</script>", page, flags=re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page


def test_every_link_leads_to_a_file_or_a_section(folder):
    page = render(folder, page_settings())
    links = set(re.findall(r'href="([^"]+)"', page)) - {"data:,"}
    assert {"accuracy_summary.csv", "timings/speedups.csv", "predictions/mistakes.csv", "claims.csv"} <= links
    for link in links:
        assert f'id="{link[1:]}"' in page if link.startswith("#") else (folder / "results" / link).exists()


def test_values_have_the_format_of_their_column(folder):
    page = render(folder, page_settings(labels=[f"label {i}" for i in range(10)]))
    over_images = ["over seeds and images, from", "to"]
    assert table(page, "mean-accuracy-of-each-experiment") == [
        ["experiment", "seeds", "mean", "standard deviation", "95 % interval", *over_images],
        ["the notebook's network", "2", "0.9800", "0.0141", "0.9500 to 0.9900", "0.9400", "0.9950"],
        ["squared error, lower rate", "1", "0.9000", "", "", "", ""],
    ]
    assert table(page, "time-of-a-call-at-the-shapes-of-the-notebook")[1:] == [
        ["relu", "20 × 100", "loops over an ndarray", "500 µs", "400 µs to 600 µs", "5", "yes"],
        ["relu", "20 × 100", "loops over lists", "50 µs", "40 µs to 60 µs", "5", "yes"],
        ["relu", "20 × 100", "Numba: the loops, compiled", "2 µs", "1 µs to 3 µs", "5", "yes"],
        ["relu", "20 × 100", "NumPy", "1.6 µs", "1.5 µs to 1.7 µs", "5", "no"],
    ]
    assert table(page, "most-confident-mistakes")[1] == ["1", "label 2", "label 7", "0.9950", "0.005"]
    assert table(page, "ceilings-of-this-machine")[1] == ["copying", "GB/s", "19.31", "17.8 to 19.5", "yes"]


def test_only_the_shapes_of_the_notebook_are_in_the_speed_ups(folder):
    rows = table(render(folder, page_settings()), "speed-ups-at-the-shapes-of-the-notebook")
    assert [row[4:] for row in rows] == [
        ["speed-up", "95 % interval", "stable", "in quiet processes", "quiet processes"],
        ["330×", "321× to 332×", "yes", "328×", "7"],
        ["34×", "34× to 35×", "no", "34×", "5"],
    ]


def test_numbers_in_the_text_are_computed_from_the_results(folder):
    text = plain(render(folder, page_settings()))
    assert "another choice of 100 test images would move an accuracy of 0.9800 by about 0.014" in text
    assert "classifies 1 of 2 images correctly" in text
    assert "misclassifies 2 test images, 1 of them with a probability above 0.99" in text
    assert "1 of 4 times are not stable" in text
    assert "in turns: 1 of 2 are not stable" in text
    assert "agree in 1 of 2 comparisons" in text
    assert "1 of 2 intervals contain 1" in text
    assert "all their parts: add and relu against add, then relu 1.01× (0.98× to 1.03×)." in text
    assert "describe 3 of 3 of the implementations within 10 %" in text


def test_the_first_screen_has_the_digits_and_what_one_operation_costs(folder):
    text = plain(re.search(r"<header>(.*?)</header>", render(folder, page_settings()), flags=re.DOTALL)[1])
    assert "7: 0.9000 next 0: 0.1000" in text
    assert "What does one relu cost? a Python loop over an ndarray 250 ns [200 ns, 300 ns]" in text
    assert "Of the 250 ns over an ndarray, about 225 ns go into conversion and about 25 ns into the interpreter" in text


def test_without_one_of_its_four_rungs_there_is_no_ladder(folder):
    path = folder / "results/timings/timings.csv"
    pd.read_csv(path).query("implementation != 'numba'").to_csv(path, index=False)
    assert "What does one" not in plain(render(folder, page_settings()))


def test_each_claim_stands_at_its_cell_and_the_notebooks_come_first(folder):
    page = render(folder, page_settings())
    data, training = section(page, "data"), section(page, "fit")
    assert re.findall(r'id="claim-(\w)"', data) == ["a", "b"]
    assert re.findall(r'id="claim-(\w)"', training) == ["c", "d", "e", "f"]
    assert plain(data).index("load MNIST") < plain(data).index("Some claim")
    assert "model.fit(x, labels, epochs=5, batch_size=128)" in plain(training)
    assert plain(re.search(r'<article[^>]*id="claim-a".*?</article>', data, flags=re.DOTALL)[0]) == (
        "confirmed Some claim Measured: 1. Close: a threshold of 0.3 instead of 0.2 would change the verdict. Expected 1 "
        "Rule confirmed if 1 Threshold 0.2; the verdict would change at 0.3p-value 0.002, adjusted"
        "Evidence accuracy.csv Kind the notebook says: In [3]"
    )
    assert "refuted Another claim Why it is wrong Measured: 3 Expected" in plain(data)  # it flips at 2.5 times 0.2
    assert "Errors In [3]: Another claim. Why it is wrong" in plain(section(page, "wrong"))
    assert "confirmed The book: A claim of the book" in plain(training)


def test_a_verdict_on_fresh_seeds_stands_beside_that_of_the_run(folder):
    (folder / "results/confirm").mkdir()
    table = "id,verdict,measured,commit\na,refuted,0.5,0123456789\n"
    (folder / "results/confirm/claims.csv").write_text(table)
    page = plain(render(folder, page_settings()))
    assert "confirmed Some claim On fresh seeds: refuted 0.5. Commit 0123456 Measured: 1" in page
    assert page.count("On fresh seeds") == 1


def test_a_claim_of_several_cells_stands_at_one_place(folder):
    path = folder / "results/claims.csv"
    claims = pd.read_csv(path, keep_default_na=False)
    claims["cell"] = ["In [15]", "In [16]", "In [15], [16]", "In [13], [14]", "In [5], [6]", "In [6]"]
    claims.to_csv(path, index=False)
    page = render(folder, page_settings())
    assert re.findall(r'id="claim-(\w)"', page) == ["e", "f", "d", "a", "b", "c"]


def test_claims_are_counted_apart(folder):
    page = render(folder, page_settings())
    text = plain(section(page, "claims"))
    assert "own claims, 1 is confirmed, 1 is refuted, 1 is inconclusive, 1 is not applicable" in text
    assert "Claims of its book (1 of 1 confirmed) and those added here (1 of 1) are counted apart" in text
    assert table(page, "verdicts-on-the-notebook,-and-other-claims-confirmed") == [
        ["chapter", "confirmed", "refuted", "inconclusive", "not applicable", "book confirmed", "added confirmed"],
        ["The data", "1 of 2", "1", "", "", "", ""],
        ["The training", "0 of 2", "", "1", "1", "1 of 1", "1 of 1"],
        ["all", "1 of 4", "1", "1", "1", "1 of 1", "1 of 1"],
    ]
    assert '<a href="#claim-b">Another claim</a>' in section(page, "claims")


def test_code_stands_side_by_side_with_what_was_measured(folder):
    text = plain(section(render(folder, page_settings()), "loops"))
    assert "relu: how many times as fast is NumPy? Loops over an ndarray def relu(x): assert x.ndim == 2" in text
    assert "NumPy def relu(x): return np.maximum(x, 0.0)" in text
    assert "loops over an ndarray 500 µs (400 µs to 600 µs), NumPy 1.6 µs (1.5 µs to 1.7 µs), not stable" in text
    assert "330× (321× to 332×) over loops over an ndarray, 34× (34× to 35×, not stable) over the same loops" in text
    assert "an ndarray from an array of 5 × 25 on; faster than loops over lists from an array of 20 × 100 on" in text


@pytest.mark.parametrize(
    ("operation", "reason"), [("relu", "compiled code passes"), ("matrix_dot", "BLAS"), ("transpose", "view")]
)
def test_the_reason_why_numpy_is_faster_fits_the_operation(folder, operation, reason):
    for name in ("timings", "speedups", "crossovers", "cost_models"):
        path = folder / f"results/timings/{name}.csv"
        shape = format_shapes(OPERATIONS[operation].shapes)
        pd.read_csv(path).replace({"relu": operation, "(20,100)": shape}).query(
            "shape == @shape" if name == "timings" else "index >= 0"
        ).to_csv(path, index=False)
    speedups = folder / "results/timings/speedups.csv"
    at_notebook_shapes(pd.read_csv(speedups)).to_csv(speedups, index=False)
    page = render(folder, page_settings())
    assert reason in plain(re.search(r"<dt>Why</dt><dd>(.*?)</dd>", page, flags=re.DOTALL)[1])


def test_the_parts_of_a_training_step_stand_side_by_side(folder):
    scratch = section(render(folder, page_settings()), "chain_rule")
    parts = ["Forward", "Loss", "Backward", "Update"]
    assert re.findall(rf"<summary>({'|'.join(parts)})</summary>", scratch) == parts
    text = plain(scratch)
    assert "return weights - LEARNING_RATE * gradient / np.sqrt(velocity + EPSILON), velocity" in text
    assert "Loops over ndarrays would need 10 h; Keras's layers need 9.38 s" in text


def test_experiments_show_their_layers_and_every_argument_of_the_optimizer(folder):
    settings = page_settings()
    baseline = settings["experiments"]["baseline"]
    settings["experiments"] = {
        "baseline": baseline,
        "wide": baseline | {"layers": [{"units": 99, "activation": "tanh"}, baseline["layers"][1]]},
        "moving": baseline | {"optimizer": {"beta_1": 0.5, "name": "adam"}},
    }
    page = render(folder, settings)
    headings, *rows = table(page, "experiments")
    columns = dict(zip(headings, zip(*rows, strict=True), strict=True))
    assert columns["layers"] == ("16 relu, 10 softmax", "99 tanh, 10 softmax", "16 relu, 10 softmax")
    assert columns["optimizer"] == (*["rmsprop, learning rate 0.001"] * 2, "adam, beta 1 0.5")
    bold = re.findall("<strong>.*?</strong></td>", page)
    assert [plain(cell) for cell in bold] == ["99 tanh, 10 softmax", "adam, beta 1 0.5"]


def test_every_term_of_the_glossary_is_explained_where_it_first_appears(folder):
    page = render(folder, page_settings())
    terms = [plain(html) for html in re.findall(r"<dt>.*?</dd>", section(page, "glossary"), flags=re.DOTALL)]
    assert len(terms) == 19
    before = plain(page[: page.index('<section aria-labelledby="glossary">')])
    for row in re.findall(r"<dd>(.*?)</dd>", section(page, "glossary")):
        assert plain(row) in before, row


def test_the_notebooks_readings_are_shown_with_what_they_can_be(folder):
    assert table(render(folder, page_settings()), "measurements-of-the-notebook-repeated")[1:4] == [
        ["x + y", "fine", "0", "300 µs", "200 µs to 4 ms", "no"],
        ["x + y", "1 ms ticks", "0", "0", "0 to 4 ms", "yes"],
        ["add and relu ratio", "1 ms ticks", "9.06×", "∞", "4× to ∞", "yes"],
    ]


def test_embedded_digits_and_single_seeds_are_announced(folder):
    text = plain(render(folder, page_settings()))
    assert "These results are from mnist-5k, 500 embedded digits" in text
    assert "An accuracy from one seed has no interval (squared error, lower rate)" in text


def test_the_time_of_each_rule_is_read_from_snakemakes_records(folder):
    for output, rule, end in (("accuracy.csv", "train", 2.5), ("tensors/relu.csv", "show", 1.0)):
        write_record(folder, f"results/{output}", rule, starttime=0.0, endtime=end)
    assert table(render(folder, page_settings()), "time-of-each-rule")[1:] == [
        ["train", "1", "2.5"],
        ["show", "1", "1.0"],
    ]


def test_the_configuration_has_no_aliases(folder):
    page = render(folder, page_settings())
    configuration = unescape(re.search(r'<pre[^>]*aria-label="Configuration">(.*?)</pre>', page, flags=re.DOTALL)[1])
    assert "max_call_s: 0.01" in configuration
    assert not re.search(r"[&*]id\d", configuration)
