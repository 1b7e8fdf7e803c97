"""Reads a file of records, whatever it holds: ISO 2709 or MARCXML, CNMARC or MARC21, any of the encodings.

A record that cannot be read is handed over with its position and the reason, and the reading goes on.
"""

import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from catalog.marc import encodings, iso2709, marcxml
from catalog.marc.encodings import CNMARC, MARC21
from catalog.marc.iso2709 import MalformedRecord, RawPiece, RawRecord
from catalog.marc.record import Field, Record

LONGEST_RECORD = 2_000_000  # bytes; ISO 2709 itself cannot count above 99,999
_LOOKED_AHEAD = 1 << 18  # bytes
_PLAIN = bytes(byte for byte in range(128) if byte != 0x1B)  # ASCII, but for the escape of MARC-8


class UnreadableFile(ValueError):
    """Nothing in the file can be read as records; the message says why, for a person."""


@dataclass(slots=True)
class ReadRecord:
    """A record that was read. `position` counts records from 1, `offset` bytes from 0."""

    position: int
    offset: int
    raw: bytes
    record: Record
    syntax: str
    encoding: str
    warnings: list[str] = field(default_factory=list)
    garbled: str = ""


@dataclass(slots=True)
class Rejected:
    """A record that could not be read, with what can be told about it."""

    position: int
    offset: int
    reason: str
    title: str = ""


def read_file(
    path: Path, *, syntax: str = "auto", encoding: str = "auto", prior: str = ""
) -> Iterator[ReadRecord | Rejected]:
    """Every record of the file in its order. Raises UnreadableFile, RefusedXml, ValueError (unknown choice).

    `prior` is the encoding that files from there usually are in; it counts where the bytes leave a doubt.
    """
    with path.open("rb") as stream:
        yield from read_stream(stream, syntax=syntax, encoding=encoding, prior=prior)


def read_stream(
    stream: BinaryIO, *, syntax: str = "auto", encoding: str = "auto", prior: str = ""
) -> Iterator[ReadRecord | Rejected]:
    """The same from an open, seekable binary stream."""
    if syntax not in ("auto", CNMARC, MARC21):
        raise ValueError(f"unknown syntax {syntax!r}; known are auto, {CNMARC}, {MARC21}")
    encoding = encodings.canonical(encoding)
    head = stream.read(4096)
    stream.seek(0)
    if not head.strip(b"\xef\xbb\xbf \r\n\t\x00"):
        raise UnreadableFile(_("文件是空的"))
    reading = _Reading(syntax=syntax, encoding=encoding, prior=prior)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start == b"<" or head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        yield from reading.marcxml(stream, declared=marcxml.declared_encoding(head))
    elif iso2709.RECORD_END in head or iso2709.FIELD_END in head:
        reading.look_ahead(stream)
        stream.seek(0)
        yield from reading.iso2709(stream)
    else:
        told = _("既不是 ISO 2709，也不是 MARCXML；请在本馆系统里导出为其中一种，不能读取 Excel、PDF 或纯文本")
        raise UnreadableFile(told)


class _Reading:
    """One pass through one file: what was asked for, and what the records so far were in."""

    def __init__(self, *, syntax: str, encoding: str, prior: str) -> None:
        self.syntax = syntax
        self.encoding = encoding
        self.prior = prior
        self.position = 0
        self.encodings_seen: Counter[str] = Counter()
        self.syntaxes_seen: Counter[str] = Counter()

    def look_ahead(self, stream: BinaryIO) -> None:
        """What most records at the beginning of the file are in; a short first record alone might mislead."""
        if self.encoding != "auto":
            return
        beginning = io.BytesIO(stream.read(_LOOKED_AHEAD))
        for piece in iso2709.split_records(beginning, longest=LONGEST_RECORD):
            try:
                raw = iso2709.take_apart(piece)
            except MalformedRecord:
                continue
            data = iso2709.FIELD_END.join(content for _tag, content in raw.fields)
            choice = encodings.choose(
                data,
                syntax=self._syntax_of(raw.leader, {tag for tag, _content in raw.fields}),
                leader=raw.leader,
                prior=self.prior,
            )
            if not choice.garbled:  # the more text beyond ASCII, the surer
                self.encodings_seen[choice.encoding] += len(data.translate(None, _PLAIN))
        self.encodings_seen += Counter()  # without those of which nothing was seen
        self.syntaxes_seen.clear()

    def iso2709(self, stream: BinaryIO) -> Iterator[ReadRecord | Rejected]:
        for piece in iso2709.split_records(stream, longest=LONGEST_RECORD):
            try:
                if piece.too_long:
                    raise MalformedRecord(_("记录超过长度上限"))
                parts = [(piece, iso2709.take_apart(piece))]
            except MalformedRecord as error:
                yield from self._broken_piece(piece, error)
                continue
            for part, raw in parts:
                yield self._from_raw(part, raw)

    def _broken_piece(self, piece: RawPiece, error: MalformedRecord) -> Iterator[ReadRecord | Rejected]:
        """Whole records that stand in one piece with a broken one are still read."""
        parts = iso2709.separate(piece)
        if len(parts) == 1:
            yield self._rejected(piece, str(error))
            return
        for part in parts:
            try:
                yield self._from_raw(part, iso2709.take_apart(part))
            except MalformedRecord as part_error:
                yield self._rejected(part, str(part_error))

    def _from_raw(self, piece: RawPiece, raw: RawRecord) -> ReadRecord:
        self.position += 1
        syntax = self._syntax_of(raw.leader, {tag for tag, _content in raw.fields})
        data = iso2709.FIELD_END.join(content for _tag, content in raw.fields)
        if self.encoding == "auto":
            prior = self._usual_encoding() or ("" if data.isascii() else self.prior)
            choice = encodings.choose(data, syntax=syntax, leader=raw.leader, prior=prior)
        else:
            choice = encodings.forced(data, self.encoding)
        contents = choice.text.split("\x1e")
        fields = [_field(tag, content) for (tag, _raw), content in zip(raw.fields, contents, strict=True)]
        warnings = raw.warnings + self._remember(choice.encoding, plain=data.isascii())
        return ReadRecord(
            self.position, piece.offset, piece.data, Record(raw.leader, fields), syntax, choice.encoding, warnings,
            choice.garbled or _garbled_title(fields),
        )  # fmt: skip

    def marcxml(self, stream: BinaryIO, *, declared: str) -> Iterator[ReadRecord | Rejected]:
        for piece in marcxml.split_records(stream, longest=LONGEST_RECORD):
            try:
                if piece.too_long:
                    raise MalformedRecord(_("记录超过长度上限"))
                encoding, text, garbled = self._xml_text(piece.data, declared)
                records = marcxml.parse(piece, text)
            except MalformedRecord as error:
                yield self._rejected(piece, str(error))
                continue
            for record in records:
                self.position += 1
                syntax = self._syntax_of(record.leader, {f.tag for f in record.fields})
                warnings = self._remember(encoding, plain=text.isascii())
                yield ReadRecord(
                    self.position, piece.offset, piece.data, record, syntax, encoding, warnings,
                    garbled or _garbled_title(record.fields),
                )  # fmt: skip

        if not self.position:
            raise UnreadableFile(_("这个 XML 文件里没有 MARC 记录"))

    def _xml_text(self, data: bytes, declared: str) -> tuple[str, str, str]:
        """Encoding, text and what is wrong with it: as declared if that works, else as the bytes look."""
        if self.encoding != "auto":
            choice = encodings.forced(data, self.encoding)
        else:
            try:
                text = data.decode("utf-8" if declared.startswith("utf-16") else declared)
                choice = encodings.Choice(_known(declared), text, encodings.garbled(text))
            except UnicodeDecodeError:
                choice = encodings.choose(data, syntax=CNMARC, prior=self._usual_encoding() or self.prior)
        return choice.encoding, choice.text, choice.garbled

    def _rejected(self, piece: RawPiece, reason: str) -> Rejected:
        self.position += 1
        return Rejected(self.position, piece.offset, reason, _title_hint(piece.data))

    def _syntax_of(self, leader: str, tags: set[str]) -> str:
        """CNMARC or MARC21 by the title field, then by fields and the leader's end, then by the file so far."""
        if self.syntax != "auto":
            return self.syntax
        if ("200" in tags) != ("245" in tags):
            found = CNMARC if "200" in tags else MARC21
            self.syntaxes_seen[found] += 1
            return found
        if ("008" in tags) != ("100" in tags and "801" in tags):
            return MARC21 if "008" in tags else CNMARC
        if self.syntaxes_seen:
            return self.syntaxes_seen.most_common(1)[0][0]
        return MARC21 if leader[20:24] == "4500" else CNMARC

    def _usual_encoding(self) -> str:
        return max(self.encodings_seen, key=self.encodings_seen.__getitem__, default="")

    def _remember(self, encoding: str, *, plain: bool) -> list[str]:
        """A warning where a record disagrees with its file; plain ASCII agrees with everything."""
        if plain:
            return []
        usual = self._usual_encoding()
        self.encodings_seen[encoding] += 1
        if usual and usual != encoding:
            return [_("编码与文件中其他记录不同：%(encoding)s") % {"encoding": encoding}]
        return []


def _known(codec: str) -> str:
    try:
        return encodings.canonical(codec)
    except ValueError:
        return encodings.UTF8 if codec.startswith("utf-16") else codec


def _field(tag: str, content: str) -> Field:
    parts = content.split("\x1f")
    if len(parts) == 1:
        return Field.control(tag, content)
    head = f"{parts[0]:2}"
    return Field(tag, head[0], head[1], [(part[0], part[1:]) for part in parts[1:] if part])


def _garbled_title(fields: list[Field]) -> str:
    for f in fields:
        if f.tag in ("200", "245"):
            return encodings.garbled_title(" ".join(value for _code, value in f.subfields))
    return ""


def _title_hint(data: bytes) -> str:
    """Some readable words of a record that cannot be read, so that a person can find it in the own system."""
    text = encodings.choose(data[:3000], syntax=CNMARC).text
    pieces = [piece[1:].strip() for piece in text.split("\x1f")[1:]]
    if not pieces:
        pieces = [piece.partition("<")[0].strip() for piece in text.split(">")]
    titles = [p.partition("\x1e")[0] for p in pieces if sum("\u3400" <= c <= "\u9fff" for c in p) >= 2]
    return (titles or [""])[0][:100]


def read_again(raw: bytes, *, syntax: str, encoding: str) -> Record:
    """A record from its kept bytes, with the syntax and encoding found before. Raises MalformedRecord."""
    piece = RawPiece(0, raw, complete=True)
    if raw.lstrip()[:1] == b"<":
        return marcxml.parse(piece, encodings.decode(raw, encoding))[0]
    taken = iso2709.take_apart(piece)
    text = encodings.decode(iso2709.FIELD_END.join(content for _tag, content in taken.fields), encoding)
    contents = text.split("\x1e")
    return Record(taken.leader, [_field(tag, c) for (tag, _raw), c in zip(taken.fields, contents, strict=True)])
