"""A book entered by hand: written as a CNMARC record and brought in like one from a file, so that it is merged, kept
and downloaded like any other."""

from dataclasses import dataclass
from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.editing.copies import NewCopy, barcode_is_free
from catalog.editing.editor import Editor, EditRefused
from catalog.editing.log import note
from catalog.importing import ImportReport
from catalog.importing.batch import store
from catalog.importing.incoming import Unusable, incoming
from catalog.importing.pins import BY_HAND
from catalog.importing.target import Target
from catalog.marc.encodings import CNMARC
from catalog.marc.reader import ReadRecord
from catalog.marc.record import Field, Record
from catalog.marc.writer import RecordTooLong, write_iso2709
from catalog.models import ChangeKind, Holding, MemberLibrary

_LEADER = "00000nam0 2200000   450 "


@dataclass(frozen=True, slots=True)
class NewBook:
    """What staff know of a book; only the title is needed. `year` is four digits or empty."""

    title: str
    subtitle: str = ""
    volume: str = ""
    author: str = ""
    edition_statement: str = ""
    place: str = ""
    publisher: str = ""
    year: str = ""
    isbn: str = ""
    price: str = ""
    extent: str = ""
    series: str = ""
    language: str = "chi"
    clc: str = ""


@transaction.atomic
def add_book(*, library: MemberLibrary, book: NewBook, copy: NewCopy, by: Editor, reason: str = "") -> Holding:
    """Enter a book and its first copy; it joins the edition it belongs to by the rules of merging, or becomes one.

    Raises EditRefused.
    """
    by.must_work_for(library)
    if copy.barcode:
        barcode_is_free(library.pk, copy.barcode)
    record = _record(book, copy)
    try:
        raw = write_iso2709(record)
        item = incoming(ReadRecord(1, 0, raw, record, CNMARC, "utf-8"), {}, BY_HAND)
    except (Unusable, RecordTooLong) as error:
        raise EditRefused(str(error)) from error
    report = ImportReport()
    store([item], Target(library, timezone.now(), report))
    holding = Holding.objects.select_related("edition").get(
        library=library, source_record__library=library, source_record__local_id=item.local_id
    )
    holding.shelf, holding.note = copy.shelf, copy.note
    holding.loanable, holding.circulation_status = copy.loanable, copy.circulation_status
    holding.pinned_fields = {"withdrawn": True}
    holding.save(update_fields=["shelf", "note", "loanable", "circulation_status", "pinned_fields"])
    joined = _("并入已有书目") if report.merged else ""
    note(
        ChangeKind.BOOK_ADDED, by=by, edition=holding.edition, holding=holding, after=book.title,
        reason="；".join(part for part in (reason, joined) if part),
    )  # fmt: skip
    return holding


def _record(book: NewBook, copy: NewCopy) -> Record:
    """The book as CNMARC; fields that say nothing are left out."""
    year = book.year if len(book.year) == 4 and book.year.isdigit() else "    "
    fields = [
        _field("010", a=book.isbn, d=book.price),
        _field("100", a=f"{timezone.localdate():%Y%m%d}d{year}    em y0chiy50      ea"),
        _field("101", "0 ", a=book.language),
        _field("200", "1 ", a=book.title, h=book.volume, e=book.subtitle, f=book.author),
        _field("205", a=book.edition_statement),
        _field("210", a=book.place, c=book.publisher, d=book.year),
        _field("215", a=book.extent),
        _field("225", "2 ", a=book.series),
        _field("690", a=book.clc),
        _field("701", " 0", a=book.author),
        _field("905", b=copy.barcode, s=copy.call_number, l=copy.location, k=copy.circulation_status),
    ]
    number = Field.control("001", f"{BY_HAND}{uuid4().hex[:12]}")
    return Record(_LEADER, [number, *(field for field in fields if field.subfields)])


def _field(tag: str, indicators: str = "  ", **subfields: str) -> Field:
    pairs = [(code, value) for code, value in subfields.items() if value]
    return Field.data_field(tag, indicators[0], indicators[1], pairs)
