"""ISBN as people type it and as catalogues store it: only valid numbers, always 13 digits inside."""

import re
import unicodedata
from functools import lru_cache
from itertools import chain

from stdnum import isbn, issn
from stdnum.exceptions import ValidationError

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－·."), "-")
_PREFIXES = ("978", "979")
_CANDIDATE = re.compile(r"(?<![\dXx])(?:97[89][- ]?)?(?:\d[- ]?){9}[\dXx](?![\dXx])")


@lru_cache(maxsize=2048)  # importing asks for each number several times
def to_isbn13(text: str) -> str | None:
    """The first valid ISBN in `text` as 13 digits, or None: `7-5037-1744-0 (精装)` gives 9787503717444."""
    if (digits := text.replace("-", "")).startswith(_PREFIXES) and _is_isbn13(digits):
        return digits
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES)
    for match in _CANDIDATE.finditer(plain):
        try:
            return str(isbn.to_isbn13(isbn.validate(match.group())).replace("-", "").replace(" ", ""))
        except ValidationError:
            continue
    return None


def _is_isbn13(digits: str) -> bool:
    """The check alone, for the usual case: stdnum takes fifty times as long to say the same."""
    if len(digits) != 13 or not (digits.isascii() and digits.isdigit()):
        return False
    numbers = [*map(int, digits)]
    return (sum(numbers[::2]) + 3 * sum(numbers[1::2])) % 10 == 0


def near_isbns(digits: str) -> list[str]:
    """Valid ISBNs, as 13 digits, that differ from these 10 or 13 in one digit, or have two neighbours swapped."""
    places = range(len(digits))
    changed = (digits[:place] + other + digits[place + 1 :] for place in places for other in "0123456789X")
    swapped = (
        digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :] for place in places[: len(digits) - 1]
    )
    return list(dict.fromkeys(filter(None, map(to_isbn13, chain(changed, swapped)))))


@lru_cache(maxsize=4096)  # the ranges are a long list, and the same books are shown again and again
def hyphenate(isbn13: str) -> str:
    """An ISBN with hyphens by the ranges of the agencies (978-7-5037-1744-4); unknown ranges stay as they are."""
    return str(isbn.format(isbn13)) if isbn13 else ""


def to_issn(text: str) -> str | None:
    """The valid ISSN in `text` as 1000-1234, or None."""
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES)
    for match in re.finditer(r"(?<!\d)\d{4}-?\d{3}[\dXx](?!\d)", plain):
        try:
            return str(issn.format(issn.validate(match.group())))
        except ValidationError:
            continue
    return None
