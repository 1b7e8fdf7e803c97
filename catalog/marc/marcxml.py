"""MARCXML as a stream of record elements: any namespace, any wrapper (collection, SRU, OAI-PMH), flat memory.

The file is cut by a scanner that knows comments and CDATA, and each record element is parsed alone by lxml without
entities and DTDs. So one broken element costs one record, the bytes of each record are kept as they came, and its
place in the file is known.
"""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from django.utils.translation import gettext as _
from lxml import etree

from catalog.marc.iso2709 import MalformedRecord, RawPiece
from catalog.marc.record import Field, Record

_CHUNK = 1 << 20
_TOKEN = re.compile(rb"<!--|-->|<!\[CDATA\[|\]\]>|<!DOCTYPE|<(/?)(?:[\w.-]+:)?record(?=[\s/>])", re.IGNORECASE)
_LONGEST_TOKEN = 80
_DECLARED = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)["']""")
_PREFIX = re.compile(r"[<\s/]([A-Za-z_][\w.-]*):[\w.-]")
_NOT_A_PREFIX = {"xml", "xmlns"}
_MARC_PARTS = {"leader", "controlfield", "datafield"}


class RefusedXml(ValueError):
    """The file carries a document type definition, which nothing here will read."""


def declared_encoding(head: bytes) -> str:
    """Python codec of the XML declaration; utf-8 where there is none. Unknown names fall back on utf-8."""
    match = _DECLARED.search(head[:400])
    name = match.group(1).decode("ascii") if match else "utf-8"
    if name.lower() in ("gb2312", "gbk"):
        return "gb18030"
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "utf-8"


def split_records(stream: BinaryIO, *, longest: int) -> Iterator[RawPiece]:
    """Bytes of every innermost record element. Raises RefusedXml at a DOCTYPE, before any later record.

    UTF-16 is read as UTF-8 from here on; offsets then count the UTF-8 bytes.
    """
    read = _utf8_reader(stream)
    buffer, base, at = b"", 0, 0  # `base` is the offset of the buffer in the file, `at` the place scanned up to
    start: int | None = None  # offset in the buffer of the innermost record element that is open
    inside = b""  # the end of the comment or CDATA section we are in
    final = False
    while not final:
        chunk = read()
        final = not chunk
        buffer += chunk
        limit = len(buffer) if final else max(0, len(buffer) - _LONGEST_TOKEN)
        while match := _TOKEN.search(buffer, at):
            if match.start() >= limit:
                break
            token, at = match.group(), match.end()
            if inside:
                inside = b"" if token == inside else inside
            elif token in (b"<!--", b"<![CDATA["):
                inside = b"-->" if token == b"<!--" else b"]]>"
            elif token.upper() == b"<!DOCTYPE":
                raise RefusedXml(_("文件带有 DTD 声明，出于安全不予读取"))
            elif token.startswith(b"</") and start is not None:
                end = buffer.find(b">", at)
                if end < 0:
                    at = match.start()
                    break
                yield RawPiece(base + start, buffer[start : end + 1], complete=True)
                start, at = None, end + 1
            elif match.group(1) == b"":
                start = match.start()
        at = max(at, limit)
        keep = min(at, start) if start is not None else at
        if start is not None and len(buffer) - start > longest:
            yield RawPiece(base + start, buffer[start : start + 200], complete=True, too_long=True)
            start, keep = None, at
        buffer, base, at = buffer[keep:], base + keep, at - keep
        start = start - keep if start is not None else None
    if start is not None:
        yield RawPiece(base + start, buffer[start:], complete=False)


def _utf8_reader(stream: BinaryIO):  # type: ignore[no-untyped-def]
    """A function that gives the next chunk; UTF-16 is recognised by its byte order mark."""
    first = stream.read(_CHUNK)
    if first[:2] not in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        pending = [first]
        return lambda: pending.pop() if pending else stream.read(_CHUNK)
    decoder = codecs.getincrementaldecoder("utf-16")("replace")
    pending = [decoder.decode(first).encode("utf-8", "replace")]
    return lambda: pending.pop() if pending else decoder.decode(stream.read(_CHUNK)).encode("utf-8", "replace")


def parse(piece: RawPiece, text: str) -> list[Record]:
    """Records of one element (several only where an SRU server packed them as strings). Raises MalformedRecord."""
    if not piece.complete:
        raise MalformedRecord(_("文件在记录中间结束"))
    root = _element(text)
    if not any(_local(child) in _MARC_PARTS for child in root):
        packed = [e.text or "" for e in root.iter() if _local(e) == "recordData" and (e.text or "").lstrip()[:1] == "<"]
        if packed:
            return [_record(_element(_without_declaration(inner))) for inner in packed]
        namespaces = ", ".join(sorted({str(n) for e in root.iter() for n in e.nsmap.values() if e is not root}))
        raise MalformedRecord(_("记录里没有MARC字段 %(namespaces)s") % {"namespaces": namespaces[:120]})
    return [_record(root)]


def _element(text: str) -> etree._Element:
    prefixes = set(_PREFIX.findall(text)) - _NOT_A_PREFIX
    declarations = "".join(f' xmlns:{prefix}="urn:prefix:{prefix}"' for prefix in sorted(prefixes))
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, recover=False)
    try:
        return etree.fromstring(f"<wrapped{declarations}>{text}</wrapped>", parser)[0]
    except (etree.XMLSyntaxError, ValueError, IndexError) as error:
        raise MalformedRecord(_("XML 不合法：%(error)s") % {"error": str(error)[:150]}) from error


def _without_declaration(text: str) -> str:
    return re.sub(r"^\s*<\?xml[^>]*\?>", "", text)


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""


def _record(root: etree._Element) -> Record:
    record = Record(" " * 24)
    for element in root:
        name = _local(element)
        tag = (element.get("tag") or "").strip()
        if name == "leader":
            record.leader = f"{element.text or '':24}"[:24]
        elif name == "controlfield" and tag:
            record.fields.append(Field.control(tag, element.text or ""))
        elif name == "datafield" and tag:
            subfields = [((sub.get("code") or " ")[:1], "".join(sub.itertext()))
                         for sub in element if _local(sub) == "subfield"]  # fmt: skip
            ind1, ind2 = ((element.get(key) or " ")[:1] for key in ("ind1", "ind2"))
            record.fields.append(Field.data_field(tag, ind1, ind2, subfields))
    return record
