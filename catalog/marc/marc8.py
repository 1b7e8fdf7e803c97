"""MARC-8 (ANSEL, EACC and the other sets of the Library of Congress) to Unicode, with pymarc's code tables.

pymarc's own converter writes problems to the error stream and turns them into blanks; here an unknown code becomes
U+FFFD, so that the caller can see that something was lost.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Any

UNKNOWN = "\ufffd"
_LATIN, _ANSEL, _EACC = 0x42, 0x45, 0x31
_SHORT = {ord("g"): 0x67, ord("b"): 0x62, ord("p"): 0x70, ord("s"): _LATIN}
# EACC records of Chinese books separate words by blanks, often one or two; Chinese is not written like that.
_HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff〇"
_BLANK_IN_HAN = re.compile(rf"(?<=[{_HAN}])[ \u3000]+(?=[{_HAN}])")
ESCAPE = re.compile(rb"\x1b(?:[$(),\-][1-9A-Z$(),\-!]|[gbps])")


@lru_cache(maxsize=1)
def _tables() -> tuple[dict[int, Any], dict[int, int]]:
    from pymarc import marc8_mapping  # some 15,000 EACC codes: loaded by the first record that needs them

    return marc8_mapping.CODESETS, marc8_mapping.ODD_MAP


def decode(data: bytes) -> str:
    """One subfield, which by the rules starts in ASCII and ANSEL. Codes without a character become U+FFFD."""
    if data.isascii() and b"\x1b" not in data:
        return data.decode("ascii")
    codesets, odd = _tables()
    g0, g1 = _LATIN, _ANSEL
    text: list[str] = []
    accents: list[str] = []
    at, end = 0, len(data)
    while at < end:
        byte = data[at]
        if byte == 0x1B:
            at, g0, g1 = _escape(data, at, g0, g1)
            continue
        high = byte >= 0x80
        charset = g1 if high else g0
        if charset == _EACC and byte > 0x20:
            code = int.from_bytes(bytes(b & 0x7F for b in data[at : at + 3]), "big") if at + 3 <= end else -1
            at += 3
        else:
            code = byte
            at += 1
            if byte <= 0x20:
                text.append(chr(byte))
                continue
        found = codesets.get(charset, {}).get(code)
        if found is None:
            text.append(chr(odd[code]) if code in odd else UNKNOWN)
        elif found[1]:
            accents.append(chr(found[0]))
        else:
            text.append(chr(found[0]))
            text.extend(accents)
            accents.clear()
    text.extend(accents)  # an accent without its letter stays visible behind the text
    return _BLANK_IN_HAN.sub("", unicodedata.normalize("NFC", "".join(text)))


def _escape(data: bytes, at: int, g0: int, g1: int) -> tuple[int, int, int]:
    """Position behind the escape sequence at `at`, and the two sets it leaves in force."""
    first = data[at + 1 : at + 2]
    if first in (b"(", b",", b")", b"-", b"$"):
        behind = at + 2
        to_g1 = first in (b")", b"-")
        if first == b"$" and data[behind : behind + 1] in (b",", b"(", b")", b"-"):
            to_g1 = data[behind : behind + 1] in (b")", b"-")
            behind += 1
        if data[behind : behind + 1] == b"!":
            behind += 1
        if behind < len(data):
            charset = data[behind]
            return (behind + 1, g0, charset) if to_g1 else (behind + 1, charset, g1)
        return len(data), g0, g1
    if first and first[0] in _SHORT:
        return at + 2, _SHORT[first[0]], g1
    return at + 1, g0, g1
