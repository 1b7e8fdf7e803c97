"""Which encoding a record is in, decided by its bytes: leaders of real files do not say it truthfully.

CNMARC leaves leader/09 blank for UTF-8 and GBK alike, MARC21 exports claim UTF-8 and hold something else. So: escape
sequences mean MARC-8; bytes that are UTF-8 are UTF-8; the rest goes to the candidate whose text is most plausible,
with a bonus for what the other records of the file were in.
"""

import re
from typing import NamedTuple

from django.utils.translation import gettext as _

from catalog.marc import marc8, plausibility

UTF8, GB18030, BIG5, MARC8 = "utf-8", "gb18030", "big5", "marc-8"
ENCODINGS = (UTF8, GB18030, BIG5, MARC8)
CNMARC, MARC21 = "cnmarc", "marc21"

_THREE_BYTES = re.compile("[\u0800-\U0010ffff]")
_SEPARATORS = re.compile(rb"([\x1d\x1e\x1f])")
_PRIOR_BONUS = 1.0  # for bytes that are sound in the encoding of the file's other records; the rest has to earn more
_PRIOR_BONUS_IF_BROKEN = 0.35
_LEADER_BONUS = 0.2
_GARBLED_BELOW = -0.2
# Text of the file's usual encoding that reads so well needs no comparison; no other reading would score more.
_READS_WELL = 1.2
# So few characters prove nothing against the rest of the file, and nothing by themselves unless one reading is clear.
_FEW = 4
_CLEARLY = 0.4


# What exports went through before they reached us: text of the second encoding that was once read in the first.
_MISREADINGS = [
    ("cp1252", UTF8), ("latin-1", UTF8), ("gb18030", UTF8), ("latin-1", GB18030), ("cp1252", GB18030),
    ("big5", GB18030), ("gb18030", BIG5),
]  # fmt: skip
_BEYOND_DOUBT = 1.0
_FOREIGN, _HAN = re.compile("[^\x00-\x7f]+"), re.compile("[㐀-鿿]+")
_LONG_FOREIGN = re.compile("[^\x00-\x7f]{4,}")  # Western words have single letters beyond ASCII


class Choice(NamedTuple):
    """`garbled` says, for a person, why the text cannot be trusted; empty if it can."""

    encoding: str
    text: str
    garbled: str


def canonical(name: str) -> str:
    """One of ENCODINGS for any usual spelling (GBK, utf8, MARC8 …), or `auto`. Raises ValueError."""
    plain = re.sub(r"[-_ ]", "", name.lower())
    known = {
        "auto": "auto", "utf8": UTF8, "gb18030": GB18030, "gbk": GB18030, "gb2312": GB18030, "cp936": GB18030,
        "big5": BIG5, "big5hkscs": BIG5, "cp950": BIG5, "marc8": MARC8, "ansel": MARC8, "eacc": MARC8,
    }  # fmt: skip
    if plain not in known:
        raise ValueError(f"unknown encoding {name!r}; known are auto, {', '.join(ENCODINGS)}")
    return known[plain]


def decode(data: bytes, encoding: str) -> str:
    """Text of `data`; what cannot be decoded becomes U+FFFD, and the separators 0x1D to 0x1F always survive."""
    if encoding == MARC8:
        pieces = _SEPARATORS.split(data)
        return "".join(piece.decode("ascii") if piece.isascii() and b"\x1b" not in piece else marc8.decode(piece)
                       for piece in pieces)  # fmt: skip
    codec = _codec(encoding)
    try:
        return data.decode(codec)
    except UnicodeDecodeError:  # half a character at the end of a subfield would take the separator with it
        return "".join(piece.decode(codec, "replace") for piece in _SEPARATORS.split(data))


def choose(data: bytes, *, syntax: str, leader: str = "", prior: str = "") -> Choice:
    """Encoding and text of one record's field bytes. `prior` is the encoding of the file's other records, if known."""
    if data.isascii():
        if marc8.ESCAPE.search(data):
            return _checked(MARC8, decode(data, MARC8))
        return _checked(UTF8 if prior in ("", UTF8) else prior, data.decode("ascii"))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if _THREE_BYTES.search(text):  # such sequences do not come about by chance
        return _checked(UTF8, text)
    if marc8.ESCAPE.search(data):
        return _checked(MARC8, decode(data, MARC8))
    if prior and prior != MARC8 and (usual := _strictly(data, prior)):
        value = plausibility.score(usual)
        if (value >= _READS_WELL and prior != UTF8) or _foreign(usual) <= _FEW:
            return Choice(prior, usual, garbled(usual, value))
    candidates = [UTF8, GB18030, BIG5]
    if syntax != CNMARC and not text:  # two-byte sequences of UTF-8 are no sense in ANSEL: ♯¡
        candidates.append(MARC8)
    weighed = sorted(
        ((_weigh(candidate, data, leader, prior, valid_utf8=bool(text)), candidate) for candidate in candidates),
        key=lambda pair: -pair[0],
    )
    (best, encoding), (second, _other) = weighed[:2]
    choice = _checked(encoding, decode(data, encoding))
    if not choice.garbled and not prior and best - second < _CLEARLY and _foreign(choice.text) <= _FEW:
        return choice._replace(garbled=_("非西文的文字太少，不能确定编码"))
    return choice


def _foreign(text: str) -> int:
    return sum(character > "\x7f" for character in text)


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(_codec(encoding))
    except UnicodeDecodeError:
        return ""


def _codec(encoding: str) -> str:
    return "big5hkscs" if encoding == BIG5 else encoding


def forced(data: bytes, encoding: str) -> Choice:
    """The same with an encoding that a person chose."""
    return _checked(encoding, decode(data, encoding))


def _weigh(candidate: str, data: bytes, leader: str, prior: str, *, valid_utf8: bool) -> float:
    text = decode(data, candidate)
    weight = plausibility.score(text)
    if candidate == UTF8 and valid_utf8:
        weight += 0.5  # and GBK that happens to be UTF-8 still loses to its own plausible Chinese
    if candidate == prior:
        weight += _PRIOR_BONUS_IF_BROKEN if "\ufffd" in text else _PRIOR_BONUS
    if candidate == MARC8 and leader[9:10] == " ":
        weight += _LEADER_BONUS
    return weight


def _checked(encoding: str, text: str) -> Choice:
    return Choice(encoding, text, garbled(text))


def garbled(text: str, value: float | None = None) -> str:
    """Why decoded text looks like noise, or empty. `value` is its plausibility, where it is known already."""
    lost = text.count("\ufffd")
    if lost:
        return _("有%(lost)d处字节无法解码") % {"lost": lost}
    if text.isascii():
        return ""
    if "锟斤拷" in text:
        return _("出现“锟斤拷”，此前的转码已丢失文字")
    if value is None:
        value = plausibility.score(text)
    if value < _BEYOND_DOUBT and any(_was_misread(text, value, *pair) for pair in _MISREADINGS):
        return _("文字像是曾按错误的编码转换过")
    if value < _GARBLED_BELOW and sum(c > "\x7f" for c in text) >= 4:
        return _("文字不像任何已知的语种，编码可能有误")
    return ""


def garbled_title(title: str) -> str:
    """The same for a title alone, which a long sound record around it would hide; empty if it reads well."""
    marks = title.count("?")
    if marks >= 3 and "??" in title and marks > sum(c.isalnum() for c in title):
        return _("题名的文字变成了问号，此前的转码已丢失文字")
    return garbled(title)


def _was_misread(text: str, value: float, wrong: str, right: str) -> bool:
    """Whether the text, turned back into the bytes that `wrong` made it of, makes better sense in `right`."""
    pattern = _FOREIGN if right == UTF8 else _HAN if wrong in ("gb18030", "big5") else _LONG_FOREIGN
    foreign = "".join(pattern.findall(text))
    again = foreign.encode(wrong, "ignore").decode(right, "replace")
    lost = again.count("\ufffd")
    han = sum("\u3400" <= c <= "\u9fff" for c in again)
    if right == UTF8:  # which no other text looks like: its structure is proof enough
        return han >= 2 and lost <= han
    enough = 0.3 if pattern is _LONG_FOREIGN else max(1.2, value + 1.0)
    return han >= 2 and not lost and plausibility.score(again) > enough
