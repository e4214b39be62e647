"""The verdicts as text, and what a run ends with."""

import shutil
import textwrap
from pathlib import Path

import pandas as pd

from retrial.notebook.registry import VERDICTS, by_group, count_confirmed
from retrial.page.headlines import headlines


def summary_rows(table: pd.DataFrame) -> list[dict]:
    """For each chapter of claims.csv, and for all: the verdicts on the notebook's claims; confirmed ones of others."""
    others = [verdict for verdict in VERDICTS[1:] if verdict in set(by_group(table)["notebook"]["verdict"])]
    return [
        {"chapter": chapter, "confirmed": count_confirmed(groups["notebook"])}
        | {verdict: str((groups["notebook"]["verdict"] == verdict).sum() or "") for verdict in others}
        | {f"{group} confirmed": count_confirmed(groups[group]) for group in ("book", "added")}
        for chapter, rows in [*table.groupby("chapter", sort=False), ("all", table)]
        for groups in [by_group(rows)]
    ]


def format_summary(table: pd.DataFrame) -> str:
    """`summary_rows` as text."""
    frame = pd.DataFrame(summary_rows(table)).set_index("chapter").rename_axis(index=None, columns="notebook's claims")
    return frame.to_string(col_space=[len(name) + 1 for name in frame])


def format_verdicts(table: pd.DataFrame) -> str:
    """The rows of claims.csv as text, the notebook's first, wrapped to the width of the terminal."""
    indent = max(map(len, VERDICTS)) + 2
    width = max(shutil.get_terminal_size((120, 0)).columns, 2 * indent)
    return "\n".join(
        textwrap.fill(
            f"{row.verdict:<{indent}}{row.claim}: {row.measured} ({row.source})", width, subsequent_indent=" " * indent
        )
        for rows in by_group(table).values()
        for row in rows.itertuples()
    )


def format_end_of_run(folder: Path, checked: set[str], page: str = "report.html", shown: str = "results") -> str:
    """What a run ends with, short enough for a small terminal: the main figures, and the pages to look at.

    Args:
        checked: the files that the run made, or found to be current; figures and pages of others are left out.
        page: the page to look at.
        shown: how to name the folder.
    """
    figures = [figure for figure in headlines(folder) if f"{folder.name}/{figure.file}" in checked]
    lines = [f"{figure.value}: {figure.text} ({shown}/{figure.file})" for figure in figures]
    if existing := [f"{shown}/{name}" for name in (page, "try.html") if f"{folder.name}/{name}" in checked]:
        lines.append(f"Look at {' and '.join(existing)}; docs/results.md lists the other results.")
    return "\n".join(lines)
