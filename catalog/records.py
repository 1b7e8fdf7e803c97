"""Libraries' records as readers may see them: read again from the kept bytes, and written as files to take along."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from catalog.display.public import public_record
from catalog.marc.iso2709 import MalformedRecord
from catalog.marc.reader import read_again
from catalog.marc.record import Field, Record
from catalog.marc.writer import RecordTooLong, write_iso2709, write_marcxml
from catalog.models import Edition, SourceRecord

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9]+")


class NotWritable(ValueError):
    """The record does not fit the form asked for; the message says why, for a person."""


@dataclass(frozen=True)
class MarcFile:
    name: str
    content_type: str
    content: bytes


def readable(source: SourceRecord) -> Record | None:
    """The record from its kept bytes; None where they are missing or cannot be read any more."""
    try:
        return read_again(bytes(source.raw), syntax=source.syntax, encoding=source.encoding)
    except (MalformedRecord, IndexError, UnicodeError):
        return None


def public_records(edition: Edition) -> list[SourceRecord]:
    """Records of the edition that readers may see, of libraries in the joint search; without their bytes.

    The one that describes the edition comes first (the order of catalog.importing.grouping.Group.best).
    """
    records = SourceRecord.objects.filter(
        edition=edition, deleted=False, quarantine_reason="",
        library__in_joint_search=True, library__left_on__isnull=True,
    )  # fmt: skip
    return list(records.select_related("library").defer("raw").order_by("-quality", "pk"))


def public_source(pk: int) -> SourceRecord | None:
    """One record a reader may see: of a shown edition, neither deleted nor quarantined."""
    records = SourceRecord.objects.filter(
        deleted=False, quarantine_reason="", edition__hidden=False,
        library__in_joint_search=True, library__left_on__isnull=True,
    )  # fmt: skip
    return records.select_related("library", "edition").filter(pk=pk).first()


def public_marc(source: SourceRecord) -> Record | None:
    record = readable(source)
    return public_record(record, source.syntax) if record else None


def iso2709_file(source: SourceRecord, record: Record) -> MarcFile:
    """The record as ISO 2709 in UTF-8. Raises NotWritable."""
    try:
        content = write_iso2709(_in_utf8(source, record))
    except RecordTooLong:
        raise NotWritable(_("这条记录超过ISO 2709的长度上限，请下载MARCXML。")) from None
    except UnicodeEncodeError:
        raise NotWritable(_("这条记录的指示符或子字段代码不合ISO 2709的规定，请下载MARCXML。")) from None
    return MarcFile(f"{_name(source)}.mrc", "application/marc", content)


def marcxml_file(source: SourceRecord, record: Record) -> MarcFile:
    content = b"".join(write_marcxml([_in_utf8(source, record)]))
    return MarcFile(f"{_name(source)}.xml", "application/marcxml+xml", content)


def raw_file(source: SourceRecord) -> MarcFile:
    """The bytes as the library sent them, in its own encoding; for the back office."""
    raw = bytes(source.raw)
    if raw.lstrip()[:1] == b"<":
        return MarcFile(f"{_name(source)}-raw.xml", "application/octet-stream", raw)
    return MarcFile(f"{_name(source)}-raw.mrc", "application/octet-stream", raw)


def _in_utf8(source: SourceRecord, record: Record) -> Record:
    """Leader position 09 says UTF-8 where MARC21 wants it; control characters that would cut the file are dropped."""
    mark = "a" if source.syntax == SourceRecord.Syntax.MARC21 else " "
    leader = f"{record.leader[:9]}{mark}{record.leader[10:]}"
    fields = [
        Field(f.tag, f.ind1, f.ind2, [(code, _uncut(value)) for code, value in f.subfields], _uncut(f.data))
        for f in record.fields
    ]
    return Record(leader, fields)


def _uncut(text: str) -> str:
    return text.translate({0x1D: None, 0x1E: None, 0x1F: None})


def _name(source: SourceRecord) -> str:
    """211260-b1234567: library code and record number, in characters every system takes."""
    number = _NOT_IN_A_NAME.sub("-", source.local_id).strip("-")[:60] or str(source.pk)
    return f"{source.library.code}-{number}"
