"""Invents editions and copies, the same ones every time: a smaller catalogue is the beginning of a larger one.

Numbers are drawn by numpy for a whole chunk at once. Of the editions 15 % have Latin titles and 4 % popular ones; they
have 3.05 copies on average and 59 % have one; their years begin in 1950, most of them are recent.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from bench.search import vocabulary
from bench.search.vocabulary import Texts, Words, weighted

VERSION = 1  # raise whenever another catalogue comes out
SEED = 20260000
CHUNK = 50_000
LIBRARIES = 60
LATIN, POPULAR = 0.15, 0.04

MATERIALS = weighted({"book": 6, "serial": 1, "thesis": 1, "ebook": 1, "audiovisual": 1})
STATUSES = weighted(
    {"available": 82, "on_loan": 9, "reference": 5, "processing": 1, "missing": 1, "lost": 1, "unknown": 1}
)
LOCATIONS = weighted({"中心书库(二层)": 4, "社科阅览室": 2, "科技阅览室": 2, "流通部": 3, "保存本库": 1})
Numbers = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Books:
    """Columns of one chunk; row r is edition `number[r]`. Texts without a value are empty."""

    number: Numbers
    title: Texts
    subtitle: Texts
    volume: Texts
    authors: list[list[str]]
    subjects: list[list[str]]
    publisher: Texts
    place: Texts
    year: Numbers
    language: Texts
    material_type: Texts
    isbn: Texts
    clc: Texts
    edition_statement: Texts
    extent: Texts
    copies: "Copies"

    def __len__(self) -> int:
        return len(self.number)


@dataclass(frozen=True)
class Copies:
    """Columns of the copies of one chunk, edition after edition; `library` counts from 0."""

    edition: Numbers
    library: Numbers
    call_number: list[str]
    barcode: list[str]
    location: Texts
    status: Texts


def version() -> str:
    """Of the catalogue that comes out: code and words."""
    return f"{VERSION}-{vocabulary.digest()}"


def chunks(size: int) -> range:
    return range(-(-size // CHUNK))


def books(chunk: int, size: int) -> Books:
    """Chunk number `chunk` of a catalogue of `size` editions."""
    return _Chunk(np.random.default_rng([SEED, chunk]), chunk * CHUNK).books(min(CHUNK, size - chunk * CHUNK))


def isbn13(numbers: Numbers) -> Texts:
    """ISBN number n of a block that starts at 978-7-0000-0000."""
    digits = (978_700_000_000 + numbers)[:, None] // 10 ** np.arange(11, -1, -1) % 10
    check = -(digits * np.tile([1, 3], 6)).sum(axis=1) % 10
    return np.array([f"{978_700_000_000 + n}{c}" for n, c in zip(numbers, check, strict=True)], object)


@cache
def _traditional() -> dict[int, str]:
    table = files("opencc").joinpath("dictionary", "STCharacters.txt").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if "\t" in line)
    return {ord(simplified): choices.split(" ")[0] for simplified, choices in rows}


class _Chunk:
    """The draws of one chunk. Always CHUNK rows are drawn, so that a shorter catalogue has the same beginning."""

    def __init__(self, rng: np.random.Generator, before: int) -> None:
        self.rng = rng
        self.number = np.arange(before + 1, before + CHUNK + 1)

    def books(self, length: int) -> Books:
        is_latin = self._happens(LATIN)
        words = vocabulary.chinese().draw(self.rng, CHUNK, 5)
        latin_words = vocabulary.latin().draw(self.rng, CHUNK, 7)
        language = np.where(
            is_latin, self._draw({"eng": 80, "fre": 10, "ger": 10}), self._draw({"chi": 985, "jpn": 15})
        )
        year = 2026 - np.minimum(self.rng.gamma(1.7, 11, CHUNK).astype(int), 76)
        material = MATERIALS.draw(self.rng, CHUNK)
        tails = weighted(vocabulary.TAILS).draw(self.rng, CHUNK)
        title = self._chinese_titles(words, tails, latin_words, language)
        self._fill(title, is_latin, lambda row: self._latin_title(row, language[row], latin_words[row]))
        house = vocabulary.houses().draw(self.rng, CHUNK)
        foreign = Words(np.array(vocabulary.FOREIGN_HOUSES, object), np.full(6, 1 / 6)).draw(self.rng, CHUNK)
        clc = np.array(vocabulary.classes(), object)[self.rng.integers(len(vocabulary.classes()), size=CHUNK)]
        clc = clc + self._sometimes(0.5, np.array([f".{n}" for n in range(10)], object)[self._below(10)])
        has_isbn = np.isin(material, ["book", "ebook"]) & (year >= 1980)
        pages = 80 + self._below(500)
        books = Books(
            number=self.number,
            title=title,
            subtitle=self._sometimes(0.05, words[:, 3] + "导读"),
            volume=np.where(is_latin, "", self._sometimes(0.12, np.array(vocabulary.VOLUMES, object)[self._below(10)])),
            authors=self._authors(is_latin),
            subjects=self._subjects(is_latin, words, tails, latin_words),
            publisher=np.where(is_latin & self._happens(0.7), foreign, house),
            place=np.array(vocabulary.PLACES, object)[self._below(len(vocabulary.PLACES))],
            year=year,
            language=language,
            material_type=material,
            isbn=np.where(has_isbn, isbn13(self.number), ""),
            clc=clc,
            edition_statement=self._sometimes(0.06, np.array(["第2版", "第3版", "修订版"], object)[self._below(3)]),
            extent=np.array([f"{n}页" for n in range(600)], object)[pages],
            copies=self._copies(clc, length),
        )
        columns = {name: column[:length] for name, column in vars(books).items() if name != "copies"}
        return Books(**columns, copies=books.copies)

    def _chinese_titles(self, words: Texts, tails: Texts, latin_words: Texts, language: Texts) -> Texts:
        parts = self.rng.random(CHUNK)
        about = words[:, 0] + np.where(parts < 0.70, words[:, 1], "") + np.where(parts < 0.20, words[:, 2], "")
        heads = weighted(vocabulary.HEADS).draw(self.rng, CHUNK)
        title = self._sometimes(0.46, heads) + about + self._sometimes(0.62, tails)
        title = self._sometimes(0.05, words[:, 3] + "：") + title
        title = np.where(self._happens(0.03), title + " " + np.frompyfunc(str.upper, 1, 1)(latin_words[:, 0]), title)
        title = np.where(language == "jpn", words[:, 0] + "の" + words[:, 1] + tails, title)
        rank = np.minimum(self.rng.pareto(0.9, CHUNK).astype(int), len(vocabulary.POPULAR) - 1)
        is_popular = self._happens(POPULAR / (1 - LATIN))
        title = np.where(is_popular, np.array(vocabulary.POPULAR, object)[rank], title)
        self._fill(title, self._happens(0.02), lambda row: title[row].translate(_traditional()))
        return title

    def _latin_title(self, row: int, language: str, english: Texts) -> str:
        if language != "eng":
            words = list(vocabulary.latin(language).draw(self.rng, 2 + row % 4))
        else:
            words = list(english[: 2 + row % 5])
            if row % 3 == 0:
                words.insert(1, ("of", "and", "in", "for")[row % 4])
            if row % 8 == 0:
                words = ["introduction", "to", *words]
        return " ".join(words).capitalize()

    def _authors(self, is_latin: Texts) -> list[list[str]]:
        given = [vocabulary.given_names().draw(self.rng, CHUNK, 3) for _ in range(2)]
        second = np.where(self.rng.random((CHUNK, 3)) < 0.8, given[1], "")
        names = vocabulary.surnames().draw(self.rng, CHUNK, 3) + given[0] + second
        foreign = vocabulary.latin().texts[100 + self.rng.integers(3000, size=(CHUNK, 2))]
        count = 1 + (self.rng.random(CHUNK)[:, None] > [0.62, 0.90]).sum(axis=1)
        return [
            [f"{name.capitalize()}, {name[-1].upper()}." for name in foreign[row][: count[row]]]
            if is_latin[row]
            else list(names[row][: count[row]])
            for row in range(CHUNK)
        ]

    def _subjects(self, is_latin: Texts, words: Texts, tails: Texts, latin_words: Texts) -> list[list[str]]:
        first = np.where(is_latin, latin_words[:, 5] + " " + latin_words[:, 6], words[:, 0])
        second = np.where(is_latin, latin_words[:, 4], words[:, 0] + tails)
        columns = (
            first,
            self._sometimes(0.6, second),
            np.where(is_latin, "", self._sometimes(0.12, words[:, 4] + "-中国")),
        )
        return [[subject for subject in row if subject] for row in zip(*columns, strict=True)]

    def _copies(self, clc: Texts, length: int) -> Copies:
        """Which libraries hold each edition: a few large ones most of all, without repetition (Gumbel's trick)."""
        number = np.minimum(1 + (self.rng.pareto(1.25, CHUNK) * 0.95).astype(int), LIBRARIES)
        sizes = 1 / (np.arange(LIBRARIES) + 3) ** 0.8
        order = np.argsort(-(np.log(sizes) + self.rng.gumbel(size=(CHUNK, LIBRARIES))), axis=1)
        rows, columns = np.nonzero(np.arange(LIBRARIES) < number[:, None])
        own = self.rng.integers(1, 9999, size=len(rows))
        location, status = LOCATIONS.draw(self.rng, len(rows)), STATUSES.draw(self.rng, len(rows))
        end = int(np.searchsorted(rows, length))
        rows, library = rows[:end], order[rows, columns][:end]
        return Copies(
            edition=self.number[rows],
            library=library,
            call_number=[f"{of}/{n}" for of, n in zip(clc[rows], own[:end], strict=True)],
            barcode=[f"B{at:02d}{of:08d}" for at, of in zip(library, self.number[rows], strict=True)],
            location=location[:end],
            status=status[:end],
        )

    def _draw(self, weights: dict[str, int]) -> Texts:
        return weighted(weights).draw(self.rng, CHUNK)

    def _below(self, limit: int) -> Numbers:
        return self.rng.integers(limit, size=CHUNK)

    def _happens(self, share: float) -> Any:
        return self.rng.random(CHUNK) < share

    def _sometimes(self, share: float, texts: Texts) -> Texts:
        return np.where(self._happens(share), texts, "")

    @staticmethod
    def _fill(texts: Texts, chosen: Any, text_of: Callable[[int], str]) -> None:
        for row in np.flatnonzero(chosen):
            texts[row] = text_of(int(row))


@dataclass(frozen=True, slots=True)
class Book:
    """One edition with the ids of the libraries that hold it: what the peers index."""

    number: int
    title: str
    full_title: str
    authors: list[str]
    subjects: list[str]
    publisher: str
    year: int
    language: str
    material_type: str
    isbn: str
    libraries: list[int]


def rows(books: Books) -> Iterator[Book]:
    starts = np.searchsorted(books.copies.edition, books.number)
    held = np.split(books.copies.library + 1, starts[1:])
    full_title = books.title + " " + books.volume + " " + books.subtitle
    for row in range(len(books)):
        yield Book(
            number=int(books.number[row]),
            title=books.title[row],
            full_title=full_title[row],
            authors=books.authors[row],
            subjects=books.subjects[row],
            publisher=books.publisher[row],
            year=int(books.year[row]),
            language=books.language[row],
            material_type=books.material_type[row],
            isbn=books.isbn[row],
            libraries=held[row].tolist(),
        )
