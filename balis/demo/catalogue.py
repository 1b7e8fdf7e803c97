"""Who holds which book in the demo world; every library's file is written and read by the real importer."""

import random
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from balis.demo.books import Book, real_books
from balis.demo.doubtful import doubtful_records
from balis.demo.generator import generate
from balis.demo.records import Copy, marc_record, pinyin_of, split_volume, western_name
from balis.demo.shelves import (
    FOREIGN_SHELF,
    IN_PROCESS,
    LENT,
    NATIONAL_SHELF,
    ON_SHELF,
    READING_ROOM,
    SHELVES,
    Numbering,
    Shelf,
)
from catalog.marc.record import Record
from catalog.marc.writer import write_iso2709, write_marcxml

SEED = "balis demo shelves 1"
# How many libraries hold a book of that fame.
HOLDERS = {1: (1, 1), 2: (1, 3), 3: (3, 5), 4: (6, 9), 5: (11, 15)}
FAMOUS = 4
STATUSES = ((ON_SHELF, 82), (LENT, 12), (READING_ROOM, 5), (IN_PROCESS, 1))
READING_ROOMS = ("阅览", "保存本", "工具书")


@dataclass(frozen=True)
class CatalogueFile:
    """One library's file: its name, its records, the books they describe, and how they are written."""

    shelf: Shelf
    name: str
    records: list[Record]
    books: list[Book]

    def write(self, folder: Path) -> Path:
        """Write the file into `folder`, as ISO 2709 or MARCXML in the library's encoding; returns its path."""
        path = folder / self.name
        with path.open("wb") as file:
            if self.shelf.xml:
                for piece in write_marcxml(self.records):
                    file.write(piece)
            else:
                for record in self.records:
                    file.write(write_iso2709(record, self.shelf.encoding))
        return path


def books(count: int) -> list[Book]:
    """The books of the demo world: the real ones, then `count` invented ones; without those of the doubtful pairs."""
    return real_books() + generate(count)


def catalogue_files(count: int, seed: str = SEED) -> list[CatalogueFile]:
    """The files of all libraries with a catalogue, for `count` invented books; deterministic."""
    rng = random.Random(seed)  # noqa: S311 - a demo catalogue, not secrets
    registers = [_Register(shelf) for shelf in (*SHELVES, FOREIGN_SHELF)]
    holders: dict[tuple[object, ...], list[_Register]] = {}
    all_books = books(count)
    # 下 is the third volume only of a set that has a 中.
    sets_of_three = {_set_of(book) for book in all_books if book.volume.startswith("中")}
    for book in all_books:
        # A library that buys a set buys all its volumes.
        work = _set_of(book)
        if work not in holders:
            holders[work] = _holders(rng, book, registers)
        for register in holders[work]:
            register.add(rng, book, in_three=_set_of(book) in sets_of_three)
    # Last, so that the records before them are the same without them.
    by_library = {register.shelf.library: register for register in registers if register.shelf is not FOREIGN_SHELF}
    for record in doubtful_records():
        by_library[record.library].add(rng, record.book, in_three=False)
    return [register.file() for register in registers if register.records]


def _set_of(book: Book) -> tuple[object, ...]:
    """What the volumes of one set have in common (not the year: they came out one after the other)."""
    return (book.title, book.people[0], book.publisher, book.edition)


def _holders(rng: random.Random, book: Book, registers: "list[_Register]") -> "list[_Register]":
    """Libraries that hold the book: by chance, weighted by size and by what they collect."""
    number = rng.randint(*HOLDERS[book.fame])
    known = known_copies(book)
    chosen = [register for register in registers if register.shelf.library == known[0]] if known else []
    # 国家图书馆 has two files; a book stands in the one of its language.
    foreign = book.language != "chi"
    wrong_file = NATIONAL_SHELF if foreign else FOREIGN_SHELF
    open_to = [
        register
        for register in registers
        # Foreign books are the business of libraries that have come to UTF-8.
        if register.shelf is not wrong_file
        and not (foreign and register.shelf.encoding != "utf-8")
        and register not in chosen
    ]
    while len(chosen) < number and open_to:
        weights = [register.interest(book) for register in open_to]
        register = rng.choices(open_to, weights)[0]
        open_to.remove(register)
        chosen.append(register)
    return chosen


def known_copies(book: Book) -> list[str]:
    """Library, call number and barcodes where books.csv knows them, else nothing."""
    return book.known_copies.split()


class _Register:
    """What one library has catalogued so far: serials of records, barcodes, and book numbers within a class."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.records: list[Record] = []
        self.books: list[Book] = []
        self._barcode = int("1" + "0" * (shelf.digits - 1)) + 2_345
        self._serials: dict[str, int] = defaultdict(int)
        self._works: dict[tuple[object, ...], int] = {}

    def interest(self, book: Book) -> float:
        collects = self.shelf.collects
        return self.shelf.size * collects.get(book.clc[0], collects.get("", 1.0))

    def add(self, rng: random.Random, book: Book, *, in_three: bool) -> None:
        shelf_class = book.clc
        number = self._book_number(book, in_three)
        barcodes: list[str] = []
        known = known_copies(book)
        if known and known[0] == self.shelf.library:
            shelf_class, _, number = known[1].partition("/")
            barcodes = known[2:]
        count = len(barcodes) or (rng.randint(2, 4) if book.fame >= FAMOUS else rng.choices((1, 2), (75, 25))[0])
        copies = [
            self._copy(rng, shelf_class, number, barcodes[place] if barcodes else "", can_be_lent=place == 0)
            for place in range(count)
        ]
        # The two files of one library do not share record numbers.
        local_id = f"{'9' if self.shelf is FOREIGN_SHELF else '0'}{len(self.records) + 1:08d}"
        self.records.append(marc_record(book, self.shelf, local_id, copies))
        self.books.append(book)

    def _copy(self, rng: random.Random, shelf_class: str, number: str, barcode: str, *, can_be_lent: bool) -> Copy:
        location = rng.choice(self.shelf.locations)
        status = rng.choices([word for word, _ in STATUSES], [weight for _, weight in STATUSES])[0]
        if barcode:
            location, status = self.shelf.locations[0], ON_SHELF
        elif any(word in location for word in READING_ROOMS):
            if can_be_lent and rng.random() < 0.7:
                location = self.shelf.locations[0]
            else:
                status = READING_ROOM
        if not barcode:
            self._barcode += rng.choice((1, 1, 1, 2, 3, 17))
            barcode = f"{self.shelf.barcode}{self._barcode:0{self.shelf.digits}d}"
        return Copy(barcode, shelf_class, number, location, status)

    def _book_number(self, book: Book, in_three: bool) -> str:
        """What follows the class in the call number: of the author, or the serial of the work in its class."""
        work = _set_of(book)
        if work not in self._works:
            self._serials[book.clc] += 1
            self._works[work] = self._serials[book.clc]
        serial = self._works[work]
        volume = _volume_index(book.volume, in_three)
        if self.shelf.numbering is Numbering.SERIAL:
            return f"{serial:02d}" + (f"/{volume}" if volume else "")
        author = book.persons[0].name
        entry = western_name(author)[0].strip("《")
        initial = pinyin_of(entry)[:1] if "\u4e00" <= entry[0] <= "\u9fff" else entry[:1]
        # A stable number for a name, spread over three digits as in the author tables.
        number = 100 + sum(ord(char) * (place + 3) for place, char in enumerate(author)) % 900
        again = f"({serial})" if serial > 1 else ""
        return f"{initial.upper()}{number}{again}" + (f":{volume}" if volume else "")

    def file(self) -> CatalogueFile:
        shelf = self.shelf
        kind = "foreign" if shelf is FOREIGN_SHELF else "books"
        return CatalogueFile(
            shelf, f"{shelf.library.lower()}-{kind}.{'xml' if shelf.xml else 'mrc'}", self.records, self.books
        )


_VOLUME_INDEX = {"上": 1, "中": 2, "下": 3, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "I": 1, "II": 2, "III": 3,
                 "壹": 1, "贰": 2}  # fmt: skip


def _volume_index(volume: str, in_three: bool) -> str:
    number, name = split_volume(volume)
    bare = number.strip("第卷册部 ").removeprefix("Vol.").removeprefix("Том").removeprefix("BOOK").strip()
    if bare == "下" and not in_three:
        return "2"
    if bare in _VOLUME_INDEX:
        return str(_VOLUME_INDEX[bare])
    return bare if bare.isdigit() else name[:1]
