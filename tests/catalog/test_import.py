"""A library's file comes in: what is made of it, what a second file changes, what never gets in silently."""

import json
import re
from datetime import timedelta
from unittest import mock

import pytest
from django.core.management import CommandError, call_command
from django.db import DataError, connection
from django.utils import timezone

from catalog.importing import batch, import_file
from catalog.marc.record import Field, Record
from catalog.marc.writer import write_iso2709, write_marcxml
from catalog.models import CirculationStatus, Edition, Holding, HoldingsProfile, ImportRun, SearchEntry, SourceRecord
from tests.catalog.entries import holders
from tests.catalog.records import CNMARC_LEADER, cnmarc_book, iso_file

pytestmark = pytest.mark.django_db

ISBN = "9787503717444"


@pytest.fixture
def bring(tmp_path):
    """Import records of a library as one file: bring(library, record, …, encoding=…)."""

    def run(library, *records: Record, encoding: str = "utf-8"):
        return import_file(path=iso_file(tmp_path, *records, encoding=encoding), library=library, by="test")

    return run


def figures(report) -> tuple[int, int, int, int]:
    return report.created, report.updated, report.unchanged, report.deleted


def test_a_record_becomes_a_book_with_copies_that_search_finds(bring, cumtb):
    report = bring(cumtb, cnmarc_book("k1", isbn=ISBN, copies=[("C1", "F124/26"), ("C2", "F124/26")]))
    edition = Edition.objects.get()
    assert (edition.title, edition.publisher, edition.year, edition.isbns) == (
        "中国发展报告", "中国统计出版社", 1994, [ISBN],
    )  # fmt: skip
    assert edition.authors == ["国家统计局"]
    copies = Holding.objects.filter(edition=edition, library=cumtb)
    assert [(c.barcode, c.call_number, c.loanable) for c in copies] == [
        ("C1", "F124/26", True),
        ("C2", "F124/26", True),
    ]
    assert {c.circulation_status for c in copies} == {CirculationStatus.UNKNOWN}, "the file does not say"
    assert holders(edition) == [cumtb]
    assert (report.read, figures(report)) == (1, (1, 0, 0, 0))
    source = SourceRecord.objects.get()
    assert bytes(source.raw) + b"\x1d" == write_iso2709(
        cnmarc_book("k1", isbn=ISBN, copies=[("C1", "F124/26"), ("C2", "F124/26")])
    )
    run = ImportRun.objects.get()
    assert (run.library, run.by, run.report["created"]) == (cumtb, "test", 1)
    assert run.finished_at


def test_the_same_file_again_changes_nothing_but_the_date_of_the_copies(bring, cumtb):
    record = cnmarc_book("k1", copies=[("C1", "F124/26")])
    bring(cumtb, record)
    Holding.objects.update(as_of=timezone.now() - timedelta(days=30))
    before = Edition.objects.values().get()
    report = bring(cumtb, record)
    assert figures(report) == (0, 0, 1, 0)
    assert Edition.objects.values().get() == before
    assert Holding.objects.get().as_of > timezone.now() - timedelta(minutes=1)


def test_a_corrected_record_updates_its_book_and_keeps_the_id(bring, cumtb):
    bring(cumtb, cnmarc_book("k1", title="中国发展报吿", copies=[("C1", "F1")]))
    number = Edition.objects.get().pk
    report = bring(cumtb, cnmarc_book("k1", title="中国发展报告", year="1995", copies=[("C1", "F2"), ("C9", "F2")]))
    edition = Edition.objects.get()
    assert (edition.pk, edition.title, edition.year) == (number, "中国发展报告", 1995)
    assert sorted(Holding.objects.values_list("barcode", "call_number")) == [("C1", "F2"), ("C9", "F2")]
    assert figures(report) == (0, 1, 0, 0)


def test_a_copy_that_vanished_from_its_record_is_withdrawn_and_may_come_back(bring, cumtb):
    both, one = [("C1", "F1"), ("C2", "F1")], [("C1", "F1")]
    bring(cumtb, cnmarc_book("k1", copies=both))
    report = bring(cumtb, cnmarc_book("k1", copies=one))
    assert [c.barcode for c in Holding.objects.present()] == ["C1"]
    assert report.withdrawn == 1
    bring(cumtb, cnmarc_book("k1", copies=both))
    assert [c.barcode for c in Holding.objects.present()] == ["C1", "C2"]
    assert Holding.objects.count() == 2


def test_a_copy_out_on_a_request_keeps_saying_so(bring, cumtb):
    bring(cumtb, cnmarc_book("k1", copies=[("C1", "F1")]))
    Holding.objects.update(out_on_request="KD00000001")
    bring(cumtb, cnmarc_book("k1", copies=[("C1", "F2")]))
    copy = Holding.objects.get()
    assert (copy.call_number, copy.out_on_request, copy.shown_status) == ("F2", "KD00000001", "on_loan")


def test_a_deleted_record_takes_its_copies_and_its_book_away_until_it_comes_back(bring, cumtb):
    record = cnmarc_book("k1", copies=[("C1", "F1")])
    bring(cumtb, record)
    report = bring(cumtb, cnmarc_book("k1", status="d"))
    assert figures(report) == (0, 0, 0, 1)
    assert not Edition.objects.visible().exists()
    assert not Holding.objects.present().exists()
    assert not SearchEntry.objects.exists()
    assert bring(cumtb, cnmarc_book("k1", status="d")).unchanged == 1
    bring(cumtb, record)
    assert Edition.objects.visible().count() == 1
    assert [c.barcode for c in Holding.objects.present()] == ["C1"]
    assert SearchEntry.objects.count() == 1


def test_a_book_that_another_library_holds_survives_the_deletion(bring, cumtb, bnu):
    bring(cumtb, cnmarc_book("k1", isbn=ISBN, copies=[("C1", "F1")]))
    bring(bnu, cnmarc_book("b1", isbn=ISBN, copies=[("B1", "F1")]))
    bring(cumtb, cnmarc_book("k1", status="d"))
    assert [c.library for c in Holding.objects.present()] == [bnu]
    assert Edition.objects.visible().count() == 1


def test_two_libraries_share_an_edition_and_readers_see_it_once(bring, cumtb, bnu):
    bring(cumtb, cnmarc_book("k1", isbn=ISBN, copies=[("X1", "F124/26")]))
    report = bring(
        bnu,
        cnmarc_book("b1", title="中國發展報告", isbn="7-5037-1744-0", copies=[("X1", "F124/26")]),
        encoding="gb18030",
    )
    edition = Edition.objects.get()
    assert report.merged == 1
    assert edition.source_records.get(library=bnu).match_rule == "isbn"
    # A barcode is unique in its library, not in the consortium.
    assert sorted(Holding.objects.values_list("library__code", "barcode")) == [("211260", "X1"), ("232060", "X1")]


def test_the_volumes_of_one_work_stay_apart_also_within_one_file(bring, cumtb, bnu):
    bring(cumtb, *(cnmarc_book(f"k{n}", title="高等数学", volume=v, isbn=ISBN) for n, v in enumerate(("上册", "下册"))))
    bring(bnu, cnmarc_book("b1", title="高等数学(下)", isbn=ISBN), cnmarc_book("b2", title="高等数学", isbn=ISBN))
    volumes = sorted(Edition.objects.values_list("volume_key", flat=True))
    assert volumes == ["", "上", "下"], "the record that names no volume joins neither"


def test_the_better_record_describes_the_edition_whichever_comes_first(bring, cumtb, bnu):
    poor = cnmarc_book("k1", isbn=ISBN, author="", pages="")
    rich = cnmarc_book("b1", isbn=ISBN, more=[
        Field.data_field("330", " ", " ", [("a", "提要")]), Field.data_field("690", " ", " ", [("a", "F124")]),
    ])  # fmt: skip
    bring(cumtb, poor)
    bring(bnu, rich)
    edition = Edition.objects.get()
    assert (edition.abstract, edition.clc) == ("提要", "F124")
    bring(bnu, cnmarc_book("b1", status="d"))
    bring(cumtb, cnmarc_book("k1", isbn=ISBN, author="", pages="320页"))
    assert Edition.objects.get().abstract == ""


def test_a_record_that_turns_into_another_volume_leaves_its_edition(bring, cumtb, bnu):
    bring(cumtb, cnmarc_book("k1", title="高等数学", volume="上册", isbn=ISBN, copies=[("C1", "O13")]))
    bring(bnu, cnmarc_book("b1", title="高等数学", volume="上册", isbn=ISBN, copies=[("B1", "O13")]))
    shared = Edition.objects.get()
    bring(bnu, cnmarc_book("b1", title="高等数学", volume="下册", isbn=ISBN, copies=[("B1", "O13")]))
    assert Holding.objects.get(barcode="C1").edition == shared
    assert Holding.objects.get(barcode="B1").edition != shared
    assert holders(shared) == [cumtb]


def test_an_edition_of_its_own_that_meets_its_twin_is_merged_and_its_id_leads_on(bring, cumtb, bnu):
    bring(cumtb, cnmarc_book("k1", isbn=ISBN))
    bring(bnu, cnmarc_book("b1", publisher="", copies=[("B1", "F1")]))
    assert Edition.objects.count() == 2
    lost = SourceRecord.objects.get(library=bnu).edition
    bring(bnu, cnmarc_book("b1", isbn=ISBN, copies=[("B1", "F1")]))
    lost.refresh_from_db()
    kept = SourceRecord.objects.get(library=cumtb).edition
    assert lost.merged_into == kept
    assert Holding.objects.get(barcode="B1").edition == kept
    assert not SearchEntry.objects.filter(edition=lost).exists()


def test_a_record_number_used_anew_for_another_book_makes_a_new_edition(bring, cumtb):
    bring(cumtb, cnmarc_book("k1", title="中国发展报告"))
    old = Edition.objects.get()
    bring(cumtb, cnmarc_book("k1", title="线性代数", publisher="清华大学出版社", year="2010"))
    old.refresh_from_db()
    assert (old.title, old.hidden) == ("中国发展报告", True)
    assert Edition.objects.visible().get().title == "线性代数"


def test_one_record_number_for_two_books_in_a_file_loses_none(bring, cumtb):
    books = (
        cnmarc_book("k1", title="甲书", copies=[("C1", "F1")]),
        cnmarc_book("k1", title="乙书", copies=[("C2", "F2")]),
    )
    bring(cumtb, *books)
    assert sorted(Edition.objects.values_list("title", flat=True)) == ["乙书", "甲书"]
    assert figures(bring(cumtb, *books)) == (0, 0, 2, 0), "and the same file again is still the same"


def test_records_without_a_number_are_found_again(bring, cumtb):
    bring(cumtb, cnmarc_book("", copies=[("C1", "F1")]))
    report = bring(cumtb, cnmarc_book("", copies=[("C1", "F2")]))
    assert (figures(report), Edition.objects.count()) == ((0, 1, 0, 0), 1)


def test_a_barcode_in_two_records_of_one_file_belongs_to_the_first_and_is_reported(bring, cumtb):
    report = bring(
        cumtb,
        cnmarc_book("k1", title="甲书", copies=[("C1", "F1")]),
        cnmarc_book("k2", title="乙书", copies=[("C1", "F1")]),
    )
    assert Holding.objects.get().edition.title == "甲书"
    assert "条形码在文件中出现于两条记录" in report.warnings


def test_a_barcode_moves_with_a_later_file(bring, cumtb):
    bring(cumtb, cnmarc_book("k1", title="甲书", copies=[("C1", "F1")]), cnmarc_book("k2", title="乙书"))
    bring(cumtb, cnmarc_book("k1", title="甲书"), cnmarc_book("k2", title="乙书", copies=[("C1", "F1")]))
    assert Holding.objects.present().get(barcode="C1").edition.title == "乙书"


def test_a_printed_book_that_lists_no_copies_can_be_asked_for_all_the_same(bring, cumtb):
    bring(cumtb, cnmarc_book("k1", more=[Field.data_field("690", " ", " ", [("a", "F124")])]))
    copy = Holding.objects.requestable().get()
    assert (copy.call_number, copy.barcode, copy.circulation_status) == ("F124", "", "unknown")


def test_an_electronic_book_has_nothing_to_lend(bring, cumtb):
    electronic = Field.data_field("135", " ", " ", [("a", "drbn")])
    bring(
        cumtb,
        cnmarc_book("k1", more=[electronic]),
        cnmarc_book("k2", title="乙书", copies=[("E1", "X")], more=[electronic]),
    )
    assert {e.material_type for e in Edition.objects.all()} == {"ebook"}
    assert not Holding.objects.requestable().exists()


def test_the_profile_of_a_library_says_where_its_copies_are(bring, cumtb):
    HoldingsProfile.objects.create(
        library=cumtb,
        rules=[{"field": "907", "barcode": "b", "call_number": ["s"], "location": "c", "status": "t"}],
        status_words={"能借": "available"},
    )
    copy_field = Field.data_field("907", " ", " ", [("b", "C1"), ("s", "F1"), ("c", "流通部"), ("t", "能借")])
    record = cnmarc_book("k1", copies=[("ignored", "F0")], more=[copy_field])
    bring(cumtb, record)
    copy = Holding.objects.get()
    assert (copy.barcode, copy.location, copy.circulation_status) == ("C1", "流通部", "available")
    HoldingsProfile.objects.update(status_words={"能借": "reference"})
    assert bring(cumtb, record).updated == 1, "a changed profile reads the same bytes anew"
    copy.refresh_from_db()
    assert (copy.circulation_status, copy.loanable) == ("reference", False)


# --- What must not get in --------------------------------------------------------------------------------


def test_a_garbled_record_is_kept_aside_and_readers_do_not_see_it(bring, cumtb):
    spoilt = cnmarc_book("k1", title="锟斤拷锟斤拷", copies=[("C1", "F1")])
    report = bring(cumtb, spoilt, cnmarc_book("k2", title="好书"))
    assert [e.title for e in Edition.objects.all()] == ["好书"]
    aside = SourceRecord.objects.get(local_id="k1")
    assert aside.quarantine_reason
    assert aside.edition is None
    [row] = report.as_dict()["quarantined"]
    assert (row["position"], row["offset"]) == (1, 0)
    assert not Holding.objects.filter(barcode="C1").exists()
    bring(cumtb, cnmarc_book("k1", title="修好的书", copies=[("C1", "F1")]))
    aside.refresh_from_db()
    assert (aside.quarantine_reason, aside.edition.title) == ("", "修好的书")


def test_a_garbled_update_leaves_the_readable_book_as_it_was(bring, cumtb):
    bring(cumtb, cnmarc_book("k1", title="好书", copies=[("C1", "F1")]))
    bring(cumtb, cnmarc_book("k1", title="锟斤拷锟斤拷", copies=[("C1", "F1")]))
    assert Edition.objects.visible().get().title == "好书"
    assert Holding.objects.present().count() == 1


def test_broken_and_untitled_records_are_reported_and_the_rest_comes_in(tmp_path, cumtb):
    path = tmp_path / "mixed.iso"
    first = write_iso2709(cnmarc_book("k1"))
    untitled = write_iso2709(Record(CNMARC_LEADER, [Field.control("001", "k2"), Field.control("005", "x")]))
    path.write_bytes(
        first + b"00030nam0 2200025   450 nonsense\x1d" + untitled + write_iso2709(cnmarc_book("k4", title="第四"))
    )
    report = import_file(path=path, library=cumtb)
    assert Edition.objects.count() == 2
    assert [(r["position"], r["offset"]) for r in report.as_dict()["rejected"]] == [
        (2, len(first)),
        (3, len(first) + 33),
    ]
    assert report.read == 4


def test_a_record_that_the_database_refuses_costs_only_itself(bring, cumtb, monkeypatch):
    stored = batch.store

    def picky(items, target):
        stored(items, target)
        if any(item.title == "不受欢迎" for item in items):
            raise DataError("value out of range")

    monkeypatch.setattr("catalog.importing.run.store", picky)
    report = bring(
        cumtb, cnmarc_book("k1", title="甲书"), cnmarc_book("k2", title="不受欢迎"), cnmarc_book("k3", title="丙书")
    )
    assert sorted(Edition.objects.values_list("title", flat=True)) == ["丙书", "甲书"]
    assert (report.created, report.rejected_count) == (2, 1)
    assert "value out of range" in report.rejected[0]["reason"]


def test_texts_longer_than_their_column_are_cut(bring, cumtb):
    bring(cumtb, cnmarc_book("k1", title="长" * 1500, publisher="社" * 400, copies=[("9" * 80, "F" * 200)]))
    edition = Edition.objects.get()
    assert (len(edition.title), len(edition.publisher)) == (1000, 300)
    assert len(Holding.objects.get().call_number) == 120


# --- Command and report ----------------------------------------------------------------------------------


def test_the_command_reports_for_people_and_as_json(tmp_path, cumtb, capsys):
    path = tmp_path / "books.xml"
    path.write_bytes(b"".join(write_marcxml([cnmarc_book("k1"), cnmarc_book("k2", title="乙书")])))
    report = tmp_path / "report.json"
    call_command("import_marc", str(path), library=cumtb.code, report=report)
    said = capsys.readouterr().out
    assert re.search(r"2 records", said)
    assert re.search(r"created 2", said)
    written = json.loads(report.read_text(encoding="utf-8"))
    interface = {
        "read", "created", "updated", "unchanged", "deleted", "quarantined", "rejected", "encoding", "syntax",
        "seconds",
    }  # fmt: skip
    assert interface <= set(written)
    assert (written["read"], written["encoding"], written["syntax"]) == (2, "utf-8", "cnmarc")


def test_the_command_says_what_is_wrong_in_one_sentence(tmp_path, cumtb):
    nothing = tmp_path / "empty.iso"
    nothing.touch()
    for file, library, words in (
        (nothing, "999999", "--libraries"),
        (nothing, cumtb.code, "empty.iso"),
        (tmp_path / "absent.iso", cumtb.code, "No such file"),
    ):
        with pytest.raises(CommandError, match=words):
            call_command("import_marc", str(file), library=library)
    assert ImportRun.objects.first().report["error"]


def test_the_command_lists_the_codes(cumtb, capsys):
    call_command("import_marc", libraries=True)
    assert "232060  中国矿业大学（北京）图书馆" in capsys.readouterr().out


# --- Real files ------------------------------------------------------------------------------------------


@pytest.mark.shared_data
@pytest.mark.parametrize("order", [("utf8", "gb18030"), ("gb18030", "utf8")])
def test_beijing_normal_in_both_encodings_is_the_same_five_books(shared_data, bnu, order):
    files = [shared_data / f"cnmarc/bnu_first5_{encoding}.iso" for encoding in order]
    first = import_file(path=files[0], library=bnu)
    books = list(Edition.objects.order_by("pk").values_list("pk", "title", "year", "isbns", "authors"))
    copies = sorted(Holding.objects.present().values_list("edition", "barcode", "call_number"))
    assert (first.created, len(books), len(copies)) == (5, 5, 10)
    second = import_file(path=files[1], library=bnu)
    assert (second.created, second.updated) == (0, 5)
    assert list(Edition.objects.order_by("pk").values_list("pk", "title", "year", "isbns", "authors")) == books
    assert sorted(Holding.objects.present().values_list("edition", "barcode", "call_number")) == copies
    assert Edition.objects.filter(isbns__contains=["9787503726231"]).count() == 2, "print and e-book share an ISBN"


@pytest.mark.shared_data
@pytest.mark.parametrize(("name", "books"), [
    ("marc21/lcnetdev_loc_general.xml", 99), ("marc21/lcnetdev_dnb.xml", 99), ("marc21/lcnetdev_nlm.xml", 99),
    ("marc21/cjk_open_sample_utf8.mrc", 36), ("marc8/cjk1.marc", 1), ("marc8/cjk3.marc", 1),
])  # fmt: skip
def test_real_files_come_in_whole(shared_data, cumtb, name, books):
    report = import_file(path=shared_data / name, library=cumtb)
    assert (report.created, report.quarantined_count) == (books, 0)
    assert report.created + report.unchanged + report.updated + report.rejected_count == report.read
    assert SearchEntry.objects.count() == Edition.objects.visible().count()


# --- What keeps a large import quick -----------------------------------------------------------------------


def test_new_tokens_go_into_the_tree_of_the_index_every_so_many_records_and_at_the_end(bring, cumtb, monkeypatch):
    monkeypatch.setattr("catalog.importing.run.BATCH", 2)
    monkeypatch.setattr("catalog.search.index.MOST_PENDING", 4)
    at: list[int] = []
    monkeypatch.setattr("catalog.search.index.flush_pending", lambda: at.append(SearchEntry.objects.count()))
    bring(cumtb, *(cnmarc_book(f"k{n}", title=f"第{n}本") for n in range(9)))
    assert at == [4, 8, 9]


def test_new_tokens_go_into_the_tree_when_an_import_is_ended_early(tmp_path, cumtb, monkeypatch):
    monkeypatch.setattr("catalog.importing.run.BATCH", 2)
    flushed = mock.Mock()
    monkeypatch.setattr("catalog.search.index.flush_pending", flushed)
    path = iso_file(tmp_path, *(cnmarc_book(f"k{n}", title=f"第{n}本") for n in range(9)))
    with pytest.raises(KeyboardInterrupt):
        import_file(path=path, library=cumtb, on_batch=mock.Mock(side_effect=KeyboardInterrupt))
    assert (SearchEntry.objects.count(), flushed.call_count) == (2, 1)


@pytest.mark.parametrize("model", [SourceRecord, Holding])
def test_no_index_of_the_library_alone_tempts_the_database_to_read_all_it_has(model):
    """While its statistics do not know a library yet, it would be read for every batch: docs/marc.md."""
    with connection.cursor() as cursor:
        indexes = connection.introspection.get_constraints(cursor, model._meta.db_table)
    columns = [found["columns"] for found in indexes.values() if found["index"] or found["unique"]]
    assert ["library_id"] not in columns
    assert any(one[0] == "library_id" for one in columns), "what a library has is found by an index all the same"
