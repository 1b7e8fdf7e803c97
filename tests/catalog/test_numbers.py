"""How many, in words."""

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from catalog.templatetags.catalog_numbers import counted


@pytest.mark.parametrize(
    ("number", "exact", "chinese", "english"),
    [
        (849, True, "849", "849"),
        (213_456, True, "213,456", "213,456"),
        (0, False, "约 0", "about 0"),
        (16, False, "约 16", "about 16"),
        (256, False, "约 260", "about 260"),
        (9_960, False, "约 1 万", "about 10,000"),
        (12_345, False, "约 1.2 万", "about 12,000"),
        (213_456, False, "约 21 万", "about 210,000"),
        (1_234_567, False, "约 120 万", "about 1,200,000"),
        (12_345_678, False, "约 1,200 万", "about 12,000,000"),
    ],
)
def test_an_estimate_is_rounded_and_says_so(number: int, exact: bool, chinese: str, english: str) -> None:
    assert counted(number, exact) == chinese
    with override("en"):
        assert counted(number, exact) == english


@given(st.integers(0, 10**9))
def test_an_estimate_stays_within_five_percent_of_what_was_estimated(number: int) -> None:
    with override("en"):
        said = int(counted(number, exact=False).removeprefix("about ").replace(",", ""))
    assert abs(said - number) <= number * 0.05
