"""A record that fits several editions: what hangs together is grouped anew, ids lead on, decisions of people stand."""

from itertools import permutations

import pytest
from django.db import transaction

from catalog.importing import import_file
from catalog.importing.regroup import Record, cluster
from catalog.marc.bibliographic import Bibliographic
from catalog.marc.record import Field
from catalog.merging import keys_of
from catalog.models import Edition, Holding, SearchEntry, SourceRecord
from catalog.review.services import keep_apart
from tests.catalog.records import cnmarc_book, iso_file

HARDCOVER, PAPERBACK = "9787503717444", "9787040396638"


def groups() -> set[frozenset[str]]:
    members: dict[int, set[str]] = {}
    for edition, number in SourceRecord.objects.order_by().values_list("edition", "local_id"):
        members.setdefault(edition, set()).add(number)
    return {frozenset(numbers) for numbers in members.values()}


@pytest.fixture
def bring(tmp_path, cumtb):
    return lambda *records: import_file(path=iso_file(tmp_path, *records), library=cumtb, by="test")


def chain():
    """Each is the same as the next by ISBN, but the first and the last are two years apart."""
    return [cnmarc_book(f"y{year}", isbn=HARDCOVER, year=str(year)) for year in (2014, 2015, 2016)]


def bound_twice():
    """A library with the hard cover, one with the paperback, and one that has both on one record."""
    both = cnmarc_book("both", isbn=HARDCOVER, more=[Field.data_field("010", " ", " ", [("a", PAPERBACK)])])
    return [cnmarc_book("hard", isbn=HARDCOVER), cnmarc_book("soft", isbn=PAPERBACK), both]


@pytest.mark.django_db
@pytest.mark.parametrize("books", [chain, bound_twice])
@pytest.mark.parametrize("at_once", [True, False])
def test_every_order_gives_the_same_groups(bring, books, at_once):
    results = set()
    for order in permutations(books()):
        with transaction.atomic():
            for records in [order] if at_once else [[record] for record in order]:
                bring(*records)
            results.add(frozenset(groups()))
            transaction.set_rollback(True)
    assert len(results) == 1
    assert len(*results) == (2 if books is chain else 1)


@pytest.mark.django_db
def test_the_oldest_edition_keeps_its_id_and_the_other_leads_to_it(bring):
    hard, soft, both = bound_twice()
    bring(hard)
    bring(soft)
    first, second = Edition.objects.order_by("pk")
    bring(both)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.merged_into, second.merged_into) == (None, first)
    assert set(first.isbns) == {HARDCOVER, PAPERBACK}
    assert set(Holding.objects.values_list("edition", flat=True)) == {first.pk}, "the copies come along"
    assert list(SearchEntry.objects.values_list("edition", flat=True)) == [first.pk], "search knows one book"
    assert set(SourceRecord.objects.values_list("match_rule", flat=True)) == {"own", "isbn"}


@pytest.mark.django_db
def test_what_people_keep_apart_stays_apart(bring):
    hard, soft, both = bound_twice()
    bring(hard)
    bring(soft)
    a, b = Edition.objects.order_by("pk")
    keep_apart(a=a, b=b, by="center")
    bring(both)
    editions = dict(SourceRecord.objects.values_list("local_id", "edition"))
    assert editions["hard"] == a.pk
    assert editions["soft"] == b.pk


def test_clusters_never_hold_a_contradiction():
    described = [("上册", 2014), ("上", 2014), ("下册", 2014), ("下", 2015), ("", 2014)]
    records = [
        Record(n, n, keys_of(Bibliographic(title="高等数学", volume=volume, year=year, isbns=[HARDCOVER])))
        for n, (volume, year) in enumerate(described, 1)
    ]
    found = {tuple(r.source_id for r in group) for group in cluster(records)}
    assert found == {(1, 2), (3, 4), (5,)}
