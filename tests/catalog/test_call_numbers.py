"""Call numbers sort as the books stand."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.call_numbers import shelf_key

SHELVES = [
    ["A41/M217:1", "A41/M217:2", "B2/1", "D0-0/5", "TP3/9", "TP312C/23", "TP312C/123", "TP312JA/1", "TP316/2"],
    ["O13/04/1", "O13/04/2", "O13/S51", "O13/S6", "O13-43/1", "O13-44/1", "O131/1", "O172.1/2", "O177/1", "O2/1"],
    ["H31/2", "H31/10", "H31:TP3/1", "H310.4/2", "H319.4:I/7"],
    ["I247.5/99", "I247.57/2", "I247.57/12=2", "I247.58/1", "I25/1"],
    ["K928.3/1", "K928.71/1", "K928.9/1", ""],
]


@pytest.mark.parametrize("shelf", SHELVES, ids=lambda shelf: shelf[0])
def test_a_shelf_that_was_mixed_up_is_put_in_order_again(shelf: list[str]) -> None:
    mixed = shelf.copy()
    random.Random(7).shuffle(mixed)
    assert sorted(mixed, key=shelf_key) == shelf


def test_the_same_number_typed_wide_or_small_stands_in_one_place() -> None:
    assert shelf_key("ＴＰ３１２／２３") == shelf_key(" tp312/23 ")
    assert shelf_key("K2（3）") == shelf_key("K2(3)")


@given(st.lists(st.text(max_size=12), max_size=12))
def test_any_text_has_a_place(call_numbers: list[str]) -> None:
    once = sorted(call_numbers, key=shelf_key)
    assert sorted(once, key=shelf_key) == once
