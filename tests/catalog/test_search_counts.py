"""After the nightly count: its numbers, and the classes of rows, follow every change of the catalogue."""

from dataclasses import replace
from typing import Any
from unittest import mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import Edition, FrequentToken, Holding, MemberLibrary, SearchEntry, SearchState
from catalog.search import SearchQuery, hits, index, search
from catalog.search.index import refresh
from catalog.search.maintenance import maintain
from catalog.search.query import PAGE_SIZE, SORTS, Clause
from catalog.search.tokens import token
from tests.catalog.broad import (
    BROAD,
    EDITIONS,
    everything,
    held_by_all,
    ids,
    library_code,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broad_shelves")]


def test_a_book_saved_after_the_count_is_found_at_once_and_counted() -> None:
    before = search(SearchQuery("数学"))

    new = held_by_all("数学")

    after = search(SearchQuery("数学"))
    assert ids(after)[0] == new.pk
    assert (after.path, after.exact, after.total) == ("hot", True, before.total + 1)
    assert after.per_library == {code: number + 1 for code, number in before.per_library.items()}
    assert ids(search(SearchQuery("数学", sort="holdings")))[0] == new.pk
    assert ids(search(SearchQuery("高等数学", clauses=(Clause("or", "数学", "title"),), sort="holdings")))[0] == new.pk


def test_the_first_book_of_a_decade_stands_first_by_year() -> None:
    new = held_by_all("数学", libraries=1, year=2031)
    assert ids(search(SearchQuery("数学", sort="year")))[0] == new.pk
    assert ids(search(SearchQuery("数学 方法", sort="year", clauses=(Clause("or", "数学"),))))[0] == new.pk


def test_books_without_a_year_are_the_last_by_year() -> None:
    query = SearchQuery("数学", sort="year")
    truth = everything(query)
    shown = search(replace(query, page=truth.pages))
    assert ids(shown) == truth.page(truth.pages)
    assert shown.results[-1].edition.year is None


def test_a_page_beyond_the_end_is_the_last_one_and_found_at_once() -> None:
    for query in BROAD:
        for narrowed in ({}, {"libraries": (library_code(1),), "year_from": 1990}):
            asked = replace(query, page=10**9, **narrowed)
            truth = everything(asked)
            with CaptureQueriesContext(connection) as queries:
                page = search(asked)
            assert page.query.page == truth.pages
            assert ids(page) == truth.page(truth.pages)
            assert len(queries) < 40, len(queries)


def test_hot_counts_follow_all_kinds_of_changes() -> None:
    """New, gone, hidden, another title, other copies, and one book twice: as if everything were counted anew."""
    books = list(Edition.objects.filter(title__contains="数学").order_by("pk")[:6])
    held_by_all("数学漫谈", libraries=3)
    Edition.objects.filter(pk=books[0].pk).update(title="围棋", authors=[])
    Edition.objects.filter(pk=books[1].pk).update(hidden=True)
    Edition.objects.filter(pk=books[2].pk).update(year=1951, language="rus")
    Holding.objects.filter(edition=books[3]).delete()
    refresh([book.pk for book in books])
    Edition.objects.filter(pk=books[2].pk).update(year=1952)
    Edition.objects.filter(pk=books[4].pk).update(clc="Z1")
    refresh([book.pk for book in books[2:]])
    for text in ("数学", "教程"):
        truth, page = everything(SearchQuery(text)), search(SearchQuery(text))
        assert (page.path, page.exact, page.total) == ("hot", True, len(truth.ids))
        assert page.per_library == truth.per_library
        facets = {name: {facet.value: facet.count for facet in values} for name, values in page.facets.items()}
        assert facets == truth.counts.facets


def test_after_a_large_change_hot_counts_are_estimates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "MOST_KEPT", 0)
    held_by_all("数学")
    page = search(SearchQuery("数学"))
    assert (page.path, page.exact) == ("hot", False)


@pytest.mark.parametrize("sort", SORTS)
def test_what_few_libraries_hold_is_fetched_whole_or_sampled_and_paged_alike(
    monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    for enough in (10, 10_000):
        monkeypatch.setattr(hits, "_ENOUGH_OF_FEW_LIBRARIES", enough)
        for query in BROAD:
            asked = replace(query, sort=sort, libraries=(library_code(0), library_code(5)))
            truth = everything(asked)
            page = search(asked)
            assert page.total == pytest.approx(len(truth.ids), rel=0.8)
            if enough == 10_000:  # nothing of it is estimated
                assert page.total == len(truth.ids)
            if sort != "title":
                assert ids(page) == truth.page(1)


def rank_class(edition: Edition) -> int:
    return SearchEntry.objects.get(pk=edition.pk).rank_class


def test_the_rank_class_follows_the_holdings() -> None:
    edition = held_by_all("数学漫谈", libraries=1, year=1950)
    assert rank_class(edition) == 0
    for library in MemberLibrary.objects.exclude(holdings__edition=edition):
        Holding.objects.create(edition=edition, library=library, as_of=timezone.now())
    Edition.objects.filter(pk=edition.pk).update(year=2025)
    refresh([edition.pk])
    assert rank_class(edition) == 3
    assert edition.pk in ids(search(SearchQuery("数学", sort="holdings")))
    Holding.objects.filter(edition=edition).delete()
    refresh([edition.pk])
    assert rank_class(edition) == 0


def test_rank_classes_hold_about_their_share() -> None:
    cutoffs = SearchState.objects.get().rank_cutoffs
    assert cutoffs == sorted(cutoffs)
    sizes = [SearchEntry.objects.filter(rank_class__gt=place).count() for place in range(3)]
    assert EDITIONS / 16 <= sizes[0] <= EDITIONS / 16 * 2
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] >= 1


def snapshot() -> tuple[Any, ...]:
    entries = SearchEntry.objects.order_by("pk").values_list("pk", "tokens", "grams", "rank_class", "facts")
    return (
        [(pk, tokens, grams, ranks, bytes(packed)) for pk, tokens, grams, ranks, packed in entries],
        list(FrequentToken.objects.order_by("pk").values_list("token", "editions", "counts")),
        list(SearchState.objects.values_list("rank_cutoffs", flat=True)),
    )


def test_counting_twice_changes_nothing() -> None:
    before = snapshot()
    maintain()
    assert snapshot() == before


def test_counting_after_changes_makes_exact_again() -> None:
    held_by_all("数学")
    maintain()
    page = search(SearchQuery("数学"))
    assert (page.path, page.exact, page.total) == ("hot", True, len(everything(SearchQuery("数学")).ids))


@pytest.mark.parametrize("fate", ["hidden", "merged"])
def test_what_readers_must_not_see_leaves_the_broad_searches_too(fate: str) -> None:
    first = Edition.objects.get(pk=ids(search(SearchQuery("数学")))[0])
    if fate == "hidden":
        first.hidden = True
    else:
        first.merged_into = Edition.objects.exclude(pk=first.pk).earliest("pk")
    first.save()
    refresh([first.pk])
    for query in BROAD:
        assert first.pk not in ids(search(query))
        assert first.pk not in ids(search(replace(query, sort="holdings")))


def test_an_alien_with_the_hashes_of_the_best_book_is_not_shown() -> None:
    """32 bits collide: an entry of another book with all tokens of the books that rank best."""
    best = SearchEntry.objects.get(pk=ids(search(SearchQuery("数学")))[0])
    alien = held_by_all("围棋入门", year=2030)
    SearchEntry.objects.filter(pk=alien.pk).update(tokens=best.tokens, grams=best.grams, rank_class=best.rank_class)
    queries = [
        SearchQuery("数学", sort=sort, count=count) for sort in ("relevance", "holdings") for count in (True, False)
    ]
    for query in queries:
        page = search(query)
        assert alien.pk not in ids(page), query
        assert len(page.results) >= PAGE_SIZE - 1, query


def test_a_hash_that_two_frequent_words_share_still_tells_them_apart() -> None:
    real = token

    def colliding(gram: str) -> int:
        return real("x化学" if gram == "x英语" else gram)

    chemistry = held_by_all("化学之美", year=2030)
    with mock.patch("catalog.search.plan.token", colliding):
        page = search(SearchQuery("英语"))
        assert chemistry.pk not in ids(page)
        assert all("英语" in result.edition.title for result in page.results)
