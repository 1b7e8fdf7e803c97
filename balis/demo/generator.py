"""Invents further books that look real, always the same ones: thousands of them fill the demo catalogue.

ISBNs of invented books come from the block 978-7-599x, that is the registrants 5990 … 5999 of the Chinese group. No
publisher uses it; a number of this block is therefore recognisably invented (docs/demo.md). Books before 1987 have
none, as in real life; neither have invented books that name a foreign publisher, whose blocks are all in real use.
"""

import csv
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from balis.demo import words
from balis.demo.books import HERE, Book, Person

FIRST_YEAR, LAST_YEAR = 1978, 2025
ISBN_YEAR = 1987  # China gave up its own 统一书号 for the ISBN
INVENTED_ISBN_PREFIX = "9787599"
INVENTED_ISBNS = 100_000  # five free digits before the check digit
ENGLISH_SHARE, FICTION_SHARE = 0.12, 0.08
SEED = "balis demo catalogue 1"

Publishers = dict[str, list[tuple[str, str]]]


class Topic:
    """One row of topics.csv: what books are about, and since when there can be such books."""

    def __init__(self, row: dict[str, str]) -> None:
        self.kind, self.since, self.clc, self.topic = row["kind"], int(row["since"]), row["clc"], row["topic"]


def topics() -> list[Topic]:
    with (HERE / "topics.csv").open(encoding="utf-8", newline="") as file:
        return [Topic(row) for row in csv.DictReader(file)]


def publishers() -> Publishers:
    """Name and place by the kind of topic they bring out; `any` are those who publish everything."""
    by_kind: Publishers = defaultdict(list)
    with (HERE / "publishers.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            by_kind[row["kind"]].append((row["publisher"], row["place"]))
    return by_kind


def generate(count: int, seed: str = SEED) -> list[Book]:
    """`count` invented volumes; the same arguments give the same books, and fewer are the beginning of more."""
    books: list[Book] = []
    for book in _endless(random.Random(seed)):  # noqa: S311 - invented books, not secrets
        if len(books) >= count:
            break
        books.append(book)
    return books


def _endless(rng: random.Random) -> Iterator[Book]:
    all_topics = topics()
    chinese = [topic for topic in all_topics if topic.kind != "english"]
    english = [topic for topic in all_topics if topic.kind == "english"]
    seen: set[tuple[str, str]] = set()
    houses = publishers()
    serial = 0
    while True:
        draw = rng.random()
        if draw < ENGLISH_SHARE:
            work = _english_work(rng, rng.choice(english), houses)
        elif draw < ENGLISH_SHARE + FICTION_SHARE:
            work = _fiction(rng, houses)
        else:
            work = _chinese_work(rng, rng.choice(chinese), houses)
        key = (work.title, work.persons[0].name)
        if key in seen:
            continue
        seen.add(key)
        volumes = _volumes(rng, work)
        for volume in volumes:
            serial += 1
            yield _finish(rng, work, volume, serial)


def _finish(rng: random.Random, work: Book, volume: str, serial: int) -> Book:
    """One volume with what differs between the volumes of a set: ISBN, pages, price."""
    domestic = work.language == "chi" or work.place == "Beijing"
    has_isbn = domestic and work.year >= ISBN_YEAR and rng.random() < 0.95
    pages = str(max(80, int(rng.gauss(330, 110))))
    return replace(
        work,
        volume=volume,
        isbn=invented_isbn(serial) if has_isbn else "",
        pages=pages,
        price=_price(rng, work.year, int(pages)) if domestic else "",
    )


def invented_isbn(serial: int) -> str:
    """ISBN-13 number `serial` of the invented block, or nothing when the block is used up."""
    if not 0 < serial < INVENTED_ISBNS:
        return ""
    # Neighbours in the catalogue shall not have neighbouring numbers; 61,051 has no factor in common with 100,000.
    digits = f"{INVENTED_ISBN_PREFIX}{serial * 61_051 % INVENTED_ISBNS:05d}"
    check = -sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10
    return f"{digits}{check}"


def _chinese_work(rng: random.Random, topic: Topic, houses: Publishers) -> Book:
    pattern = rng.choice(words.PATTERNS[topic.kind])
    while (
        ("与" in topic.topic and "与" in pattern)
        or any(topic.topic.endswith(word) and word in pattern for word in words.CLOSING_WORDS)
        or (topic.topic.endswith(words.CLOSING_WORDS) and pattern.endswith(words.CLOSING_WORDS))
    ):
        pattern = rng.choice(words.PATTERNS[topic.kind])
    title = pattern.format(t=topic.topic)
    year = _year(rng, topic.since)
    publisher, place = rng.choice(houses[topic.kind] * 2 + houses["any"])
    is_textbook = pattern in words.TEXTBOOKS or pattern in words.STUDY_AIDS
    return Book(
        title=title,
        people=_authors(rng, "编著" if is_textbook else "著", is_textbook),
        place=place,
        publisher=publisher,
        year=year,
        language="chi",
        clc=_clc(topic.clc, pattern),
        edition=f"第{rng.randint(2, 5)}版" if is_textbook and rng.random() < 0.3 else "",
        subjects=(topic.topic, *(("高等学校", "教材") if is_textbook and rng.random() < 0.5 else ())),
        series=rng.choice(words.SERIES) if rng.random() < 0.3 else "",
        abstract=rng.choice(words.ABSTRACTS).format(t=topic.topic, n=rng.randint(6, 18)) if rng.random() < 0.35 else "",
        fame=rng.choices((1, 2), (75, 25))[0],
    )


def _fiction(rng: random.Random, houses: Publishers) -> Book:
    is_novel = rng.random() < 0.65
    title = rng.choice(words.NOVELS if is_novel else words.ESSAYS).format(
        p=rng.choice(words.PLACES_OF_FICTION),
        n=rng.choice(words.NOUNS_OF_FICTION),
        w=rng.choice(words.WHEN_OF_FICTION),
    )
    publisher, place = rng.choice(houses["fiction"])
    return Book(
        title=title,
        people=((Person(chinese_name(rng)),),),
        place=place,
        publisher=publisher,
        year=_year(rng, FIRST_YEAR),
        language="chi",
        clc="I247.57" if is_novel else "I267",
        subjects=("长篇小说" if is_novel else "散文集", "中国", "当代"),
        fame=rng.choices((1, 2), (80, 20))[0],
    )


def _english_work(rng: random.Random, topic: Topic, houses: Publishers) -> Book:
    pattern = rng.choice(words.PATTERNS["english"])
    title, _, subtitle = pattern.format(t=topic.topic, T=topic.topic[0].upper() + topic.topic[1:]).partition(": ")
    at_home = rng.random() < 0.35
    publisher, place = rng.choice(houses["english at home" if at_home else "english abroad"])
    names = [f"{rng.choice(words.ENGLISH_GIVEN)} {rng.choice('ABCDEGHJLMPRSTW')}. {rng.choice(words.ENGLISH_SURNAMES)}"]
    if rng.random() < 0.35:
        names.append(f"{rng.choice(words.ENGLISH_GIVEN)} {rng.choice(words.ENGLISH_SURNAMES)}")
    return Book(
        title=title,
        subtitle=subtitle,
        people=(tuple(Person(name, role="") for name in names),),
        place=place,
        publisher=publisher,
        year=_year(rng, FIRST_YEAR),
        language="eng",
        clc=topic.clc,
        edition=f"{rng.choice(['2nd', '3rd', '4th'])} ed." if rng.random() < 0.3 else "",
        subjects=(topic.topic[0].upper() + topic.topic[1:],),
        fame=rng.choices((1, 2), (85, 15))[0],
    )


def _volumes(rng: random.Random, work: Book) -> tuple[str, ...]:
    """Most books are one volume; textbooks come in 上册 and 下册, learned works in numbered volumes."""
    draw = rng.random()
    if draw > 0.10 or (work.language != "chi" and draw > 0.04):
        return ("",)
    if work.language != "chi":
        return ("Vol. 1", "Vol. 2")
    if draw < 0.055:
        return ("上册", "下册")
    if draw < 0.075:
        return ("上", "中", "下")
    return tuple(f"第{number}卷" for number in "一二三四"[: rng.randint(2, 4)])


def chinese_name(rng: random.Random) -> str:
    surname = rng.choice(words.SURNAMES)
    if rng.random() < 0.28:
        return surname + rng.choice(words.GIVEN_SINGLE)
    return surname + rng.choice(words.GIVEN_FIRST) + rng.choice(words.GIVEN_SECOND)


def _authors(rng: random.Random, role: str, is_textbook: bool) -> tuple[tuple[Person, ...], ...]:
    number = rng.choices((1, 2, 3), (62, 26, 12))[0]
    if is_textbook and rng.random() < 0.4:
        role = "主编"
    return (tuple(Person(chinese_name(rng), role=role) for _ in range(number)),)


def _year(rng: random.Random, since: int) -> int:
    """More books from 1998 to 2018 than before and after, as on real shelves."""
    return max(since, round(rng.triangular(FIRST_YEAR, LAST_YEAR, 2011)))


def _price(rng: random.Random, year: int, pages: int) -> str:
    """Price in yuan by year and thickness: 1.50 in 1982, some 60 today."""
    per_page = 0.004 if year < 1988 else 0.02 if year < 1995 else 0.07 if year < 2004 else 0.11 if year < 2014 else 0.17
    price = per_page * pages * rng.uniform(0.8, 1.25)
    return f"CNY{price:.2f}" if year < 1995 else f"CNY{max(price, 8):.0f}.00"


def _clc(number: str, pattern: str) -> str:
    """The class with the form division that Chinese libraries add for exercises, handbooks, dictionaries."""
    for word, division in (("习题", "-44"), ("题解", "-44"), ("手册", "-62"), ("词典", "-61"), ("论文集", "-53")):
        if word in pattern and "-" not in number:
            return number + division
    return number
