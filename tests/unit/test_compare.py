"""compare finds the timings and speed-ups that differ between two results folders."""

import sys

import pandas as pd
import pytest

from retrial.commands.compare import compare, main
from retrial.pipeline.results import Results

SECONDS = {("relu", "naive"): 1e-3, ("relu", "numpy"): 1e-6, ("add", "naive"): 2e-3, ("add", "numpy"): 2e-6}


def write_samples(folder, **factors):
    """Two samples from each of five processes; `factors` multiply the times of implementations of relu."""
    rows = [
        {
            "operation": operation,
            "shape": "(20,100)",
            "implementation": implementation,
            "process": process,
            "sample": sample,
            "seconds": seconds * (1 + process / 100) * (factors.get(implementation, 1) if operation == "relu" else 1),
        }
        for (operation, implementation), seconds in SECONDS.items()
        for process in range(5)
        for sample in range(2)
    ]
    (folder / "timings").mkdir(parents=True)
    pd.DataFrame(rows).to_csv(folder / "timings/samples.csv", index=False)
    return Results(folder)


def test_equal_results_do_not_differ(tmp_path):
    results = write_samples(tmp_path)
    table = compare(results, results)
    assert list(table["what"]) == ["naive", "naive / numpy", "numpy"] * 2
    assert (table["ratio"] == 1).all()
    assert not table["real"].any()


def test_medians_are_over_processes_and_speedups_within_them(tmp_path):
    results = write_samples(tmp_path)
    medians = compare(results, results).set_index(["operation", "what"])["A"]
    assert medians["relu", "numpy"] == pytest.approx(1.02e-6)
    assert medians["relu", "naive / numpy"] == pytest.approx(1000)


def test_what_became_slower_is_real_and_nothing_else(tmp_path):
    table = compare(write_samples(tmp_path / "a"), write_samples(tmp_path / "b", numpy=2))
    real = table[table["real"]].set_index(["operation", "what"])["ratio"]
    assert dict(real) == pytest.approx({("relu", "numpy"): 2, ("relu", "naive / numpy"): 1 / 2})


def test_on_a_slower_machine_the_times_differ_but_not_the_speedups(tmp_path):
    table = compare(write_samples(tmp_path / "a"), write_samples(tmp_path / "b", naive=1.5, numpy=1.5))
    assert list(table.loc[table["real"], "what"]) == ["naive", "numpy"]


def test_the_numbers_of_real_differences_are_printed_last(tmp_path, monkeypatch, capsys):
    write_samples(tmp_path / "a")
    write_samples(tmp_path / "b", numpy=2)
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
        f"error: {tmp_path}/timings/samples.csv: no such file. Name two results folders of finished runs."
    )
