"""Full replace: what a library's whole file no longer lists goes, but never by accident."""

import pytest
from django.core.management import CommandError, call_command

from catalog.importing import import_file
from catalog.importing.replacing import ReplaceRefused
from catalog.models import Edition, Holding, ImportRun, SearchEntry, SourceRecord
from tests.catalog.entries import holders
from tests.catalog.records import cnmarc_book, iso_file

pytestmark = pytest.mark.django_db


def shelf(*numbers: int):
    """Books of one copy each; book 7 has record k7 and barcode C7."""
    return [cnmarc_book(f"k{n}", title=f"第{n}本", copies=[(f"C{n}", f"F{n}")]) for n in numbers]


@pytest.fixture
def bring(tmp_path):
    def run(library, *records, **choices):
        return import_file(path=iso_file(tmp_path, *records), library=library, **choices)

    return run


def present(library) -> list[str]:
    return sorted(Holding.objects.present().filter(library=library).values_list("barcode", flat=True))


def test_what_the_file_no_longer_lists_is_withdrawn(bring, cumtb, bnu):
    bring(cumtb, *shelf(*range(10)))
    bring(bnu, *shelf(99))
    report = bring(cumtb, *shelf(*range(9)), replace=True)
    assert present(cumtb) == [f"C{n}" for n in range(9)]
    assert present(bnu) == ["C99"], "another library's books are not concerned"
    assert (report.withdrawn, report.records_withdrawn) == (1, 1)
    assert report.as_dict()["withdrawn"] == 1
    assert SourceRecord.objects.get(local_id="k9").deleted
    assert not Edition.objects.visible().filter(title="第9本").exists()
    assert SearchEntry.objects.count() == 10


def test_a_withdrawn_book_comes_back_with_a_later_file(bring, cumtb):
    bring(cumtb, *shelf(*range(10)))
    bring(cumtb, *shelf(*range(9)), replace=True)
    bring(cumtb, *shelf(*range(10)), replace=True)
    assert present(cumtb) == [f"C{n}" for n in range(10)]
    assert Edition.objects.visible().count() == 10


def test_a_book_that_another_library_holds_stays(bring, cumtb, bnu):
    isbn = "9787503717444"
    bring(cumtb, *shelf(*range(9)), cnmarc_book("k9", isbn=isbn, copies=[("C9", "F9")]))
    bring(bnu, cnmarc_book("b1", isbn=isbn, copies=[("B1", "F9")]))
    bring(cumtb, *shelf(*range(9)), replace=True)
    shared = Edition.objects.visible().get(isbns=[isbn])
    assert holders(shared) == [bnu]


def test_a_file_without_more_than_a_fifth_changes_nothing_unless_forced(bring, cumtb):
    bring(cumtb, *shelf(*range(10)))
    before = sorted(SourceRecord.objects.values_list("local_id", "sha256", "deleted", "seen_at"))
    with pytest.raises(ReplaceRefused, match="10条记录中的3条"):
        bring(cumtb, *shelf(*range(7), 50), replace=True)
    assert sorted(SourceRecord.objects.values_list("local_id", "sha256", "deleted", "seen_at")) == before
    assert len(present(cumtb)) == 10
    assert "超过两成" in ImportRun.objects.first().report["error"]
    report = bring(cumtb, *shelf(*range(7), 50), replace=True, force=True)
    assert (report.withdrawn, len(present(cumtb))) == (3, 8)


def test_exactly_a_fifth_may_go(bring, cumtb):
    bring(cumtb, *shelf(*range(10)))
    assert bring(cumtb, *shelf(*range(8)), replace=True).withdrawn == 2


def test_the_guard_counts_copies_that_vanish_from_records_which_stay(bring, cumtb):
    both = [cnmarc_book("k1", title="甲书", copies=[("C1", "F1"), ("C2", "F1")])]
    bring(cumtb, *both)
    with pytest.raises(ReplaceRefused, match="2册馆藏中的1册"):
        bring(cumtb, cnmarc_book("k1", title="甲书", copies=[("C1", "F1")]), replace=True)
    assert present(cumtb) == ["C1", "C2"]


def test_a_record_that_cannot_be_read_today_keeps_its_copies(bring, cumtb):
    bring(cumtb, *shelf(1))
    report = bring(cumtb, cnmarc_book("k1", title="锟斤拷锟斤拷", copies=[("C1", "F1")]), replace=True)
    assert (report.quarantined_count, report.withdrawn) == (1, 0)
    assert present(cumtb) == ["C1"]


def test_a_copy_that_a_reader_has_stays_and_is_reported_until_it_is_back(bring, cumtb):
    bring(cumtb, *shelf(*range(10)))
    Holding.objects.filter(barcode="C9").update(out_on_request="KD00000001")
    report = bring(cumtb, *shelf(*range(9)), replace=True)
    assert "C9" in present(cumtb)
    assert report.as_dict()["kept_out"] == [{"barcode": "C9", "call_number": "F9", "request": "KD00000001"}]
    assert Edition.objects.visible().filter(title="第9本").exists()
    Holding.objects.update(out_on_request="")
    assert bring(cumtb, *shelf(*range(9)), replace=True).withdrawn == 1


def test_a_copy_out_on_loan_that_vanished_from_its_record_goes_once_it_is_back(bring, cumtb):
    one = cnmarc_book("k1", copies=[("C1", "F1")])
    bring(cumtb, cnmarc_book("k1", copies=[("C1", "F1"), ("C2", "F1")]))
    Holding.objects.filter(barcode="C2").update(out_on_request="KD00000001")
    assert bring(cumtb, one).kept_out_count == 1
    assert present(cumtb) == ["C1", "C2"]
    Holding.objects.update(out_on_request="")
    bring(cumtb, one)
    assert present(cumtb) == ["C1"]


def test_a_deleted_record_stays_while_a_reader_has_its_copy(bring, cumtb):
    bring(cumtb, cnmarc_book("k1", copies=[("C1", "F1")]))
    Holding.objects.update(out_on_request="KD00000001")
    assert bring(cumtb, cnmarc_book("k1", status="d")).kept_out_count == 1
    assert Edition.objects.visible().count() == 1
    Holding.objects.update(out_on_request="")
    bring(cumtb, cnmarc_book("k1", status="d"))
    assert (present(cumtb), Edition.objects.visible().count()) == ([], 0)


def test_the_command_refuses_and_forces(tmp_path, bring, cumtb, capsys):
    bring(cumtb, *shelf(*range(10)))
    path = str(iso_file(tmp_path, *shelf(1, 2)))
    with pytest.raises(CommandError, match="强制替换"):
        call_command("import_marc", path, library=cumtb.code, replace=True)
    call_command("import_marc", path, library=cumtb.code, replace=True, force=True)
    assert "withdrawn 8" in capsys.readouterr().out
    with pytest.raises(CommandError, match="one file"):
        call_command("import_marc", path, path, library=cumtb.code, replace=True)
