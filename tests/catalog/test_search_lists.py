"""The lists of frequent words say what the entries say, whatever changed since they were made."""

import io
from collections.abc import Iterator
from dataclasses import replace
from unittest import mock

import numpy as np
import pytest
from django.core.management import call_command
from pyroaring import BitMap

from catalog.management.commands import check_search
from catalog.models import Edition, FrequentToken, Holding
from catalog.search import SearchQuery, hits, index, lists, maintenance, search, statement
from catalog.search.check import wrong_lists
from catalog.search.facts import DTYPE
from catalog.search.frequencies import Frequencies, frequencies
from catalog.search.index import refresh
from catalog.search.lists import Bitmaps
from catalog.search.maintenance import maintain
from catalog.search.plan import plans_for
from catalog.search.rows import Rows
from catalog.search.statement import count_each, tokens_in_use
from catalog.search.stored import Stored
from catalog.search.tokens import LIBRARY_TOKENS, token
from tests.catalog.broad import BROAD, EDITIONS, NARROWED, everything, held_by_all, ids

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broad_shelves")]

LISTED = [
    SearchQuery("数学"),
    SearchQuery("数"),
    SearchQuery("高等数学"),
    SearchQuery("数学 王力"),
    SearchQuery("python"),
    SearchQuery("数学", route="title"),
    SearchQuery("李明", route="author"),
    SearchQuery("科学出版社", route="publisher"),
    SearchQuery("数学分析 高等教育出版社"),
]


@pytest.fixture(autouse=True)
def all_words_have_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (lists, hits, maintenance):
        monkeypatch.setattr(module, "MOST_EXACT", EDITIONS)
    maintain()


@pytest.fixture
def entries_read() -> Iterator[mock.Mock]:
    """What asks the entries where the lists do not tell."""
    with mock.patch.object(hits, "fetch", wraps=hits.fetch) as fetch:
        yield fetch


@pytest.mark.parametrize("query", LISTED, ids=lambda query: f"{query.text} {query.route}")
@pytest.mark.parametrize("sort", ["relevance", "year", "holdings"])
def test_a_search_by_lists_is_as_by_the_entries(query: SearchQuery, sort: str, entries_read: mock.Mock) -> None:
    for narrowed in NARROWED:
        asked = replace(query, sort=sort, **narrowed)
        truth = everything(asked)
        entries_read.reset_mock()
        page = search(asked)
        assert (page.total, page.per_library) == (len(truth.ids), truth.per_library)
        assert ids(page) == truth.page(1)
        if truth.ids:
            assert not entries_read.called, "the lists were not asked"


@pytest.fixture
def hardly_any_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bitmaps of all words, facts of hardly any: what is left is read by its ids."""
    for module in (lists, maintenance):
        monkeypatch.setattr(module, "MOST_EXACT", 10)
    maintain()


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_words_typed_apart_are_read_by_list_or_by_ids_as_few_or_many_have_both(
    share: float, monkeypatch: pytest.MonkeyPatch, entries_read: mock.Mock
) -> None:
    monkeypatch.setattr(lists, "_are_seldom_together", lambda _tokens, _known: True)
    monkeypatch.setattr(lists, "_MOST_OF_A_LIST", share)
    for text in ("数学 王力", "分析 李明", "数学 分析 科学出版社"):
        query = SearchQuery(text)
        truth = everything(query)
        entries_read.reset_mock()
        with mock.patch.object(lists, "rows_of", wraps=lists.rows_of) as asked:
            page = search(query)
        assert (page.total, page.per_library) == (len(truth.ids), truth.per_library)
        assert ids(page) == truth.page(1)
        assert not entries_read.called
        assert asked.call_count == 2  # the bitmaps, then the list or the entries


def test_long_lists_are_not_read_at_once_beside_a_word_that_few_editions_have() -> None:
    editions = {1: 2_500, 2: 40_000, 3: 300_000, 4: 1_500, 5: 700_000}
    known = Frequencies(editions, editions)
    assert lists._are_seldom_together([1, 2], known)
    assert not lists._are_seldom_together([1, 3], known)  # which every second edition has
    with mock.patch.object(lists, "_SHORT", 2_000):
        assert not lists._are_seldom_together([4, 2], known)  # it is short


@pytest.mark.parametrize("fewest", [0, EDITIONS])
def test_long_bitmaps_are_read_or_looked_for_in_the_entries(
    fewest: int, monkeypatch: pytest.MonkeyPatch, entries_read: mock.Mock
) -> None:
    """The third and further words of a search, where very many editions have them."""
    monkeypatch.setattr(lists, "_LONG", 0)
    monkeypatch.setattr(lists, "FEW_TOGETHER", fewest)
    for text in ("高等数学", "数学分析 王力", "数学 王力 科学出版社", "高等数学 高等教育出版社"):
        for by_list in (True, False):
            monkeypatch.setattr(lists, "_are_seldom_together", lambda _tokens, _known, by_list=by_list: not by_list)
            query = SearchQuery(text)
            truth = everything(query)
            entries_read.reset_mock()
            page = search(query)
            assert (page.total, page.per_library) == (len(truth.ids), truth.per_library)
            assert ids(page) == truth.page(1)
            assert not entries_read.called
    told = lists.numbers(
        [plans_for(SearchQuery(text))[0].condition.tokens for text in ("高等数学", "王力 李明")],
        frequencies(),
        Bitmaps(),
    )
    assert told == [len(everything(SearchQuery("高等数学")).ids), 0]


@pytest.mark.usefixtures("hardly_any_facts")
@pytest.mark.parametrize("sort", ["relevance", "holdings"])
def test_where_no_word_has_facts_the_entries_are_read_by_their_ids(sort: str, entries_read: mock.Mock) -> None:
    held_by_all("高等数学分析", authors=["王力"])
    for text in ("数学分析", "数学 王力", "高等数学 王力"):
        for narrowed in NARROWED:
            asked = SearchQuery(text, sort=sort, **narrowed)
            truth = everything(asked)
            entries_read.reset_mock()
            page = search(asked)
            assert (page.total, page.per_library) == (len(truth.ids), truth.per_library)
            assert ids(page) == truth.page(1)
            assert not entries_read.called


@pytest.mark.usefixtures("hardly_any_facts")
def test_very_many_entries_are_not_read_by_their_ids(monkeypatch: pytest.MonkeyPatch, entries_read: mock.Mock) -> None:
    monkeypatch.setattr(lists, "_MOST_BY_ID", 5)
    query = SearchQuery("数学 王力")
    assert ids(search(query)) == everything(query).page(1)
    assert entries_read.called


def test_how_many_have_all_words_is_told_by_the_lists_where_there_are_lists() -> None:
    texts = ("数学", "数学 王力", "王力 李明", "围棋", "数学 围棋")
    plans = [plans_for(SearchQuery(text))[0] for text in texts]
    told = lists.numbers([plan.condition.tokens for plan in plans], frequencies(), Bitmaps())
    right = [len(everything(SearchQuery(text)).ids) for text in texts]
    assert right[2:] == [0, 0, 0]
    assert told == [*right[:3], None, None]
    assert count_each(plans, 10_000, Bitmaps()) == right
    assert count_each(plans, 3, Bitmaps()) == [3, 3, 0, 0, 0]


# --- Words that are not frequent, of which only the ids are listed ----------------------------------------------


@pytest.fixture
def all_words_are_only_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "FREQUENT", EDITIONS + 1)
    maintain()
    assert not set(frequencies().editions) - LIBRARY_TOKENS
    assert len(frequencies().listed) > len(LIBRARY_TOKENS)


@pytest.mark.usefixtures("all_words_are_only_listed")
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_rare_words_typed_apart_are_read_by_their_ids_where_few_editions_have_both(
    share: float, monkeypatch: pytest.MonkeyPatch, entries_read: mock.Mock
) -> None:
    monkeypatch.setattr(lists, "_MOST_OF_A_RARE_WORD", share)
    held_by_all("高等数学分析", authors=["王力"])
    for text in ("数学 王力", "分析 李明", "分析 科学出版社", "王力 李明"):
        for narrowed in NARROWED:
            query = SearchQuery(text, **narrowed)
            truth = everything(query)
            entries_read.reset_mock()
            page = search(query)
            assert (page.total, page.per_library) == (len(truth.ids), truth.per_library)
            assert ids(page) == truth.page(1)
            if truth.ids:  # else other ways to read the words are tried
                assert entries_read.called == (share == 0)


@pytest.mark.usefixtures("all_words_are_only_listed")
def test_the_rows_of_one_rare_word_are_gathered(entries_read: mock.Mock) -> None:
    for query in (SearchQuery("数学"), SearchQuery("高等数学"), SearchQuery("李明", route="author")):
        entries_read.reset_mock()
        assert ids(search(query)) == everything(query).page(1)
        assert entries_read.called


@pytest.mark.usefixtures("all_words_are_only_listed")
def test_of_rare_words_hardly_more_than_the_ids_is_kept() -> None:
    row = FrequentToken.objects.get(pk=token("x数学"))
    assert (row.counts, row.facts, row.word, bytes(row.champions), bytes(row.sample)) == (None, None, "", b"", b"")
    assert set(BitMap.deserialize(bytes(row.ids))) == set(everything(SearchQuery("数学")).ids)
    assert list(wrong_lists()) == []
    FrequentToken.objects.filter(pk=row.pk).update(ids=FrequentToken.objects.get(pk=token("x王力")).ids)
    assert list(wrong_lists()) == [row.pk]


def test_a_token_that_is_listed_is_in_use_and_not_looked_for() -> None:
    sought = [token("x数学"), token("xpython"), token("x没有")]
    with mock.patch.object(statement, "rows_of", wraps=statement.rows_of) as asked:
        assert tokens_in_use(sought[:2]) == set(sought[:2])
        assert not asked.called
        assert tokens_in_use(sought) == set(sought[:2])
    held_by_all("没有")
    assert tokens_in_use(sought) == set(sought)


def test_suggestions_read_each_bitmap_once() -> None:
    with mock.patch.object(lists, "_bitmaps", wraps=lists._bitmaps) as read:
        page = search(SearchQuery("高等数学李明英语分析"))
    assert page.suggestions
    asked = [one for call in read.call_args_list for one in call.args[0]]
    assert asked
    assert len(asked) == len(set(asked))


def test_lists_follow_all_kinds_of_changes(entries_read: mock.Mock) -> None:
    """New, gone, hidden, another title, other copies, and one book twice: as if they were made anew."""
    books = list(Edition.objects.filter(title__contains="数学").order_by("pk")[:6])
    new = held_by_all("数学", libraries=3, authors=["王力"])
    Edition.objects.filter(pk=books[0].pk).update(title="围棋", authors=[])
    Edition.objects.filter(pk=books[1].pk).update(hidden=True)
    Edition.objects.filter(pk=books[2].pk).update(year=1951, language="rus", authors=["王力"])
    Holding.objects.filter(edition=books[3]).delete()
    refresh([book.pk for book in books])
    Edition.objects.filter(pk=books[4].pk).update(title="数学")
    refresh([book.pk for book in books[2:]])
    for query in LISTED:
        truth = everything(query)
        entries_read.reset_mock()
        page = search(query)
        assert not entries_read.called
        assert (page.exact, page.total, page.per_library) == (True, len(truth.ids), truth.per_library)
        assert ids(page) == truth.page(1)
    assert new.pk in ids(search(SearchQuery("数学 王力")))


def test_after_a_large_change_the_entries_are_asked(monkeypatch: pytest.MonkeyPatch, entries_read: mock.Mock) -> None:
    monkeypatch.setattr(index, "MOST_KEPT", 0)
    new = held_by_all("数学")
    assert ids(search(SearchQuery("数学")))[0] == new.pk
    assert entries_read.called


def test_what_a_list_cannot_tell_is_asked_of_the_entries() -> None:
    known = frequencies()
    untold = [
        SearchQuery("“数学物理”"),
        SearchQuery("shuxue", route="pinyin"),
        SearchQuery("围棋"),
        *(query for query in BROAD if query.clauses),
    ]
    for query in untold:
        assert lists.fetch(plans_for(query)[0], known, Stored(), with_tiers=True) is None, query


def test_a_list_that_has_just_gone_is_not_missed(entries_read: mock.Mock) -> None:
    """Counted anew between two looks at the frequencies, and the word is no longer frequent."""
    query = SearchQuery("数学 王力")
    truth = everything(query)
    FrequentToken.objects.filter(pk=token("x王力")).delete()
    assert ids(search(query)) == truth.page(1)
    assert entries_read.called


def test_only_words_of_which_all_hits_are_counted_have_their_facts_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (lists, maintenance):
        monkeypatch.setattr(module, "MOST_EXACT", 100)
    maintain()
    rows = FrequentToken.objects.all()
    assert {(row.counts is not None, row.facts is not None) for row in rows} == {
        (True, True), (True, False), (False, False)
    }  # fmt: skip
    for row in rows:
        is_short = row.counts is not None and row.editions <= 100
        assert (row.facts is not None) == (row.titles is not None) == is_short
        assert len(BitMap.deserialize(bytes(row.ids))) == row.editions


def test_packed_ids_are_those_of_the_facts() -> None:
    facts = np.zeros(3, DTYPE)
    facts["id"] = [7, 2**32 - 1, 1]
    assert list(BitMap.deserialize(lists.packed_ids(facts))) == [1, 7, 2**32 - 1]


def test_rows_are_joined_in_parallel() -> None:
    facts = np.zeros(2, DTYPE)
    facts["id"] = [1, 2]
    one = Rows(facts, np.array([3, 4], np.uint8), ["a", "b"])
    joined = one + one.only(np.array([False, True]))
    assert joined.facts["id"].tolist() == [1, 2, 2]
    assert joined.tiers.tolist() == [3, 4, 4]
    assert joined.titles == ["a", "b", "b"]


# --- manage.py check_search ---------------------------------------------------------------------------------


def test_lists_are_as_the_entries_say_after_changes_too() -> None:
    assert list(wrong_lists()) == []
    held_by_all("数学")
    first = Edition.objects.filter(title="高等数学").earliest("pk")
    Edition.objects.filter(pk=first.pk).update(title="围棋")
    refresh([first.pk])
    assert list(wrong_lists()) == []


@pytest.mark.parametrize("column", ["ids", "facts", "titles", "champions", "champion_tiers"])
def test_a_wrong_list_is_told_and_mended(column: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_search, "differences", lambda: iter(()))  # of the entries: the ids begin high
    listed = FrequentToken.objects.get(pk=token("x王力"))
    other = FrequentToken.objects.get(pk=token("x李明"))
    assert listed.facts is not None
    assert listed.titles is not None
    if column == "ids":
        wrong = other.ids
    elif column == "titles":
        wrong = listed.titles.replace("数".encode("utf-16-le"), "书".encode("utf-16-le"))
    else:
        wrong = bytes(byte ^ 1 for byte in getattr(listed, column))
    FrequentToken.objects.filter(pk=listed.pk).update(**{column: wrong})
    assert list(wrong_lists()) == [listed.pk]
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("check_search", stdout=out)
    assert "1 differ from the entries" in out.getvalue()
    call_command("check_search", "--repair", stdout=out)
    assert list(wrong_lists()) == []


def test_what_was_counted_before_there_were_lists_is_passed_over_until_the_next_night(entries_read: mock.Mock) -> None:
    FrequentToken.objects.update(ids=b"", facts=None, titles=None)
    assert list(wrong_lists()) == []
    query = SearchQuery("数学 王力")
    assert ids(search(query)) == everything(query).page(1)
    assert entries_read.called


def test_lists_that_are_not_used_are_not_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "MOST_KEPT", 0)
    held_by_all("数学")
    assert list(wrong_lists()) == []
