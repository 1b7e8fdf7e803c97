"""The encoding of a library's files: remembered from the last one, and settled by staff where it is guessed wrong."""

import pytest

from catalog.importing import import_file
from catalog.marc.reader import read_file
from catalog.marc.record import Field, Record
from catalog.models import Edition, HoldingsProfile, SearchEntry, SourceRecord
from tests.catalog.records import CNMARC_LEADER, cnmarc_book, iso_file

pytestmark = pytest.mark.django_db
# Bytes that read as Chinese in GB18030 and in Big5 alike: a record alone does not say which.
DOUBTFUL = Record(CNMARC_LEADER, [Field.control("001", "k1"), Field.data_field("200", "1", " ", [("a", "地方")])])


@pytest.fixture
def bring(tmp_path):
    def run(library, *records, encoding="utf-8", **choices):
        return import_file(path=iso_file(tmp_path, *records, encoding=encoding), library=library, **choices)

    return run


def test_the_usual_encoding_of_a_library_is_remembered(bring, cumtb, bnu):
    bring(cumtb, cnmarc_book("k1"), cnmarc_book("k2", title="线性代数"), encoding="gb18030")
    bring(bnu, cnmarc_book("b1"))
    usual = dict(HoldingsProfile.objects.values_list("library__code", "usual_encoding"))
    assert usual == {cumtb.code: "gb18030", bnu.code: "utf-8"}


def test_remembering_it_makes_nothing_new_of_the_same_file(bring, cumtb):
    plain = cnmarc_book("k0", title="Calculus", author="", publisher="Wiley")
    for _time in range(2):
        report = bring(cumtb, plain, cnmarc_book("k1"), encoding="gb18030")
    assert (report.created, report.updated, report.unchanged) == (0, 0, 2)


def test_where_the_bytes_leave_a_doubt_the_usual_encoding_decides(tmp_path):
    path = iso_file(tmp_path, DOUBTFUL, encoding="gb18030")
    found = {prior: next(read_file(path, prior=prior)).record.first("200", "a") for prior in ("gb18030", "big5")}
    assert found == {"gb18030": "地方", "big5": "華源"}


def test_what_staff_say_about_the_encoding_holds(bring, cumtb):
    HoldingsProfile.objects.create(library=cumtb, encoding="big5", usual_encoding="gb18030")
    book = cnmarc_book("k1", title="中國經濟史", author="", publisher="", pages="320 p.")
    for field in book.fields:
        if field.tag == "210":
            field.subfields = [(code, value) for code, value in field.subfields if code == "d"]
    bring(cumtb, book, encoding="big5")
    assert Edition.objects.get().title == "中國經濟史"
    assert SourceRecord.objects.get().encoding == "big5"
    assert HoldingsProfile.objects.get().usual_encoding == "gb18030", "what staff settled was not found out"


def test_a_first_load_is_found_once_its_index_is_made(bring, cumtb):
    report = bring(cumtb, cnmarc_book("k1"), cnmarc_book("k2", title="线性代数"), rebuild=True)
    assert report.created == 2
    assert SearchEntry.objects.count() == Edition.objects.count() == 2


def test_an_entry_that_an_interrupted_first_load_left_out_is_made_by_the_next_import(bring, cumtb):
    bring(cumtb, cnmarc_book("k1"))
    SearchEntry.objects.all().delete()
    bring(cumtb, cnmarc_book("k1"))
    assert SearchEntry.objects.count() == 1
