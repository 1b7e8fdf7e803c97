"""What two records are compared by: the keys of one record, everything folded."""

import re
from dataclasses import dataclass
from typing import Any

from catalog.folding import fold
from catalog.marc.bibliographic import Bibliographic
from catalog.marc.values import number
from catalog.merging.volumes import set_by_extent, split_title, volume_key
from catalog.merging.words import (
    ARTICLE,
    EDITION_KINDS,
    ELECTRONIC,
    NUMBER,
    ORDINALS,
    PRINTING,
    PUBLISHER_ALIASES,
    PUBLISHER_HEAD,
    PUBLISHER_TAIL,
    PUNCTUATION,
    REPRINT,
    ROLE,
    ROLE_BEFORE,
    SEVERAL,
    UNKNOWN_PUBLISHERS,
)

# An edition statement that stands in the title: 数学(第二版), 数学 第2版.
_EDITION_IN_TITLE = re.compile(
    rf"\s*(?:[(（\[〔【]\s*((?:[修增新][订编补])?第?{NUMBER}版|[^()（）]{{0,4}}(?:修订|增订|影印|重印|重排)[版本]?"
    rf"|(?:[0-9]+(?:st|nd|rd|th)|second|third|fourth|fifth|revised) ed(?:ition|\.|n)?)\s*[)）\]〕】]"
    rf"|(?:(?<=[\s.,·:])|(?<=\w))(第{NUMBER}版))\s*$",
    re.IGNORECASE,
)
_ENCLOSED = re.compile(r"\s*[(（\[〔【]\s*(?:附|含|配|平装|精装|套装|插图本|图文版)[^()（）\[\]]{0,14}[)）\]〕】]\s*$")
# 资本论 : 政治经济学批判, and 资本论——政治经济学批判, are title and subtitle; behind = stands the title once more.
_SUBTITLE = re.compile(r"\s*(?::(?!\d)|：|——|--|―| - | — )\s*")
_EDITION_NUMBER = re.compile(
    rf"(?:第|新)?({NUMBER})\s*(?:版|edition|ed\b|-?е изд)"
    r"|([0-9]+)(?:st|nd|rd|th|\.)\s*(?:(?:rev\w*|enl\w*|updated|international)\.?,? )?(?:ed|aufl)"
    r"|([0-9]+)(?:st|nd|rd|th)\b|([0-9]+)e éd"
)
_BRACKETED = re.compile(r"^[\s]*[(（\[〔【][^)）\]〕】]{1,12}[)）\]〕】]\s*")
_PLACE_BEFORE = re.compile(r"^[^:]{1,30} : (?=\S)")
_PAGES = re.compile(r"([0-9]{1,5})\s*(?:页|p\b|p\.|pages|pp|叶|面|s\.|с\b|с\.|leaves)")


@dataclass(frozen=True, slots=True)
class Keys:
    """What two records are compared by. Everything is folded; empty means that the record does not say."""

    title: str = ""
    subtitle: str = ""
    volume: str = ""  # "set", "2", "2|东南亚篇", "|东南亚篇"
    authors: tuple[str, ...] = ()  # 曹雪芹; words of Western names in alphabetical order
    publisher: str = ""
    publishers: tuple[str, ...] = ()  # the others, where several are named
    year: int | None = None
    edition: str = ""  # "3", "3 revised", "revised"
    reprint: bool = False
    printing: bool = False
    pages: int | None = None
    electronic: bool = False
    material: str = "book"
    language: str = ""
    series: str = ""
    isbns: tuple[str, ...] = ()
    unified: str = ""
    foreign: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in values.items() if value not in ("", (), None, False)}

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
    return PUNCTUATION.sub("", fold(text))


def keys_of(book: Bibliographic) -> Keys:
    """The keys of one record."""
    parts = title_parts(book.title)
    volume = volume_key(book.volume_number or book.volume, book.volume) or (
        parts.tail and volume_key(parts.tail, parts.tail)
    )
    volume = volume or volume_key(book.series_volume, book.series_volume)
    if not volume and book.material_type != "serial":
        volume = set_by_extent(book.extent)
    statement = fold(f"{book.edition_statement} {parts.edition}").strip()
    everything = " ".join([statement, *(fold(note) for note in book.notes[:12])])
    carrier = fold(book.extent).partition("+")[0]  # behind + stands what comes with the book
    pages = _PAGES.findall(carrier)
    publishers = publisher_keys(book.publisher)
    return Keys(
        title=title_key(parts.title)[:400],
        subtitle=plain(parts.subtitle or book.subtitle)[:200],
        volume=volume,
        authors=tuple(author_keys(book))[:12],
        publisher=publishers[0] if publishers else "",
        publishers=tuple(publishers[1:4]),
        year=book.year,
        edition=edition_key(statement),
        reprint=bool(REPRINT.search(statement)) or ("据" in everything and "影印" in everything),
        printing=bool(PRINTING.search(f"{statement} {fold(book.year_text)}")),
        pages=max((int(p) for p in pages), default=None),
        electronic=book.electronic or bool(ELECTRONIC.search(f"{statement} {carrier}")),
        material=book.material_type,
        language=book.language,
        series=title_key(re.split(r" ?; ?|；", book.series)[0])[:200],
        isbns=tuple(sorted(book.isbns)),
        unified=unified_key(book.unified_number),
        foreign=tuple(foreign_keys(book)),
    )


@dataclass(frozen=True, slots=True)
class TitleParts:
    title: str
    subtitle: str = ""
    tail: str = ""
    edition: str = ""


def title_parts(text: str) -> TitleParts:
    """A title taken apart: what libraries write into it although it has a place of its own."""
    text, _equals, _parallel = text.partition(" = ")
    head, *rest = _SUBTITLE.split(text, maxsplit=1)
    subtitle = rest[0] if rest and head.strip() else ""
    text = head if subtitle else text
    tails: list[str] = []
    edition = ""
    for _step in range(4):  # 高等数学(第七版)上册 or 资本论 第二卷 上册: each step takes one statement off the end
        text = _ENCLOSED.sub("", text) or text
        if (found := _EDITION_IN_TITLE.search(text)) and found.start():
            text, edition = text[: found.start()], found.group(1) or found.group(2) or found.group().strip(" ()[]")
            continue
        shorter, tail = split_title(text)
        if not tail:
            break
        text = shorter
        tails.insert(0, tail)
    if subtitle and not tails:
        shorter, tail = split_title(subtitle)
        if tail and not (tail.isdigit() and len(tail) > 2):
            subtitle, tails = shorter, [tail]
    return TitleParts(text, subtitle, " ".join(tails), edition)


def title_key(text: str) -> str:
    """A title without articles in front and with one kind of `and`."""
    folded = fold(text).strip(" \"'《》«»“”")
    folded = (ARTICLE.sub("", folded, count=1) or folded).replace("&", " and ")
    return PUNCTUATION.sub("", folded)


def author_keys(book: Bibliographic) -> list[str]:
    """Every person or body, without role, dynasty, nation and order of the parts of a Western name."""
    names = list(book.authors)
    for statement in re.split(r"[;；=]", book.responsibility):
        names += SEVERAL.split(statement)
    return list(dict.fromkeys(key for name in names if name and (key := author_key(name))))


def author_key(name: str) -> str:
    text = fold(name).strip()
    while (shorter := _BRACKETED.sub("", text)) != text:
        text = shorter
    text = re.sub(r"[(（\[].*$", "", text)
    text = ROLE_BEFORE.sub("", text.strip(" .,;:[]"))
    if len(text) > 2:
        text = ROLE.sub("", text) or text
    if not any("\u3040" <= c <= "\u9fff" for c in text):
        text = re.sub(r"['’\-]", "", text)
        return " ".join(sorted(re.findall(r"[^\W\d_]+", text)))[:100]
    return plain(text)[:100]


def publisher_keys(names: str) -> list[str]:
    """The keys of all publishers named, the first one first."""
    return list(dict.fromkeys(key for name in re.split(r"[;；]", names) if (key := publisher_key(name))))


def publisher_key(name: str) -> str:
    """北京大学出版社有限公司 and 北京大学出版社 are one; of several publishers the first counts."""
    text = fold(re.split(r"[;；]", name)[0]).strip(" .,[]()")
    text = _PLACE_BEFORE.sub("", text)
    if text in UNKNOWN_PUBLISHERS:
        return ""
    text = PUBLISHER_HEAD.sub("", text)
    text = PUBLISHER_ALIASES.get(text, text)
    while (shorter := PUBLISHER_TAIL.sub("", text).strip(" .,&-")) != text and shorter:
        text = shorter
    return PUBLISHER_ALIASES.get(plain(text), plain(text))[:200]


def edition_key(statement: str) -> str:
    """Number and kind of an edition: 第3版(修订本) → `3 revised`. A first edition says as much as nothing: `1`."""
    folded = fold(statement)
    found = next((next(filter(None, match.groups())) for match in _EDITION_NUMBER.finditer(folded)), "")
    value = str(number(found) or "") if found else next((str(n) for w, n in ORDINALS.items() if w in folded), "")
    kind = next((kind for word, kind in EDITION_KINDS.items() if word in folded), "")
    return " ".join(part for part in (value, kind) if part)


def unified_key(text: str) -> str:
    """统一书号 with one kind of dot: 10036·120 → 10036.120."""
    digits = re.findall(r"\d+", fold(text))
    return ".".join(digits[:2]) if len(digits) >= 2 and 3 <= len(digits[0]) <= 6 else ""


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
