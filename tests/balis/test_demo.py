"""The demo world's data: the files are sound, and what is invented is always the same and easy to tell."""

import hashlib
import random
import re
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from balis.demo import catalogue, clock, libraries, lives
from balis.demo.books import parse_people, real_books, responsibility_of
from balis.demo.doubtful import DoubtfulRecord, doubtful_records
from balis.demo.generator import INVENTED_ISBN_PREFIX, generate, invented_isbn, topics
from balis.demo.records import isbn10, split_volume
from balis.demo.shelves import PROFILES, SHELVES
from catalog.isbn import to_isbn13
from catalog.marc.holdings import copies_of
from catalog.marc.reader import ReadRecord, read_file
from catalog.models import LibraryCategory
from requests_app.states import State

CLC_CLASSES = set("ABCDEFGHIJKNOPQRSTUVXZ")


class TestLibraries:
    def test_codes_prefixes_and_names_are_unique_and_well_formed(self) -> None:
        rows = libraries.library_rows()
        for column, form in (("code", r"\d{6}"), ("request_prefix", r"[A-Z]{2,4}"), ("name", ".+")):
            values = [row[column] for row in rows]
            assert len(values) == len(set(values))
            assert all(re.fullmatch(form, value) for value in values)
        assert {row["category"] for row in rows} == set(LibraryCategory.values)

    def test_what_was_published_is_kept_and_what_is_ours_is_marked(self) -> None:
        rows = libraries.library_rows()
        assert {row["request_prefix"] for row in rows if row["prefix_is_example"] == "0"} == {
            "NLC", "ST", "BD", "BDYX", "SJXY",
        }  # fmt: skip
        assert {row["code"]: row["short_name"] for row in rows if row["code_is_example"] == "0"} == {
            "211130": "北邮", "211260": "北师大", "232060": "矿大（北京）",
        }  # fmt: skip

    def test_no_demo_mail_can_reach_a_real_mailbox(self) -> None:
        assert all(row["email"].endswith(".example") for row in libraries.library_rows())

    def test_only_the_two_public_libraries_do_not_borrow(self) -> None:
        assert [row["short_name"] for row in libraries.library_rows() if row["borrows"] == "0"] == ["国图", "上图"]


class TestRealBooks:
    def test_years_classes_and_fame_are_plausible(self) -> None:
        for book in real_books():
            assert 1850 <= book.year <= 2026, book
            assert book.clc[0] in CLC_CLASSES, book
            assert book.fame in catalogue.HOLDERS, book
            assert book.title, book
            assert book.publisher, book
            assert book.place, book
            assert book.persons, book

    def test_isbns_are_valid_and_belong_to_one_book(self) -> None:
        isbns = [book.isbn for book in real_books() if book.isbn]
        assert all(to_isbn13(isbn) == isbn for isbn in isbns)
        assert max(Counter(isbns).values()) == 1
        assert not any(isbn.startswith(INVENTED_ISBN_PREFIX) for isbn in isbns)

    def test_no_volume_is_listed_twice(self) -> None:
        volumes = Counter(
            (b.title, b.subtitle, b.volume, b.people, b.edition, b.publisher, b.year) for b in real_books()
        )
        assert max(volumes.values()) == 1

    def test_people_are_read_as_catalogues_print_them(self) -> None:
        groups = parse_people("[英]罗素/著;何兆武+李约瑟/译")
        assert [responsibility_of(group) for group in groups] == ["(英) 罗素著", "何兆武, 李约瑟译"]
        assert [person.is_first for group in groups for person in group] == [True, False, False]


class TestDoubtfulPairs:
    def test_each_pair_is_two_invented_books_of_two_libraries(self) -> None:
        pairs: dict[int, list[DoubtfulRecord]] = {}
        for record in doubtful_records():
            pairs.setdefault(record.pair, []).append(record)
        for one, other in pairs.values():
            assert one.reason == other.reason
            assert one.library != other.library
            assert {one.library, other.library} <= {shelf.library for shelf in SHELVES}
        isbns = {record.book.isbn for record in doubtful_records()} - {""}
        assert all(to_isbn13(isbn) == isbn and isbn.startswith(INVENTED_ISBN_PREFIX) for isbn in isbns)
        assert not isbns & {book.isbn for book in generate(4000)}


class TestGenerator:
    def test_it_always_invents_the_same_books(self) -> None:
        assert generate(300) == generate(300)

    def test_fewer_books_are_the_beginning_of_more(self) -> None:
        assert generate(300)[:60] == generate(60)

    def test_its_isbns_are_valid_unique_and_recognisably_invented(self) -> None:
        isbns = [book.isbn for book in generate(1500) if book.isbn]
        assert len(isbns) == len(set(isbns)) > 1000
        assert all(to_isbn13(isbn) == isbn and isbn.startswith("9787599") for isbn in isbns)

    def test_the_invented_block_ends_quietly(self) -> None:
        assert invented_isbn(99_999)
        assert invented_isbn(100_000) == ""

    def test_every_class_of_the_classification_occurs(self) -> None:
        assert {topic.clc[0] for topic in topics()} == CLC_CLASSES

    def test_years_languages_and_volumes_are_as_on_real_shelves(self) -> None:
        books = generate(2000)
        assert {book.year for book in books} <= set(range(1978, 2026))
        assert 0.08 < sum(book.language == "eng" for book in books) / len(books) < 0.16
        assert {"上册", "下册", "第二卷", "Vol. 2"} <= {book.volume for book in books}

    def test_nothing_is_written_about_before_it_existed(self) -> None:
        assert min(book.year for book in generate(4000) if "深度学习" in book.title) >= 2014


Written = dict[str, tuple[catalogue.CatalogueFile, Path]]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Every library's file, as records and on disk."""
    folder = tmp_path_factory.mktemp("catalogue")
    return {file.name: (file, file.write(folder)) for file in catalogue.catalogue_files(60)}


class TestCatalogueFiles:
    def test_two_builds_give_the_same_bytes(self, written: Written, tmp_path: Path) -> None:
        again = {file.name: file.write(tmp_path) for file in catalogue.catalogue_files(60)}
        assert {name: _digest(path) for name, (_, path) in written.items()} == {
            name: _digest(path) for name, path in again.items()
        }

    def test_every_library_with_a_shelf_has_a_file_in_its_syntax_and_encoding(self, written: Written) -> None:
        assert {file.shelf.library for file, _ in written.values()} == {shelf.library for shelf in SHELVES}
        for file, path in written.values():
            records = list(read_file(path))
            assert len(records) == len(file.records)
            for record in records:
                assert isinstance(record, ReadRecord), record
                assert record.syntax == ("marc21" if file.shelf.marc21 else "cnmarc")
                # A short record without a character outside ASCII tells nothing of its encoding.
                assert record.encoding in (file.shelf.encoding, "utf-8")
                assert not record.garbled

    def test_each_copy_has_barcode_call_number_location_and_status(self, written: Written) -> None:
        for file, _ in written.values():
            barcodes: list[str] = []
            for record in file.records:
                for copy in copies_of(record, PROFILES.get(file.shelf.library)):
                    assert copy.call_number, (file.name, record)
                    assert copy.location, (file.name, record)
                    assert copy.status != "unknown", (file.name, record)
                    barcodes.append(copy.barcode)
            assert all(barcodes)
            assert len(barcodes) == len(set(barcodes))

    def test_the_book_of_the_slides_stands_where_it_stood(self, written: Written) -> None:
        file, _ = written["kd-books.mrc"]
        place = next(n for n, book in enumerate(file.books) if (book.title, book.volume) == ("高等数学辅导", "上册"))
        copies = copies_of(file.records[place])
        assert [copy.barcode for copy in copies] == [f"C602420{n}" for n in range(2, 7)]
        assert {(copy.call_number, copy.location, copy.status) for copy in copies} == {
            ("O13/04/1", "流通部", "available")
        }

    def test_libraries_write_the_same_book_differently(self, written: Written) -> None:
        titles = {
            record.first("200", "a")
            for file, _ in written.values()
            if not file.shelf.marc21
            for book, record in zip(file.books, file.records, strict=True)
            if book.title == "C++ Primer中文版"
        }
        assert titles == {"C++ Primer中文版", "C++ Primer 中文版"}

    @pytest.mark.parametrize(
        ("volume", "parts"),
        [
            ("上册", ("上册", "")),
            ("第一册 本纪", ("第一册", "本纪")),
            ("卷II 高级特性", ("卷II", "高级特性")),
            ("Vol. 1, Fundamental algorithms", ("Vol. 1", "Fundamental algorithms")),
            ("微观经济学分册", ("", "微观经济学分册")),
        ],
    )
    def test_number_and_name_of_a_volume_are_told_apart(self, volume: str, parts: tuple[str, str]) -> None:
        assert split_volume(volume) == parts

    def test_ten_digit_isbns_are_right(self) -> None:
        assert to_isbn13(isbn10("9787302023685")) == "9787302023685"


class TestPlannedTimes:
    """Whatever day it is, a planned life is one that the guards of the moves allow."""

    @pytest.mark.parametrize("day", range(1, 15))
    @pytest.mark.parametrize("hour", [0, 3, 9, 13, 18, 23])
    def test_moves_come_in_order_and_after_the_hour(self, day: int, hour: int) -> None:
        now = clock.at(timezone.localdate().replace(month=3, day=day), hour, 30)
        rng = random.Random(f"{day} {hour}")
        for ending in lives.LAST_MOVE:
            moves = lives.plan_moves(rng, ending, now)
            assert [moment for moment, *_ in moves] == sorted(moment for moment, *_ in moves)
            times = {verb: moment for moment, verb, _details in moves}
            assert max(times.values()) <= now
            if "ship" in times:
                assert times["ship"] - times["submit"] >= timedelta(hours=1)
            if ending == State.CANCELLED:
                assert times["cancel"] - times["submit"] < timedelta(hours=1)
            if ending == State.EXPIRED:
                assert timezone.localtime(times["expire"]).weekday() < 5
                assert times["expire"] - times["submit"] >= timedelta(hours=48)
            for verb in set(times) - {"submit", "cancel", "warn", "expire"}:
                assert timezone.localtime(times[verb]).weekday() < 5
                assert clock.OPENS <= timezone.localtime(times[verb]).time() <= clock.CLOSES


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
