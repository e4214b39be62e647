"""try_it: a page on which a reader draws for the trained network, in a browser."""

from pathlib import Path

import numpy as np
import pytest
from browsing import check_accessible, requested
from conftest import made_file
from try_it import ACTIVATIONS, MAX_BYTES, read_layers, render

from retrial.files import read_json

FIRST = "results/models/baseline/0"
LAYERS = [{"units": 16, "activation": "relu"}, {"units": 10, "activation": "softmax"}]
SETTINGS = {"dataset": "mnist", "labels": list("0123456789"), "layers": LAYERS, "divide_by_255": True}
PIXELS = "return arguments[0].map((pixels) => [...probabilities(pixels)])"


@pytest.fixture(scope="module")
def page(tiny_run) -> Path:
    """The page of a finished run."""
    return made_file(tiny_run, "results/try.html")


def write_page(folder: Path, shape=(28, 28), **changes) -> tuple[Path, list]:
    """Write the page of a network with random weights; return its path and the layers."""
    rng = np.random.default_rng(0)
    settings = SETTINGS | changes
    sizes = [shape[0] * shape[1], *(layer["units"] for layer in settings["layers"])]
    layers = [
        (rng.normal(0, 0.1, sizes[k : k + 2]).astype(np.float32), rng.normal(0, 0.1, sizes[k + 1]).astype(np.float32))
        for k in range(len(sizes) - 1)
    ]
    images, labels = rng.random((30, *shape)), rng.integers(0, sizes[-1], 30)
    path = folder / "try.html"
    path.write_text(render(layers, images, labels, rng.dirichlet(np.ones(sizes[-1]), 30), settings))
    return path, layers


def pixels_of(x: np.ndarray) -> list:
    """Preprocessed images as whole numbers from 0 to 255."""
    return (x * 255).round().astype(int).tolist()


def answer(browser) -> str:
    return browser.find_element("id", "answer").text


def picture(browser) -> np.ndarray:
    """What the network sees: 28 × 28 numbers, 255 for ink."""
    script = (
        "const c = document.getElementById('picture'); return [...c.getContext('2d').getImageData(0, 0, 28, 28).data]"
    )
    return 255 - np.array(browser.execute_script(script)).reshape(28, 28, 4)[..., 0]


def draw(browser, *offsets) -> None:
    """Draw a stroke on the paper with a mouse: the first offset is from its middle, the others from the last point."""
    from selenium.webdriver.common.action_chains import ActionChains

    paper = browser.find_element("id", "paper")
    chain = ActionChains(browser).move_to_element_with_offset(paper, *offsets[0]).click_and_hold()
    for offset in offsets[1:]:
        chain.move_by_offset(*offset)
    chain.release().perform()


def test_the_rule_makes_a_small_page_that_the_report_links_to(page, tiny_run):
    assert page.stat().st_size < MAX_BYTES
    assert 'href="try.html"' in (tiny_run / "results/report.html").read_text()


@pytest.mark.parametrize("experiment", ["baseline", "from_scratch", "unscaled"])
def test_the_page_computes_the_probabilities_of_the_network(open_page, tiny_run, tmp_path, experiment):
    folder = made_file(tiny_run, f"results/models/{experiment}/0")
    x, y = (np.load(tiny_run / f"results/data/{name}_test.npy") for name in "xy")
    probabilities = np.load(folder / "probabilities.npy")
    layers = read_layers(next(folder.glob("model.*")), 2)
    path = tmp_path / "try.html"
    settings = SETTINGS | {"divide_by_255": experiment != "unscaled"}
    path.write_text(render(layers, x.reshape(-1, 28, 28), y, probabilities, settings))
    computed = np.array(open_page(path).execute_script(PIXELS, pixels_of(x[:100])))
    np.testing.assert_allclose(computed, probabilities[:100], atol=1e-5)
    np.testing.assert_array_equal(computed.argmax(axis=1), probabilities[:100].argmax(axis=1))


def test_it_makes_no_request_and_the_console_is_silent(open_page, page):
    browser = open_page(page)
    browser.find_element("css selector", "#examples button").click()
    assert requested(browser) == ["try.html"]
    assert browser.get_log("browser") == []


def test_a_stroke_is_prepared_as_mnist_was_and_gets_an_answer(open_page, page):
    browser = open_page(page)
    assert answer(browser) == "Draw something, or choose an example."
    draw(browser, (-60, 70), (40, -80), (40, -60))
    seen = picture(browser)
    rows, columns = np.nonzero(seen)
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    centre = [(seen.sum(axis=1 - k) @ np.arange(28)) / seen.sum() for k in (0, 1)]
    np.testing.assert_allclose(centre, 14, atol=0.5)
    probabilities = browser.execute_script(PIXELS, [seen.ravel().tolist()])[0]
    best = int(np.argmax(probabilities))
    assert answer(browser).startswith(f"{best}, with probability {probabilities[best]:.4f}. Computed in ")
    cells = [row.text.split() for row in browser.find_elements("css selector", "#probabilities tr")]
    assert cells == [[str(label), f"{p:.4f}"] for label, p in enumerate(probabilities)]
    browser.find_element("id", "clear").click()
    assert answer(browser) == "Draw something, or choose an example."
    assert not picture(browser).any()


def test_a_test_image_on_the_paper_is_prepared_to_itself(open_page, page, tiny_run):
    browser = open_page(page)
    for image in np.load(tiny_run / "results/data/x_test.npy")[:10].reshape(-1, 28, 28):
        large = np.kron(image, np.ones((10, 10)))
        script = "return [...prepare(Float32Array.from(arguments[0]), 280)]"
        prepared = np.array(browser.execute_script(script, large.ravel().tolist())).reshape(28, 28)
        assert np.corrcoef(prepared.ravel(), image.ravel())[0, 1] > 0.9


def test_the_keyboard_draws(open_page, page):
    from selenium.webdriver.common.keys import Keys

    browser = open_page(page)
    paper = browser.find_element("id", "paper")
    paper.send_keys(Keys.ARROW_LEFT, " ", *[Keys.ARROW_DOWN] * 15)
    seen = picture(browser)
    assert np.ptp(np.nonzero(seen)[0]) + 1 == 20, "a vertical stroke"
    assert "with probability" in answer(browser)
    paper.send_keys(" ", *[Keys.ARROW_RIGHT] * 10)
    assert (picture(browser) == seen).all(), "the pen is lifted"
    paper.send_keys(Keys.DELETE)
    assert not picture(browser).any()


def test_examples_are_images_of_the_test_set_right_and_wrong(open_page, page, tiny_run):
    labels = np.load(tiny_run / "results/data/y_test.npy")
    predicted = np.load(tiny_run / FIRST / "probabilities.npy").argmax(axis=1)
    browser = open_page(page)
    verdicts = []
    for button in browser.find_elements("css selector", "#examples button"):
        button.click()
        index = int(button.get_attribute("title").removeprefix("test image "))
        assert (button.text, answer(browser)[0]) == (str(labels[index]), str(predicted[index]))
        right = "correct" in answer(browser)
        assert right == (labels[index] == predicted[index])
        verdicts.append(right)
    assert verdicts == [True] * 6 + [False] * 6


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_is_that_of_keras(open_page, tmp_path, activation):
    import keras
    import tensorflow as tf

    path, [(weights, bias)] = write_page(tmp_path, layers=[{"units": 10, "activation": activation}])
    x = np.random.default_rng(1).integers(0, 256, 784)
    computed = open_page(path).execute_script(PIXELS, [x.tolist()])[0]
    expected = keras.activations.get(activation)(tf.constant([x / 255 @ weights.astype(float) + bias]))
    np.testing.assert_allclose([computed], expected, rtol=1e-7)  # Keras has some constants in float32


@pytest.mark.parametrize(
    ("layers", "reason"),
    [
        ([{"units": 10, "activation": "gelu"}], "The page cannot compute the activation gelu."),
        (
            [{"units": 2048, "activation": "relu"}, {"units": 10, "activation": "softmax"}],
            "The network has 1,628,170 weights and biases; a page of 3 MB has space for 543,750.",
        ),
    ],
)
def test_a_network_that_the_page_cannot_show_is_announced(tmp_path, layers, reason):
    path, _ = write_page(tmp_path, layers=layers)
    assert reason in path.read_text()
    assert "<script>" not in path.read_text()


def test_without_28_by_28_pixels_one_cannot_draw_but_examples_work(open_page, tmp_path):
    browser = open_page(write_page(tmp_path, shape=(6, 5))[0])
    assert "The images of this data set have 6 × 5 pixels" in browser.find_element("css selector", ".missing").text
    assert not browser.find_elements("id", "paper")
    browser.find_element("css selector", "#examples button").click()
    assert "with probability" in answer(browser)
    assert browser.get_log("browser") == []


def test_labels_are_text_and_long_ones_fit_a_phone(open_page, tmp_path):
    names = ["</script><script>document.title='x'</script>", "'\"><b>bold</b>&amp;", "T-shirt/top", *"3456789"]
    browser = open_page(write_page(tmp_path, labels=names)[0], width=360)
    labels = [cell.text for cell in browser.find_elements("css selector", "#probabilities th")]
    assert labels == names
    assert browser.title == "Retrial: draw a picture"
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 360
    assert browser.get_log("browser") == []


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_axe_reports_no_serious_violations_and_the_page_fits(open_page, page, scheme, width):
    browser = open_page(page, width, scheme)
    browser.find_element("css selector", "#examples button").click()
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    check_accessible(browser)


def test_the_embedded_digits_are_announced(page, tiny_run):
    assert read_json(tiny_run / "results/data/provenance.json")["dataset"] == "mnist-5k"
    assert "This network was trained on mnist-5k" in page.read_text()
