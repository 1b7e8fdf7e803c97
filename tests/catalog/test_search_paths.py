"""The paths of a broad search (hot, sample) answer as the exhaustive one does, on a catalogue that is broad for them.

The thresholds are patched so that some 20 hits are already too many to fetch and put in order.
"""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from unittest import mock

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoDbBlocker

from catalog.models import Edition, FrequentToken, Holding, LibraryCategory, MemberLibrary, SearchEntry, SearchState
from catalog.search import SearchPage, SearchQuery, best, hits, index, maintenance, narrowing, rebuild, search
from catalog.search.facts import Counts
from catalog.search.frequencies import frequencies
from catalog.search.index import refresh
from catalog.search.maintenance import maintain
from catalog.search.plan import plans_for
from catalog.search.query import OPERATORS, PAGE_SIZE, ROUTES, SORTS, Clause
from catalog.search.stored import Stored
from catalog.search.tokens import token

pytestmark = pytest.mark.django_db

EDITIONS, LIBRARIES = 2000, 8
SMALL = {
    best: {"MOST_EXACT": 20, "_RARE": 5},
    narrowing: {"FEW_LIBRARIES": 2},
    hits: {
        "MOST_EXACT": 20,
        "MOST_SORTED": 50,
        "MOST_VERIFIED": 10,
        "_ENOUGH_OF_FEW_LIBRARIES": 10,
        "_ENOUGH": 30,
        "_FEW": 10,
    },
    maintenance: {"MOST_EXACT": 20, "FREQUENT": 5},
    rebuild: {"MOST_EXACT": 20},
}
BEFORE = ["", "", "", "高等", "应用", "工程", "经济", "现代"]
SUBJECTS = ["数学", "数学", "数学", "物理", "化学", "数学物理", "英语"]
AFTER = ["", "", "分析", "方法", "教程", "导论", "习题集", " with Python"]
AUTHORS = ["王力", "李明", "张华", "刘洋", "陈静", "Smith, John"]
PUBLISHERS = ["科学出版社", "高等教育出版社", "清华大学出版社"]


def library_code(number: int) -> str:
    return f"{910000 + number}"


@pytest.fixture(scope="module", autouse=True)
def shelves(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """2,000 books in eight libraries, counted; the thresholds are small."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, transaction.atomic():
        for module, values in SMALL.items():
            for name, value in values.items():
                patch.setattr(module, name, value)
        _fill()
        maintain()
        yield
        transaction.set_rollback(True)


def _fill() -> None:
    dice = random.Random(4)
    libraries = [
        MemberLibrary.objects.create(
            code=library_code(number), request_prefix=f"Q{chr(65 + number)}", category=LibraryCategory.NORMAL,
            name=f"第{number}馆", short_name=f"{number}馆",
        )
        for number in range(LIBRARIES)
    ]  # fmt: skip
    editions = Edition.objects.bulk_create(
        Edition(
            title="".join(map(dice.choice, (BEFORE, SUBJECTS, AFTER))),
            authors=[dice.choice(AUTHORS)],
            publisher=dice.choice(PUBLISHERS),
            year=dice.choice([None, *range(1950, 2025)]),
            language=dice.choices(["chi", "eng", "jpn"], [8, 1, 1])[0],
            material_type=dice.choices(["book", "thesis"], [9, 1])[0],
            clc=dice.choice(["O1", "O4", "O6", "H3"]),
        )
        for _number in range(EDITIONS)
    )
    as_of = timezone.now()
    Holding.objects.bulk_create(
        Holding(edition=edition, library=library, call_number=f"{edition.clc}/{edition.pk}", as_of=as_of)
        for edition in editions
        for library in dice.sample(libraries, min(dice.randint(1, 9), dice.randint(1, LIBRARIES)))
    )
    refresh([edition.pk for edition in editions])


def ids(page: SearchPage) -> list[int]:
    return [result.edition.pk for result in page.results]


@dataclass(frozen=True)
class Truth:
    """All hits in their order, and the counts, from the exhaustive evaluation."""

    ids: list[int]
    counts: Counts
    per_library: dict[str, int]

    def page(self, number: int) -> list[int]:
        return self.ids[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]

    @property
    def pages(self) -> int:
        return max(1, -(-len(self.ids) // PAGE_SIZE))


def everything(query: SearchQuery) -> Truth:
    slots = dict(MemberLibrary.objects.values_list("code", "slot"))
    chosen = frozenset(slots[code] for code in query.libraries)
    with mock.patch.object(hits, "aliens_among", return_value=set()):  # thousands of hits, and none shares a hash
        wanted = narrowing.Narrowing(query, chosen)
        found = hits._exact(plans_for(query)[0], wanted, frequencies(), Stored(), limit=2 * EDITIONS, offset=0)
    per_library = {code: found.counts.per_slot.get(slot, 0) for code, slot in slots.items()}
    return Truth(found.page["id"].tolist(), found.counts, per_library)


BROAD = [
    SearchQuery("数学"),
    SearchQuery("高等数学"),
    SearchQuery("数"),
    SearchQuery("数学", route="title"),
    SearchQuery("数学分析"),
    SearchQuery("数学 王力"),
    SearchQuery("科学出版社", route="publisher"),
    SearchQuery("李明", route="author"),
    SearchQuery("python"),
    SearchQuery("“数学物理”"),
    SearchQuery("O1", route="call_number"),
    SearchQuery("数学", clauses=(Clause("and", "李明", "author"),)),
    SearchQuery("数学", clauses=(Clause("or", "化学", "title"),)),
    SearchQuery("数学", clauses=(Clause("not", "高等", "title"),)),
    SearchQuery(
        "数学", clauses=(Clause("or", "英语"), Clause("not", "王力", "author"), Clause("and", "科学", "publisher"))
    ),
]  # fmt: skip
NARROWED: list[dict[str, Any]] = [
    {},
    {"libraries": (library_code(0), library_code(5))},
    {"language": "chi", "clc": "O"},
    {"year_from": 1980, "year_to": 2010},
    {"libraries": (library_code(3),), "decade": 1990, "material_type": "book"},
]


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
        assert page.total == pytest.approx(len(truth.ids), rel=0.5)
        assert sum(page.per_library.values()) == pytest.approx(sum(truth.per_library.values()), rel=0.5)
        assert facets["clc"].keys() <= truth.counts.facets["clc"].keys()


def test_the_order_by_title_of_too_many_hits_is_refused_and_told() -> None:
    page = search(SearchQuery("数学", sort="title"))
    assert page.notes
    assert ids(page) == ids(search(SearchQuery("数学")))
    few = SearchQuery("数学分析 王力", sort="title", libraries=(library_code(1),), year_from=2015)
    assert ids(search(few)) == everything(few).page(1)


# --- After the count --------------------------------------------------------------------------------------


def held_by_all(title: str, libraries: int = LIBRARIES, **fields: Any) -> Edition:
    edition = Edition.objects.create(title=title, **({"year": 2025, "language": "chi", "clc": "O1"} | fields))
    for library in MemberLibrary.objects.order_by("code")[:libraries]:
        Holding.objects.create(edition=edition, library=library, as_of=timezone.now())
    refresh([edition.pk])
    return edition


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
