"""Single values of MARC fields made usable: years, languages, countries, ISBD punctuation."""

import re
import unicodedata
from functools import lru_cache

_CONTROL = re.compile("[\u0000-\u001f\u007f-\u009f\ufeff]")
_BLANKS = re.compile(r"\s+")
_ARABIC_YEAR = re.compile(r"(?<!\d)(1[0-9]\d\d|20\d\d)(?!\d)")
_HAN_YEAR = re.compile("([一二][一二三四五六七八九〇○零Ｏ]{3})")
_REPUBLIC_YEAR = re.compile("民[国國]([一二三四五六七八九十廿卅]+|[0-9]+)年?")
_HAN_DIGITS = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"○": 0, "零": 0, "Ｏ": 0, "两": 2}
_TRAILING = re.compile(r"[\s/:;,=]+$")
_LANGUAGE_ALIASES = {"zho": "chi", "cmn": "chi", "deu": "ger", "fra": "fre", "nld": "dut", "ces": "cze", "ell": "gre"}
_COUNTRIES = {
    "cc": "CN", "ch": "TW", "hk": "HK", "mh": "MO", "ja": "JP", "ko": "KR", "kn": "KP", "si": "SG", "vm": "VN",
    "ii": "IN", "gw": "DE", "ge": "DE", "fr": "FR", "it": "IT", "sp": "ES", "po": "PT", "ne": "NL", "be": "BE",
    "sz": "CH", "au": "AT", "sw": "SE", "no": "NO", "dk": "DK", "fi": "FI", "pl": "PL", "xr": "CZ", "hu": "HU",
    "gr": "GR", "ru": "RU", "ur": "SU", "un": "UA", "tu": "TU", "is": "IL", "ua": "EG", "bl": "BR", "mx": "MX",
    "ag": "AR", "nz": "NZ", "ie": "IE", "at": "AU",
}  # fmt: skip


def clean(text: str) -> str:
    """Without control characters (PostgreSQL takes no NUL) and without runs of blanks; nothing else changes."""
    if "  " not in text and text.isprintable():  # the usual case: neither control characters nor other blanks
        return text.strip()
    return _BLANKS.sub(" ", _CONTROL.sub(" ", text)).strip()


def without_isbd(text: str) -> str:
    """Without the punctuation that MARC21 writes at the end of a subfield for the next one: `Title /`."""
    text = _TRAILING.sub("", text.strip())
    if text.endswith(".") and not re.search(r"(?:\b[A-Za-z]|\.\.| etc| Inc| Ltd| Co| Jr| Dr| St)\.$", text):
        text = text[:-1]
    return text


def without_full_stop(text: str) -> str:
    """The same for headings, whose full stop is never part of the name unless it ends an initial."""
    return without_isbd(text)


def number(han: str) -> int | None:
    """一百二十三, 二十三, 廿三, 十, 12 as an integer; None for anything else. Up to 999."""
    text = unicodedata.normalize("NFKC", han)
    if text.isascii() and text.isdigit():
        return int(text)
    text = text.replace("廿", "二十").replace("卅", "三十")
    if not text or any(c not in _HAN_DIGITS and c not in "十百" for c in text):
        return None
    if not set(text) & set("十百"):
        return int("".join(str(_HAN_DIGITS[c]) for c in text))
    total, digit = 0, 0
    for c in text:
        if c == "百":
            total, digit = total + (digit or 1) * 100, 0
        elif c == "十":
            total, digit = total + (digit or 1) * 10, 0
        else:
            digit = _HAN_DIGITS[c]
    return total + digit


@lru_cache(maxsize=2048)
def year(text: str) -> int | None:
    """First year in a date of publication: 2016.05, [1994], 民国二十三年[1934], 一九八二, c1999."""
    text = unicodedata.normalize("NFKC", text)
    if match := _ARABIC_YEAR.search(text):
        return int(match.group(1))
    if match := _HAN_YEAR.search(text):
        return int("".join(str(_HAN_DIGITS[c]) for c in match.group(1)))
    if match := _REPUBLIC_YEAR.search(text):
        years = number(match.group(1))
        return 1911 + years if years and years < 100 else None
    return None


def language(code: str) -> str:
    """Three letters of ISO 639-2/B, or empty for blank, undetermined and unknown codes."""
    code = code.strip().lower()[:3]
    if len(code) != 3 or not code.isascii() or not code.isalpha() or code in ("und", "xxx", "zxx"):
        return ""
    return _LANGUAGE_ALIASES.get(code, code)


def country(code: str) -> str:
    """Two letters of ISO 3166 in CNMARC 102."""
    code = code.strip().upper()
    return code[:2] if len(code) >= 2 and code[:2].isascii() and code[:2].isalpha() else ""


def marc21_country(code: str) -> str:
    """ISO 3166 for the Library of Congress code of 008/15-17, where a state or province counts as its country."""
    code = code.strip().lower()
    if len(code) == 3 and code[-1] in "uack":
        return {"u": "US", "c": "CA", "k": "GB", "a": "AU"}[code[-1]]
    return _COUNTRIES.get(code, "")


def unique(values: list[str]) -> list[str]:
    return [value for value in (dict.fromkeys(values) if len(values) > 1 else values) if value]
