"""Any import order of the labelled records gives the same editions, and no edition holds what contradicts itself."""

import random
from collections import defaultdict
from itertools import combinations

import pytest
from django.db import transaction

from bench.merge import PAIRS, as_book, read_pairs
from catalog.importing import import_file
from catalog.marc.mapping import describe
from catalog.marc.record import Field, Record
from catalog.merging import Keys, doubtful, keys_of, vetoed
from catalog.models import SourceRecord
from tests.catalog.records import iso_file

pytestmark = pytest.mark.django_db


def marc_record(number: str, said: dict[str, str]) -> Record:
    """The CNMARC record that says what a row of the labelled set says."""
    book = as_book(said)
    level = "s" if book.material_type == "serial" else "m"
    kind = {"audiovisual": "i", "score": "c", "map": "e"}.get(book.material_type, "l" if book.electronic else "a")
    designation = "学位论文" if book.material_type == "thesis" else ""
    plan = [
        ("010", [("a", isbn) for isbn in book.isbns]),
        ("011", [("a", book.issn)]), ("091", [("a", book.unified_number)]),
        ("101", [("a", book.language)]),
        ("200", [("a", book.title), ("e", book.subtitle), ("h", book.volume), ("f", book.responsibility),
                 ("b", designation)]),
        ("205", [("a", book.edition_statement)]),
        ("210", [("c", book.publisher), ("d", book.year_text)]), ("215", [("a", book.extent)]),
        ("225", [("a", "" if book.series_volume else book.series)]),
        ("300", [("a", note) for note in book.notes]), ("035", [("a", number) for number in book.foreign_ids]),
        ("461", [("t", book.series if book.series_volume else ""), ("v", book.series_volume)]),
    ]  # fmt: skip
    fields = [Field.control("001", number)]
    for tag, pairs in plan:
        if tag in ("010", "035"):
            fields += [Field.data_field(tag, " ", " ", [pair]) for pair in pairs]
        elif stated := [(code, value) for code, value in pairs if value]:
            fields.append(Field.data_field(tag, " ", " ", stated))
    fields += [Field.data_field("701", " ", "1", [("a", name)]) for name in book.authors]
    return Record(f"00000n{kind}{level}0 2200000   450 ", fields)


@pytest.fixture(scope="module")
def records() -> dict[str, Record]:
    """Every record of the labelled set once, by number."""
    said = {repr(sorted(side.items())): side for pair in read_pairs(PAIRS) for side in (pair.a, pair.b)}
    return {f"m{n}": marc_record(f"m{n}", side) for n, side in enumerate(said.values())}


def test_a_row_of_the_set_is_the_same_book_in_marc():
    for pair in read_pairs(PAIRS):
        for side in (pair.a, pair.b):
            if side["series_volume"] and not side["series"]:
                continue  # a link to a set that has no title is no link
            assert keys_of(describe(marc_record("x", side), "cnmarc")) == keys_of(as_book(side))


def groups() -> set[frozenset[str]]:
    found = defaultdict(set)
    for edition, number in SourceRecord.objects.order_by().values_list("edition", "local_id"):
        found[edition].add(number)
    return {frozenset(members) for members in found.values()}


def test_any_order_of_import_gives_the_same_editions(records, cumtb, tmp_path):
    results = []
    for seed in range(2):
        numbers = sorted(records)
        random.Random(seed).shuffle(numbers)
        with transaction.atomic():
            for start in range(0, len(numbers), 120):
                chosen = [records[number] for number in numbers[start : start + 120]]
                import_file(path=iso_file(tmp_path, *chosen), library=cumtb, by="test")
            results.append(groups())
            transaction.set_rollback(True)
    assert len(results[0]) > 200
    for other in results[1:]:
        differing = results[0] ^ other
        assert not differing, sorted(map(sorted, differing))


def test_no_record_is_chained_to_one_it_contradicts(records, cumtb, tmp_path):
    import_file(path=iso_file(tmp_path, *records.values()), library=cumtb, by="test")
    members = defaultdict(list)
    for edition, keys in SourceRecord.objects.order_by().values_list("edition", "match_keys"):
        members[edition].append(Keys.from_json(keys))
    assert max(len(keys) for keys in members.values()) > 3
    for keys in members.values():
        for a, b in combinations(keys, 2):
            assert (vetoed(a, b), doubtful(a, b)) == ("", ""), (a, b)
