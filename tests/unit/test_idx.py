"""The IDX reader accepts the format, and says what is wrong with any other file."""

import numpy as np
import pytest

from retrial.data.idx import read_idx, to_idx
from retrial.errors import InputError

IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
CONTENT = to_idx(IMAGES)


def test_an_array_that_is_written_can_be_read_back(tmp_path):
    (tmp_path / "a.idx").write_bytes(CONTENT)
    images = read_idx(tmp_path / "a.idx", ndim=3)
    assert images.dtype == np.uint8
    np.testing.assert_array_equal(images, IMAGES)


def test_the_header_is_the_same_as_in_the_files_of_mnist():
    assert to_idx(np.zeros((60000, 28, 28), np.uint8))[:16].hex() == "000008030000ea600000001c0000001c"
    assert to_idx(np.zeros(60000, np.uint8))[:8].hex() == "000008010000ea60"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "magic number is 0x, expected 0x00000803"),
        (b"\x1f\x8b" + CONTENT[2:], "magic number is 0x1f8b0803, expected 0x00000803"),
        (to_idx(np.zeros(5, np.uint8)), "magic number is 0x00000801, expected 0x00000803"),
        (CONTENT[:9], "9 bytes, expected a header of 16"),
        (CONTENT[:4] + bytes(4) + CONTENT[8:], r"header says \(0, 3, 4\)"),
        (CONTENT[:-1], r"39 bytes, expected 40 for the dimensions \(2, 3, 4\)"),
        (CONTENT + b"\0", r"41 bytes, expected 40 for the dimensions \(2, 3, 4\)"),
        (CONTENT[:4] + b"\xff" * 12 + CONTENT[16:], "40 bytes, expected 79228162458924105385300197391"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name(tmp_path, content, message):
    (tmp_path / "bad.idx").write_bytes(content)
    with pytest.raises(InputError, match=message) as error:
        read_idx(tmp_path / "bad.idx", ndim=3)
    assert str(tmp_path / "bad.idx") in str(error.value)
