"""Books as the demo world knows them, before they become MARC records: read from books.csv, or generated."""

import csv
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

HERE = Path(__file__).resolve().parent

BODIES = re.compile("大学|学院|学校|院校|研究|教研|编写组|编译局|编委会|编辑|翻译组|小组|出版社")
# English roles stand before the names ("edited by Harold Jenkins"), Chinese ones behind them.
LEADING_ROLES = {"edited by", "translated by", "with"}


@dataclass(frozen=True)
class Person:
    """`origin` is the nation or dynasty that Chinese catalogues print before the name: 美, 清, 古希腊."""

    name: str
    role: str = "著"
    origin: str = ""

    @property
    def is_corporate(self) -> bool:
        """A body that signs as author: 同济大学数学系, 《运筹学》教材编写组."""
        return not self.origin and bool(BODIES.search(self.name))

    @property
    def is_first(self) -> bool:
        """Whether the role makes the main responsibility (an author or compiler, not a translator)."""
        return not any(word in self.role for word in ("译", "訳", "校", "注", "审", "修订", "translated"))


@dataclass(frozen=True)
class Book:
    """One physical volume of one edition. `fame` (1 … 5) says how many libraries hold it.

    `known_copies`: request prefix of a library, call number, barcodes, where they are known facts.
    """

    title: str
    people: tuple[tuple[Person, ...], ...]
    place: str
    publisher: str
    year: int
    language: str
    clc: str
    subtitle: str = ""
    volume: str = ""
    edition: str = ""
    pages: str = ""
    subjects: tuple[str, ...] = ()
    series: str = ""
    isbn: str = ""
    price: str = ""
    abstract: str = ""
    fame: int = 1
    known_copies: str = ""

    @cached_property
    def persons(self) -> tuple[Person, ...]:
        return tuple(person for group in self.people for person in group)

    @property
    def responsibility(self) -> str:
        """Statement of responsibility as printed: `(英) 罗素著 ; 何兆武, 李约瑟译`."""
        return " ; ".join(responsibility_of(group) for group in self.people)


def responsibility_of(group: tuple[Person, ...]) -> str:
    """The part of the statement that belongs to people of one role."""
    names = []
    origin = ""
    for person in group:
        # An origin is printed once for the names that share it.
        prefix = f"({person.origin}) " if person.origin and person.origin != origin else ""
        origin = person.origin
        names.append(prefix + person.name)
    role = group[0].role
    joined = ", ".join(names)
    return f"{role} {joined}" if role in LEADING_ROLES else f"{joined}{role}"


def parse_people(text: str) -> tuple[tuple[Person, ...], ...]:
    """People as books.csv writes them: `[美]甲+乙/著;丙/译`. An origin holds until another one is named."""
    groups = []
    for part in text.split(";"):
        names, _, role = part.partition("/")
        group = []
        origin = ""
        for name in names.split("+"):
            if match := re.match(r"\[(.+?)\](.+)", name):
                origin, name = match.groups()
            group.append(Person(name=name, role=role, origin=origin))
        groups.append(tuple(group))
    return tuple(groups)


def book_of(row: dict[str, str]) -> Book:
    """The book that a row of books.csv describes; see docs/demo.md for the columns."""
    return Book(
        title=row["title"],
        subtitle=row["subtitle"],
        volume=row["volume"],
        people=parse_people(row["people"]),
        edition=row["edition"],
        place=row["place"],
        publisher=row["publisher"],
        year=int(row["year"]),
        pages=row["pages"],
        language=row["language"],
        clc=row["clc"],
        subjects=tuple(row["subjects"].split(";")),
        series=row["series"],
        isbn=row["isbn"],
        price=row["price"],
        fame=int(row["fame"]),
        known_copies=row["known_copies"],
    )


def real_books() -> list[Book]:
    """The well-known books of books.csv, in the order of the file."""
    with (HERE / "books.csv").open(encoding="utf-8", newline="") as file:
        return [book_of(row) for row in csv.DictReader(file)]
