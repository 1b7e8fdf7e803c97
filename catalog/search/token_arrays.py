"""The tokens of many editions at once, in numpy: those of tokens(pieces_by_route(…)), in a third of the time.

All lines of a batch become one array of characters, whose pairs are found by comparing it with itself moved by one. A
CRC is linear: without what stands before it, that of a pair is that of its first character, moved on by the bytes of
its second, XOR that of the second. So two tables hash all pairs. Words, which are few, are hashed one by one.
"""

import zlib
from collections.abc import Collection, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from catalog.search.tokens import UNSPACED_RUN, WORD, Texts

Tokens = npt.NDArray[np.int32]
_Hashes = npt.NDArray[np.uint32]
_Codes = npt.NDArray[np.uint32]
_Places = npt.NDArray[np.intp]

_AT_ONCE = 500  # editions; more take more memory and no less time
_SIGN = np.uint32(1 << 31)
_LINE_END = "\n"  # which no text in its normal form has
_STATEMENT, _SERIES = "r", "x"  # lines of authors whose first character does not count, and lines of no route but x
_ROUTES = ("t", "a", _STATEMENT, "s", "p", _SERIES)


def tokens_of(texts: Sequence[Texts], further: Sequence[Collection[int]]) -> list[Tokens]:
    """The tokens of each edition, sorted, each once: of its texts, and of the hashes (catalog/search/tokens.py) given
    of all else it is found by."""
    starts = range(0, len(texts), _AT_ONCE)
    batches = (_tokens_of(texts[start : start + _AT_ONCE], further[start : start + _AT_ONCE]) for start in starts)
    return list(chain.from_iterable(batches))


def _tokens_of(texts: Sequence[Texts], further: Sequence[Collection[int]]) -> list[Tokens]:
    owners = [np.repeat(np.arange(len(texts)), [len(one) for one in further])]
    hashes = [np.fromiter(chain.from_iterable(further), np.uint32)]
    for owner, found in _Lines.of(texts).hashed():
        owners.append(owner)
        hashes.append(found)
    # In this form numbers without a sign sort as those with one do.
    keys = np.concatenate(owners).astype(np.uint64) << np.uint64(32) | (np.concatenate(hashes) ^ _SIGN)
    keys.sort()
    keys = keys[np.flatnonzero(np.diff(keys, prepend=~keys[:1]))]
    tokens = (keys.astype(np.uint32) ^ _SIGN).view(np.int32)
    return np.split(tokens, np.searchsorted(keys, np.arange(1, len(texts), dtype=np.uint64) << np.uint64(32)))


class _Lines(NamedTuple):
    """Every line of the texts of some editions behind each other. By character: its code point, the line it stands in,
    whether its script is written without blanks. By line: its edition and its route."""

    text: str
    codes: _Codes
    line: _Places
    unspaced: npt.NDArray[np.bool_]
    owner: _Places
    route: npt.NDArray[np.uint8]

    @classmethod
    def of(cls, editions: Sequence[Texts]) -> "_Lines":
        lines: list[str] = []
        routes: list[str] = []
        for texts in editions:
            lines += (texts.title, *texts.authors, *texts.subjects, texts.publisher, texts.series)
            statements = len(texts.authors) - texts.names
            routes.append("t" + "a" * texts.names + _STATEMENT * statements + "s" * len(texts.subjects) + "p" + _SERIES)
        text = _LINE_END.join([*lines, ""])
        codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
        ends = codes == ord(_LINE_END)
        return cls(
            text=text,
            codes=codes,
            line=np.cumsum(ends) - ends,
            unspaced=_tables().unspaced[np.minimum(codes, _CHARACTERS)],
            owner=np.repeat(np.arange(len(editions)), [len(one) for one in routes]),
            route=np.frombuffer("".join(routes).encode(), np.uint8),
        )

    def hashed(self) -> list[tuple[_Places, _Hashes]]:
        """Editions and hashes of all pieces: pairs of neighbours, what stands alone, words; and of the single
        characters that count beside them (catalog/search/tokens.py, text_pieces)."""
        neighbours = self.unspaced[:-1] & self.unspaced[1:]
        pairs = np.flatnonzero(neighbours)
        in_a_pair = np.zeros_like(self.unspaced)
        in_a_pair[:-1] |= neighbours
        in_a_pair[1:] |= neighbours
        alone = np.flatnonzero(self.unspaced & ~in_a_pair)
        return [*self._of_pairs(pairs), *self._of_single(alone), *self._of_words(), self._of_single(self._singles())[0]]

    def _singles(self) -> _Places:
        """The characters that are found by themselves in the route of their line alone: all of a title, and the first
        one of each name and subject."""
        route = self.route[self.line]
        first = np.diff(self.line, prepend=-1) > 0
        counts = (route == ord("t")) | (first & ((route == ord("a")) | (route == ord("s"))))
        return np.flatnonzero(self.unspaced & counts)

    def _of_pairs(self, at: _Places) -> list[tuple[_Places, _Hashes]]:
        tables, seconds = _tables(), self.codes[at + 1]
        moved = tables.moved[self.codes[at]]
        longer = np.flatnonzero(_bytes(seconds) == 4)
        moved[longer] = _move(moved[longer])
        return self._by_route(at, moved ^ tables.alone[seconds], _bytes(self.codes[at]) + _bytes(seconds))

    def _of_single(self, at: _Places) -> list[tuple[_Places, _Hashes]]:
        codes = self.codes[at]
        return self._by_route(at, _tables().alone[codes], _bytes(codes))

    def _by_route(self, at: _Places, hashes: _Hashes, length: _Places) -> list[tuple[_Places, _Hashes]]:
        """These pieces of so many bytes behind the route of their line, and behind x."""
        line, before = self.line[at], _tables().before
        owner = self.owner[line]
        return [(owner, hashes ^ before[self.route[line], length]), (owner, hashes ^ before[ord("x"), length])]

    def _of_words(self) -> list[tuple[_Places, _Hashes]]:
        found = [(match.start(), match.group().encode()) for match in WORD.finditer(self.text)]
        line = self.line[[start for start, _word in found]] if found else np.zeros(0, np.intp)
        starts = _tables().starts
        hashes = [
            zlib.crc32(word, start)
            for (_start, word), route in zip(found, self.route[line].tolist(), strict=True)
            for start in (starts[route], starts[ord("x")])
        ]
        return [(np.repeat(self.owner[line], 2), np.array(hashes, np.uint32))]


# --- CRC-32 of characters ------------------------------------------------------------------------------

_CHARACTERS = 0x40000  # the unspaced scripts end with plane 3
_FOUR_BYTES = (
    0x10000  # from here on a character has four in UTF-8, and three before: all unspaced ones are above U+0800
)
_STEP = np.array([zlib.crc32(bytes([byte])) ^ zlib.crc32(b"\0") for byte in range(256)], np.uint32)


class _Tables(NamedTuple):
    """By code point: whether its script is written without blanks (the last value: all beyond); the CRC of its bytes,
    and the same moved on by three. By route: the CRC of its letter; by route and length: moved on by so many bytes."""

    unspaced: npt.NDArray[np.bool_]
    alone: _Hashes
    moved: _Hashes
    starts: list[int]
    before: _Hashes


@lru_cache(maxsize=1)
def _tables() -> _Tables:
    codes = np.arange(_CHARACTERS, dtype=np.uint32)
    unspaced = np.zeros(_CHARACTERS + 1, np.bool_)
    for run in UNSPACED_RUN.finditer(codes.tobytes().decode("utf-32-le", "surrogatepass")):
        unspaced[slice(*run.span())] = True
    lead = np.where(codes < _FOUR_BYTES, _lead(codes, 12, 0xE0), _move(_lead(codes, 18, 0xF0)) ^ _trail(codes, 12))
    alone = _move(_move(_move(lead) ^ _trail(codes, 6)) ^ _trail(codes, 0))
    starts, before = [0] * 128, np.zeros((128, 9), np.uint32)
    for route in _ROUTES:
        starts[ord(route)] = start = zlib.crc32(b"a" if route == _STATEMENT else route.encode())
        before[ord(route)] = [zlib.crc32(bytes(length), start) for length in range(9)]
    return _Tables(unspaced, alone, _move(_move(_move(alone))), starts, before)


def _lead(codes: _Codes, shift: int, mark: int) -> _Codes:
    """The first byte in UTF-8: its mark and the highest bits."""
    return codes >> np.uint32(shift) | np.uint32(mark)


def _trail(codes: _Codes, shift: int) -> _Codes:
    """A further byte: its mark and six bits."""
    return codes >> np.uint32(shift) & np.uint32(0x3F) | np.uint32(0x80)


def _bytes(codes: _Codes) -> _Places:
    """How many bytes these unspaced characters have in UTF-8."""
    return np.where(codes < _FOUR_BYTES, 3, 4)


def _move(hashes: _Hashes) -> _Hashes:
    """The CRCs moved on by a byte of zero."""
    return _STEP[hashes & np.uint32(0xFF)] ^ hashes >> np.uint32(8)
