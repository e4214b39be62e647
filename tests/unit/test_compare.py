"""compare finds the timings and speed-ups that differ between two results folders."""

import sys

import pandas as pd
import pytest

from retrial.commands.compare import compare, main
from retrial.results import Results

SECONDS = {("relu", "naive"): 1e-3, ("relu", "numpy"): 1e-6, ("add", "naive"): 2e-3, ("add", "numpy"): 2e-6}


def write_slices(folder, **factors):
    """Two slices from each of nine processes; `factors` multiply the times of implementations of relu."""
    rows = [
        {
            "operation": operation,
            "shape": "(20,100)",
            "implementation": implementation,
            "process": process,
            "slice": slice,
            "seconds": seconds * (1 + process / 100) * (factors.get(implementation, 1) if operation == "relu" else 1),
        }
        for (operation, implementation), seconds in SECONDS.items()
        for process in range(9)
        for slice in range(2)
    ]
    (folder / "timings").mkdir(parents=True)
    pd.DataFrame(rows).to_csv(folder / "timings/slices.csv", index=False)
    return Results(folder)


def test_equal_results_do_not_differ(tmp_path):
    results = write_slices(tmp_path)
    table = compare([results], [results])
    assert list(table["what"]) == ["naive", "naive / numpy", "numpy"] * 2
    assert (table["ratio"] == 1).all()
    assert not table["real"].any()


def test_medians_are_over_processes_and_speedups_within_them(tmp_path):
    results = write_slices(tmp_path)
    medians = compare([results], [results]).set_index(["operation", "what"])["A"]
    assert medians["relu", "numpy"] == pytest.approx(1.04e-6)
    assert medians["relu", "naive / numpy"] == pytest.approx(1000)


def test_what_became_slower_is_real_and_nothing_else(tmp_path):
    table = compare([write_slices(tmp_path / "a")], [write_slices(tmp_path / "b", numpy=2)])
    real = table[table["real"]].set_index(["operation", "what"])["ratio"]
    assert dict(real) == pytest.approx({("relu", "numpy"): 2, ("relu", "naive / numpy"): 1 / 2})


def test_on_a_slower_machine_the_times_differ_but_not_the_speedups(tmp_path):
    table = compare([write_slices(tmp_path / "a")], [write_slices(tmp_path / "b", naive=1.5, numpy=1.5)])
    assert list(table.loc[table["real"], "what"]) == ["naive", "numpy"]


def test_a_difference_below_five_percent_is_not_real_with_one_run_a_side(tmp_path):
    for factor, real in ((1.03, []), (1.06, ["numpy"])):
        folders = write_slices(tmp_path / f"a{factor}"), write_slices(tmp_path / f"b{factor}", numpy=factor, naive=1)
        # The processes of this test differ by 8 %: make them equal.
        for folder in folders:
            path = folder.path("timings/slices.csv")
            table = pd.read_csv(path)
            table["seconds"] /= 1 + table["process"] / 100 * (1 - 1e-3)
            table.to_csv(path, index=False)
        table = compare(*([folder] for folder in folders))
        assert list(table.loc[table["real"] & (table["what"] == "numpy"), "what"]) == real


def test_with_four_runs_a_side_the_spread_between_runs_decides(tmp_path):
    def runs(name, factors):
        return [write_slices(tmp_path / f"{name}{i}", numpy=factor) for i, factor in enumerate(factors)]

    noisy, slower = [1.0, 1.1, 0.9, 1.05], [1.02, 1.15, 0.95, 1.0]
    table = compare(runs("a", noisy), runs("b", slower)).set_index(["operation", "what"])
    assert not table.loc[("relu", "numpy"), "real"]
    table = compare(runs("c", [1.0, 1.001, 0.999, 1.0]), runs("d", [1.03, 1.031, 1.029, 1.03]))
    table = table.set_index(["operation", "what"])
    assert table.loc[("relu", "numpy"), "real"], "small, but beyond the spread of the runs"


def test_the_numbers_of_real_differences_are_printed_last(tmp_path, monkeypatch, capsys):
    write_slices(tmp_path / "a")
    write_slices(tmp_path / "b", numpy=2)
    monkeypatch.setattr(sys, "argv", ["compare", str(tmp_path / "a"), str(tmp_path / "b")])
    main()
    times, speedups = capsys.readouterr().out.splitlines()[-2:]
    assert times.startswith("times (seconds): 1 of 4 differ")
    assert speedups.startswith("speed-ups: 1 of 2 differ")


def test_a_folder_without_measurements_gets_a_message_of_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["compare", str(tmp_path), str(tmp_path)])
    with pytest.raises(SystemExit) as exit:
        main()
    assert exit.value.code == (
        f"error: {tmp_path}/timings/slices.csv: no such file. Name results folders of finished runs."
    )
