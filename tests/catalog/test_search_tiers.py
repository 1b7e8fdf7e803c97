"""Tiers from the titles that a statement brings along: where each text stands, and none where it does not fit."""

import numpy as np
import pytest

from catalog.search.facts import DTYPE
from catalog.search.plan import Condition, Plan
from catalog.search.tiers import tiers_of


def _tiers(plan: Plan, titles: list[str], *exact: list[int]) -> list[int]:
    facts = np.zeros(len(titles), DTYPE)
    facts["id"] = range(1, len(titles) + 1)
    return tiers_of(plan, facts, [" \x1e ".join(titles), *exact]).tolist()


def _plan(whole: str, *words: str) -> Plan:
    return Plan("words", Condition(("x",)), whole=whole, words=words)


def test_exact_begins_inside_and_the_rest() -> None:
    titles = ["高等数学", "高等数学教程", "新编高等数学", "线性代数"]
    assert _tiers(_plan("高等数学"), titles, [1]) == [0, 1, 2, 3]


def test_words_end_at_blanks() -> None:
    assert _tiers(_plan("and"), ["android", "and then", "now and then"], []) == [3, 1, 2]


@pytest.mark.parametrize("title", ["harry potter", "abcdef ghi", "a"])
def test_a_text_longer_than_the_only_title(title: str) -> None:
    """Title and author in one box, one hit, whose title is the beginning of what was typed."""
    assert _tiers(_plan(f"{title} rowling j k", title), [title], [], [1]) == [3]


def test_a_title_that_only_shares_the_hash_is_not_exact() -> None:
    assert _tiers(_plan("家"), ["家", "春秋"], [1, 2]) == [0, 3]
