"""What an edition is found by: folded text cut into grams, each gram hashed to one int4 of the index.

One tokeniser serves index and query. A gram is a route letter and a piece of text: `t高等`, `xpython`.
Scripts written without blanks (Han, kana, Hangul) give every pair of neighbouring characters, all other
scripts give whole words; `+` and `#` stay with the letter before them, so that C, C++ and C# differ.

| route | from | grams |
|---|---|---|
| t | title, volume, subtitle, parallel and other titles | pairs, words, single characters |
| a | authors, statement of responsibility | pairs, words, first character of each author |
| s | subjects | pairs, words |
| p | publisher | pairs, words; a trailing 出版社 counts as 出 |
| x | all of these and the series | pairs, words |
| i | ISBN, ISSN, 统一书号 | the whole number |
| c | class and call numbers | every prefix of the class, every part-wise prefix of a call number |
| ^ = | title | first one and two characters; the whole title |
| z Z | pinyin of the title | pairs of syllables; pairs of initials |
"""

import re
import zlib
from collections.abc import Iterable, Sequence
from itertools import pairwise

from catalog.folding import fold
from catalog.models import Edition

# Raise whenever the grams of any edition change: search entries must then be rebuilt.
TOKENS_VERSION = 1

# Kana, Han with its extensions and iteration marks, Hangul.
_UNSPACED = "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7a3"
_UNSPACED += "\u1100-\u11ff\u3005-\u3007\U00020000-\U0003ffff"
# A run is a stretch of unspaced script, or a word. C++ and C# keep their sign; the plus of A+B joins nothing.
_RUN = re.compile(rf"[{_UNSPACED}]+|[^\W_{_UNSPACED}]+(?:(?<=[^\W\d_])(?:\+\++|#+|\+(?![^\W_{_UNSPACED}])))?")
_IS_UNSPACED = re.compile(rf"[{_UNSPACED}]")
# 人民邮电出版社, 人民邮电出版 and 人民邮电 name one publisher; a company form says nothing either.
_PUBLISHER_SUFFIX = re.compile(rf"(?<=[{_UNSPACED}])出版(?:社|集团|传媒|股份|有限|责任|公司)*$")

LONGEST_TITLE_IN_PINYIN = 30  # syllables


def runs(text: str) -> list[str]:
    """The runs of a text, folded: `C++程序设计（第2版）` gives c++, 程序设计, 第, 2, 版."""
    return _RUN.findall(fold(text))


def is_unspaced(run: str) -> bool:
    """Whether the run is of a script that is indexed by pairs of characters."""
    return bool(_IS_UNSPACED.match(run))


def join_runs(parts: Iterable[str]) -> str:
    """Runs as one comparable line: unspaced scripts touch, words stand apart by one blank."""
    line = ""
    for part in parts:
        touching = not line or (is_unspaced(part) and bool(_IS_UNSPACED.match(line[-1])))
        line += part if touching else " " + part
    return line


def normal_form(text: str) -> str:
    """A text as titles and phrases are compared: folded, without punctuation or blanks between Han characters."""
    return join_runs(runs(text))


def pieces(run: str) -> list[str]:
    """The grams of one run without their route: neighbouring pairs, or the run itself when it is a word or single."""
    if len(run) < 2 or not is_unspaced(run):
        return [run]
    return [first + second for first, second in pairwise(run)]


def publisher_form(run: str) -> str:
    """A run with 出版社 at its end shortened to 出, so that names with and without the suffix share their grams."""
    return _PUBLISHER_SUFFIX.sub("出", run)


def number_form(number: str) -> str:
    """A number without its punctuation: 1000-1234 gives 10001234, 13015·123 gives 13015123."""
    return re.sub(r"[^0-9x]", "", fold(number))


def class_prefixes(number: str) -> set[str]:
    """Every prefix of a class number, punctuation kept inside: TP312.8 gives tp3, tp31, tp312, tp312.8 and shorter."""
    folded = "".join(fold(number).split())
    return {folded[:length].rstrip(".-/:=") for length in range(1, len(folded) + 1)} - {""}


def call_number_form(number: str) -> str:
    """A call number as it is compared: folded, parts joined by `/`: `O13 / 04 / 1` gives o13/04/1."""
    return "/".join(part for part in re.split(r"[\s/]+", fold(number)) if part)


def call_number_prefixes(number: str) -> set[str]:
    """The call number up to each of its parts, and every prefix of its first part, which is the class."""
    form = call_number_form(number)
    parts = form.split("/")
    return {"/".join(parts[:length]) for length in range(1, len(parts) + 1)} | class_prefixes(parts[0])


def _grams_of(texts: Iterable[str]) -> set[str]:
    return {piece for text in texts for run in _RUN.findall(normal_form(text)) for piece in pieces(run)}


def title_of(edition: Edition) -> str:
    """Everything the title route finds, as one text."""
    return " ".join((edition.title, edition.volume, edition.subtitle, edition.parallel_title, *edition.other_titles))


def edition_grams(edition: Edition, call_numbers: Sequence[str] = ()) -> set[str]:
    """Every gram (route and text) by which this edition is found, except those of its pinyin."""
    title = normal_form(title_of(edition))
    title_pieces = _grams_of([title])
    singles = {char for char in title if is_unspaced(char)}
    author_pieces = _grams_of([*edition.authors, edition.responsibility])
    surnames = {name[0] for name in map(normal_form, edition.authors) if name and is_unspaced(name[0])}
    subject_pieces = _grams_of(edition.subjects)
    publisher = publisher_form(normal_form(edition.publisher))
    if publisher and is_unspaced(publisher[-1]) and not publisher.endswith("出"):
        publisher += "出"
    publisher_pieces = _grams_of([publisher])

    grams = {"t" + piece for piece in title_pieces | singles}
    grams |= {"a" + piece for piece in author_pieces | surnames}
    grams |= {"s" + piece for piece in subject_pieces}
    grams |= {"p" + piece for piece in publisher_pieces}
    everything = title_pieces | author_pieces | subject_pieces | publisher_pieces | _grams_of([edition.series])
    grams |= {"x" + piece for piece in everything}
    grams |= {"i" + number for number in edition.isbns}
    grams |= {"i" + digits for number in (edition.issn, edition.unified_number) if (digits := number_form(number))}
    grams |= {"c" + prefix for prefix in class_prefixes(edition.clc)}
    grams |= {"c" + prefix for number in call_numbers if number for prefix in call_number_prefixes(number)}
    grams |= {"^" + title[:1], "^" + title[:2]} if title else set()
    grams |= {"=" + whole for whole in map(normal_form, (edition.title, edition.full_title)) if whole}
    return grams


def pinyin_grams(syllables: Sequence[str]) -> set[str]:
    """Grams of a title's pinyin: pairs of syllables and pairs of initials (one alone where there is only one)."""
    syllables = syllables[:LONGEST_TITLE_IN_PINYIN]
    initials = "".join(syllable[0] for syllable in syllables)
    if len(syllables) == 1:
        return {"z" + syllables[0]}
    return syllable_pairs(syllables) | initial_pairs(initials)


def syllable_pairs(syllables: Sequence[str]) -> set[str]:
    return {f"z{first} {second}" for first, second in pairwise(syllables)}


def initial_pairs(initials: str) -> set[str]:
    return {f"Z{first}{second}" for first, second in pairwise(initials)}


# The columns that the two functions above read: enough to compare a hit with what is stored.
COLUMNS_READ = (
    "title", "volume", "subtitle", "parallel_title", "other_titles", "authors", "responsibility", "subjects",
    "publisher", "series", "isbns", "issn", "unified_number", "clc",
)  # fmt: skip


def tokens(grams: Iterable[str]) -> list[int]:
    """token() of every gram, sorted."""
    hashes = map(zlib.crc32, map(str.encode, grams))
    return sorted(number - (1 << 32) if number >= 1 << 31 else number for number in hashes)


def token(gram: str) -> int:
    """The int4 under which a gram stands in the index (CRC-32, signed). Different grams may share one."""
    unsigned = zlib.crc32(gram.encode())
    return unsigned - (1 << 32) if unsigned >= 1 << 31 else unsigned
