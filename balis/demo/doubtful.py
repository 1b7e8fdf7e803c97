"""Pairs of records that the merging rules must not decide: what waits in the center's review queue of the demo world.

Each row of doubtful.csv is a record of one library; two rows with the same number describe what may be one book. All of
them are invented, their ISBNs come from the end of the invented block (balis/demo/generator.py). `reason` is the doubt
that the importer is expected to have, in the words of catalog/merging.
"""

import csv
from dataclasses import dataclass

from balis.demo.books import HERE, Book, book_of
from balis.demo.generator import invented_isbn


@dataclass(frozen=True)
class DoubtfulRecord:
    """One library's record of a doubtful pair; `library` is its request prefix."""

    pair: int
    reason: str
    library: str
    book: Book


def doubtful_records() -> list[DoubtfulRecord]:
    """Every record of the doubtful pairs, in the order of the file."""
    with (HERE / "doubtful.csv").open(encoding="utf-8", newline="") as file:
        return [
            DoubtfulRecord(
                pair=int(row["pair"]),
                reason=row["reason"],
                library=row["library"],
                book=book_of(
                    row
                    | {
                        "isbn": invented_isbn(int(row["serial"] or 0)),
                        "fame": "1",
                        "known_copies": f"{row['library']} {row['call_number']}",
                    }
                ),
            )
            for row in csv.DictReader(file)
        ]
