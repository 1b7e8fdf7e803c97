"""Invented CNMARC records for the import benchmark: book `number` is the same book whichever library describes it.

The first DISTINCT books are drawn at random. Every later one is one of them with a mark behind its title and numbers of
its own (ISBN, record number, barcodes), so that files of a gigabyte are written in a minute.
"""

import random
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from catalog.folding import fold
from catalog.marc.record import Field, Record
from catalog.marc.writer import write_iso2709

DISTINCT = 20_000
COPIES = (1, 1, 1, 2, 2, 3)
SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀兰霞平刚"
HEADS = ["中国", "新编", "现代", "当代", "国际", "大学", "实用", "简明", "高等", "基础", ""]
TAILS = ["研究", "概论", "教程", "原理与应用", "导论", "分析", "手册", "技术", "论集", "案例", "史", ""]
PUBLISHERS = ["清华大学", "高等教育", "科学", "人民邮电", "机械工业", "北京大学", "中国铁道", "商务印书馆", "法律"]
# Rare characters (the second level of GB2312) that folding leaves alone.
MARKS = "".join(
    character
    for row in range(0xD8, 0xF8)
    for cell in range(0xA1, 0xFF)
    if (character := bytes((row, cell)).decode("gb2312", "ignore")) and fold(character) == character
)


def write_file(path: Path, numbers: Iterable[int], *, holder: str, encoding: str, until_bytes: int = 0) -> int:
    """Write these books, or as many as fill `until_bytes`, as library `holder` describes them; returns how many."""
    count = size = 0
    with path.open("wb") as stream:
        for record in _records(numbers, holder, encoding):
            size += stream.write(record)
            count += 1
            if until_bytes and size >= until_bytes:
                break
    return count


def _records(numbers: Iterable[int], holder: str, encoding: str) -> Iterator[bytes]:
    drawn: dict[int, bytes] = {}
    for number in numbers:
        mark, base = divmod(number, DISTINCT)
        if base not in drawn:
            drawn[base] = write_iso2709(_drawn(base, holder), encoding)
        record = drawn[base]
        if mark:
            for was, now in zip(_own(base, holder, encoding), _own(number, holder, encoding), strict=True):
                record = record.replace(was, now)
        yield record


def _own(number: int, holder: str, encoding: str) -> tuple[bytes, ...]:
    """What tells this book from its likes, as the bytes of its record; of the same length for all."""
    mark = MARKS[number // DISTINCT].encode(encoding)
    return (
        b"\x1e" + _local_id(number, holder).encode() + b"\x1e",
        b"\x1fa" + isbn(number).encode(),
        b"\x1fb" + _barcode(number, holder).encode(),
        mark + b"\x1f",
    )


def _local_id(number: int, holder: str) -> str:
    return f"{holder}{number:09d}"


def _barcode(number: int, holder: str) -> str:
    """Without the digit of the copy behind it."""
    return f"{holder}{number:08d}"


def isbn(number: int) -> str:
    digits = f"9787{number:08d}"
    check = -sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10
    return f"{digits}{check}"


@cache
def _words() -> list[str]:
    from balis.demo.generator import topics

    return sorted({topic.topic for topic in topics() if topic.kind != "english"})


def _drawn(number: int, holder: str) -> Record:
    """One of the first DISTINCT books: libraries agree about the book and differ in headings, numbers and copies."""
    words, rng = _words(), random.Random(number)
    topic = rng.choice(words)
    title = rng.choice(HEADS) + topic + rng.choice(words)[:4] + rng.choice(TAILS) + MARKS[0]
    volume = rng.choice(("", "", "", "", "", "上册", "下册"))
    author = rng.choice(SURNAMES) + rng.choice(GIVEN) + rng.choice(GIVEN)
    year, pages = str(2025 - int(rng.gammavariate(1.7, 9)) % 38), rng.randint(90, 700)
    publisher, clc = rng.choice(PUBLISHERS) + "出版社", f"{rng.choice('BDFGHIJKOTX')}{rng.randint(10, 999)}"
    abstract = "本书论述了" + "、".join(rng.sample(words, 6)) + "等问题。"
    own = random.Random(f"{holder}{number}")
    fields = [Field.control("001", _local_id(number, holder)), Field.control("005", "20240102030405.0")]

    def add(tag: str, *subfields: tuple[str, str], indicators: str = "  ") -> None:
        fields.append(Field.data_field(tag, indicators[0], indicators[1], [pair for pair in subfields if pair[1]]))

    add("010", ("a", isbn(number)), ("d", f"CNY{rng.randint(10, 99)}.00"))
    add("100", ("a", f"20240102d{year}    em y0chiy50      ea"))
    add("101", ("a", "chi"), indicators="0 ")
    add("102", ("a", "CN"), ("b", "110000"))
    add("105", ("a", "a   z   000yy"))
    add("200", ("a", title), ("h", volume), ("f", f"{author}编著"), indicators="1 ")
    add("205", ("a", rng.choice(("", "第2版", ""))))
    add("210", ("a", "北京"), ("c", publisher), ("d", year))
    add("215", ("a", f"{pages}页"), ("c", "图"), ("d", "26cm"))
    add("225", ("a", rng.choice(("", "", f"{topic}丛书"))))
    add("300", ("a", rng.choice(("", "高等学校教材", "国家社会科学基金项目"))))
    add("320", ("a", "有书目"))
    add("330", ("a", abstract))
    add("606", ("a", topic), ("x", own.choice(("研究", "教材", "概况"))), indicators="0 ")
    add("690", ("a", clc), ("v", "5"))
    add("701", ("a", author), ("4", "编著"), indicators=" 0")
    add("801", ("a", "CN"), ("b", holder), ("c", "20240102"), indicators=" 0")
    for copy in range(own.choice(COPIES)):
        add("905", ("a", holder), ("b", f"{_barcode(number, holder)}{copy}"), ("s", f"{clc}/{number % 97}"))
    return Record("00000nam0 2200000   450 ", [f for f in fields if f.subfields or f.data])
