"""Numbers as people read them."""

import pytest

from reports import wording


@pytest.mark.parametrize(
    "value, text",
    [
        (0, "0.000"),
        (0.125, "0.125"),
        (0.9996, "1.00"),
        (4.214, "4.21"),
        (9.996, "10.0"),
        (42.14, "42.1"),
        (99.96, "100"),
        (421.4, "421"),
        (999.6, "1,000"),
        (4214, "4,210"),
        (1234567.0, "1,230,000"),
        (None, "–"),
    ],
)
def test_three_significant_digits(value, text):
    assert wording.significant(value) == text


@pytest.mark.parametrize(
    "share, text",
    [(0, "0 %"), (0.00001, "< 0.01 %"), (0.00025, "0.025 %"), (0.123456, "12.3 %"), (1, "100 %")],
)
def test_a_share_that_is_not_nothing_is_never_shown_as_0(share, text):
    assert wording.percent(share) == text


def test_lists_and_plurals():
    assert wording.listed(["a"]) == "a" and wording.listed(["a", "b", "c"]) == "a, b and c"
    assert wording.plural(1, "finding") == "1 finding"
    assert wording.plural(2000, "finding") == "2,000 findings"


@pytest.mark.parametrize(
    "seconds, text",
    [(0, "0 s"), (59.6, "1 min 00 s"), (3599, "59 min 59 s"), (29100, "8 h 05 min")],
)
def test_durations(seconds, text):
    assert wording.duration(seconds).replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    "value, text",
    [(0, "0"), (999, "999"), (1000, "1.00 k"), (12_345_678, "12.3 M"), (7_890_000_000, "7.89 G")],
)
def test_large_counts_in_little_room(value, text):
    assert wording.rounded(value).replace("\u00a0", " ") == text
