"""The cells after In [22] about the product of two matrices, and about reshape."""

from retrial.notebook.registry import Cell, Outcome, claim, statement
from retrial.notebook.rules import true
from retrial.operations.table import VIEWS

MATRIX_DOT = Cell(
    "In [ ] matrix_dot",
    "the product of (300, 100) and (100, 200) by np.dot, by three loops, and by two loops over a scalar product",
    note="Below z = np.dot(x, y), which prints nothing, stand three printed arrays: the output of an older cell.",
    code="z[i, j] += x[i, k] * y[k, j]  # in three loops, over i, j and k",
)


BY_HAND = """def my_matrix_dot(x, y):
    z = np.zeros((x.shape[0], y.shape[1]))
    for i, j, k in np.ndindex(*z.shape, x.shape[1]):
        z[i, j] += x[i, k] * y[k, j]
    return z

def naive_matrix_dot(x, y):
    z = np.zeros((x.shape[0], y.shape[1]))
    for i, j in np.ndindex(*z.shape):
        z[i, j] = naive_vector_dot(x[i, :], y[:, j])
    return z

def naive_vector_dot(x, y):
    z = 0.0
    for i in range(x.shape[0]):
        z += x[i] * y[i]
    return z

rng = np.random.default_rng(0)
x, y = rng.random((30, 100)), rng.random((100, 20))
"""
PRODUCTS = statement(
    "products", MATRIX_DOT, "str(np.dot(x, y)) == str(my_matrix_dot(x, y)) == str(naive_matrix_dot(x, y))", BY_HAND
)


@claim(
    "printed",
    MATRIX_DOT,
    rule=true("all three print the same numbers, to eight digits, for a tenth of the rows and of the columns"),
)
def matrix_products(results):
    """np.dot, my_matrix_dot (three loops) and naive_matrix_dot (two loops) give the same product"""
    run = PRODUCTS.run(results)
    return Outcome("the same numbers" if run.is_true else f"not the same numbers: {run.text}", run.is_true)


RESHAPE = Cell("In [ ] reshape", "reshape (3, 2) to (6, 1), then to (1, 6)")


@claim("printed", RESHAPE, rule=true("the numbers are in the same order as in the input, row by row"))
def reshape_keeps_order(results):
    """reshape keeps the numbers in their order"""
    same_order = results.csv("tensors/views.csv").query("operation == 'reshape'")["same_order"].all()
    return Outcome("the same order" if same_order else "another order", same_order)


@claim("added", RESHAPE, rule=true("the view of each shares the memory, and its copy does not"))
def views_share_memory(results):
    """reshape and transpose move no number: their results share the memory of their input, and copies do not"""
    shares = results.csv("tensors/views.csv").set_index(["operation", "method"])["shares_memory"]
    measured = "; ".join(
        f"{name}, {method}: {'shared' if shares[name, method] else 'its own'}"
        for name in VIEWS
        for method in ("view", "copy")
    )
    return Outcome(measured, all(shares[name, "view"] and not shares[name, "copy"] for name in VIEWS))
