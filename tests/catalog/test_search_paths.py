"""The paths of a broad search (hot, sample) show the pages that the exhaustive one does."""

import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from catalog.models import MemberLibrary
from catalog.search import SearchQuery, hits, search
from catalog.search.classes import SAMPLES
from catalog.search.plan import plans_for
from catalog.search.query import OPERATORS, PAGE_SIZE, ROUTES, SORTS, Clause
from catalog.search.stored import Stored
from tests.catalog.broad import (
    BROAD,
    LIBRARIES,
    NARROWED,
    everything,
    ids,
    library_code,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broad_shelves")]


@pytest.mark.parametrize("sort", ["relevance", "year", "holdings"])
@pytest.mark.parametrize("query", BROAD, ids=lambda query: f"{query.text} {query.route} {len(query.clauses)}")
def test_every_page_is_as_the_exhaustive_evaluation_orders_it(query: SearchQuery, sort: str) -> None:
    for narrowed in NARROWED:
        asked = replace(query, sort=sort, **narrowed)
        truth = everything(asked)
        for number in sorted({1, min(2, truth.pages), truth.pages}):
            shown = found_on_page(asked, number)
            assert shown == truth.page(number), (narrowed, number)


def found_on_page(query: SearchQuery, number: int) -> list[int]:
    """Ids of one page as catalog.search.search() gets them, without what is read to show them."""
    slots = dict(MemberLibrary.objects.values_list("code", "slot"))
    chosen = frozenset(slots[code] for code in query.libraries)
    offset = (number - 1) * PAGE_SIZE
    found = hits.find(plans_for(query)[0], query, Stored(), slots=chosen, limit=PAGE_SIZE, offset=offset)
    return found.page["id"].tolist()


def test_the_broad_searches_are_not_answered_by_fetching_everything() -> None:
    """Or the test above would compare the exhaustive evaluation with itself."""
    paths = {query: search(query).path for query in BROAD}
    assert paths[SearchQuery("数学")] == "hot"
    assert list(paths.values()).count("sample") > len(BROAD) / 2, paths


@pytest.mark.parametrize("query", BROAD, ids=lambda query: f"{query.text} {query.route} {len(query.clauses)}")
def test_numbers_are_the_true_ones_or_near_them_and_told_apart(query: SearchQuery) -> None:
    truth = everything(query)
    page = search(query)
    facets = {name: {facet.value: facet.count for facet in values} for name, values in page.facets.items()}
    if page.path in ("exact", "hot"):
        assert (page.exact, page.total, page.per_library) == (True, len(truth.ids), truth.per_library)
        assert facets == truth.counts.facets
    else:
        assert not page.exact
        # One book of sixteen is drawn: three standard deviations.
        off = 3 * (SAMPLES[0].share * len(truth.ids)) ** 0.5
        held = sum(truth.per_library.values())
        assert page.total == pytest.approx(len(truth.ids), abs=off)
        assert sum(page.per_library.values()) == pytest.approx(held, abs=off * held / len(truth.ids) * 1.5)
        assert facets["clc"].keys() <= truth.counts.facets["clc"].keys()


def test_the_order_by_title_of_too_many_hits_is_refused_and_told() -> None:
    page = search(SearchQuery("数学", sort="title"))
    assert page.notes
    assert ids(page) == ids(search(SearchQuery("数学")))
    few = SearchQuery("数学分析 王力", sort="title", libraries=(library_code(1),), year_from=2015)
    assert ids(search(few)) == everything(few).page(1)


# --- Whatever is asked ------------------------------------------------------------------------------------

texts = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "数学",
            "数",
            "高等数学",
            "python",
            "王力 数学",
            "gdsx",
            "“数学分析”",
            "9787040396638",
            "O1/1",
            "\x00",
            "\ud800",
        ]
    ),
)
years = st.none() | st.integers(-(10**6), 10**6) | st.integers(1940, 2030)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=texts,
    route=st.sampled_from([*ROUTES, "nonsense"]),
    sort=st.sampled_from([*SORTS, "nonsense"]),
    page=st.integers(-5, 200) | st.integers(-(10**12), 10**12),
    clauses=st.lists(
        st.builds(Clause, st.sampled_from([*OPERATORS, "nonsense"]), texts, st.sampled_from([*ROUTES, "nonsense"])),
        max_size=8,
    ).map(tuple),
    libraries=st.lists(st.integers(0, LIBRARIES).map(library_code) | st.text(max_size=5), max_size=3).map(tuple),
    year_from=years,
    year_to=years,
    decade=years,
    clc=st.sampled_from(["", "O", "Z"]),
    language=st.sampled_from(["", "chi", "xxx", "\x00"]),
    count=st.booleans(),
)
@example(  # more aliens than are taken out in all rounds
    text="PYTHON", route="all", sort="relevance", page=0, clauses=(Clause("nonsense", "PYTHON"),),
    libraries=("910001",), year_from=None, year_to=None, decade=None, clc="", language="", count=False,
)  # fmt: skip
def test_nothing_that_can_be_asked_is_an_error_or_slow(**asked: Any) -> None:
    started = time.monotonic(), time.process_time()

    page = search(SearchQuery(**asked))

    assert time.process_time() - started[1] < 1
    assert time.monotonic() - started[0] < 5
    assert page.total >= len(page.results)
    assert len(page.results) <= PAGE_SIZE
    assert page.problem or 1 <= page.query.page <= page.pages
    assert page.as_json()
    if asked["count"]:
        assert page.exact
