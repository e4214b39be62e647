"""Numbers are written as people read them."""

import pytest

from retrial.formats import format_percent, format_ratio, format_seconds


@pytest.mark.parametrize(("share", "text"), [(1.26, "126 %"), (0.035, "4 %"), (0.00027, "0.03 %")])
def test_shares_are_written_as_percentages(share, text):
    assert format_percent(share) == text


@pytest.mark.parametrize(("value", "text"), [(2e-5, "20 µs"), (1.5, "1.5 s"), (3e-9, "3 ns"), (0.25, "250 ms")])
def test_times_are_written_in_a_suitable_unit(value, text):
    assert format_seconds(value) == text


@pytest.mark.parametrize(("value", "text"), [(0.5, "0.5×"), (3.14159, "3.14×"), (12345, "12,345×")])
def test_speedups_are_written_with_a_times_sign(value, text):
    assert format_ratio(value) == text
