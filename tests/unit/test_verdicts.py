"""The verdicts as text, and what `make run` ends with."""

import re

import pandas as pd

from retrial.notebook.registry import KINDS, PARTS, VERDICTS
from retrial.page.verdicts import format_end_of_run, format_summary, format_verdicts

ROWS = pd.DataFrame(
    [
        ("added", "Ours is so", "1", "refuted", "added", "The data"),
        ("printed", "The loss falls in every epoch", "from 5 of 5 seeds", "confirmed", "notebook: In [6]", "The data"),
        ("stated", "NumPy takes no time", "23 µs", "not reproduced", "notebook: In [21]", "Loops and NumPy"),
        ("implied", "It is 0.98", "0.97; needs more seeds", "inconclusive", "notebook: In [10]", "Loops and NumPy"),
        ("book", "It is 0.98", "0.92; needs all of MNIST", "not applicable", "book", "Loops and NumPy"),
    ],
    columns=["kind", "claim", "measured", "verdict", "source", "chapter"],
)
SUMMARY = {"experiment": ["baseline"], "n_seeds": 2, "mean": 0.98, "ci_low": 0.97, "ci_high": 0.99}


def test_the_verdicts_are_counted_by_chapter_and_by_who_makes_the_claim():
    lines = format_summary(ROWS).splitlines()
    assert [re.split(" {2,}", line.strip()) for line in lines] == [
        ["notebook's claims", "confirmed", "not reproduced", "inconclusive", "book confirmed", "added confirmed"],
        ["The data", "1 of 1", "0 of 1"],
        ["Loops and NumPy", "0 of 2", "1", "1", "0 of 1"],
        ["all", "1 of 3", "1", "1", "0 of 1", "0 of 1"],
    ]
    assert len({len(line) for line in lines}) == 1


def test_the_claims_are_listed_the_notebooks_first(monkeypatch):
    monkeypatch.setenv("COLUMNS", "70")
    assert format_verdicts(ROWS[ROWS["verdict"].isin(VERDICTS[1:-1])]).splitlines() == [
        "not reproduced  NumPy takes no time: 23 µs (notebook: In [21])",
        "inconclusive    It is 0.98: 0.97; needs more seeds (notebook: In [10])",
        "refuted         Ours is so: 1 (added)",
    ]


def test_a_run_ends_with_its_main_figures_and_where_to_look(tmp_path):
    ROWS.to_csv(tmp_path / "claims.csv", index=False)
    for name in ("report.html", "try.html"):
        (tmp_path / name).touch()
    pd.DataFrame(SUMMARY).to_csv(tmp_path / "accuracy_summary.csv", index=False)
    checked = {f"{tmp_path.name}/{path.name}" for path in tmp_path.iterdir()}
    assert format_end_of_run(tmp_path, checked - {f"{tmp_path.name}/claims.csv"}, shown="x").count("\n") == 1
    assert format_end_of_run(tmp_path, checked, shown="lesson/results").splitlines() == [
        "0.9800 [0.9700, 0.9900]: test accuracy of the notebook's network: mean of 2 trainings and its 95 % interval "
        "(lesson/results/accuracy_summary.csv)",
        "1 of 3: claims of the notebook are confirmed, 1 not reproduced, 1 inconclusive; "
        "of its book's, 0 of 1; of those added here, 0 of 1 (lesson/results/claims.csv)",
        "Look at lesson/results/report.html and lesson/results/try.html; docs/results.md lists the other results.",
    ]


def test_the_summary_fits_a_screen():
    rows = [(chapter, kind, "not applicable") for chapter in PARTS.values() for kind in KINDS]
    lines = format_summary(pd.DataFrame(rows, columns=["chapter", "kind", "verdict"])).splitlines()
    assert len(lines) == len(PARTS) + 2 <= 24
    assert max(map(len, lines)) <= 90


def test_missing_parts_are_left_out(tmp_path):
    assert format_end_of_run(tmp_path, set()) == ""
