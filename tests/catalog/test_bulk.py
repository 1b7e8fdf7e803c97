"""Rows written in bulk read back as they were, whatever their texts hold."""

import pytest
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone

from catalog import bulk
from catalog.models import Edition, Holding, MemberLibrary, SearchEntry, SourceRecord

pytestmark = pytest.mark.django_db
ODD = 'C++ "{a,b}" \\ tab\t line\n\r null \\N 數學 𠀀 \x1f'


def test_every_type_of_column_is_inserted_and_read_back(cumtb: MemberLibrary) -> None:
    edition = Edition(title=ODD, authors=[ODD, "", "NULL", "{}"], notes=[], year=None, isbns=["9787302000006"])
    bulk.insert([edition, other := Edition(title="线性代数", year=2001, hidden=True)])
    record = SourceRecord(
        library=cumtb, local_id="k1", raw=bytes(range(256)), parse_log=[ODD], edition=edition, match_score=0.5,
        match_keys={"title": ODD, "isbns": ["1"]}, seen_at=timezone.now(),
    )  # fmt: skip
    bulk.insert([record])
    copy = Holding(library=cumtb, edition=edition, source_record=record, note=ODD, as_of=timezone.now())
    bulk.insert([copy])
    for row in (edition, other, record, copy):
        stored = type(row).objects.get(pk=row.pk)
        for field in row._meta.concrete_fields:
            value = getattr(stored, field.attname)
            value = bytes(value) if isinstance(value, memoryview) else value
            if field.name not in ("created_at", "updated_at"):
                assert value == getattr(row, field.attname), field.name
            else:
                assert value is not None


def test_stored_rows_are_updated_in_the_fields_named_alone() -> None:
    bulk.insert([edition := Edition(title="高等数学", authors=["甲"])])
    edition.title, edition.authors, edition.publisher = ODD, [ODD], "unsaved"
    bulk.update([edition], ["title", "authors"])
    stored = Edition.objects.get(pk=edition.pk)
    assert (stored.title, stored.authors, stored.publisher) == (ODD, [ODD], "")


def test_what_the_database_refuses_is_an_error_of_the_database() -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        bulk.insert([Edition(title="长" * 1001)])
    with pytest.raises(DatabaseError), transaction.atomic():
        bulk.insert([Edition(title="a\0b")])
    assert not Edition.objects.exists()


def test_a_new_row_is_what_the_model_would_make(cumtb: MemberLibrary) -> None:
    for model in (Edition, SourceRecord, Holding, SearchEntry):
        row, usual = vars(bulk.new(model)), vars(model())
        assert vars(row.pop("_state")) == vars(usual.pop("_state"))
        assert row == usual
    first, second = bulk.new(Edition, title="高等数学"), bulk.new(Edition)
    first.authors.append("甲")
    assert (first.title, second.title, second.authors) == ("高等数学", "", [])
    copy = bulk.new(Holding, library_id=cumtb.pk)
    assert copy.library == cumtb


def test_many_are_found_by_numbers_and_by_texts_whatever_these_hold(cumtb: MemberLibrary) -> None:
    texts = [ODD, "", "NULL", "a,b", "{}", "\\", '"', "甲"]
    bulk.insert(editions := [Edition(title=title) for title in texts])
    bulk.insert([Holding(library=cumtb, edition=one, as_of=timezone.now()) for one in editions[:2]])
    for sought in (texts, texts[:1], texts[3:5], ["no such"], []):
        found = Edition.objects.filter(bulk.AnyOf("title", sought, "text"))
        assert set(found) == set(Edition.objects.filter(title__in=sought))
    ids = [editions[0].pk, editions[3].pk]
    assert set(Edition.objects.filter(bulk.AnyOf("pk", ids))) == {editions[0], editions[3]}
    assert not Edition.objects.filter(bulk.AnyOf("pk", [])).exists()
    assert [copy.edition for copy in Holding.objects.filter(bulk.AnyOf("edition", ids))] == [editions[0]]
    assert list(Edition.objects.filter(bulk.AnyOf("holdings__edition", ids))) == [editions[0]]
    held = Holding.objects.filter(Q(bulk.AnyOf("edition", ids)) | Q(bulk.AnyOf("edition__title", [""], "text")))
    assert held.count() == 2
