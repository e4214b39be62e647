"""The one reader of results: names stay as they are, and a network tells its own settings."""

import pandas as pd
import pytest

from retrial.files import write_csv, write_json
from retrial.results import Results, read_confusion, read_table

WORDS = ["null", "NA", "nan", "None", "01", "1e3", "1_000", "inf", "True", "label", "index", "-", "#N/A", "a,b", '"']


@pytest.mark.parametrize("word", WORDS)
def test_a_name_stays_as_it_is_in_tables_and_confusions(tmp_path, word):
    write_csv(tmp_path / "accuracy.csv", pd.DataFrame({"experiment": [word], "seed": [0], "sd": [None], "n": [7]}))
    table = Results(tmp_path).csv("accuracy.csv")
    assert (table["experiment"][0], table["n"][0]) == (word, 7)
    assert table["sd"].isna().all()
    names = [word, "other"]
    counts = pd.DataFrame([[3, 1], [0, 4]], index=pd.Index(names, name="label"), columns=names)
    write_csv(tmp_path / "confusion.csv", counts, index=True)
    pd.testing.assert_frame_equal(read_confusion(tmp_path / "confusion.csv"), counts, check_column_type=False)


def test_an_empty_element_of_words_is_empty_and_a_table_may_have_no_rows(tmp_path):
    for rows in (["", ""], ["", "out of memory"], []):
        write_csv(tmp_path / "t.csv", pd.DataFrame({"failed": rows, "cell": ["0e12345678", "1234567890"][: len(rows)]}))
        assert read_table(tmp_path / "t.csv")["failed"].tolist() == rows
        assert set(read_table(tmp_path / "t.csv")["cell"]) <= {"0e12345678", "1234567890"}


def test_what_is_told_of_a_network_comes_from_its_own_file(tmp_path):
    experiment = {"epochs": 3, "batch_size": 128, "seeds": [1, 0]}
    write_json(tmp_path / "training.json", {"settings": {"epochs": 2, "batch_size": 128, "threads": 1}})
    folder = tmp_path / "models/mse/0"
    folder.mkdir(parents=True)
    (tmp_path / "training.json").rename(folder / "training.json")
    recorded = Results(tmp_path).trained({"mse": experiment, "new": experiment})
    assert recorded == {"mse": experiment | {"epochs": 2}, "new": experiment}
