"""Records written as ISO 2709 and MARCXML: for downloads, for the demo world's files and for tests."""

import re
from collections.abc import Iterable, Iterator

from lxml import etree

from catalog.marc.record import Record

FIELD_END, RECORD_END, SUBFIELD = b"\x1e", b"\x1d", b"\x1f"
# What XML 1.0 cannot carry: control characters, surrogates and two non-characters.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
MARC21_SLIM = "http://www.loc.gov/MARC21/slim"


class RecordTooLong(ValueError):
    """The record does not fit the 99,999 bytes that ISO 2709 can count."""


def write_iso2709(record: Record, encoding: str = "utf-8") -> bytes:
    """One record as ISO 2709; `encoding` is a Python codec name (utf-8, gb18030, big5 …).

    Leader position 09 is written as the record has it: MARC21 in UTF-8 wants `a`, CNMARC leaves it blank.
    Raises RecordTooLong, and UnicodeEncodeError where the encoding lacks a character.
    """
    directory, body = b"", b""
    for f in record.fields:
        if f.subfields:
            content = (f.ind1 + f.ind2).encode("ascii")
            content += b"".join(SUBFIELD + code.encode("ascii") + value.encode(encoding) for code, value in f.subfields)
        else:
            content = f.data.encode(encoding)
        content += FIELD_END
        if len(content) > 9999:
            raise RecordTooLong(f"field {f.tag} has {len(content)} bytes")
        directory += b"%3s%04d%05d" % (f.tag.encode("ascii"), len(content), len(body))
        body += content
    base = 24 + len(directory) + 1
    length = base + len(body) + 1
    if length > 99999:
        raise RecordTooLong(f"record has {length} bytes")
    leader = f"{length:05d}{record.leader[5:10]:5}22{base:05d}{record.leader[17:20]:3}450{record.leader[23:24]:1}"
    return leader.encode("ascii") + directory + FIELD_END + body + RECORD_END


def marcxml_element(record: Record, namespace: str = MARC21_SLIM) -> etree._Element:
    """One record as a MARCXML element; characters that XML cannot carry are left out."""
    root = etree.Element(f"{{{namespace}}}record", nsmap={None: namespace})
    etree.SubElement(root, f"{{{namespace}}}leader").text = _xml_text(record.leader)
    for f in record.fields:
        if f.subfields:
            element = etree.SubElement(root, f"{{{namespace}}}datafield", tag=f.tag, ind1=f.ind1, ind2=f.ind2)
            for code, value in f.subfields:
                etree.SubElement(element, f"{{{namespace}}}subfield", code=code).text = _xml_text(value)
        else:
            etree.SubElement(root, f"{{{namespace}}}controlfield", tag=f.tag).text = _xml_text(f.data)
    return root


def write_marcxml(records: Iterable[Record], namespace: str = MARC21_SLIM) -> Iterator[bytes]:
    """A MARCXML collection in pieces, one per record, ready to be written to a file."""
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<collection xmlns="{namespace}">\n'.encode()
    for record in records:
        yield etree.tostring(marcxml_element(record, namespace), encoding="utf-8") + b"\n"
    yield b"</collection>\n"


def _xml_text(text: str) -> str:
    return _NOT_XML.sub("", text)
