"""Print the table of claims: python -m retrial.display.verdicts results/claims.csv"""

import csv
import shutil
import sys
import textwrap
from collections import Counter
from pathlib import Path

VERDICTS = ("confirmed", "refuted", "not applicable")


def format_verdicts(rows: list[dict]) -> str:
    """The rows of claims.csv as text, wrapped to the width of the terminal; the last line counts the verdicts."""
    indent = max(map(len, VERDICTS)) + 2
    width = max(shutil.get_terminal_size((120, 0)).columns, 2 * indent)
    lines = [
        textwrap.fill(
            f"{row['verdict']:<{indent}}{row['claim']}: {row['measured']}", width, subsequent_indent=" " * indent
        )
        for row in rows
    ]
    counts = Counter(row["verdict"] for row in rows)
    return "\n".join([*lines, "Claims: " + ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS)])


if __name__ == "__main__":
    with Path(sys.argv[1]).open(encoding="utf-8", newline="") as file:
        print(format_verdicts(list(csv.DictReader(file))))
