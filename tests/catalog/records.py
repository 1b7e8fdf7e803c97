"""Records for the tests of the catalogue: written by hand, turned into bytes in whatever way a test wants."""

from pathlib import Path

from catalog.marc.record import Field, Record
from catalog.marc.writer import write_iso2709

CNMARC_LEADER = "00000nam0 2200000   450 "
MARC21_LEADER = "00000nam a2200000 a 4500"


def cnmarc_book(
    number: str = "r1",
    *,
    title: str = "中国发展报告",
    volume: str = "",
    part: str = "",
    isbn: str = "",
    author: str = "国家统计局",
    publisher: str = "中国统计出版社",
    year: str = "1994",
    edition: str = "",
    pages: str = "320页",
    language: str = "chi",
    status: str = "n",
    copies: list[tuple[str, str]] | None = None,
    more: list[Field] | None = None,
) -> Record:
    """A CNMARC record of a printed book; `copies` are barcode and call number, each a field 905."""
    fields = [Field.control("001", number)] if number else []
    if isbn:
        fields.append(_field("010", ("a", isbn)))
    fields.append(_field("100", ("a", f"20020204d{year}    em y0chiy0120    ea")))
    fields.append(_field("101", ("a", language)))
    parts = [("a", title), ("h", volume), ("i", part), ("f", f"{author}编" if author else "")]
    fields.append(_field("200", *(pair for pair in parts if pair[1]), indicators="1 "))
    if edition:
        fields.append(_field("205", ("a", edition)))
    fields.append(_field("210", ("a", "北京"), *([("c", publisher)] if publisher else []), ("d", year)))
    fields.append(_field("215", ("a", pages), ("d", "27cm")))
    if author:
        fields.append(_field("711", ("a", author), ("4", "编"), indicators="02"))
    for barcode, call_number in copies or []:
        fields.append(_field("905", ("a", "BNU"), ("b", barcode), ("s", call_number)))
    leader = CNMARC_LEADER[:5] + status + CNMARC_LEADER[6:]
    return Record(leader, fields + (more or []))


def _field(tag: str, *subfields: tuple[str, str], indicators: str = "  ") -> Field:
    return Field.data_field(tag, indicators[0], indicators[1], subfields)


def iso_file(folder: Path, *records: Record, encoding: str = "utf-8", name: str = "records.iso") -> Path:
    """An ISO 2709 file of these records."""
    path = folder / name
    path.write_bytes(b"".join(write_iso2709(record, encoding) for record in records))
    return path
