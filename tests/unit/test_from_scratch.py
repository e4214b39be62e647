"""The network in NumPy: its start, its batches, its optimizer, its memory, its file."""

import numpy as np
import pytest

from retrial.network.from_scratch import Network, RMSprop, start_glorot_uniform, train_epoch


@pytest.fixture
def network() -> Network:
    network = Network([6, 5, 4, 3], max_rows=8)
    start_glorot_uniform(network, np.random.default_rng(0))
    return network


@pytest.fixture
def data():
    rng = np.random.default_rng(1)
    return rng.random((20, 6), np.float32), rng.integers(0, 3, 20).astype(np.uint8)


def test_forward_is_relu_of_each_layer_and_softmax_of_the_last(network, data):
    x = data[0][:7]
    h = x
    for weights, bias in network.layers[:-1]:
        h = np.where(h @ weights + bias > 0, h @ weights + bias, 0)
    logits = h @ network.layers[-1].weights + network.layers[-1].bias
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(network.forward(x), expected, rtol=1e-5)
    np.testing.assert_allclose(network.forward(x[:3]), expected[:3], rtol=1e-5)


def test_large_logits_do_not_overflow(network, data):
    network.layers[-1].bias[:] = [1e4, 0, -1e4]
    np.testing.assert_array_equal(network.forward(data[0][:2]), [[1, 0, 0]] * 2)


def test_the_weights_start_uniform_within_glorots_limit_and_the_biases_at_0():
    network = Network([784, 512, 10], 1)
    start_glorot_uniform(network, np.random.default_rng(0))
    for weights, bias in network.layers:
        limit = np.sqrt(6 / sum(weights.shape))
        assert 0.99 * limit < np.abs(weights).max() <= limit
        assert weights.std() == pytest.approx(limit / np.sqrt(3), rel=0.02)
        assert not bias.any()


@pytest.mark.parametrize("outside", [False, True])
def test_rmsprop_divides_by_the_root_of_velocity_with_epsilon_inside_or_outside(network, outside):
    optimizer = RMSprop(network, learning_rate=0.1, rho=0.75, epsilon=0.5, epsilon_outside_root=outside)
    before, gradient = network.parameters.copy(), np.linspace(-1, 1, len(network.parameters), dtype=np.float32)
    velocity = 0
    expected = before.astype(float)
    for _ in range(3):
        network.gradient[:] = gradient
        optimizer.step()
        velocity = 0.75 * velocity + 0.25 * gradient.astype(float) ** 2
        expected -= 0.1 * gradient / (np.sqrt(velocity) + 0.5 if outside else np.sqrt(velocity + 0.5))
    np.testing.assert_allclose(network.parameters, expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(network.gradient, gradient)


def test_an_epoch_takes_every_image_once_in_batches_of_a_new_random_order(network, data, monkeypatch):
    x, labels = data
    batches, forward = [], Network.forward
    monkeypatch.setattr(Network, "forward", lambda self, images: batches.append(images.copy()) or forward(self, images))
    rng = np.random.default_rng(0)
    orders = []
    for _ in range(2):
        batches.clear()
        train_epoch(network, RMSprop(network), x, labels, 8, rng)
        assert [len(batch) for batch in batches] == [8, 8, 4]
        orders.append([int(np.flatnonzero((x == image).all(axis=1))[0]) for image in np.concatenate(batches)])
        assert sorted(orders[-1]) == list(range(20))
    assert orders[0] != orders[1]
    assert orders[0] != list(range(20))


def test_an_epoch_returns_what_the_network_gave_for_each_label_before_its_step(network, data):
    x, labels = data
    expected = {}
    wide = Network([6, 5, 4, 3], max_rows=20)
    wide.parameters[:] = network.parameters
    for image, probabilities in zip(x, wide.forward(x), strict=True):
        expected[image.tobytes()] = probabilities.copy()
    order = np.random.default_rng(3).permutation(20)
    optimizer = RMSprop(network, learning_rate=1e-9)
    seen, probabilities = train_epoch(network, optimizer, x, labels, 8, np.random.default_rng(3))
    np.testing.assert_array_equal(seen, labels[order])
    np.testing.assert_allclose(probabilities, [expected[image.tobytes()] for image in x[order]], rtol=1e-4)
