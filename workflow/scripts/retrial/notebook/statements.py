"""Statements of the notebook, as they are written and as they were meant, to be run."""

from typing import NamedTuple

WRITTEN, MEANT, NO_COPY = "as written", "as meant", "without the copy"


class Statement(NamedTuple):
    """Code of a cell. `setup` runs first, then `code` and `check`; the value of the last line is the result."""

    name: str
    reading: str
    cell: str
    code: str
    setup: str = ""
    check: str = ""


MODEL = "model = keras.Sequential([layers.Dense(512, activation='relu'), layers.Dense(10, activation='softmax')])"
COMPILE = (
    "model.{method}(optimizer=keras.optimizers.RMSprop(learning_rate=1e-4), loss=keras.losses.MeanSquaredError(), "
    "metrics=[keras.metrics.BinaryAccuracy{call}])"
)
# One epoch on random images, from one seed: a text with every number that Keras reports.
FIT = """
keras.utils.set_random_seed(0)
images = np.random.default_rng(0).random((64, 784)).astype('float32')
labels = np.arange(64) % 10
"""
REPORTED = "', '.join(f'{name} {value[0]:.6f}' for name, value in sorted(history.history.items()))"
ONE_HOT = f"history = model.fit(images, np.eye(10)[labels], batch_size=32, verbose=0)\n{REPORTED}"
INTEGERS = f"history = model.fit(images, labels, batch_size=32, verbose=0)\n{REPORTED}"
AS_CLASS, AS_INSTANCE = COMPILE.format(method="compile", call=""), COMPILE.format(method="compile", call="()")

RELU = """def naive_relu(x):
    assert len(x.shape) == 2
    x = x.copy()
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            x[i, j] = max(x[i, j], 0)
    return x
"""
ADD = """def naive_add(x, y):
    assert len(x.shape) == 2
    assert x.shape == y.shape
    x = x.copy()
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            x[i, j] += y[i, j]
    return x
"""
ADD_VECTOR = """def naive_add_matrix_and_vector(x, y):
    assert len(x.shape) == 2
    assert len(y.shape) == 1
    assert x.shape[1] == y.shape[0]
    x = x.copy()
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            x[i, j] += y[j]
    return x
"""
UNIFORM = "x, y = np.random.default_rng(0).random((2, 20, 100))"
NORMAL = "x, y = np.random.default_rng(0).standard_normal((2, 20, 100))"
VECTOR = "rng = np.random.default_rng(0)\nx = rng.random((300, 200))\ny = rng.random((200))\nvector = y\n"
EXPAND = "y = np.expand_dims(y, axis=0)\nexpanded = y.shape"
REPEAT = "y = np.concatenate([y] * 300, axis=0)\nrepeated = y.shape"
BY_HAND = "z = naive_add(x, y)\nr = naive_relu(z)"
BY_NUMPY = "z = x + y\nz = np.maximum(z, 0.)\n"
# Polynomials with whole coefficients at a whole number: their derivatives are exact.
TWO_FUNCTIONS = "x1 = g(x)\ny = f(x1)"
FOUR_FUNCTIONS = "x1 = j(x)\nx2 = h(x1)\nx3 = g(x2)\ny = f(x3)"
DERIVATIVES = """
f, g, h, j = lambda x: x * x, lambda x: 3 * x, lambda x: x * x + 1, lambda x: 2 * x - 1
x = tf.constant(2, tf.float64)
with tf.GradientTape(persistent=True) as tape:
    tape.watch(x)
    {chain}
grad = lambda y, x: float(tape.gradient(y, x))
"""
OF_TWO = DERIVATIVES.format(chain=TWO_FUNCTIONS.replace("\n", "\n    "))
OF_FOUR = DERIVATIVES.format(chain=FOUR_FUNCTIONS.replace("\n", "\n    "))


def without_copy(function: str) -> str:
    """The source of a function, without the line that copies its input."""
    return function.replace("    x = x.copy()\n", "")


def copies(name: str, cell: str, function: str, call: str, inputs: str) -> list[Statement]:
    """Two statements: whether a function leaves its input unchanged, with its copy and without."""
    setup, check = f"{inputs}\nbefore = x.copy()", "np.array_equal(x, before)"
    return [
        Statement(name, WRITTEN, cell, function + call, setup, check),
        Statement(name, NO_COPY, cell, without_copy(function) + call, setup, check),
    ]


STATEMENTS = [
    Statement(
        "division",
        WRITTEN,
        "In [3]",
        "images = images.astype('float32') / 255",
        "images = np.arange(256, dtype=np.uint8).reshape(4, 64)\nbefore = images.shape",
        "f'shape {before} before, {images.shape} after; values 0 to 255 before, 0 to {images.max():g} after'",
    ),
    Statement(
        "layers",
        WRITTEN,
        "In [4]",
        MODEL,
        check="model.build((None, 784))\n"
        "', '.join(f'{type(layer).__name__} {tuple(layer.kernel.shape)}' for layer in model.layers)",
    ),
    Statement(
        "type",
        WRITTEN,
        "In [25]",
        "type(model)",
        MODEL,
        "f'{type(model).__module__}.{type(model).__qualname__}'",
    ),
    Statement("type", MEANT, "In [25]", "isinstance(model, keras.Sequential)", MODEL),
    Statement("compil", WRITTEN, "In [ ] compil", COMPILE.format(method="compil", call=""), MODEL),
    Statement("compil", MEANT, "In [ ] compil", AS_INSTANCE, FIT + MODEL, ONE_HOT),
    Statement("integer labels", MEANT, "In [ ] compil", AS_INSTANCE, FIT + MODEL, INTEGERS),
    Statement("metric class", WRITTEN, "In [ ] compil", AS_CLASS, FIT + MODEL, ONE_HOT),
    Statement("probability", WRITTEN, "In [7], [8]", "np.float32(0.99999297) == np.float32(0.99999386)"),
    Statement(
        "probability",
        MEANT,
        "In [7], [8]",
        "first, second = (model.predict(images[0:10], verbose=0)[0] for _ in range(2))\nfirst[7] == second[7]",
        FIT + MODEL,
    ),
    *copies("copy in naive_relu", "In [13]", RELU, "r = naive_relu(x)", NORMAL),
    *copies("copy in naive_add", "In [14]", ADD, "z = naive_add(x, y)", NORMAL),
    Statement(
        "print r",
        WRITTEN,
        "In [16]",
        f"{BY_NUMPY}print(r)",
        f"{RELU}{ADD}{UNIFORM}\n{BY_HAND}",
        "'the result of NumPy' if printed[-1] is z else 'the result of the loops' if printed[-1] is r else '?'",
    ),
    Statement("print r", MEANT, "In [16]", f"{BY_NUMPY}np.array_equal(r, z)", f"{RELU}{ADD}{UNIFORM}\n{BY_HAND}"),
    Statement(
        "comments on shapes",
        WRITTEN,
        "In [17]–[19]",
        f"{EXPAND}\n{REPEAT}",
        VECTOR,
        "f'{expanded}, {len(y)} times, {repeated}'",
    ),
    *copies(
        "copy in naive_add_matrix_and_vector", "In [20]", ADD_VECTOR, "z = naive_add_matrix_and_vector(x, y)", VECTOR
    ),
    Statement(
        "add the vector",
        WRITTEN,
        "In [22]",
        "z = naive_add_matrix_and_vector(x, y)\nnp.array_equal(z, x + y)",
        f"{ADD_VECTOR}{VECTOR}{EXPAND}\n{REPEAT}",
    ),
    Statement(
        "add the vector",
        MEANT,
        "In [22]",
        "z = naive_add_matrix_and_vector(x, vector)\nnp.array_equal(z, x + y)",
        f"{ADD_VECTOR}{VECTOR}{EXPAND}\n{REPEAT}",
    ),
    Statement("chain rule of two", WRITTEN, "In [ ] f(g(x))", "grad(y, x) == grad(x1, x)", OF_TWO),
    Statement("chain rule of two", MEANT, "In [ ] f(g(x))", "grad(y, x) == grad(y, x1) * grad(x1, x)", OF_TWO),
    Statement(
        "chain rule of four",
        WRITTEN,
        "In [ ] f(g(h(j(x))))",
        "grad(y, x) == (grad(y, x3) * grad(x3, x2) * grad(x2, x1), grad(x1, x))",
        OF_FOUR,
    ),
    Statement(
        "chain rule of four",
        MEANT,
        "In [ ] f(g(h(j(x))))",
        "grad(y, x) == grad(y, x3) * grad(x3, x2) * grad(x2, x1) * grad(x1, x)",
        OF_FOUR,
    ),
]
