"""What an edition is found by: folded text cut into grams, each gram hashed to one int4 of the index.

One tokeniser serves index and query. A gram is a route letter and a piece of text: `t高等`, `xpython`.
Scripts written without blanks (Han, kana, Hangul) give every pair of neighbouring characters, all other
scripts give whole words; `+` and `#` stay with the letter before them, so that C, C++ and C# differ.

| route | from | pieces |
|---|---|---|
| t | title, volume, subtitle, parallel and other titles | pairs, words, single characters |
| a | authors, statement of responsibility | pairs, words, first character of each author |
| s | subjects | pairs, words, first character of each subject |
| p | publisher | pairs, words; a trailing 出版社 counts as 出 |
| x | all of these and the series | pairs, words |
| i | ISBN, ISSN, 统一书号 | the whole number |
| c | class and call numbers | every prefix of the class, the call number up to each of its parts and signs |
| ^ = | title | first one and two characters; the whole title |
| y | year of publication | the year |
| z Z | pinyin of the title | pairs of syllables; three initials in a row |
| L | the libraries that hold it | MemberLibrary.slot |
"""

import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from operator import add
from typing import NamedTuple

from catalog.folding import fold
from catalog.models import Edition
from catalog.models.libraries import MOST_LIBRARIES

# Raise whenever the grams of any edition change: search entries must then be rebuilt.
TOKENS_VERSION = 6

# Kana without its middle dot, Han with its extensions and iteration marks, Hangul.
_UNSPACED = "\u3040-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7a3"
_UNSPACED += "\u1100-\u11ff\u3005-\u3007\U00020000-\U0003ffff"
# A run is a stretch of unspaced script, or a word. C++ and C# keep their sign; the plus of A+B joins nothing.
UNSPACED_RUN = re.compile(f"[{_UNSPACED}]+")
WORD = re.compile(rf"[^\W_{_UNSPACED}]+(?:(?<=[^\W\d_])(?:\+\++|#+|\+(?![^\W_{_UNSPACED}])))?")
_RUN = re.compile(f"{UNSPACED_RUN.pattern}|{WORD.pattern}")
_IS_UNSPACED = re.compile(rf"[{_UNSPACED}]")
# 人民邮电出版社, 人民邮电出版 and 人民邮电 name one publisher; a company form says nothing either.
_PUBLISHER_SUFFIX = re.compile(rf"(?<=[{_UNSPACED}])出版(?:社|集团|传媒|股份|有限|责任|公司)*$")

LONGEST_TITLE_IN_PINYIN = 30  # syllables
INITIALS_TOGETHER = 3

_BETWEEN_VALUES, _BETWEEN_FIELDS = " \x1f ", " \x1e "


class Indexed(NamedTuple):
    """The columns of an Edition that its entry is made of; a third of the cost of a model instance."""

    id: int
    title: str
    volume: str
    subtitle: str
    parallel_title: str
    other_titles: list[str]
    authors: list[str]
    responsibility: str
    subjects: list[str]
    publisher: str
    series: str
    isbns: list[str]
    issn: str
    unified_number: str
    clc: str
    year: int | None
    language: str
    material_type: str

    @property
    def full_title(self) -> str:
        return f"{self.title} {self.volume}".strip()


Described = Edition | Indexed


# --- Text into runs ------------------------------------------------------------------------------------


class _Scripts(dict[str, bool]):
    """Character → whether its script is written without blanks; asked for every run, hence remembered."""

    def __missing__(self, char: str) -> bool:
        self[char] = answer = bool(_IS_UNSPACED.match(char))
        return answer


_is_unspaced_char = _Scripts().__getitem__


def runs(text: str) -> list[str]:
    """The runs of a text, folded: `C++程序设计（第2版）` gives c++, 程序设计, 第, 2, 版."""
    return _RUN.findall(fold(text))


def is_unspaced(run: str) -> bool:
    """Whether the run is of a script that is indexed by pairs of characters."""
    return _is_unspaced_char(run[0])


def join_runs(parts: Iterable[str]) -> str:
    """Runs as one comparable line: unspaced scripts touch, words stand apart by one blank."""
    joined: list[str] = []
    touches = False
    for part in parts:
        unspaced = _is_unspaced_char(part[0])
        if joined and not (unspaced and touches):
            joined.append(" ")
        joined.append(part)
        touches = _is_unspaced_char(part[-1])
    return "".join(joined)


def normal_form(text: str) -> str:
    """A text as titles and phrases are compared: folded, without punctuation or blanks between Han characters."""
    parts = _RUN.findall(fold(text))
    return parts[0] if len(parts) == 1 else join_runs(parts)


def pieces(run: str) -> list[str]:
    """The pieces of one run: neighbouring pairs, or the run itself when it is a word or single."""
    if len(run) < 2 or not _is_unspaced_char(run[0]):
        return [run]
    return list(map(add, run, run[1:]))


def publisher_form(run: str) -> str:
    """A run with 出版社 at its end shortened to 出, so that names with and without the suffix share their grams."""
    return _PUBLISHER_SUFFIX.sub("出", run)


def number_form(number: str) -> str:
    """A number without its punctuation: 1000-1234 gives 10001234, 13015·123 gives 13015123."""
    return re.sub(r"[^0-9x]", "", fold(number))


@lru_cache(maxsize=10_000)
def class_prefixes(number: str) -> frozenset[str]:
    """Every prefix of a class number, punctuation kept inside: TP312.8 gives tp3, tp31, tp312, tp312.8 and shorter."""
    folded = "".join(fold(number).split())
    return frozenset(folded[:length].rstrip(".-/:=") for length in range(1, len(folded) + 1)) - {""}


def call_number_form(number: str) -> str:
    """A call number as it is compared: folded, parts joined by `/`: `O13 / 04 / 1` gives o13/04/1."""
    return "/".join(part for part in re.split(r"[\s/]+", fold(number)) if part)


_SIGN_IN_CALL_NUMBER = re.compile(r"[/:;=(+]")


def call_number_prefixes(number: str) -> set[str]:
    """The call number up to each of its parts and signs (O13/T794 of O13/T794:1, of O13/T794(2)), and every prefix of
    its first part, which is the class."""
    form = call_number_form(number)
    ends = [match.start() for match in _SIGN_IN_CALL_NUMBER.finditer(form)]
    return {form, *(form[:end] for end in ends if end)} | class_prefixes(form.partition("/")[0])


def title_of(edition: Described) -> str:
    """Everything the title route finds, as one text."""
    return " ".join((edition.title, edition.volume, edition.subtitle, edition.parallel_title, *edition.other_titles))


# --- The texts of an edition ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Texts:
    """The searchable words of an edition in their normal form: what grams are cut from, and what hits are checked by.

    `authors` ends with the statement of responsibility; the names alone are the first `names` of it.
    """

    title: str
    authors: tuple[str, ...]
    names: int
    subjects: tuple[str, ...]
    publisher: str
    series: str

    @property
    def rest(self) -> str:
        """Everything but the title as one line, fields and values kept apart so that no phrase reaches across."""
        fields = (self.authors, self.subjects, (self.publisher,), (self.series,))
        return _BETWEEN_FIELDS.join(_BETWEEN_VALUES.join(field) for field in fields)


def texts_of(edition: Described) -> Texts:
    publisher = publisher_form(normal_form(edition.publisher))
    if publisher and _is_unspaced_char(publisher[-1]) and not publisher.endswith("出"):
        publisher += "出"
    names = [name for name in map(normal_form, edition.authors) if name]
    responsibility = normal_form(edition.responsibility)
    return Texts(
        title=normal_form(title_of(edition)),
        authors=(*names, responsibility) if responsibility else tuple(names),
        names=len(names),
        subjects=tuple(map(normal_form, edition.subjects)),
        publisher=publisher,
        series=normal_form(edition.series),
    )


# --- Texts into grams ----------------------------------------------------------------------------------


def pieces_by_route(edition: Described, texts: Texts, call_numbers: Iterable[str] = ()) -> dict[str, set[str]]:
    """Everything by which this edition is found, except its pinyin: route letter → pieces."""
    return text_pieces(texts) | further_pieces(edition, texts, call_numbers)


def text_pieces(texts: Texts) -> dict[str, set[str]]:
    """What is cut from the words of an edition. catalog/search/token_arrays.py does the same for many at once."""
    title_pieces = _cut(texts.title)
    authors = _cut(*texts.authors)
    subjects = _cut(*texts.subjects)
    publisher = _cut(texts.publisher)
    return {
        "t": title_pieces | set(filter(_is_unspaced_char, texts.title)),
        "a": authors | {name[0] for name in texts.authors[: texts.names] if _is_unspaced_char(name[0])},
        "s": subjects | {subject[0] for subject in texts.subjects if subject and _is_unspaced_char(subject[0])},
        "p": publisher,
        "x": title_pieces | authors | subjects | publisher | _cut(texts.series),
    }


def further_pieces(edition: Described, texts: Texts, call_numbers: Iterable[str] = ()) -> dict[str, set[str]]:
    """Numbers and years, and how the title begins and what it is as a whole."""
    numbers = set(edition.isbns)
    numbers.update(filter(None, map(number_form, filter(None, (edition.issn, edition.unified_number)))))
    classes = set(class_prefixes(edition.clc))
    for number in call_numbers:
        classes |= call_number_prefixes(number)
    return {
        "i": numbers,
        "c": classes - {""},
        "^": {texts.title[:1], texts.title[:2]} - {""},
        "=": set(map(normal_form, {edition.title, edition.full_title})) - {""},
        "y": {str(edition.year)} if edition.year else set(),
    }


def pinyin_pieces(syllables: Sequence[str]) -> dict[str, set[str]]:
    """Pieces of a title's pinyin: pairs of syllables (one alone where there is only one), three initials in a row."""
    syllables = syllables[:LONGEST_TITLE_IN_PINYIN]
    if not syllables:
        return {}
    pairs = set(syllable_pairs(syllables)) if len(syllables) > 1 else {syllables[0]}
    return {"z": pairs, "Z": set(initials_in_a_row("".join(syllable[0] for syllable in syllables)))}


def syllable_pairs(syllables: Sequence[str]) -> list[str]:
    return [f"{first} {second}" for first, second in pairwise(syllables)]


def initials_in_a_row(initials: str) -> list[str]:
    """gdsx gives gds, dsx."""
    return [initials[start : start + INITIALS_TOGETHER] for start in range(len(initials) - INITIALS_TOGETHER + 1)]


def _cut(*lines: str) -> set[str]:
    """The pieces of lines that are in their normal form already."""
    found: set[str] = set()
    for line in lines:
        for run in _RUN.findall(line):
            if len(run) > 1 and _is_unspaced_char(run[0]):
                found.update(map(add, run, run[1:]))
            else:
                found.add(run)
    return found


# --- Grams into tokens ---------------------------------------------------------------------------------

_SIGN = 1 << 31


def tokens(pieces: Mapping[str, Iterable[str]]) -> list[int]:
    """token() of every gram of these routes, sorted, each once."""
    return sorted([(number ^ _SIGN) - _SIGN for number in hashes(pieces)])


def hashes(pieces: Mapping[str, Iterable[str]]) -> set[int]:
    """CRC-32 of every gram of these routes; its tokens are the same as signed numbers."""
    crc32 = zlib.crc32
    found: set[int] = set()
    for route, texts in pieces.items():
        start = crc32(route.encode())  # crc32 goes on from here: the same as that of route and piece together
        found.update([crc32(text.encode(), start) for text in texts])
    return found


def token(gram: str) -> int:
    """The int4 under which a gram stands in the index (CRC-32, signed). Different grams may share one."""
    return (zlib.crc32(gram.encode()) ^ _SIGN) - _SIGN


def library_gram(slot: int) -> str:
    """What every edition has that the library of this slot holds: no word, but it can be asked for beside words."""
    return f"L{slot}"


LIBRARY_TOKENS = frozenset(token(library_gram(slot)) for slot in range(MOST_LIBRARIES))
