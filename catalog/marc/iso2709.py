"""ISO 2709 as it really comes: split at record ends, fields by their separators, lengths only as hints.

Neither the record length nor the field lengths of real files can be trusted: they are counted in characters, kept
from before a change of encoding, or simply wrong. The separators 0x1D to 0x1F never occur inside a multibyte
character of GBK, GB18030, Big5, EACC or UTF-8, so everything is cut by them.
"""

import re
from collections.abc import Iterator
from operator import itemgetter
from typing import BinaryIO, NamedTuple

from django.utils.translation import gettext as _

FIELD_END, RECORD_END = b"\x1e", b"\x1d"
_CHUNK = 1 << 20
_PADDING = b"\r\n\t\x00\x1a"
_BOM = b"\xef\xbb\xbf"
# Length, status, type and level of a leader that follows a broken record without a separator between them.
_LEADER = re.compile(rb"\d{5}[acdnop][a-z][a-z][ \w|#-]{2}..\d{5}.{3}45[0 ]", re.DOTALL)
# An entry of the directory: tag, length, start. Equal numbers of digits sort as numbers do.
_ENTRY = re.compile("([0-9A-Za-z]{3})(.{4})([0-9]{5})", re.DOTALL)
_START = itemgetter(2)


class MalformedRecord(ValueError):
    """A record that cannot be taken apart; the message says why, for a person."""


class RawPiece(NamedTuple):
    """What lies between two record separators. `offset` counts bytes from the start of the file."""

    offset: int
    data: bytes
    complete: bool
    too_long: bool = False


class RawRecord(NamedTuple):
    leader: str
    fields: list[tuple[str, bytes]]
    warnings: list[str]


def split_records(stream: BinaryIO, *, longest: int) -> Iterator[RawPiece]:
    """Cut a file at 0x1D; memory stays flat, a piece above `longest` bytes is passed over and says so."""
    rest, offset, skipped = b"", 0, 0
    while chunk := stream.read(_CHUNK):
        *pieces, rest = (rest + chunk).split(RECORD_END)
        for data in pieces:
            if not data and not skipped:  # a file of nothing but record ends is passed over quickly
                offset += 1
                continue
            size = len(data) + skipped
            if size > longest:
                yield RawPiece(offset, data[:200] if not skipped else b"", complete=True, too_long=True)
            else:
                yield from _trimmed(RawPiece(offset, data, complete=True))
            offset, skipped = offset + size + 1, 0
        if len(rest) > longest:
            skipped, rest = skipped + len(rest), b""
    if skipped:
        yield RawPiece(offset, b"", complete=False, too_long=True)
    else:
        yield from _trimmed(RawPiece(offset, rest, complete=False))


def _trimmed(piece: RawPiece) -> Iterator[RawPiece]:
    """Without the line breaks, padding or byte order mark before the record; nothing if nothing is left."""
    data = piece.data.removeprefix(_BOM).lstrip(_PADDING)
    if data.strip():
        yield piece._replace(offset=piece.offset + len(piece.data) - len(data), data=data)


def separate(piece: RawPiece) -> list[RawPiece]:
    """The records inside one piece: more than one where a record lost its end (cut off by the next leader)."""
    starts = [0, *_inner_leaders(piece.data)]
    ends = [*starts[1:], len(piece.data)]
    pieces = []
    for start, end in zip(starts, ends, strict=True):
        data = piece.data[start:end]
        pieces.append(RawPiece(piece.offset + start, data, complete=piece.complete and end == len(piece.data)))
    return pieces


def _inner_leaders(data: bytes) -> list[int]:
    return [match.start() for match in _LEADER.finditer(data) if match.start() > 24]


def take_apart(piece: RawPiece) -> RawRecord:
    """Leader, tags and field bytes of one piece. Raises MalformedRecord."""
    data = piece.data.rstrip(b"\r\n") if piece.complete else piece.data.rstrip(_PADDING)
    if len(data) < 25:
        raise MalformedRecord(_("记录太短，没有完整的头标"))
    directory, separator, body = data[24:].partition(FIELD_END)
    if not separator:
        raise MalformedRecord(_("没有字段分隔符，目录区不完整"))
    warnings = []
    if len(directory) % 12:
        raise MalformedRecord(_("目录区长度不是12的倍数"))
    if not directory:
        raise MalformedRecord(_("目录区没有任何字段"))
    entries = _entries(directory.decode("latin-1"))
    contents = body.split(FIELD_END)
    if contents and not contents[-1].strip(b" \r\n"):
        contents.pop()
        ended = True
    else:
        ended = False
    if not piece.complete and (not ended or len(contents) < len(entries)):
        raise MalformedRecord(_("文件在记录中间结束"))
    if len(contents) == len(entries):
        # The directory's order by starting position is the order of the contents, even where the numbers are wrong.
        entries.sort(key=_START)
        fields = [(tag, content) for (tag, _length, _start), content in zip(entries, contents, strict=True)]
    elif _inner_leaders(data):
        raise MalformedRecord(_("记录没有结束符，后面紧接着另一条记录"))
    else:
        fields = _by_position(entries, body)
        warnings.append(_("字段内含有字段分隔符，按目录区的位置读取"))
    if not data[:5].isdigit() or int(data[:5]) != len(data) + 1:
        warnings.append(_("记录长度与头标不符"))
    return RawRecord(data[:24].decode("latin-1"), fields, warnings)


def _entries(directory: str) -> list[tuple[str, str, str]]:
    """Tag, length and start of every field, as they are written. Raises MalformedRecord."""
    entries = _ENTRY.findall(directory)
    if len(entries) * 12 == len(directory):  # so none was passed over
        return entries
    wrong = next(at for at in range(0, len(directory), 12) if not _ENTRY.match(directory, at))
    raise MalformedRecord(_("目录区第%(number)d项不合法") % {"number": wrong // 12 + 1})


def _by_position(entries: list[tuple[str, str, str]], body: bytes) -> list[tuple[str, bytes]]:
    """Fields by length and start, accepted only if every one ends exactly at a separator."""
    fields = []
    for tag, counted, starts in entries:
        length, start = int(counted) if counted.isdecimal() else 0, int(starts)
        content = body[start : start + length]
        if length < 1 or not content.endswith(FIELD_END):
            counts = {"listed": len(entries), "found": body.count(FIELD_END)}
            raise MalformedRecord(_("目录区有%(listed)d个字段，数据区有%(found)d个，长度也对不上") % counts)
        fields.append((tag, content[:-1].replace(FIELD_END, b" ")))
    return fields
