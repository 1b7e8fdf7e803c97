"""The packed facts of a hit and the classes of rows: nothing is lost on the way, whatever the values."""

from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import MaterialType
from catalog.models.libraries import MOST_LIBRARIES
from catalog.search import facts
from catalog.search.classes import BEST, EVERYTHING, SAMPLES, rank_class, samples_of, with_classes

editions = st.fixed_dictionaries(
    {
        "edition_id": st.integers(1, facts.MOST_ID),
        "year": st.integers(0, 2100),
        "language": st.just("") | st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=3),
        "material_type": st.sampled_from(MaterialType.values),
        "clc": st.just("") | st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        "slots": st.sets(st.integers(0, MOST_LIBRARIES - 1)),
    }
)
shelves = st.lists(editions, max_size=30)


def packed(rows: list[dict[str, Any]]) -> facts.Facts:
    return facts.unpack(b"".join(facts.pack(**row) for row in rows))


@given(shelves)
def test_what_is_packed_comes_back(rows: list[dict[str, Any]]) -> None:
    found = packed(rows)
    assert found["id"].tolist() == [row["edition_id"] for row in rows]
    assert found["year"].tolist() == [row["year"] for row in rows]
    assert [set(row.nonzero()[0].tolist()) for row in facts.holder_bits(found)] == [set(row["slots"]) for row in rows]
    assert facts.holder_count(found).tolist() == [len(row["slots"]) for row in rows]
    assert facts.rank(found).tolist() == [facts.rank_of(len(row["slots"]), row["year"]) for row in rows]


@given(shelves)
def test_counts_are_those_of_the_rows(rows: list[dict[str, Any]]) -> None:
    counts = facts.count(packed(rows))
    assert counts.total == len(rows)
    assert counts.per_slot == Counter(slot for row in rows for slot in row["slots"])
    assert counts.facets == {
        "language": Counter(row["language"] for row in rows),
        "material_type": Counter(row["material_type"] for row in rows),
        "decade": Counter(str(row["year"] // 10 * 10) for row in rows),
        "clc": Counter(row["clc"] for row in rows),
    }
    assert facts.Counts.from_json(counts.as_json()) == counts


@given(shelves, st.sets(st.integers(0, MOST_LIBRARIES - 1), min_size=1, max_size=4), st.integers(1, 300))
def test_a_choice_of_libraries_narrows_all_but_the_counts_per_library(
    rows: list[dict[str, Any]], slots: set[int], scale: int
) -> None:
    found = packed(rows)
    mask = facts.held_by(found, slots)
    assert mask.tolist() == [bool(row["slots"] & slots) for row in rows]
    counts = facts.count(found, mask, scale)
    assert counts.total == sum(bool(row["slots"] & slots) for row in rows) * scale
    assert counts.per_slot == {slot: number * scale for slot, number in facts.count(found).per_slot.items()}
    assert all(sum(values.values()) == counts.total for values in counts.facets.values())


@given(
    shelves,
    st.sampled_from(["", "chi", "eng"]),
    st.sampled_from(["", *MaterialType.values]),
    st.sampled_from(["", "O", "T"]),
    st.none() | st.integers(-5000, 5000),
    st.none() | st.integers(-5000, 5000),
)
def test_facets_and_years_leave_the_right_rows(
    rows: list[dict[str, Any]], language: str, material_type: str, clc: str, first: int | None, last: int | None
) -> None:
    def stays(row: dict[str, Any]) -> bool:
        within = row["year"] > 0 and (first or 0) <= row["year"] <= (5000 if last is None else last)
        if (first, last) != (None, None) and not within:
            return False
        return (
            language in ("", row["language"])
            and material_type in ("", row["material_type"])
            and clc in ("", row["clc"])
        )

    mask = facts.narrowed(
        packed(rows), language=language, material_type=material_type, clc=clc, first_year=first, last_year=last
    )
    if mask is None:
        assert (language, material_type, clc, first, last) == ("", "", "", None, None)
    else:
        assert mask.tolist() == list(map(stays, rows))


def test_values_that_do_not_fit_count_as_unknown_or_are_refused() -> None:
    (odd,) = packed(
        [{"edition_id": 1, "year": -44, "language": "zh-Hant", "material_type": "", "clc": "一", "slots": ()}]
    )
    assert (odd["year"], odd["language"], odd["clc"], facts.holder_count(odd.reshape(1))[0]) == (0, 0, 0, 0)
    assert facts.count(odd.reshape(1)).facets["material_type"] == {"other": 1}
    with pytest.raises(facts.TooManyEditions):
        facts.pack(edition_id=2**32, year=2000, language="chi", material_type="book", clc="O", slots=())


def test_nothing_packed_is_nothing_found() -> None:
    assert facts.count(facts.unpack(None)) == facts.Counts()
    assert facts.count(facts.unpack(b"")).total == 0


tokens = st.lists(st.integers(-(2**31), 2**31 - 1), unique=True, min_size=1, max_size=40).map(sorted)


@given(tokens, st.integers(1, facts.MOST_ID), st.integers(0, len(BEST)))
def test_a_row_has_its_tokens_once_for_each_of_its_classes(own: list[int], edition_id: int, ranks: int) -> None:
    stored = with_classes(np.array(own, np.int32), edition_id, ranks).tolist()
    classes = [EVERYTHING, *samples_of(edition_id), *BEST[:ranks]]
    assert [stored[start : start + len(own)] for start in range(0, len(stored), len(own))] == [
        one.tokens(own) for one in classes
    ]
    assert all(-(2**31) <= number < 2**31 for number in stored)
    for one in (*SAMPLES, *BEST):
        assert [number ^ one.salt for number in one.tokens(own)] == own


def test_each_class_lies_in_the_next_wider_one_and_has_about_its_share() -> None:
    ids = range(1, 65_537)
    members = {sample: {pk for pk in ids if sample in samples_of(pk)} for sample in SAMPLES}
    for wider, narrower in pairwise(SAMPLES):
        assert members[narrower] < members[wider]
    for sample, found in members.items():
        assert len(found) == pytest.approx(len(ids) / sample.share, rel=0.25)
    salts = [one.salt for one in (EVERYTHING, *SAMPLES, *BEST)]
    assert len(set(salts)) == len(salts)


@given(st.lists(st.integers(0, 2**19), min_size=3, max_size=3).map(sorted), st.integers(0, 2**19))
def test_a_row_belongs_to_the_rank_classes_whose_cutoff_it_reaches(cutoffs: list[int], rank: int) -> None:
    ranks = rank_class(rank, cutoffs)
    assert all(rank >= cutoff for cutoff in cutoffs[:ranks])
    assert all(rank < cutoff for cutoff in cutoffs[ranks:])
    assert rank_class(rank, []) == 0
