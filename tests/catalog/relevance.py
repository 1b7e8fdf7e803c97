"""The small catalogue of the relevance suite, relevance_books.csv: real books, as a dozen libraries might hold them."""

import csv
from pathlib import Path

from django.utils import timezone

from catalog.isbn import to_isbn13, to_issn
from catalog.models import CirculationStatus, Edition, Holding, LibraryCategory, MaterialType, MemberLibrary
from catalog.search.index import refresh

BOOKS = Path(__file__).with_name("relevance_books.csv")
LIBRARIES = "ABCDEFGHIJ"  # the column `held` says which of these hold a book


def code_of(letter: str) -> str:
    """Code of a library: 900001 for A."""
    return f"{900001 + LIBRARIES.index(letter)}"


def shelve() -> dict[int, str]:
    """Put the books into the catalogue and the index. Returns the key of each edition."""
    libraries = {letter: _library(letter) for letter in LIBRARIES}
    with BOOKS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    editions = Edition.objects.bulk_create([_edition(row) for row in rows])
    copies = [
        Holding(
            edition=edition, library=libraries[letter], call_number=row["call_number"], as_of=timezone.now(),
            circulation_status=CirculationStatus.AVAILABLE,
        )
        for edition, row in zip(editions, rows, strict=True)
        for letter in row["held"]
    ]  # fmt: skip
    Holding.objects.bulk_create(copies)
    refresh([edition.pk for edition in editions])
    keys = {edition.pk: row["key"] or edition.full_title for edition, row in zip(editions, rows, strict=True)}
    assert len(set(keys.values())) == len(keys), "two books of one title need a key each"
    return keys


def _library(letter: str) -> MemberLibrary:
    name = f"{letter}大学图书馆"
    return MemberLibrary.objects.create(
        code=code_of(letter), request_prefix=letter * 2, name=name, short_name=letter,
        category=LibraryCategory.COMPREHENSIVE,
    )  # fmt: skip


def _edition(row: dict[str, str]) -> Edition:
    """A row of the file; in `numbers` an ISBN, an ISSN and a 统一书号 are told apart by their form."""
    numbers = row["numbers"].split(";") if row["numbers"] else []
    unified = [number for number in numbers if "·" in number]
    authors = row["authors"].split(";")
    return Edition(
        title=row["title"],
        volume=row["volume"],
        subtitle=row["subtitle"],
        other_titles=row["other_titles"].split(";") if row["other_titles"] else [],
        authors=authors,
        responsibility="，".join(authors),
        publisher=row["publisher"],
        year=int(row["year"]),
        language=row["language"] or "chi",
        material_type=row["type"] or MaterialType.BOOK,
        subjects=row["subjects"].split(";") if row["subjects"] else [],
        clc=row["clc"],
        series=row["series"],
        isbns=[isbn for isbn in map(to_isbn13, numbers) if isbn],
        issn=next(filter(None, map(to_issn, numbers)), ""),
        unified_number=unified[0] if unified else "",
    )
