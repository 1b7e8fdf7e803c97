"""A search for one frequent word is answered from what the night kept of it, and is as the entries say."""

from collections.abc import Iterator
from dataclasses import replace
from unittest import mock

import numpy as np
import pytest

from catalog.models import Edition, FrequentToken, Holding, MemberLibrary
from catalog.search import SearchQuery, champions, hits, index, lists, search
from catalog.search.champions import Kept, Selection, plan_of, word_of
from catalog.search.check import wrong_lists
from catalog.search.facts import DTYPE, Facts, count, unpack
from catalog.search.frequencies import frequencies
from catalog.search.index import refresh
from catalog.search.maintenance import maintain
from catalog.search.narrowing import Narrowing
from catalog.search.plan import Condition, Plan, plans_for
from catalog.search.query import PAGE_SIZE
from catalog.search.stored import Stored
from catalog.search.tiers import BETWEEN_TITLES
from catalog.search.tokens import library_gram, token
from tests.catalog.broad import EDITIONS, NARROWED, everything, held_by_all, ids, library_code

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broad_shelves")]

ONE_WORD = [
    SearchQuery("数学"),
    SearchQuery("数"),
    SearchQuery("python"),
    SearchQuery("数学", route="title"),
    SearchQuery("王", route="author"),
    SearchQuery("清华", route="publisher"),
]


@pytest.fixture
def best_ranked() -> Iterator[mock.Mock]:
    """What looks for the page where the champions do not tell it."""
    with mock.patch.object(hits, "BestRanked", wraps=hits.BestRanked) as ranked:
        yield ranked


@pytest.mark.parametrize("query", ONE_WORD, ids=lambda query: f"{query.text} {query.route}")
def test_first_pages_are_told_by_the_champions(query: SearchQuery, best_ranked: mock.Mock) -> None:
    truth = everything(query)
    for number in (1, 2):
        page = search(replace(query, page=number))
        assert ids(page) == truth.page(number)
        assert (page.path, page.exact, page.total) == ("hot", True, len(truth.ids))
    assert not best_ranked.called


@pytest.mark.parametrize("query", ONE_WORD, ids=lambda query: f"{query.text} {query.route}")
def test_further_and_narrowed_pages_are_the_right_ones_too(query: SearchQuery, best_ranked: mock.Mock) -> None:
    told = 0
    for narrowed in NARROWED:
        asked = replace(query, **narrowed)
        truth = everything(asked)
        for number in range(1, min(4, truth.pages) + 1):
            best_ranked.reset_mock()
            assert ids(search(replace(asked, page=number))) == truth.page(number), (narrowed, number)
            told += not best_ranked.called
    assert told > 2


def test_champions_follow_all_kinds_of_changes(best_ranked: mock.Mock) -> None:
    """New, gone, hidden, another title, other copies, and one book twice: as if they were chosen anew."""
    books = [Edition.objects.get(pk=pk) for pk in everything(SearchQuery("数学")).ids[:6]]
    held_by_all("数学")
    Edition.objects.filter(pk=books[0].pk).update(title="围棋", authors=[], subjects=[])
    Edition.objects.filter(pk=books[1].pk).update(hidden=True)
    Edition.objects.filter(pk=books[2].pk).update(year=1951, title="论数学")
    Holding.objects.filter(edition=books[3]).delete()
    refresh([book.pk for book in books])
    Edition.objects.filter(pk=books[4].pk).update(title="现代数学")
    refresh([book.pk for book in books[2:]])
    for query in ONE_WORD:
        best_ranked.reset_mock()
        truth = everything(query)
        page = search(query)
        assert (page.exact, page.total, page.per_library) == (True, len(truth.ids), truth.per_library)
        assert ids(page) == truth.page(1)
        assert not best_ranked.called
        for number in (2, 3):
            assert ids(search(replace(query, page=number))) == truth.page(number)


def test_a_champion_that_fell_behind_the_last_one_is_none() -> None:
    """Between the last champion and it stand books of which the night kept nothing."""
    query = SearchQuery("数学")
    fallen = everything(query).ids[: PAGE_SIZE + 5]
    Edition.objects.filter(pk__in=fallen).update(title="数学和围棋", year=None)
    Holding.objects.filter(edition__in=fallen).exclude(library__code=library_code(0)).delete()
    for pk in fallen:
        refresh([pk])
    truth = everything(query)
    for number in (1, 2, truth.pages):
        assert ids(search(replace(query, page=number))) == truth.page(number)


def test_after_a_large_change_the_champions_are_not_asked(
    monkeypatch: pytest.MonkeyPatch, best_ranked: mock.Mock
) -> None:
    monkeypatch.setattr(index, "MOST_KEPT", 0)
    new = held_by_all("数学")
    page = search(SearchQuery("数学"))
    assert ids(page)[0] == new.pk
    assert (page.path, page.exact) == ("hot", False)
    assert best_ranked.called


def test_champions_of_another_word_with_the_same_hash_are_not_asked(best_ranked: mock.Mock) -> None:
    FrequentToken.objects.filter(pk=token("x数学")).update(word="x围棋")
    query = SearchQuery("数学")
    assert ids(search(query)) == everything(query).page(1)
    assert best_ranked.called


def test_two_grams_of_one_hash_have_no_champions() -> None:
    condition = Condition(("x数学", "x围棋"))
    condition.__dict__["tokens"] = (token("x数学"),)
    kept = champions.kept(Plan("words", condition, whole="数学围棋"), with_sample=False)
    assert kept is not None
    assert len(kept.champions) == 0
    assert kept.total == len(everything(SearchQuery("数学")).ids)


def test_a_text_with_the_same_grams_has_another_order(best_ranked: mock.Mock) -> None:
    query = SearchQuery("数学 数学")  # no title is 数学数学
    assert ids(search(query)) == everything(query).page(1)
    assert best_ranked.called


# --- Estimates by the sample ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "narrowed",
    [
        {"libraries": tuple(map(library_code, range(4)))},
        {"libraries": (library_code(2),)},
        {"libraries": (library_code(1),), "language": "chi"},
        {"year_from": 1970},
        {"clc": "O"},
    ],
    ids=str,
)
def test_what_is_narrowed_is_estimated_by_the_sample(narrowed: dict[str, object]) -> None:
    query = SearchQuery("数学", **narrowed)
    new = [held_by_all("数学", year=2024).pk for _number in range(3)]
    with mock.patch.object(hits, "_sampled") as by_classes:
        page = search(query)
    assert not by_classes.called
    truth = everything(query)
    assert not page.exact
    assert ids(page) == truth.page(1)
    assert set(new) <= set(ids(page))
    share = len(everything(SearchQuery("数学")).ids) / champions.SAMPLE
    assert page.total == pytest.approx(len(truth.ids), abs=3 * (share * len(truth.ids)) ** 0.5)
    if narrowed.keys() == {"libraries"}:
        assert page.per_library == truth.per_library
    if narrowed == {"libraries": (library_code(2),)}:
        assert page.total == len(truth.ids)


def test_where_the_sample_has_too_few_the_entries_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hits, "_FEW", champions.SAMPLE + 1)
    query = SearchQuery("数学", year_from=1970)
    with mock.patch.object(hits, "_sampled", wraps=hits._sampled) as by_classes:
        assert ids(search(query)) == everything(query).page(1)
    assert by_classes.called


def test_changed_editions_are_counted_once_beside_the_sample() -> None:
    plan = plans_for(SearchQuery("数学"))[0]
    first = champions.kept(plan, with_sample=True)
    assert first is not None
    changed = first.sample["id"][:3].tolist()
    Edition.objects.filter(pk__in=changed).update(year=1900)
    refresh(changed)
    kept = champions.kept(plan, with_sample=True)
    assert kept is not None
    assert (kept.scale, len(kept.beside)) == (first.scale, 3)
    assert not set(kept.sample["id"]) & set(changed)
    estimate = kept.estimate(Narrowing(SearchQuery("数学", year_to=1900)), 0)
    assert estimate is not None
    assert estimate.total == 3


# --- Several words together -------------------------------------------------------------------------------

NARROWED_TO_ONE = SearchQuery("数学", libraries=(library_code(3),))
SEVERAL = [
    SearchQuery("数学 方法"),
    SearchQuery("高等数学"),
    SearchQuery("数学物理 科学出版社"),
    SearchQuery("数学 王力"),
]


@pytest.mark.parametrize("query", SEVERAL, ids=lambda query: query.text)
def test_how_many_have_all_the_words_is_known_and_the_rest_is_estimated(query: SearchQuery) -> None:
    plan, known = plans_for(query)[0], frequencies()
    for _time in range(2):
        truth = everything(query)
        kept = lists.together(plan, known, Stored(), with_tiers=True)
        assert isinstance(kept, Kept)
        assert (kept.total, kept.exact, kept.counts) == (len(truth.ids), True, None)
        for narrowed in NARROWED[1:]:
            asked = replace(query, **narrowed)
            narrowing = Narrowing(asked, _slots(asked))
            estimate, right = kept.estimate(narrowing, 0), everything(asked)
            assert estimate is not None
            off = 3 * (max(1, kept.scale) * max(3, len(right.ids))) ** 0.5
            assert estimate.total == pytest.approx(len(right.ids), abs=off), narrowed
        page = search(query)
        assert page.total == len(truth.ids)
        assert ids(page) == truth.page(1)
        # and once more after changes: one more, one less, one that has other words now
        held_by_all(f"高等数学物理方法{_time}", authors=["王力"])
        first, second = truth.ids[:2]
        Edition.objects.filter(pk=first).update(hidden=True)
        Edition.objects.filter(pk=second).update(title="围棋", authors=[], subjects=[], publisher="")
        refresh([first, second])


def _slots(query: SearchQuery) -> frozenset[int]:
    return frozenset(MemberLibrary.objects.filter(code__in=query.libraries).values_list("slot", flat=True))


def test_very_frequent_words_that_few_editions_have_together_are_all_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    query = SearchQuery("数学 方法")
    assert not search(query).exact
    monkeypatch.setattr(lists, "FEW_TOGETHER", 1_000)
    with mock.patch.object(hits, "fetch") as fetch:
        page = search(query)
    truth = everything(query)
    assert not fetch.called
    assert (page.exact, page.total, page.per_library) == (True, len(truth.ids), truth.per_library)
    assert ids(page) == truth.page(1)


@pytest.mark.parametrize("query", [*ONE_WORD[:3], *SEVERAL], ids=lambda query: f"{query.text} {query.route}")
@pytest.mark.parametrize("sort", ["relevance", "year", "holdings"])
def test_what_few_libraries_hold_of_frequent_words_is_told_by_their_lists(
    query: SearchQuery, sort: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "FEW_TOGETHER", EDITIONS)
    monkeypatch.setattr(hits, "_ENOUGH_OF_FEW_LIBRARIES", EDITIONS)
    asked = replace(query, sort=sort, libraries=(library_code(0), library_code(5)))
    for narrowed in ({}, {"year_from": 1990}):
        asked = replace(asked, **narrowed)
        truth = everything(asked)
        with mock.patch.object(hits, "fetch") as fetch:
            page = search(asked)
        assert not fetch.called
        assert page.total == len(truth.ids)
        assert ids(page) == truth.page(1)
        held_by_all("高等数学物理方法 with Python", authors=["王力"], publisher="科学出版社")
        gone = truth.ids[0]
        Holding.objects.filter(edition=gone, library__code__in=asked.libraries).delete()
        refresh([gone])


@pytest.mark.parametrize("query", [ONE_WORD[0], SEVERAL[0]], ids=lambda query: query.text)
def test_whoever_asks_for_exact_numbers_gets_them_of_few_libraries_too(query: SearchQuery) -> None:
    asked = replace(query, count=True, libraries=(library_code(0), library_code(5)))
    truth, page = everything(asked), search(asked)
    assert not search(replace(asked, count=False)).exact
    assert (page.exact, page.total, page.per_library) == (True, len(truth.ids), truth.per_library)
    assert ids(page) == truth.page(1)


def test_a_library_without_a_list_is_asked_of_the_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "FEW_TOGETHER", EDITIONS)
    plan, known, slot = plans_for(SearchQuery("数学"))[0], frequencies(), next(iter(_slots(NARROWED_TO_ONE)))
    assert lists.held(plan, known, {slot}, Stored(), with_tiers=True) is not None
    assert lists.held(plans_for(SearchQuery("围棋"))[0], known, {slot}, Stored(), with_tiers=True) is None
    FrequentToken.objects.filter(pk=token(library_gram(slot))).delete()
    assert lists.held(plan, known, {slot}, Stored(), with_tiers=True) is None


def test_one_word_and_what_no_list_tells_is_not_estimated_so() -> None:
    known = frequencies()
    for query in (SearchQuery("数学"), SearchQuery("围棋 数学"), SearchQuery("“数学方法”")):
        assert lists.together(plans_for(query)[0], known, Stored(), with_tiers=True) is None
    FrequentToken.objects.update(sample=b"")
    assert lists.together(plans_for(SearchQuery("数学 方法"))[0], known, Stored(), with_tiers=True) is None


# --- What the night chooses -------------------------------------------------------------------------------


def test_readers_words_are_known_by_their_token() -> None:
    words = dict(FrequentToken.objects.exclude(word="").values_list("word", "token"))
    assert {"x数学", "t数学", "t数", "xpython", "a王", "p清华"} <= words.keys()
    assert all(token(word) == number for word, number in words.items())
    book = Edition.objects.filter(year__isnull=False).first()
    assert book is not None
    assert word_of(token(f"y{book.year}"), [book.pk]) == ""


@pytest.mark.parametrize("word", ["x数学", "t数", "a王"])
def test_parts_give_the_same_as_all_together(word: str) -> None:
    entries = [(unpack(facts), title) for facts, title in _entries(word)]
    whole, in_parts = Selection(word), Selection(word)
    whole.add(*_joined(entries))
    for start in range(0, len(entries), 70):
        in_parts.add(*_joined(entries[start : start + 70]))
    stored = FrequentToken.objects.get(word=word)
    for one in (in_parts, whole):
        assert one.champions == bytes(stored.champions)
        assert one.champion_tiers == bytes(stored.champion_tiers)
        assert one.sample == bytes(stored.sample)
    assert len(unpack(whole.champions)) == champions.CHAMPIONS
    assert plan_of(word).whole == ("" if word == "a王" else word[1:])


def test_a_sample_stays_the_same_as_long_as_its_editions_are_there() -> None:
    facts = np.zeros(5_000, DTYPE)
    facts["id"] = np.arange(1, 5_001)
    facts["year"] = 2000
    some, other = Selection(""), Selection("")
    some.add(facts, None)
    other.add(facts[facts["id"] % 10 > 0], None)
    drawn, without = (set(unpack(one.sample)["id"].tolist()) for one in (some, other))
    assert len(drawn) == len(without) == champions.SAMPLE
    assert {number for number in drawn if number % 10} <= without
    assert not some.champions
    assert count(unpack(some.sample), scale=2.5).facets["decade"] == {"2000": round(champions.SAMPLE * 2.5)}


def test_a_wrong_sample_is_told() -> None:
    assert list(wrong_lists()) == []
    new = held_by_all("数学")
    refresh([new.pk, *everything(SearchQuery("数学")).ids[:3]])
    assert list(wrong_lists()) == []
    stored = FrequentToken.objects.get(word="x数学")
    FrequentToken.objects.filter(word="x数学").update(sample=bytes(byte ^ 1 for byte in stored.sample))
    assert list(wrong_lists()) == [stored.token]


def test_before_the_first_night_after_an_update_searches_do_without(best_ranked: mock.Mock) -> None:
    FrequentToken.objects.update(word="", champions=b"", champion_tiers=b"", sample=b"")
    for query in (SearchQuery("数学"), SearchQuery("数学", year_from=1970)):
        assert ids(search(query)) == everything(query).page(1)
        assert best_ranked.called
    maintain()
    assert FrequentToken.objects.exclude(champions=b"").exists()


def _entries(word: str) -> list[tuple[bytes, str]]:
    from catalog.models import SearchEntry

    entries = SearchEntry.objects.filter(tokens__contains=[token(word)]).order_by("?")
    return [(bytes(facts), title) for facts, title in entries.values_list("facts", "folded_title")]


def _joined(entries: list[tuple[Facts, str]]) -> tuple[Facts, str]:
    return np.concatenate([facts for facts, _title in entries]), BETWEEN_TITLES.join(title for _facts, title in entries)
