"""Editing by staff: corrections that outlast the next file, books and copies added, editions hidden; all logged."""

from pathlib import Path

import pytest

from catalog.editing import (
    Editor,
    EditRefused,
    NewBook,
    NewCopy,
    add_book,
    add_copy,
    correct_copy,
    hide_edition,
    release_corrections,
    show_edition,
)
from catalog.importing import import_file
from catalog.marc.record import Field, Record
from catalog.models import CatalogChange, ChangeKind, Edition, Holding, MemberLibrary, SourceRecord
from catalog.search import SearchQuery
from catalog.search import search as run_search
from tests.catalog.records import cnmarc_book, iso_file

CENTER = Editor("center")


def book(
    *, barcode: str = "C6024202", call_number: str = "O13/04", location: str = "流通部", pages: str = "320页"
) -> Record:
    record = cnmarc_book("k1", title="高等数学辅导", isbn="7-5037-1744-0", pages=pages)
    pairs = [("b", barcode), ("s", call_number), ("l", location), ("k", "在架")]
    record.fields.append(Field.data_field("905", " ", " ", pairs))
    return record


@pytest.fixture
def load(cumtb: MemberLibrary, tmp_path: Path):
    def run(*records: Record) -> None:
        import_file(path=iso_file(tmp_path, *records), library=cumtb)

    return run


@pytest.fixture
def holding(load) -> Holding:
    load(book())
    return Holding.objects.get()


@pytest.fixture
def librarian(cumtb: MemberLibrary) -> Editor:
    return Editor("cumtb", cumtb)


def found(text: str, route: str = "all") -> int:
    return run_search(SearchQuery(text, route=route)).total


# --- Corrections -----------------------------------------------------------------------------------------


def test_a_correction_is_written_logged_and_found_at_once(holding: Holding, librarian: Editor) -> None:
    correct_copy(
        holding=holding, values={"call_number": "TP301/7", "circulation_status": "reference", "loanable": False},
        by=librarian, reason="贴错书标",
    )  # fmt: skip
    holding.refresh_from_db()
    assert (holding.call_number, holding.circulation_status, holding.loanable) == ("TP301/7", "reference", False)
    assert found("TP301/7", "call_number") == 1
    assert found("O13/04", "call_number") == 0
    log = CatalogChange.objects.order_by("pk")
    assert [(c.field, c.before, c.after) for c in log] == [
        ("call_number", "O13/04", "TP301/7"), ("circulation_status", "在架", "阅览，不外借"), ("loanable", "是", "否"),
    ]  # fmt: skip
    assert {(c.by, c.desk, c.library, c.reason) for c in log} == {
        ("cumtb", librarian.library, librarian.library, "贴错书标")
    }


def test_what_did_not_change_is_not_logged(holding: Holding, librarian: Editor) -> None:
    assert correct_copy(holding=holding, values={"call_number": "O13/04"}, by=librarian) == []
    assert not CatalogChange.objects.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [("call_number", "TP301/7"), ("location", "密集书库"), ("circulation_status", "lost"), ("loanable", False),
     ("note", "缺页"), ("barcode", "C9999999"), ("withdrawn", True)],
)  # fmt: skip
def test_a_correction_outlasts_the_next_file_that_says_the_same_as_before(
    holding: Holding, librarian: Editor, load, name: str, value: object
) -> None:
    correct_copy(holding=holding, values={name: value}, by=librarian)
    load(book(pages="321页"))  # the record changed, the copy did not
    holding.refresh_from_db()
    assert getattr(holding, name) == value
    assert holding.edition.extent.startswith("321页")
    assert Holding.objects.count() == 1


def test_the_file_wins_once_it_says_something_new(holding: Holding, librarian: Editor, load) -> None:
    correct_copy(holding=holding, values={"location": "密集书库", "note": "缺页"}, by=librarian)
    load(book(location="新馆三层"))
    holding.refresh_from_db()
    assert (holding.location, holding.note) == ("新馆三层", "缺页")
    assert holding.pinned_fields == {"note": ""}
    load(book(location="新馆四层"))
    holding.refresh_from_db()
    assert holding.location == "新馆四层"


def test_a_correction_back_to_what_the_file_says_needs_no_defence(holding: Holding, librarian: Editor, load) -> None:
    correct_copy(holding=holding, values={"location": "密集书库"}, by=librarian)
    correct_copy(holding=holding, values={"location": "流通部"}, by=librarian)
    assert holding.pinned_fields == {}


def test_corrections_can_be_given_up(holding: Holding, librarian: Editor) -> None:
    correct_copy(holding=holding, values={"call_number": "TP301/7", "barcode": "C9"}, by=librarian)
    release_corrections(holding=holding, by=librarian)
    holding.refresh_from_db()
    assert (holding.call_number, holding.barcode, holding.pinned_fields) == ("O13/04", "C6024202", {})
    assert CatalogChange.objects.filter(kind=ChangeKind.RELEASED).count() == 2
    assert found("O13/04", "call_number") == 1


def test_a_copy_without_barcode_keeps_its_correction_too(load, librarian: Editor) -> None:
    load(book(barcode=""))
    holding = Holding.objects.get()
    correct_copy(holding=holding, values={"barcode": "C7", "call_number": "X1"}, by=librarian)
    load(book(barcode="", pages="321页"))
    assert [(h.barcode, h.call_number, h.withdrawn) for h in Holding.objects.all()] == [("C7", "X1", False)]


def test_another_librarys_copy_cannot_be_touched(holding: Holding, bnu: MemberLibrary) -> None:
    with pytest.raises(EditRefused, match="本馆"):
        correct_copy(holding=holding, values={"note": "x"}, by=Editor("bnu", bnu))
    with pytest.raises(EditRefused, match="本馆"):
        add_copy(edition=holding.edition, library=holding.library, copy=NewCopy(), by=Editor("bnu", bnu))
    assert not CatalogChange.objects.exists()


def test_a_barcode_is_one_copy_of_a_library(holding: Holding, librarian: Editor, bnu: MemberLibrary) -> None:
    other = add_copy(edition=holding.edition, library=holding.library, copy=NewCopy(barcode="C1"), by=librarian)
    with pytest.raises(EditRefused, match="C6024202"):
        correct_copy(holding=other, values={"barcode": "C6024202"}, by=librarian)
    with pytest.raises(EditRefused, match="C1"):
        add_copy(edition=holding.edition, library=holding.library, copy=NewCopy(barcode="C1"), by=librarian)
    add_copy(edition=holding.edition, library=bnu, copy=NewCopy(barcode="C1"), by=Editor("bnu", bnu))


def test_a_copy_out_on_a_request_is_not_withdrawn(holding: Holding, librarian: Editor) -> None:
    Holding.objects.update(out_on_request="KD00000001")
    with pytest.raises(EditRefused, match="KD00000001"):
        correct_copy(holding=holding, values={"withdrawn": True}, by=librarian)


# --- Copies and books added --------------------------------------------------------------------------------


def test_an_added_copy_stays_though_no_file_lists_it(holding: Holding, librarian: Editor, load) -> None:
    added = add_copy(
        edition=holding.edition, library=holding.library, copy=NewCopy("TP1", "C8", "阅览室"), by=librarian
    )
    assert found("TP1", "call_number") == 1
    load(book(pages="321页"))
    added.refresh_from_db()
    assert not added.withdrawn
    assert CatalogChange.objects.get().kind == ChangeKind.COPY_ADDED


def test_an_added_copy_belongs_to_the_file_once_it_lists_it(holding: Holding, librarian: Editor, load) -> None:
    added = add_copy(edition=holding.edition, library=holding.library, copy=NewCopy("TP1", "C8"), by=librarian)
    both = book(pages="321页")
    both.fields.append(book(barcode="C8", call_number="TP2").fields[-1])
    load(both)
    added.refresh_from_db()
    assert (added.call_number, added.pinned_fields) == ("TP2", {})
    load(book(pages="322页"))
    added.refresh_from_db()
    assert added.withdrawn


def test_a_book_entered_by_hand_becomes_an_edition_that_is_found(cumtb: MemberLibrary, librarian: Editor) -> None:
    new = NewBook(
        title="离散数学", volume="上册", author="李四", publisher="科学出版社", place="北京", year="2001",
        isbn="7-301-00001-4", clc="O158",
    )  # fmt: skip
    holding = add_book(
        library=cumtb, book=new, copy=NewCopy("O158/1", "C55", "三层", "A3", "reference", False, "赠书"), by=librarian
    )
    edition = Edition.objects.get()
    assert (edition.full_title, edition.year, edition.clc) == ("离散数学 上册", 2001, "O158")
    assert (holding.edition, holding.call_number, holding.barcode, holding.location) == (
        edition,
        "O158/1",
        "C55",
        "三层",
    )
    assert (holding.shelf, holding.circulation_status, holding.loanable, holding.note) == (
        "A3", "reference", False, "赠书",
    )  # fmt: skip
    assert found("离散数学 李四") == 1
    (change,) = CatalogChange.objects.all()
    assert (change.kind, change.after, change.holding) == (ChangeKind.BOOK_ADDED, "离散数学", holding)


def test_a_book_entered_by_hand_joins_the_edition_it_is(holding: Holding, bnu: MemberLibrary) -> None:
    new = NewBook(title="高等数学辅导", isbn="9787503717444", publisher="中国统计出版社", year="1994")
    added = add_book(library=bnu, book=new, copy=NewCopy(barcode="B1"), by=Editor("bnu", bnu))
    assert added.edition == holding.edition
    assert Edition.objects.count() == 1
    assert "并入已有书目" in CatalogChange.objects.get().reason


def test_a_full_replace_passes_over_what_was_entered_by_hand(
    holding: Holding, librarian: Editor, cumtb: MemberLibrary, tmp_path: Path
) -> None:
    entered = add_book(library=cumtb, book=NewBook(title="离散数学"), copy=NewCopy(barcode="C55"), by=librarian)
    added = add_copy(edition=holding.edition, library=cumtb, copy=NewCopy(barcode="C8"), by=librarian)
    correct_copy(holding=holding, values={"location": "密集书库"}, by=librarian)
    import_file(path=iso_file(tmp_path, book(pages="321页")), library=cumtb, replace=True)
    assert set(Holding.objects.present()) == {holding, entered, added}
    assert Holding.objects.get(pk=holding.pk).location == "密集书库"
    assert found("离散数学") == 1


def test_a_book_needs_a_title_and_a_free_barcode(holding: Holding, librarian: Editor) -> None:
    with pytest.raises(EditRefused, match="题名"):
        add_book(library=holding.library, book=NewBook(title=""), copy=NewCopy(), by=librarian)
    with pytest.raises(EditRefused, match="C6024202"):
        add_book(library=holding.library, book=NewBook(title="别的书"), copy=NewCopy(barcode="C6024202"), by=librarian)
    assert SourceRecord.objects.count() == 1


# --- Editions ------------------------------------------------------------------------------------------------


def test_the_center_hides_an_edition_and_shows_it_again(holding: Holding, librarian: Editor) -> None:
    edition = holding.edition
    with pytest.raises(EditRefused, match="管理中心"):
        hide_edition(edition=edition, by=librarian, reason="")
    hide_edition(edition=edition, by=CENTER, reason="测试数据")
    assert found("高等数学") == 0
    show_edition(edition=edition, by=CENTER)
    assert found("高等数学") == 1
    assert [c.kind for c in CatalogChange.objects.order_by("pk")] == [ChangeKind.HIDDEN, ChangeKind.SHOWN]


# --- The log -------------------------------------------------------------------------------------------------


def test_the_log_can_only_grow(holding: Holding, librarian: Editor) -> None:
    (entry,) = correct_copy(holding=holding, values={"note": "缺页"}, by=librarian)
    for attempt in (entry.save, entry.delete, CatalogChange.objects.all().delete):
        with pytest.raises(TypeError, match="append-only"):
            attempt()
    with pytest.raises(TypeError, match="append-only"):
        CatalogChange.objects.update(by="nobody")


def test_a_desk_reads_its_own_changes_and_those_of_editions(
    holding: Holding, librarian: Editor, bnu: MemberLibrary
) -> None:
    correct_copy(holding=holding, values={"note": "缺页"}, by=librarian)
    hide_edition(edition=holding.edition, by=CENTER, reason="测试")
    assert CatalogChange.objects.visible_to(None).count() == 2
    assert CatalogChange.objects.visible_to(holding.library).count() == 2
    assert CatalogChange.objects.visible_to(bnu).get().kind == ChangeKind.HIDDEN
