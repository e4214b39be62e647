"""Numbers are written as people read them."""

import pytest

from retrial.formats import format_percent, format_ratio, format_seconds


@pytest.mark.parametrize(
    ("form", "texts"),
    [
        (format_percent, {1.26: "126 %", 0.035: "4 %", 0.00027: "0.03 %"}),
        (format_seconds, {2e-5: "20 µs", 1.5: "1.5 s", 3e-9: "3 ns", 0.25: "250 ms"}),
        (format_ratio, {0.5: "0.5×", 3.14159: "3.14×", 12345: "12,345×"}),
    ],
)
def test_shares_times_and_speedups_have_their_unit(form, texts):
    assert {value: form(value) for value in texts} == texts
