"""The benchmark of the search: the same books every time, and a whole run on a very small catalogue."""

import json
from pathlib import Path

import numpy as np
import pytest
from stdnum import isbn

from bench.search import catalogue, generator, outcome, place, queries
from bench.search.__main__ import run
from catalog.models import Edition, Holding
from catalog.search import search
from catalog.search.query import SearchQuery

FEW = 300


@pytest.fixture(scope="module")
def books() -> generator.Books:
    return generator.books(0, generator.CHUNK)


def test_the_same_books_come_out_every_time(books: generator.Books) -> None:
    again = generator.books(0, FEW)
    for name, column in vars(again).items():
        if name != "copies":
            assert list(column) == list(getattr(books, name)[:FEW]), name
    for name, column in vars(again.copies).items():
        assert list(column) == list(getattr(books.copies, name)[: len(column)]), name


def test_the_books_are_spread_like_those_of_a_union_catalogue(books: generator.Books) -> None:
    chinese = [title for title, language in zip(books.title, books.language, strict=True) if language == "chi"]
    assert 0.83 < len(chinese) / len(books) < 0.86
    assert 0.15 < np.mean(["中国" in title for title in chinese]) < 0.20
    assert 2.9 < len(books.copies.edition) / len(books) < 3.2
    holders = np.bincount(books.copies.edition - 1)
    assert 0.57 < np.mean(holders == 1) < 0.61
    assert len(set(zip(books.copies.edition, books.copies.library, strict=True))) == len(books.copies.edition)
    assert all(isbn.is_valid(number) for number in books.isbn if number)


def test_sizes_are_read_and_written() -> None:
    assert [place.number(text) for text in ("300", "100k", "10M")] == [300, 100_000, 10_000_000]
    assert [place.in_words(size) for size in (300, 100_000, 10_000_000)] == ["300", "100k", "10M"]
    with pytest.raises(ValueError, match="many"):
        place.number("many")


@pytest.mark.django_db
def test_a_whole_run_on_a_small_catalogue(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    few_of_each = {kind: (4, low, high) for kind, (_wanted, low, high) in queries.KINDS.items()}
    monkeypatch.setattr(queries, "KINDS", few_of_each)
    catalogue.load(FEW, processes=1)
    catalogue.index(FEW, processes=1)
    assert Edition.objects.count() == FEW
    assert Holding.objects.count() == len(generator.books(0, FEW).copies.edition)
    some = Edition.objects.get(pk=FEW)
    assert some in [result.edition for result in search(SearchQuery(some.full_title)).results]

    sets = [queries.chosen(which, FEW, tmp_path, "test") for which in queries.SETS]
    assert sets == [queries.chosen(which, FEW, tmp_path, "test") for which in queries.SETS]
    listed = [
        {(case.query.text, case.query.route) for case in cases if case.kind in ("very broad", "single character")}
        for cases in sets
    ]
    assert all(listed)
    assert not listed[queries.WARM_UP] & listed[queries.CALLS]

    found = run(FEW, 1.0, sets, tmp_path, without=frozenset(("tantivy", "zebra", "clients")))
    outcome.show(found)
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert figures["records"] == FEW
    assert 0 < figures["search_p50_ms"] <= figures["search_p95_ms"] <= figures["search_max_ms"]
    assert figures["page_p95_ms"] > 0
    assert figures["page_sql"] == max(found.statements) > 0
    assert (figures["approx_share"], figures["count_error_p95"], figures["page1_agreement"]) == (0, 0, 1)
    unmeasured = {name for name, value in figures.items() if value is None}
    assert unmeasured == {"tantivy_p95_ms", "zebra_p95_ms", "ratio_tantivy_p95", "pages_per_s_8_clients"}
    assert set(found.missing) == {"tantivy", "zebra", "clients"}
