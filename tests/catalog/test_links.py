"""Searches as addresses: what a permalink says and what it leaves out, and that bad input is passed over."""

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from catalog.links import Addresses, address_of, parameters_of, query_from, unread_years
from catalog.models import MaterialType, MemberLibrary
from catalog.search.query import LONGEST_TEXT, MOST_CLAUSES, OPERATORS, ROUTES, SORTS, Clause, SearchQuery


def read(address: str) -> SearchQuery:
    return query_from(QueryDict(address.partition("?")[2]))


# What a person may have typed, as query_from keeps it: no NUL (and no surrogates: they never come out of an address).
text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40).map(str.strip)
words = text.filter(bool)
queries = st.builds(
    SearchQuery,
    text=text,
    route=st.sampled_from(sorted(ROUTES)),
    libraries=st.lists(st.from_regex(r"[0-9]{6}", fullmatch=True), unique=True, max_size=5).map(tuple),
    page=st.integers(1, 10**9),
    sort=st.sampled_from(sorted(SORTS)),
    language=st.one_of(st.just(""), st.from_regex(r"[a-z]{3}", fullmatch=True)),
    material_type=st.sampled_from(["", *MaterialType.values]),
    decade=st.one_of(st.none(), st.integers(0, 999).map(lambda tens: tens * 10)),
    clc=st.sampled_from(["", "A", "O", "Z"]),
    clauses=st.lists(
        st.builds(Clause, st.sampled_from(sorted(OPERATORS)), words, st.sampled_from(sorted(ROUTES))),
        max_size=MOST_CLAUSES - 1,
    ).map(tuple),
    count=st.booleans(),
).flatmap(
    lambda query: st.tuples(
        st.one_of(st.none(), st.integers(1, 1900)), st.one_of(st.none(), st.integers(1900, 9999))
    ).map(lambda years: SearchQuery(**{**vars(query), "year_from": years[0], "year_to": years[1]}))
)


@given(query=queries)
def test_a_permalink_gives_the_search_it_was_made_from(query: SearchQuery) -> None:
    assert read(address_of(query)) == query


@given(query=queries, other=queries)
def test_links_beside_a_search_are_those_of_the_changed_search(query: SearchQuery, other: SearchQuery) -> None:
    for name in ("libraries", "decade", "clauses", "year_from", "text"):
        changed = SearchQuery(**{**vars(query), name: getattr(other, name), "page": 1, "count": False})
        assert Addresses(query).to(**{name: getattr(other, name)}) == address_of(changed)


def test_defaults_are_left_out() -> None:
    assert parameters_of(SearchQuery("x")) == [("q", "x")]
    query = SearchQuery("x", clauses=(Clause("and", "y"), Clause("not", "z", "title")), year_to=1999, count=True)
    assert parameters_of(query) == [
        ("q", "x"), ("q2", "y"), ("op3", "not"), ("q3", "z"), ("route3", "title"), ("to", "1999"), ("count", "1"),
    ]  # fmt: skip


def test_turning_pages_keeps_the_exact_count_and_anything_else_lets_go_of_it() -> None:
    query = SearchQuery("x", page=3, count=True)
    assert read(address_of(query, page=4)) == SearchQuery("x", page=4, count=True)
    assert read(address_of(query, clc="O")) == SearchQuery("x", clc="O")
    assert read(address_of(SearchQuery("x", page=3), count=True, page=3)) == query


def test_rows_without_words_are_passed_over() -> None:
    query = read("?q=&q2=+&q4=巴金&op4=or&route4=author&q9=nothing")
    assert query == SearchQuery("", clauses=(Clause("or", "巴金", "author"),))


@pytest.mark.parametrize(
    ("typed", "years", "unread"),
    [
        ("from=1990&to=2000", (1990, 2000), []),
        ("from=2000&to=1990", (1990, 2000), []),
        ("from=１９９０", (1990, None), []),
        ("to=+1990+", (None, 1990), []),
        ("from=&to=", (None, None), []),
        ("from=0&to=19905", (None, None), ["0", "19905"]),
        ("from=去年&to=-5", (None, None), ["去年", "-5"]),
        ("from=%00&to=1e3", (None, None), ["\x00", "1e3"]),
    ],
)
def test_years(typed: str, years: tuple[int | None, int | None], unread: list[str]) -> None:
    query = read("?q=x&" + typed)
    assert (query.year_from, query.year_to) == years
    assert unread_years(QueryDict(typed)) == unread


@pytest.mark.parametrize(
    "typed",
    [
        "route=nonsense", "sort=upwards", "page=0", "page=-1", "page=٣", "page=1.5", "language=chinese", "language=CHI",
        "material_type=cd", "decade=late", "clc=OO", "clc=o", "count=yes", "count=true", "op2=and", "route2=title",
        "library=none", "library=1234567", "library=٣٣٣٣٣٣", "group=nonsense", "unheard=of",
    ],
)  # fmt: skip
def test_what_is_not_understood_counts_as_not_given(typed: str) -> None:
    assert read(f"?q=x&{typed}") == SearchQuery("x")


def test_a_text_is_kept_a_little_longer_than_it_is_searched() -> None:
    assert len(read("?q=" + "x" * 10_000).text) == LONGEST_TEXT + 1
    assert read("?q=" + "+" * 300 + "x").text == "x"
    assert read("?q=a%00b").text == "a b"


@pytest.mark.django_db
def test_a_category_stands_for_its_members_and_all_members_for_all(
    bupt: MemberLibrary, cumtb: MemberLibrary, bnu: MemberLibrary
) -> None:
    assert read("?q=x&group=engineering").libraries == (bupt.code, cumtb.code)
    assert read(f"?q=x&group=engineering&library={bnu.code}").libraries == ()
    assert read(f"?q=x&scope=some&library={bnu.code}").libraries == (bnu.code,)
    assert read(f"?q=x&scope=all&library={bnu.code}").libraries == ()
    assert read("?q=x&scope=some&library=000000").libraries == ("000000",)  # said to be unknown, not taken for all
