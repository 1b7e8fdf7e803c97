"""Whether two records describe the same edition: keys, vetoes, acceptance. Decides on keys alone, without a database.

A wrong merge ships the wrong volume, so everything in doubt stays apart (design: precision before recall). The
editions that a doubtful pair leaves apart can be merged by the center later; nothing here guesses.
"""

import re
from dataclasses import asdict, dataclass, field
from difflib import SequenceMatcher
from enum import Enum
from typing import Any

from catalog.folding import fold
from catalog.marc.bibliographic import Bibliographic
from catalog.marc.values import number

KEYS_VERSION = 1

_N = r"[0-9一二三四五六七八九十百〇零两]+"
_UNIT = "册卷集辑部编篇本分期版次"
# Letters and digits count, and what tells C++ and C# from C.
_PUNCTUATION = re.compile(r"[^\w+#]+|_+")
# An edition statement that stands in the title: 数学(第二版).
_EDITION_IN_TITLE = re.compile(
    rf"\s*[(（\[]\s*(第?{_N}版|[^()（）]{{0,4}}(?:修订|增订|影印|重印)[版本]?)\s*[)）\]]\s*$"
)
_VOLUME_WORD = re.compile(r"\b(vol|volume|v|bd|band|t|tome|no|part|pt|book|bk)[.\s]+(?=[0-9ivxl])")
_PARTS = "[册卷集部编篇]?"
_AND = "[、,，/ ]?"
_SET = re.compile(
    rf"^(?:[全共]{_N}[{_UNIT}套]?[册卷]?|上{_AND}中{_AND}下{_PARTS}|上{_AND}下{_PARTS}|全套|全集|{_N}[册卷]全)$"
)
_HALF = re.compile(r"^([上中下前后续])[册卷集部编篇辑]?$")
_NUMBERED = re.compile(
    rf"^(?:第?({_N})(?:分?[册卷集辑部编篇本]|分册)|第({_N})|之({_N})"
    rf"|[册卷集辑部编篇] ?(?:({_N})|([ivxl]{{1,6}}))"
    r"|(?:volume|vol|band|tome|part|book)\.? ?([0-9]+|[ivxl]+)|(?:v|bd|t|no|pt|bk)\.? ?([0-9]+)"
    r"|([0-9]{1,3})|([ivx]{1,6}))$"
)
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50}
_STOPS = r"[\s.:：,，·、—-]"
# The end of a title that says which volume it is: in brackets, behind a blank or a stop, or 第二卷 right behind it.
_TAIL = re.compile(
    rf"^(?P<title>.*?\S)(?:{_STOPS}*[(（\[]\s*(?P<bracket>[^()（）\[\]]{{1,12}})\s*[)）\]]"
    rf"|{_STOPS}+(?P<word>[上中下]{_PARTS}|(?:vol|v|volume|bd|part|pt|no|book)\.? ?(?:[0-9]+|[ivx]+)|[ivx]{{1,6}})"
    rf"|{_STOPS}*(?P<numbered>第{_N}(?:分?[册卷集辑部编篇]|分册)|[上中下][册卷集])"
    rf"|(?<![0-9.]){_STOPS}*(?P<digits>[0-9]{{1,2}}))$"
)
_EDITION_NUMBER = re.compile(rf"(?:第|新)?({_N})\s*(?:版|edition|ed\b)|([0-9]+)(?:st|nd|rd|th)\b|({_N})\s*刷")
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8,
             "ninth": 9, "tenth": 10, "2nd": 2, "3rd": 3, "4th": 4}  # fmt: skip
_EDITION_KINDS = {
    "修订": "revised", "增订": "revised", "增补": "revised", "修正": "revised", "重修": "revised", "最新": "revised",
    "rev": "revised", "enl": "revised", "缩印": "reduced", "普及": "popular", "青少": "youth", "注音": "phonetic",
    "大字": "large", "盲文": "braille", "教师": "teacher", "简明": "concise", "精编": "concise", "abridged": "concise",
}  # fmt: skip
_REPRINT = re.compile("影印|复印本|复制|重印本|reprint|facsim")
_PRINTING = re.compile("次印刷|重印|刷|printing")
_BRACKETED = re.compile(r"^[\s]*[(（\[〔【][^)）\]〕】]{1,12}[)）\]〕】]\s*")
_ROLE = re.compile(
    r"(?:等|主编|总主编|编著|编写|编译|编辑|合编|合著|合译|校注|译注|注释|校点|点校|选编|选注|编选|编绘|绘图|口述|撰稿|整理|摄影|"
    r"[著编译撰辑绘注主修校评选写述演讲搜集]+)+$"
)
_ROLE_BEFORE = re.compile(r"^(?:by|edited by|ed\. by|主编|编著|著者|作者|编者|译者)[\s:：]*")
_SEVERAL = re.compile(r"[;；]|[,，、](?![^(（]*[)）])|等[著编]| and | & ")
_PUBLISHER_TAIL = re.compile(
    r"(?:出版社|出版公司|出版集团|出版发行公司|出版中心|出版|有限责任公司|股份有限公司|有限公司|公司|发行部|音像|电子"
    r"|publishing|publishers?|press|pub|books|verlag|editions?|inc|ltd|co|corp|company|group|llc|gmbh)$"
)
_MACHINE_PRINT = 1850  # copies of older books differ, and libraries describe the copy
_PAGES = re.compile(r"([0-9]{1,5})\s*(?:页|p\b|p\.|pages|叶|面|s\.|leaves)")


@dataclass(frozen=True, slots=True)
class Keys:
    """What two records are compared by. Everything is folded; empty means that the record does not say."""

    title: str = ""
    subtitle: str = ""
    volume: str = ""  # "set", "2", "2|东南亚篇", "|东南亚篇"
    authors: tuple[str, ...] = ()
    publisher: str = ""
    year: int | None = None
    edition: str = ""  # "3", "3 revised", "revised"
    reprint: bool = False
    printing: bool = False
    pages: int | None = None
    electronic: bool = False
    material: str = "book"
    language: str = ""
    isbns: tuple[str, ...] = ()
    unified: str = ""
    foreign: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value not in ("", (), None, False)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Keys":
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
        return cls(**values)


class Verdict(Enum):
    SAME = "same"
    DIFFERENT = "different"
    DOUBT = "doubt"  # for the center's review queue


@dataclass(frozen=True, slots=True)
class Judgement:
    """`rule` names what decided, `score` is the similarity of the titles from 0 to 1."""

    verdict: Verdict
    rule: str
    score: float = field(default=0.0)


# --- Keys --------------------------------------------------------------------------------------------------


def plain(text: str) -> str:
    """Folded, letters and digits only."""
    return _PUNCTUATION.sub("", fold(text))


def keys_of(book: Bibliographic) -> Keys:
    """The keys of one record."""
    in_title = _EDITION_IN_TITLE.search(book.title)
    title, tail = split_title(book.title[: in_title.start()] if in_title else book.title)
    volume = volume_key(book.volume_number, book.volume) or (tail and volume_key(tail, tail))
    volume = volume or volume_key(book.series_volume, book.series_volume)
    statement = fold(f"{book.edition_statement} {in_title.group(1) if in_title else ''}").strip()
    everything = " ".join([statement, *(fold(note) for note in book.notes[:12])])
    pages = _PAGES.findall(fold(book.extent))
    return Keys(
        title=plain(title)[:400],
        subtitle=plain(book.subtitle)[:200],
        volume=volume,
        authors=tuple(author_keys(book))[:12],
        publisher=publisher_key(book.publisher),
        year=book.year,
        edition=edition_key(statement),
        reprint=bool(_REPRINT.search(statement)) or ("据" in everything and "影印" in everything),
        printing=bool(_PRINTING.search(statement)),
        pages=max((int(p) for p in pages), default=None),
        electronic=book.electronic,
        material=book.material_type,
        language=book.language,
        isbns=tuple(sorted(book.isbns)),
        unified=unified_key(book.unified_number),
        foreign=tuple(foreign_keys(book)),
    )


def split_title(text: str) -> tuple[str, str]:
    """Title without the volume at its end, and that end: 高等数学(上册) → 高等数学, 上册."""
    folded = fold(text).strip()
    match = _TAIL.match(folded)
    if not match:
        return folded, ""
    tail = next(value for value in match.group("bracket", "word", "numbered", "digits") if value)
    if match.group("bracket") and not (_SET.match(tail) or _HALF.match(tail) or _NUMBERED.match(tail)):
        return folded, ""
    return match.group("title"), tail


def volume_key(numbering: str, whole: str) -> str:
    """Number and name of a volume as `2|东南亚篇`; `set` for several volumes together; empty if nothing is stated."""
    folded = _VOLUME_WORD.sub(r"\1", fold(whole)).strip(" .,:;()[]/")
    if not folded:
        return ""
    if _SET.match(folded):
        return "set"
    rest = _VOLUME_WORD.sub(r"\1", fold(numbering)).strip(" .,:;()[]/")
    name = folded[len(rest) :].strip(" .,:;/") if folded.startswith(rest) else ("" if rest else folded)
    numbers: list[str] = []
    names: list[str] = []
    for part in [*re.split(r"[\s,，.、/;；]+", rest), name]:
        if part:
            (numbers if (value := _volume_number(part)) else names).append(value or part)
    key = ".".join(numbers)
    title = plain("".join(names))
    return (f"{key}|{title}" if title else key)[:100]


def _volume_number(text: str) -> str:
    text = text.strip("()[]. ")
    if _SET.match(text):
        return "set"
    if match := _HALF.match(text):
        return match.group(1)
    match = _NUMBERED.match(text)
    if not match:
        return ""
    value = next(group for group in match.groups() if group)
    if set(value) <= set(_ROMAN) and not value.isdigit():
        return str(_roman(value))
    found = number(value)
    return str(found) if found is not None else ""


def _roman(text: str) -> int:
    values = [_ROMAN[c] for c in text]
    return sum(-v if any(v < later for later in values[i + 1 :]) else v for i, v in enumerate(values))


def author_keys(book: Bibliographic) -> list[str]:
    """Every person or body, without role, dynasty, nation and order of the parts of a Western name."""
    names = list(book.authors)
    for statement in re.split(r"[;；=]", book.responsibility):
        names += _SEVERAL.split(statement)
    return list(dict.fromkeys(key for name in names if name and (key := author_key(name))))


def author_key(name: str) -> str:
    text = fold(name).strip()
    while (shorter := _BRACKETED.sub("", text)) != text:
        text = shorter
    text = re.sub(r"[(（\[].*$", "", text)
    text = _ROLE_BEFORE.sub("", text.strip(" .,;:[]"))
    if len(text) > 2:
        text = _ROLE.sub("", text) or text
    if text.isascii():
        return "".join(sorted(re.findall(r"[a-z]+", text)))[:100]
    return plain(text)[:100]


def publisher_key(name: str) -> str:
    """北京大学出版社有限公司 and 北京大学出版社 are one; of several publishers the first counts."""
    text = fold(re.split(r" ; |;|；", name)[0]).strip(" .,[]")
    if text in ("s.n", "sn", "出版者不详"):
        return ""
    while (shorter := _PUBLISHER_TAIL.sub("", text).strip(" .,&-")) != text and shorter:
        text = shorter
    return plain(text)[:200]


def edition_key(statement: str) -> str:
    """Number and kind of an edition: 第3版(修订本) → `3 revised`. A first edition says as much as nothing: `1`."""
    folded = fold(statement)
    found = next((n for match in _EDITION_NUMBER.finditer(folded) if (n := match.group(1) or match.group(2))), "")
    value = str(number(found) or "") if found else next((str(n) for w, n in _ORDINALS.items() if w in folded), "")
    kind = next((kind for word, kind in _EDITION_KINDS.items() if word in folded), "")
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


# --- Judgement ---------------------------------------------------------------------------------------------


def similarity(a: Keys, b: Keys) -> float:
    """Likeness of two titles, 0 to 1, with and without subtitle; 1 where one begins with the other."""
    if not a.title or not b.title:
        return 0.0
    if a.title == b.title:
        return 1.0
    full_a, full_b = a.title + a.subtitle, b.title + b.subtitle
    if min(len(a.title), len(b.title)) >= 2 and (a.title in full_b or b.title in full_a):
        return 1.0
    return max(SequenceMatcher(None, x, y, autojunk=False).ratio() for x, y in ((a.title, b.title), (full_a, full_b)))


def judge(a: Keys, b: Keys) -> Judgement:
    """Same edition, different, or in doubt. Symmetric: judge(a, b) and judge(b, a) agree."""
    score = similarity(a, b)
    if veto := vetoed(a, b):
        return Judgement(Verdict.DIFFERENT, veto, score)
    same_isbn = bool(set(a.isbns) & set(b.isbns))
    link = "isbn" if same_isbn else "unified" if a.unified and a.unified == b.unified else ""
    if not link and set(a.foreign) & set(b.foreign):
        link = "foreign"
    if link:
        if score < (0.9 if link == "foreign" else 0.8):
            return Judgement(Verdict.DOUBT, f"{link}, titles differ", score)
        if doubt := doubtful(a, b):
            return Judgement(Verdict.DOUBT, doubt, score)
        return Judgement(Verdict.SAME, link, score)
    if a.isbns and b.isbns:
        return Judgement(Verdict.DIFFERENT, "other isbn", score)
    if a.title != b.title or not a.title:
        return Judgement(Verdict.DIFFERENT, "nothing in common", score)
    if not (a.publisher and b.publisher and a.year and b.year):
        return Judgement(Verdict.DOUBT, "publisher or year missing", score)
    if a.publisher != b.publisher or a.year != b.year:
        return Judgement(Verdict.DIFFERENT, "publisher or year differs", score)
    if a.year < _MACHINE_PRINT:
        return Judgement(Verdict.DOUBT, "hand-press book", score)
    if doubt := doubtful(a, b):
        return Judgement(Verdict.DOUBT, doubt, score)
    if a.edition != b.edition and {a.edition, b.edition} - {"", "1"}:
        return Judgement(Verdict.DOUBT, "edition stated on one side", score)
    if not _authors_agree(a, b):
        return Judgement(Verdict.DOUBT, "authors differ", score)
    if not _pages_near(a, b):
        return Judgement(Verdict.DOUBT, "pages differ", score)
    if a.subtitle != b.subtitle and a.subtitle and b.subtitle:
        return Judgement(Verdict.DOUBT, "subtitles differ", score)
    return Judgement(Verdict.SAME, "description", score)


def same_book(now: Keys, before: Keys) -> bool:
    """Whether a record that changed still describes the book it described before."""
    return not vetoed(now, before) and similarity(now, before) >= 0.5


def vetoed(a: Keys, b: Keys) -> str:
    """The reason why two records cannot be one edition, or empty. Only what both sides state can differ."""
    if a.volume and b.volume and _volumes_differ(a.volume, b.volume):
        return "volume"
    number_a, number_b = (_edition_number(k) for k in (a, b))
    if number_a and number_b and number_a != number_b:
        return "edition"
    if a.electronic != b.electronic:
        return "medium"
    if (a.material == "serial") != (b.material == "serial"):
        return "material"
    if a.language and b.language and a.language != b.language:
        return "language"
    if a.reprint != b.reprint:
        return "reprint"
    if a.isbns and b.isbns and not set(a.isbns) & set(b.isbns):
        if a.year and b.year and a.year != b.year:
            return "isbn and year"
        if a.publisher and b.publisher and a.publisher != b.publisher:
            return "isbn and publisher"
    if a.year and b.year and abs(a.year - b.year) > 1 and a.material != "serial":
        printings = (a.printing or b.printing) and set(a.isbns) & set(b.isbns) and number_a == number_b
        if not printings:
            return "year"
    return ""


def doubtful(a: Keys, b: Keys) -> str:
    """What keeps two records apart until a person has looked, although nothing contradicts; or empty."""
    if bool(a.volume) != bool(b.volume):
        return "volume stated on one side"
    if a.volume.startswith("|") != b.volume.startswith("|"):
        return "volume by number here, by name there"
    kind_a, kind_b = (k.edition.partition(" ")[2] or ("" if k.edition.isdigit() else k.edition) for k in (a, b))
    if kind_a and kind_b and kind_a != kind_b:
        return "kind of edition differs"
    if a.subtitle and b.subtitle and a.title == b.title:
        ratio = SequenceMatcher(None, a.subtitle, b.subtitle, autojunk=False).ratio()
        if ratio < 0.5 and a.subtitle not in b.subtitle and b.subtitle not in a.subtitle:
            return "subtitles differ"
    return ""


def _edition_number(keys: Keys) -> str:
    value = keys.edition.partition(" ")[0]
    return value if value.isdigit() else ""


def _volumes_differ(a: str, b: str) -> bool:
    """Numbers differ where both have one; names differ where both have one and not the same number."""
    (number_a, _bar, name_a), (number_b, _bar_b, name_b) = a.partition("|"), b.partition("|")
    if number_a and number_b:
        return number_a != number_b
    if name_a and name_b:  # 微观经济学 = 微观经济学分册, but one character makes 宏观经济学分册 another book
        return name_a not in name_b and name_b not in name_a
    return "set" in (number_a, number_b)


def _authors_agree(a: Keys, b: Keys) -> bool:
    if not a.authors or not b.authors:
        return True
    return any(x == y or (min(len(x), len(y)) >= 2 and (x in y or y in x)) for x in a.authors for y in b.authors)


def _pages_near(a: Keys, b: Keys) -> bool:
    """Missing pages count as near; prefaces are counted or not, hence ten pages or five in a hundred."""
    if a.pages is None or b.pages is None:
        return True
    return abs(a.pages - b.pages) <= max(10, 0.05 * max(a.pages, b.pages))
