"""Run statements of the notebook as they are written, and as they were meant, and record what happens."""

import ast
import re
from types import ModuleType

import numpy as np
import pandas as pd

from retrial.files import write_csv
from retrial.job import start_log
from retrial.network.keras import start_keras
from retrial.notebook.registry import Statement, all_statements


def run(statement: Statement, modules: dict[str, ModuleType]) -> tuple[str, str]:
    """Run a statement.

    Args:
        modules: what its code may use, by name. `printed` is a list of what the code prints.

    Returns:
        `value` and the value of its last line, or the name of the error that stops it and its message; both as text.
    """
    printed = []
    names = modules | {"printed": printed, "print": printed.append}
    exec(statement.setup, names)
    *lines, last = ast.parse(f"{statement.code}\n{statement.check}").body
    try:
        exec(compile(ast.Module(lines, []), "<notebook>", "exec"), names)
        if isinstance(last, ast.Expr):
            return "value", str(eval(compile(ast.Expression(last.value), "<notebook>", "eval"), names))
        exec(compile(ast.Module([last], []), "<notebook>", "exec"), names)
    except Exception as error:
        return type(error).__name__, re.split(r"[.\n]? for '|\n", str(error))[0]
    return "value", ""


if __name__ == "__main__":
    start_log(snakemake.log[0])
    keras = start_keras(threads=1)
    import tensorflow as tf

    modules = {"keras": keras, "layers": keras.layers, "np": np, "tf": tf}
    rows = [(s.name, s.reading, s.cell.name, s.code, *run(s, modules)) for s in all_statements()]
    table = pd.DataFrame(rows, columns=["name", "reading", "cell", "statement", "outcome", "message"])
    write_csv(snakemake.output[0], table)
    print(table.drop(columns="statement").to_string(index=False))
