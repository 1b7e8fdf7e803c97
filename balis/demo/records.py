"""A book as one library would catalogue it: Book + Shelf + copies -> MARC record, CNMARC or MARC21."""

import re
from dataclasses import dataclass
from functools import cache

from pypinyin import Style, lazy_pinyin

from balis.demo.books import LEADING_ROLES, Book, Person, responsibility_of
from balis.demo.shelves import IN_PROCESS, LENT, READING_ROOM, Holdings, Shelf, Volume
from catalog.isbn import hyphenate
from catalog.marc.record import Field, Record

# What stands for a volume's number in a set; the rest is the volume's own title.
VOLUME_NUMBER = re.compile(
    r"(?P<number>Vol\. \d+|Том \d+|BOOK \d+|第?[一二三四五六七八九十壹贰\dIVX]+[卷册部]?|[上中下][册卷部]?|卷[IVX]+)"
    r"(?:$|[ ,]+)(?P<name>.*)"
)
# ISBNs have thirteen digits since 2007; before that the same number was printed with ten.
ISBN_13_SINCE = 2007
COUNTRIES = {"chi": ("CN", "cc "), "eng": ("US", "xxu"), "jpn": ("JP", "ja "), "rus": ("RU", "ru ")}
ENGLAND = ("Oxford", "Cambridge", "London")
ORIGINALS = {"英": "eng", "美": "eng", "加": "eng", "日": "jpn", "俄": "rus", "苏": "rus", "法": "fre", "德": "ger"}
BNU_CODE = "211260"  # what Beijing Normal University writes into 906 $a
KOHA_DUE = "2026-06-30"

Subfields = list[tuple[str, str]]


@dataclass(frozen=True)
class Copy:
    """One copy. `status` is one of the words of shelves.py; `shelf_class` and `book_number` make the call number."""

    barcode: str
    shelf_class: str
    book_number: str
    location: str
    status: str

    @property
    def call_number(self) -> str:
        return f"{self.shelf_class}/{self.book_number}"


def marc_record(book: Book, shelf: Shelf, local_id: str, copies: list[Copy]) -> Record:
    """The record of `book` in that library's file, with its copies."""
    return _marc21(book, shelf, local_id, copies) if shelf.marc21 else _cnmarc(book, shelf, local_id, copies)


# --- How a library writes it ------------------------------------------------------------------------------


def split_volume(volume: str) -> tuple[str, str]:
    """Number and title of a volume: `第一册 本纪` -> (第一册, 本纪); a volume without number is all title."""
    match = VOLUME_NUMBER.match(volume)
    return (match["number"], match["name"]) if match else ("", volume)


def title_of(book: Book, shelf: Shelf) -> str:
    title = book.title
    if shelf.spaced_latin:
        title = re.sub(r"(?<=[A-Za-z+])(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])(?=[A-Za-z])", " ", title)
    return title


def edition_of(book: Book, shelf: Shelf) -> str:
    if shelf.bare_edition and re.fullmatch(r"第\d+版", book.edition):
        return book.edition[1:]
    return book.edition


def isbn_of(book: Book, shelf: Shelf) -> str:
    if not book.isbn or shelf.isbn_style == "plain":
        return book.isbn
    if shelf.isbn_style == "isbn10" and book.year < ISBN_13_SINCE and book.isbn.startswith("978"):
        return isbn10(book.isbn)
    return hyphenate(book.isbn)


def isbn10(isbn13: str) -> str:
    """The ten-digit form of an ISBN that begins with 978."""
    digits = isbn13[3:12]
    check = -sum(int(digit) * (10 - place) for place, digit in enumerate(digits)) % 11
    return digits + ("X" if check == 10 else str(check))


def responsibilities(book: Book, shelf: Shelf) -> list[str]:
    """The statement of responsibility role by role, in this library's brackets and with its rule of three."""
    parts = []
    for group in book.people:
        shown = group
        suffix = ""
        if shelf.rule_of_three and len(group) > 3 and group[0].role not in LEADING_ROLES:
            shown, suffix = group[:1], "等"
        text = responsibility_of(shown)
        if suffix:
            role = shown[0].role
            text = f"{text.removesuffix(role)} [{suffix}]{role.removeprefix('等')}" if role else f"{text} ... [et al.]"
        opening, closing = shelf.brackets[0], shelf.brackets[1]
        parts.append(re.sub(r"\((.+?)\) ", rf"{opening}\1{closing} ", text))
    return parts


@cache
def pinyin_of(text: str) -> str:
    """Pinyin with capitals, syllable by syllable, as in the $A subfields of many libraries."""
    return " ".join(syllable.capitalize() for syllable in lazy_pinyin(text, style=Style.NORMAL))


def western_name(name: str) -> tuple[str, str]:
    """Entry element and the rest: `Thomas H. Cormen` -> (Cormen, Thomas H.); `Толстой Л. Н.` keeps its order."""
    name = re.sub(r", Jr\.$", "", name)
    words = name.split()
    if name.endswith("."):
        return words[0], " ".join(words[1:])
    return words[-1], " ".join(words[:-1])


def is_western(person: Person) -> bool:
    return bool(re.search(r"[A-Za-zА-Яа-я] ", person.name)) and not re.search(r"[\u4e00-\u9fff]", person.name)


# --- CNMARC -------------------------------------------------------------------------------------------------


def _cnmarc(book: Book, shelf: Shelf, local_id: str, copies: list[Copy]) -> Record:
    fields = [
        Field.control("001", local_id),
        Field.control("005", f"{min(book.year + 1, 2025)}0315093000.0"),
    ]

    def add(tag: str, indicators: str, *subfields: tuple[str, str]) -> None:
        present = [(code, value) for code, value in subfields if value]
        if present:
            fields.append(Field.data_field(tag, indicators[0], indicators[1], present))

    country = COUNTRIES[book.language][0]
    if country == "US" and book.place == "Beijing":
        country = "CN"
    elif country == "US" and book.place in ENGLAND:
        country = "GB"
    original = next((ORIGINALS[p.origin] for p in book.persons if p.origin in ORIGINALS), "")
    is_translation = bool(original) and any("译" in p.role for p in book.persons)
    add("010", "  ", ("a", isbn_of(book, shelf)), ("d", book.price))
    add("100", "  ", ("a", f"{min(book.year + 1, 2025)}0315d{book.year}    em y0chiy50      ea"))
    if is_translation:
        add("101", "1 ", ("a", book.language), ("c", original))
    else:
        add("101", "0 ", ("a", book.language))
    add("102", "  ", ("a", country), ("b", "110000" if book.place == "北京" else ""))
    add("105", "  ", ("a", "a   z   000yy"))
    add("106", "  ", ("a", "r"))
    fields.append(_field_200(book, shelf))
    add("205", "  ", ("a", edition_of(book, shelf)))
    add("210", "  ", ("a", book.place), ("c", book.publisher), ("d", str(book.year)))
    add("215", "  ", ("a", f"{book.pages}页" if book.pages else ""), ("d", "24cm" if book.pages else ""))
    add("225", "2 ", ("a", book.series))
    add("330", "  ", ("a", book.abstract))
    subject, *subdivisions = book.subjects or ("",)
    add("606", "0 ", ("a", subject), *(("x", word) for word in subdivisions))
    add("690", "  ", ("a", book.clc), ("v", "5"))
    for person in book.persons:
        # CNMARC tags: 701 and 711 for the makers of the work, 702 and 712 for translators and editors of it.
        tag = f"7{'1' if person.is_corporate else '0'}{'1' if person.is_first else '2'}"
        if is_western(person):
            entry, rest = western_name(person.name)
            add(tag, " 1", ("a", entry), ("b", rest), ("4", person.role))
        else:
            pinyin = pinyin_of(person.name) if shelf.pinyin else ""
            add(tag, " 0", ("a", person.name), ("A", pinyin), ("4", person.role))
    add("801", " 0", ("a", "CN"), ("b", shelf.library), ("c", f"{min(book.year + 1, 2025)}0315"))
    fields.extend(_copies(shelf, copies))
    return Record("00000nam0 2200000   450 ", fields)


def _field_200(book: Book, shelf: Shelf) -> Field:
    number, name = split_volume(book.volume)
    title = title_of(book, shelf)
    subtitle = book.subtitle
    if shelf.subtitle_in_title and subtitle and book.language == "chi":
        title, subtitle = f"{title}：{subtitle}", ""
    if shelf.volume is Volume.TITLE and number:
        title, number = f"{title} {number}", ""
    subfields: Subfields = [("a", title)]
    if shelf.pinyin and book.language == "chi":
        subfields.append(("A", pinyin_of(book.title)))
    subfields += [(code, value) for code, value in (("e", subtitle), ("h", number), ("i", name)) if value]
    statements = responsibilities(book, shelf)
    subfields += [("f" if place == 0 else "g", text) for place, text in enumerate(statements)]
    return Field.data_field("200", "1", " ", subfields)


# --- MARC21 -------------------------------------------------------------------------------------------------


def _marc21(book: Book, shelf: Shelf, local_id: str, copies: list[Copy]) -> Record:
    country = COUNTRIES[book.language][1]
    if book.place in ENGLAND:
        country = "enk"
    elif book.place == "Beijing":
        country = "cc "
    fields = [
        Field.control("001", local_id),
        Field.control("005", f"{min(book.year + 1, 2025)}0315093000.0"),
        Field.control("008", f"{book.year % 100:02d}0315s{book.year}    {country}           000 0 {book.language} d"),
    ]

    def add(tag: str, indicators: str, *subfields: tuple[str, str]) -> None:
        present = [(code, value) for code, value in subfields if value]
        if present:
            fields.append(Field.data_field(tag, indicators[0], indicators[1], present))

    add("020", "  ", ("a", isbn_of(book, shelf).replace("-", "")), ("c", book.price))
    add("093", "  ", ("a", book.clc), ("2", "5"))
    first, *others = [person for person in book.persons if person.is_first or person is book.persons[0]]
    others += [person for person in book.persons if not person.is_first and person is not first]
    for tag, person in [("1", first), *(("7", other) for other in others)]:
        if person.is_corporate:
            add(f"{tag}10", "2 ", ("a", person.name))
        elif is_western(person):
            add(f"{tag}00", "1 ", ("a", ", ".join(western_name(person.name))))
        else:
            add(f"{tag}00", "0 ", ("a", person.name))
    number, name = split_volume(book.volume)
    statement = " ; ".join(responsibilities(book, shelf))
    # ISBD marks stand at the end of the subfield before the one that they announce.
    parts = [("a", title_of(book, shelf), ""), ("b", book.subtitle, " :"), ("n", number, "."), ("p", name, ",")]
    present = [part for part in (*parts, ("c", statement, " /")) if part[1]]
    endings = [mark for _code, _value, mark in present[1:]] + [""]
    add("245", "10", *((code, value + mark) for (code, value, _mark), mark in zip(present, endings, strict=True)))
    add("250", "  ", ("a", edition_of(book, shelf)))
    add("260", "  ", ("a", f"{book.place} :"), ("b", f"{book.publisher},"), ("c", f"{book.year}."))
    add("300", "  ", ("a", f"{book.pages} {'p.' if book.language == 'eng' else '页'}" if book.pages else ""))
    add("490", "0 ", ("a", book.series))
    add("520", "  ", ("a", book.abstract))
    if book.language == "chi":
        subject, *subdivisions = book.subjects or ("",)
        add("650", " 7", ("a", subject), *(("x", word) for word in subdivisions), ("2", "cct"))
    else:
        for subject in book.subjects:
            heading, *subdivisions = subject.split("--")
            add("650", " 0", ("a", heading), *(("x", word) for word in subdivisions))
    fields.extend(_copies(shelf, copies))
    return Record("00000nam a2200000 a 4500", fields)


# --- Copies -------------------------------------------------------------------------------------------------


def _copies(shelf: Shelf, copies: list[Copy]) -> list[Field]:
    shape = shelf.holdings
    if shape is Holdings.BARCODES_905:
        # One 905 for the copies that stand together; a copy elsewhere or out has a 905 of its own.
        together: dict[tuple[str, str], list[Copy]] = {}
        for copy in copies:
            together.setdefault((copy.location, copy.status), []).append(copy)
        return [_905(shelf, group) for group in together.values()]
    if shape is Holdings.COPY_905:
        return [_905(shelf, [copy]) for copy in copies]
    if shape is Holdings.COPY_906:
        title_level = Field.data_field(
            "905", " ", " ", [("a", shelf.library), ("d", copies[0].shelf_class), ("e", copies[0].book_number)]
        )
        return [title_level, *(_906(shelf, copy) for copy in copies)]
    if shape is Holdings.COPY_852:
        return [_852(shelf, copy) for copy in copies]
    return [_952(shelf, copy) for copy in copies]


def _905(shelf: Shelf, copies: list[Copy]) -> Field:
    copy = copies[0]
    return Field.data_field("905", " ", " ", [
        ("a", shelf.library), *(("b", each.barcode) for each in copies), ("d", copy.shelf_class),
        ("e", copy.book_number), ("s", copy.call_number), ("l", copy.location), ("k", shelf.status_word(copy.status)),
    ])  # fmt: skip


def _906(shelf: Shelf, copy: Copy) -> Field:
    return Field.data_field("906", " ", " ", [
        ("a", BNU_CODE), ("b", copy.barcode), ("d", copy.shelf_class), ("e", copy.book_number), ("l", copy.location),
        ("k", shelf.status_word(copy.status)),
    ])  # fmt: skip


def _852(shelf: Shelf, copy: Copy) -> Field:
    return Field.data_field("852", "8", " ", [
        ("a", shelf.library), ("b", copy.location), ("h", copy.shelf_class), ("i", copy.book_number),
        ("p", copy.barcode), ("z", shelf.status_word(copy.status)),
    ])  # fmt: skip


def _952(shelf: Shelf, copy: Copy) -> Field:
    # Koha says what a copy is not: $7 not for loan, $q due back on a day.
    due = [("q", KOHA_DUE)] if copy.status == LENT else []
    not_for_loan = {READING_ROOM: "1", IN_PROCESS: "-1"}.get(copy.status, "0")
    return Field.data_field("952", " ", " ", [
        ("7", not_for_loan), ("a", shelf.library), ("c", copy.location), ("o", copy.call_number), ("p", copy.barcode),
        *due,
    ])  # fmt: skip
