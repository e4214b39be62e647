"""A configuration file is read without running anything in it, and what is wrong with it is one line."""

import pytest

from retrial.errors import InputError
from retrial.yaml_files import read_yaml

BOMB = "\n".join(["a0: &a0 [x, x, x]", *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10))])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "found nothing, expected keys"),
        ("# only a comment\n", "found nothing, expected keys"),
        ("- a\n- b\n", r"found \['a', 'b'\], expected keys"),
        ("42", "found 42, expected keys"),
        ("a:\n\tb: 1\n", r"line 2: found character '\\t'"),
        ("a: [1, 2", "line 1: expected ',' or ']'"),
        ("a: !!python/object/apply:os.system [ls]", "line 1: could not determine a constructor"),
        ("a: 1\n---\nb: 2\n", "but found another document"),
        ("a: 2024-02-31", "found a value that YAML cannot make"),
        ("? [1, 2]\n: 3\n", "found unhashable key"),
        ("[" * 3000, "nested too deeply"),
        ("a: &a [*a]", "line 1: an alias stands for itself"),
        (BOMB, "aliases .* make 2e.* values"),
        ("a: " + "x" * 200_001, "200004 bytes, expected a configuration of at most"),
        ("__use_yte__: true\nepochs: ?print(1)\n", "found __use_yte__, with which Snakemake runs code"),
        ('{"__use_yte__": true}', "found __use_yte__"),
        ('{"a": 1, "a": 2}', "a key is defined twice"),
        ("a: 1\nb:\n  c: 5\n  c: 6\n", "'c' is defined twice below line 3"),
    ],
)
def test_a_file_that_is_no_configuration_is_one_line(tmp_path, text, message):
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as error:
        read_yaml(path)
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 500


def test_bytes_that_are_no_text_and_paths_that_are_no_files_are_one_line(tmp_path):
    (tmp_path / "latin.yaml").write_bytes("a: ü".encode("latin-1"))
    for path, message in (
        (tmp_path / "latin.yaml", "byte 3 is not UTF-8"),
        (tmp_path, "not a regular file"),
        (tmp_path / "missing.yaml", "no such file"),
        (tmp_path / ("x" * 300), "File name too long"),
    ):
        with pytest.raises(InputError, match=message):
            read_yaml(path)


def test_a_configuration_in_yaml_or_json_is_read(tmp_path):
    (tmp_path / "a.yaml").write_text("a: &x [1, 2]\nb: *x\n")
    (tmp_path / "a.json").write_text('{\n\t"a": [1, 2]}')
    assert read_yaml(tmp_path / "a.yaml") == {"a": [1, 2], "b": [1, 2]}
    assert read_yaml(tmp_path / "a.json") == {"a": [1, 2]}
