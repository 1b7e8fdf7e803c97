"""What two records are compared by: the keys of one record, everything folded."""

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from catalog.folding import fold
from catalog.marc.bibliographic import Bibliographic
from catalog.merging.editions import edition_key, split_edition
from catalog.merging.names import author_keys, is_han, is_pinyin, publisher_keys
from catalog.merging.volumes import is_number, set_by_extent, split_inside, split_title, split_year, volume_key
from catalog.merging.words import (
    ARTICLE,
    CARRIERS,
    DESIGNATION,
    DISC,
    ELECTRONIC,
    NUMBER,
    PRINTING,
    PUNCTUATION,
    REPRINT,
)

_ENCLOSED = re.compile(r"\s*[(（\[〔【]\s*(?:附|含|配|套装)[^()（）\[\]]{0,14}[)）\]〕】]\s*$|(?<=\S{2})\s附\S{1,14}$")
# 资本论 : 政治经济学批判, and 资本论——政治经济学批判, are title and subtitle; behind = stands the title once more.
_SUBTITLE = re.compile(r"\s*(?::(?!\d)|：|——|--|―| - | — )\s*")
_PARALLEL = re.compile(
    r" = |(?<=[\u3040-\u9fff)）]) ?[=＝] ?(?=[A-Za-z])"
    r"|(?<=[\u3040-\u9fff)）]) (?=[\u0400-\u04ff\u0600-\u06ff\u0f00-\u0fff\u1800-\u18af][^0-9]{7})"  # without the sign
)
# 高等数学 / 同济大学数学系编: the statement of responsibility behind the title.
_RESPONSIBILITY = re.compile(r"(?<=\S{4})\s+/\s+")
# As readers' sites write a series: The eye of the world (The wheel of time, #1).
_SERIES_IN_TITLE = re.compile(r"\s*\(([^()]+?),? #([0-9]{1,3})(?:\.0)?\)$")
_DASH_BETWEEN_YEARS = re.compile("(?<=[0-9])一(?=[0-9])")
_PINYIN_BEFORE = re.compile(r"^([A-Za-zü' ]{8,}) +(?=[\u4e00-\u9fff]{3})")
_SERIES_NUMBER = re.compile(r"(?: ?[;；] ?|[,，] ?)(?:no\.? ?|vol\.? ?|第)?([0-9]{1,4})")
_YEAR_ALONE = re.compile("^(?:19|20)[0-9]{2}年?度?$")
_COUNT_OF_CHAPTERS = re.compile(rf"{NUMBER}卷$")  # 二十八卷 in an old book are the chapters of the whole
_EDITION_IN_VOLUME = re.compile(rf"(?:第{NUMBER}|(?:19|20)[0-9]{{2}}年?)版[ ,，.]*")
# 251, 8 p. and 3, 7, 244 pages: the longest count is that of the text.
_PAGES = re.compile(r"((?:[0-9]{1,4}[,，+] ?)*[0-9]{1,5})\s*(?:页|p\b|p\.|pages|pp|叶|面|s\.|[сc]\b|leaves)")
_CARRIERS = list(CARRIERS)
_CARRIER = re.compile("|".join(f"({words})" for words in CARRIERS.values()))
_WORD = re.compile(r"[\w+#]+")
_DIGITS = re.compile("[0-9]+")
_SERIES_END = re.compile(" ?; ?|；")


class Keys(NamedTuple):
    """What two records are compared by. Everything is folded; empty means that the record does not say."""

    title: str = ""
    words: str = ""  # a Western title with its blanks, and, behind a bar, its subtitle
    subtitle: str = ""
    parallel: str = ""  # the title once more in another language
    volume: str = ""  # "set", "2", "2|东南亚篇", "|东南亚篇"
    authors: tuple[str, ...] = ()  # 曹雪芹; words of Western names in alphabetical order
    publisher: str = ""
    publishers: tuple[str, ...] = ()  # the others, where several are named
    year: int | None = None
    edition: str = ""  # "3", "3 revised", "2 o8 enlarged": catalog/merging/editions.py
    reprint: bool = False
    printing: bool = False
    pages: int | None = None
    electronic: bool = False
    carrier: str = ""  # "braille", "microform": what is no ordinary book to hold and read
    material: str = "book"
    language: str = ""
    series: str = ""
    series_number: str = ""  # of a book in a series, where it may be the number of a volume or not
    isbns: tuple[str, ...] = ()
    unified: str = ""
    foreign: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in zip(self._fields, self, strict=True) if value}

    def further_blocks(self) -> list[str]:
        """Under what else than ISBN and foreign numbers this record is found: 统一书号, title and year."""
        blocks = [f"csn:{self.unified}"] if self.unified else []
        if self.title and self.publisher and self.year:
            blocks.append(f"{self.title[:100]}|{self.year}")
        return blocks

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Keys":
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
        return cls(**values)


def plain(text: str) -> str:
    """Folded, letters and digits only."""
    return PUNCTUATION.sub("", _DASH_BETWEEN_YEARS.sub("-", fold(text)))


def keys_of(book: Bibliographic) -> Keys:
    """The keys of one record."""
    parts = title_parts(book.title, book.subtitle)
    volume, edition = _volume_and_edition(book, parts)
    statement = fold(f"{book.edition_statement} {edition}").strip()
    everything = " ".join([statement, *(fold(note) for note in book.notes[:12])])
    carrier = fold(book.extent).partition("+")[0]  # behind + stands what comes with the book
    described = f"{statement} {carrier} {parts.designation}"
    pages = [int(count) for counts in _PAGES.findall(carrier) for count in _DIGITS.findall(counts)]
    printing = f"{statement} {fold(book.year_text)}"
    publishers = publisher_keys(book.publisher)
    return Keys(
        title=title_key(parts.title)[:400],
        words=words_key(parts.title, parts.subtitle)[:400],
        subtitle=plain(parts.subtitle.replace("&", " and "))[:200],
        parallel=title_key(book.parallel_title or parts.parallel)[:200],
        volume=volume,
        authors=tuple(author_keys(book))[:12],
        publisher=publishers[0] if publishers else "",
        publishers=publishers[1:4],
        year=book.year,
        edition=edition_key(statement),
        reprint=bool(REPRINT.search(statement)) or ("据" in everything and "影印" in everything),
        printing=bool(PRINTING.search(printing)) or "次印刷" in everything,
        pages=max(pages, default=None),
        electronic=book.electronic or bool(ELECTRONIC.search(described)),
        carrier=_carrier(described, counted=bool(pages)),
        material=book.material_type,
        language=book.language,
        series=title_key(_SERIES_END.split(book.series or parts.series, maxsplit=1)[0])[:200],
        series_number=parts.series_number or _series_number(book),
        isbns=tuple(sorted(book.isbns)),
        unified=unified_key(book.unified_number),
        foreign=tuple(foreign_keys(book)),
    )


def _series_number(book: Bibliographic) -> str:
    if book.series_volume:
        return volume_key(book.series_volume, book.series_volume)
    found = _SERIES_NUMBER.search(fold(book.series)) if book.series else None
    return found.group(1) if found else ""


def _carrier(described: str, *, counted: bool) -> str:
    if found := _CARRIER.search(described):
        return _CARRIERS[(found.lastindex or 1) - 1]
    return "disc" if not counted and DISC.search(described) else ""


def _volume_and_edition(book: Bibliographic, parts: "TitleParts") -> tuple[str, str]:
    """The volume from its own field, the end of the title or the number in a set; the edition that stood there too."""
    numbering, whole, edition = book.volume_number or book.volume, book.volume, parts.edition
    if "版" in whole and (found := _EDITION_IN_VOLUME.search(whole)):
        numbering, whole = (_EDITION_IN_VOLUME.sub("", text) for text in (numbering, whole))
        edition = f"{edition} {found.group()}".strip()
    volume = (
        volume_key(numbering, whole)
        or (parts.tail and volume_key(parts.tail, parts.tail))
        or volume_key(book.series_volume, book.series_volume)
    )
    if not volume and book.material_type != "serial":
        volume = set_by_extent(book.extent)
    return volume, edition


@dataclass(frozen=True, slots=True)
class TitleParts:
    title: str
    subtitle: str = ""
    tail: str = ""
    edition: str = ""
    designation: str = ""
    parallel: str = ""
    series: str = ""
    series_number: str = ""


def title_parts(text: str, subtitle: str = "") -> TitleParts:
    """A title taken apart: what libraries write into it, or into the subtitle, although it has a place of its own."""
    text, *parallel = _PARALLEL.split(fold(text), maxsplit=1)
    if " /" in text:
        text = _RESPONSIBILITY.split(text, maxsplit=1)[0]
    designation = ""
    if "[" in text and (found := DESIGNATION.search(text)):
        text, designation = DESIGNATION.sub(" ", text).strip() or text, fold(found.group(1))
    series = number = ""
    if "#" in text and (found := _SERIES_IN_TITLE.search(text)):
        text, series, number = text[: found.start()], found.group(1), found.group(2)
    text, year = split_year(without_pinyin(text))
    head, *rest = _SUBTITLE.split(text, maxsplit=1)
    if rest and head.strip() and rest[0].strip():
        text, subtitle = head, rest[0]
        if _YEAR_ALONE.match(text) and not year:  # 2005年:中国经济形势分析与预测
            text, year, subtitle = subtitle, text, ""
    tails, edition = ([], year) if year.endswith("版") else ([year] if year else [], "")
    for _step in range(4):  # 高等数学(第七版)上册 or 资本论 第二卷 上册: each step takes one statement off the end
        text = _ENCLOSED.sub("", text) or text
        text, found_edition = split_edition(text)
        if found_edition:
            edition = f"{found_edition} {edition}".strip()
            continue
        shorter, tail = split_title(text)
        if not tail:
            shorter, tail = split_inside(text)
        if not tail:
            break
        text = shorter
        tails.insert(0, tail)
    if subtitle:
        subtitle, tails, edition = _of_subtitle(subtitle, tails, edition)
    return TitleParts(text, subtitle, " ".join(tails), edition, designation, "".join(parallel), series, number)


def _of_subtitle(subtitle: str, tails: list[str], edition: str) -> tuple[str, list[str], str]:
    """A subtitle without the volume or edition that it says, where the title does not say them."""
    if not tails and is_number(subtitle) and not _COUNT_OF_CHAPTERS.match(subtitle):
        return "", [subtitle], edition
    for _step in range(2):  # 2020年版 一部: the edition may stand before or behind the volume
        shorter, found_edition = split_edition(subtitle, whole=True)
        if found_edition and not edition:
            subtitle, edition = shorter, found_edition
        shorter, tail = split_title(subtitle)
        if not tail:
            shorter, tail = split_inside(subtitle)
        if tail and not tails and not (tail.isdigit() and len(tail) > 2):
            subtitle, tails = shorter, [tail]
    return subtitle, tails, edition


def without_pinyin(text: str) -> str:
    """Bingchuan yu dongtu shuiwenxue 冰川与冻土水文学 begins with itself."""
    found = _PINYIN_BEFORE.match(text)
    if not found or not is_pinyin(found.group(1), text[found.end() :]):
        return text
    return text[found.end() :]


def title_key(text: str) -> str:
    """A title without articles in front and with one kind of `and`."""
    if not text:
        return ""
    folded = fold(text).strip(" \"'《》«»“”")
    folded = (ARTICLE.sub("", folded, count=1) or folded).replace("&", " and ")
    return PUNCTUATION.sub("", folded)


def words_key(title: str, subtitle: str) -> str:
    """The words of a Western title and subtitle, whose keys have no blanks; empty for any other."""
    if is_han(title):
        return ""
    spelled = (fold(text).replace("&", " and ").replace("'", "").replace("’", "") for text in (title, subtitle))
    return "|".join(" ".join(_WORD.findall(text)) for text in spelled)


def unified_key(text: str) -> str:
    """统一书号 with one kind of dot, and without the zero that some write: 10036·0120 → 10036.120."""
    digits = _DIGITS.findall(fold(text)) if text else []
    return f"{digits[0]}.{digits[1].lstrip('0')}" if len(digits) >= 2 and 3 <= len(digits[0]) <= 6 else ""


def foreign_keys(book: Bibliographic) -> list[str]:
    """Control numbers of other systems that say whose they are; OCLC's prefixes do not matter, bare numbers do."""
    keys = []
    for value in book.foreign_ids:
        text = re.sub(r"\s", "", fold(value))
        if match := re.match(r"\(ocolc\)(?:ocm|ocn|on)?0*(\d+)$", text):
            keys.append(f"ocolc:{match.group(1)}")
        elif re.match(r"\([a-z0-9._-]{2,20}\)\S{4,60}$", text) or re.match(r"[a-z]{2,10}\d{5,30}$", text):
            keys.append(text)
    if book.issn and book.material_type == "serial":
        keys.append(f"issn:{book.issn}")
    return list(dict.fromkeys(keys))[:20]
