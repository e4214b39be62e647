"""The notebook, cell by cell, in our own words: what a cell does, and every claim that it makes.

Each sentence has the kind of its claims (see registry.py) and the ids of the claims that test it. A sentence that is
wrong as it is written has its claim as it is written here; as it was meant is a claim of kind `book` or `added`.
"""

from typing import NamedTuple


class Sentence(NamedTuple):
    """A claim of a cell: its kind, what it says, and the ids of the claims in claims.csv that test it."""

    kind: str
    text: str
    ids: tuple[str, ...]


class Cell(NamedTuple):
    """A cell, or several that belong together: what it does and what it claims."""

    does: str
    sentences: tuple[Sentence, ...] = ()


def stated(text: str, *ids: str) -> Sentence:
    return Sentence("stated", text, ids)


def printed(text: str, *ids: str) -> Sentence:
    return Sentence("printed", text, ids)


def implied(text: str, *ids: str) -> Sentence:
    return Sentence("implied", text, ids)


CELLS = {
    "In [3]": Cell(
        "load MNIST, make each image a row of float32 numbers, divide by 255",
        (
            stated("networks work best with float32", "prefers_float32"),
            stated("the raw values are from 0 to 255", "raw_values"),
            stated(
                "networks are sensitive to the scale of their input, so divide by 255 to get 0 to 1",
                "scale_matters",
                "range",
            ),
            stated("the division is called a reshape", "division_is_reshape"),
            stated("the shapes are (60000, 784) and (10000, 784)", "shapes"),
            implied("there are 60,000 and 10,000 images of 28 × 28 pixels", "images"),
        ),
    ),
    "In [4]": Cell(
        "make a network of two dense layers, 512 units with relu and 10 with softmax",
        (
            stated("it is two fully connected layers", "two_layers"),
            stated(
                "a layer holds weights and applies a few simple tensor operations to its input", "simple_operations"
            ),
            stated("the weights are where the network keeps its information", "weights_hold_information"),
            stated("the softmax layer has ten outputs, which sum to 1", "softmax"),
            stated("each output is the probability of a label", "outputs_are_probabilities"),
            stated("there are as many units in the last layer as labels", "output_units"),
            stated("a layer for regression has one unit without an activation", "regression_head"),
        ),
    ),
    "In [5]": Cell(
        "compile it with rmsprop, sparse categorical cross-entropy, accuracy",
        (
            stated("the loss is the feedback for the weights", "loss_is_the_feedback"),
            stated("training minimises the loss", "loss_minimised"),
            stated("the sparse loss is for labels that are integers", "sparse_loss"),
            stated(
                "a loss that does not suit the problem can make an entirely different model",
                "another_loss_another_model",
            ),
            stated("rmsprop lowers the loss by gradient descent on mini-batches", "mini_batches"),
            stated("accuracy judges the training, but the network is not optimised for it", "metrics_change_no_weight"),
        ),
    ),
    "In [25]": Cell(
        "show the type of the model",
        (printed("keras.engine.sequential.Sequential", "type_of_model"),),
    ),
    "In [ ] compil": Cell(
        "compile with a misspelt method, RMSprop(1e-4), mean squared error and the class BinaryAccuracy; never run",
        (
            implied("the method exists", "compil_as_written"),
            implied("the class of a metric is as good as an instance", "metric_class"),
        ),
    ),
    "In [6]": Cell(
        "train for 5 epochs, in batches of 128",
        (
            stated("the training data is passed five times, in mini-batches of 128", "five_epochs"),
            stated("60000 / 128 makes 469 batches an epoch", "steps_per_epoch"),
            stated("each step moves the weights so that the loss of its batch falls", "step_lowers_its_batch"),
            implied("the loss falls", "loss_falls"),
        ),
    ),
    "In [7]": Cell(
        "predict the first ten test images",
        (
            printed("ten probabilities of the first image, that of a 7 is 0.99999297", "first_probability"),
            stated("the first image is predicted to be a 7", "first_prediction"),
        ),
    ),
    "In [7], [8]": Cell(
        "show the largest output's index for the first image, and the probability of a 7",
        (
            printed("7", "first_argmax"),
            printed("0.99999386", "first_probability_again"),
            printed("one value of one network, which In [7] prints too", "one_probability"),
        ),
    ),
    "In [9]": Cell("show the first label", (printed("7", "first_label"),)),
    "In [10]": Cell("evaluate on the test set", (printed("accuracy 0.9800000190734863", "accuracy"),)),
    "In [11], [12]": Cell("draw x and y uniformly from 0 to 1, shape (20, 100)"),
    "In [13]": Cell("relu by hand", (stated("its copy keeps the input unchanged", "naive_relu_copy"),)),
    "In [14]": Cell("addition by hand", (stated("its copy keeps the input unchanged", "naive_add_copy"),)),
    "In [15]": Cell(
        "add, then relu by hand, one call between two readings of a clock",
        (printed("0.008975 s", "reading_by_hand"),),
    ),
    "In [16]": Cell(
        "the same in NumPy; print the array of In [15] again",
        (
            printed("0.000991 s", "reading_numpy"),
            printed("the array is that of the cell", "results_printed"),
        ),
    ),
    "In [15], [16]": Cell(
        "the two times beside each other",
        (
            implied("NumPy is faster", "add_relu_numpy_faster"),
            implied("it is 9.06 times as fast", "reading_ratio"),
        ),
    ),
    "In [17]–[19]": Cell(
        "a matrix (300, 200) and a vector (200,), which is overwritten by 300 repetitions of itself",
        (
            stated(
                "to repeat it really would be inefficient, so the algorithm only acts as if",
                "repetition_wasteful",
                "broadcasting_copies_nothing",
            ),
            implied("broadcasting is the same as repetition", "broadcasting_equals_repetition"),
            stated("the comments say (1, 10), 32 times, (32, 10)", "comments_on_shapes"),
        ),
    ),
    "In [20]": Cell(
        "addition of a matrix and a vector by hand",
        (stated("its copy keeps the input unchanged", "naive_add_matrix_and_vector_copy"),),
    ),
    "In [21]": Cell(
        "x + y between two readings of a clock; y is a matrix by now",
        (printed("0.000000 s", "reading_x_plus_y"),),
    ),
    "In [22]": Cell(
        "the loops of In [20], called with that matrix",
        (
            printed("AssertionError", "add_vector_printed"),
            implied("the loops add what In [21] adds", "add_vector_as_written"),
        ),
    ),
    "In [ ] matrix_dot": Cell(
        "the product of (300, 100) and (100, 200) by np.dot, by three loops, and by two loops over a scalar product",
        (printed("the same product three times", "matrix_products"),),
    ),
    "In [ ] reshape": Cell(
        "reshape (3, 2) to (6, 1), then to (1, 6)",
        (printed("the numbers in their order", "reshape_keeps_order"),),
    ),
    "In [ ] f(g(x))": Cell(
        "the chain rule for two functions",
        (stated("grad(y, x) == grad(x1, x)", "chain_rule_two_as_written"),),
    ),
    "In [ ] f(g(h(j(x))))": Cell(
        "the chain rule for four functions",
        (stated("a product in which a comma stands for the last sign", "chain_rule_four_as_written"),),
    ),
}
