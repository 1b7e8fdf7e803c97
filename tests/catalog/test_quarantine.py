"""Quarantined records: listed for their library, read in another encoding, taken in for good."""

import pytest
from django.test import Client
from django.urls import reverse

from catalog.importing import import_file
from catalog.importing.quarantine import ReleaseRefused, release, rereadings
from catalog.marc.writer import write_iso2709
from catalog.models import Edition, Holding, MemberLibrary, SearchEntry, SourceRecord
from readers.models import User
from tests.catalog.records import cnmarc_book

LIST = reverse("admin:catalog_importrun_quarantine")
TITLE = "测量学基础教程与实验指导"


@pytest.fixture
def path(tmp_path):
    """A GB18030 record that was imported as Big5 and came out as noise."""
    path = tmp_path / "gbk.iso"
    path.write_bytes(write_iso2709(cnmarc_book("q1", title=TITLE, copies=[("C6024202", "P2/1")]), "gb18030"))
    return path


@pytest.fixture
def record(cumtb: MemberLibrary, path) -> SourceRecord:
    import_file(path=path, library=cumtb, encoding="marc-8", by="cumtb")
    record = SourceRecord.objects.get()
    assert record.quarantine_reason
    assert not Edition.objects.exists()
    return record


def at_desk(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_sensible_reading_comes_first(record):
    readings = rereadings(record)
    assert (readings[0].encoding, readings[0].title, readings[0].doubt) == ("gb18030", TITLE, "")
    assert [reading.encoding for reading in readings if reading.current] == ["marc-8"]


def test_a_released_record_becomes_a_book_with_copies_that_is_found(record):
    released = release(record=record, encoding="gb18030", by="cumtb")
    assert (released.quarantine_reason, released.encoding, released.local_id) == ("", "gb18030", "q1")
    assert released.edition.title == TITLE
    assert Holding.objects.get().barcode == "C6024202"
    assert SearchEntry.objects.filter(edition=released.edition).exists()
    assert any("cumtb" in line for line in released.parse_log)
    with pytest.raises(ReleaseRefused, match="已不在隔离中"):
        release(record=record, encoding="gb18030", by="cumtb")


def test_the_same_bytes_are_not_quarantined_again_and_other_bytes_are(record, cumtb, path):
    release(record=record, encoding="gb18030", by="cumtb")
    report = import_file(path=path, library=cumtb, encoding="marc-8", by="cumtb")
    assert (report.unchanged, report.quarantined_count) == (1, 0)
    assert Edition.objects.get().title == TITLE
    path.write_bytes(write_iso2709(cnmarc_book("q1", title=TITLE + "第二版"), "gb18030"))
    report = import_file(path=path, library=cumtb, encoding="marc-8", by="cumtb")
    assert report.quarantined_count == 1


def test_a_librarian_takes_it_in_by_a_button(record, lending_librarian):
    client = at_desk(lending_librarian)
    assert TITLE in client.get(LIST).content.decode()
    address = reverse("admin:catalog_importrun_release", args=[record.pk])
    assert client.get(address).status_code == 405
    assert client.post(address, {"encoding": "klingon"}).status_code == 404
    client.post(address, {"encoding": "gb18030"})
    assert Edition.objects.get().title == TITLE
    assert "没有隔离的记录" in client.get(LIST).content.decode()


def test_records_of_another_library_do_not_exist(record, strange_librarian, center_admin):
    stranger = at_desk(strange_librarian)
    assert "q1" not in stranger.get(LIST).content.decode()
    address = reverse("admin:catalog_importrun_release", args=[record.pk])
    assert stranger.post(address, {"encoding": "gb18030"}).status_code == 404
    assert TITLE in at_desk(center_admin).get(LIST).content.decode()
