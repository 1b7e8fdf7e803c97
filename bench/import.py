"""How fast a MARC file becomes searchable books, and in how much memory: python -m bench.import [--size 100k|1G].

Two invented CNMARC files go into a database of their own (balis_bench_import, dropped at the end): the first fills an
empty catalogue in rebuild mode, the second comes into that catalogue live and finds 30 % of its books there already.
`--size` counts records of the second file (the first has twice as many); a size in bytes (300M, 1G) measures memory on
one file of that size: the reader and the description of every record, with `--whole` the import itself.

A rate "per core" counts the seconds of processor time that the importing process and its database backend took.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.report import print_json, print_table

DATABASE = "balis_bench_import"
MERGING = 0.30
HEAD = ("what", "records", "seconds", "cpu s", "records/s", "per core", "peak MB")
COPIES = (1, 1, 1, 2, 2, 3)
SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀兰霞平刚"
HEADS = ["中国", "新编", "现代", "当代", "国际", "大学", "实用", "简明", "高等", "基础", ""]
TAILS = ["研究", "概论", "教程", "原理与应用", "导论", "分析", "手册", "技术", "论集", "案例", "史", ""]
PUBLISHERS = ["清华大学", "高等教育", "科学", "人民邮电", "机械工业", "北京大学", "中国铁道", "商务印书馆", "法律"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="4k", help="records (4k, 100k) or bytes of one file (300M, 1G); default 4k")
    parser.add_argument("--whole", action="store_true", help="with a size in bytes: import the file, not only read it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="balis-bench-") as folder:
        if options.size[-1:].upper() in "MG":
            figures = _memory(Path(folder), _number(options.size), whole=options.whole)
        else:
            figures = _speed(Path(folder), _number(options.size))
    print_json(figures)


def _number(text: str) -> int:
    factors = {"K": 1_000, "M": 1_000_000, "G": 1_000_000_000}
    factor = factors.get(text[-1:].upper(), 1)
    return int(text[:-1] if factor > 1 else text) * factor


# --- What is measured --------------------------------------------------------------------------------------


def _speed(folder: Path, size: int) -> dict[str, Any]:
    """First load, live import and pymarc, each in a process of its own."""
    first, second = folder / "first.iso", folder / "second.iso"
    _write(first, range(size * 2), holder="A", encoding="gb18030")
    known = range(int(size * MERGING))
    _write(second, [*known, *range(size * 2, size * 3 - len(known))], holder="B", encoding="utf-8")
    with _ScratchDatabase():
        rebuild = _child("import", first, "900001", "rebuild")
        live = _child("import", second, "900002", "live")
    bare = _child("pymarc", second)
    rows = (_row("first load, rebuild mode", rebuild), _row(f"live, {MERGING:.0%} merge", live), _row("pymarc", bare))
    print_table([HEAD, *rows])
    return {
        "records": size,
        "catalogue_records": size * 2,
        "records_per_s_per_core": live["records"] / live["cpu"],
        "rebuild_records_per_s_per_core": rebuild["records"] / rebuild["cpu"],
        "records_per_s": live["records"] / live["seconds"],
        "merged": live["merged"],
        "peak_mb": max(live["peak_mb"], rebuild["peak_mb"]),
        "pymarc_records_per_s": bare["records"] / bare["cpu"],
    }


def _memory(folder: Path, size: int, *, whole: bool) -> dict[str, Any]:
    """One file of `size` bytes; what it costs to read it, and to import it where asked for."""
    path = folder / "large.iso"
    block = folder / "block.iso"
    written, number, step = 0, 0, 20_000
    with path.open("wb") as stream:
        while written < size:
            _write(block, range(number, number + step), holder="A", encoding="utf-8")
            written += stream.write(block.read_bytes())
            number += step
    mode = "imported in rebuild mode" if whole else "reader and description alone, nothing stored (--whole imports it)"
    print(f"{written / 1e6:.0f} MB, {number} records: {mode}")
    if whole:
        with _ScratchDatabase():
            ours = _child("import", path, "900001", "rebuild")
    else:
        ours = _child("read", path)
    bare = _child("pymarc", path)
    print_table([HEAD, _row("whole import" if whole else "reading", ours), _row("pymarc", bare)])
    return {
        "records": number,
        "file_mb": written / 1e6,
        "mode": "import" if whole else "read",
        "records_per_s_per_core": ours["records"] / ours["cpu"],
        "peak_mb": ours["peak_mb"],
        "pymarc_records_per_s": bare["records"] / bare["cpu"],
    }


def _row(name: str, figures: dict[str, Any]) -> tuple[object, ...]:
    records, seconds, cpu = figures["records"], figures["seconds"], figures["cpu"]
    return (name, records, seconds, cpu, round(records / seconds), round(records / cpu), round(figures["peak_mb"]))


def _child(task: str, *arguments: object) -> dict[str, Any]:
    """Run one task in a fresh process, so that its memory and its time are its own."""
    command = [sys.executable, "-m", "bench.import", *map(str, arguments)]
    done = subprocess.run(command, env=os.environ | {"BALIS_BENCH_TASK": task}, stdout=subprocess.PIPE, check=True)
    result: dict[str, Any] = json.loads(done.stdout.decode().splitlines()[-1])
    return result


def _task(task: str, arguments: list[str]) -> None:
    work: Callable[..., dict[str, Any]] = {"import": _import, "read": _read, "pymarc": _pymarc}[task]
    figures = work(*arguments)
    figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(figures))


def _import(path: str, code: str, mode: str) -> dict[str, Any]:
    _django(DATABASE)
    import psutil
    from django.db import connection

    from catalog.importing import import_file
    from catalog.models import MemberLibrary

    connection.ensure_connection()
    backend = psutil.Process(connection.connection.info.backend_pid)
    library = MemberLibrary.objects.get(code=code)
    started, cpu = time.perf_counter(), _cpu(backend)
    report = import_file(path=Path(path), library=library, by="bench", rebuild=mode == "rebuild")
    figures = {"seconds": time.perf_counter() - started, "cpu": _cpu(backend) - cpu}
    assert report.created == report.read, report.as_dict()
    return figures | {"records": report.read, "merged": report.merged}


def _cpu(backend: Any) -> float:
    """Seconds of processor time of this process and of its database backend."""
    times = backend.cpu_times()
    return time.process_time() + float(times.user) + float(times.system)


def _read(path: str) -> dict[str, Any]:
    _django()
    from catalog.importing.incoming import incoming
    from catalog.marc.reader import ReadRecord, read_file

    started, cpu, count = time.perf_counter(), time.process_time(), 0
    for record in read_file(Path(path)):
        assert isinstance(record, ReadRecord), record
        incoming(record, {}, "")
        count += 1
    return {"records": count, "seconds": time.perf_counter() - started, "cpu": time.process_time() - cpu}


def _pymarc(path: str) -> dict[str, Any]:
    """The bare parse: leader/09 is blank in CNMARC, so pymarc has to be told that the file is UTF-8."""
    from pymarc import MARCReader

    started, cpu, count = time.perf_counter(), time.process_time(), 0
    with Path(path).open("rb") as stream:
        for record in MARCReader(stream, force_utf8=True):
            assert record is not None
            count += 1
    return {"records": count, "seconds": time.perf_counter() - started, "cpu": time.process_time() - cpu}


# --- A database of its own ---------------------------------------------------------------------------------


def _django(database: str = "") -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "balis.settings")
    import django

    django.setup()
    if database:
        from django.db import connections

        connections.databases["default"]["OPTIONS"]["pool"] = False
        connections.databases["default"]["NAME"] = database


class _ScratchDatabase:
    """The scratch database, made afresh beside the configured one and dropped at the end."""

    def __enter__(self) -> None:
        from balis import embedded

        self.started = embedded.ensure()
        _django()
        from django.core.management import call_command
        from django.db import connections

        connections.databases["default"]["OPTIONS"]["pool"] = False
        self._drop()
        with connections["default"]._nodb_cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {DATABASE}")
        connections["default"].close()
        connections.databases["default"]["NAME"] = DATABASE
        del connections["default"]
        call_command("migrate", verbosity=0)
        from catalog.models import LibraryCategory, MemberLibrary

        for code, name, prefix in (("900001", "甲馆", "BEA"), ("900002", "乙馆", "BEB")):
            MemberLibrary.objects.create(
                code=code, name=name, short_name=name, request_prefix=prefix, category=LibraryCategory.COMPREHENSIVE
            )
        connections["default"].close()

    def __exit__(self, *error: object) -> None:
        self._drop()
        if self.started:
            from balis import embedded

            embedded.stop()

    def _drop(self) -> None:
        from django.db import connection

        connection.close()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")


# --- The files ---------------------------------------------------------------------------------------------


def _write(path: Path, numbers: "range | list[int]", *, holder: str, encoding: str) -> None:
    from catalog.marc.writer import write_iso2709

    words = _words()
    with path.open("wb") as stream:
        for number in numbers:
            stream.write(write_iso2709(_record(number, words, holder), encoding))


def _words() -> list[str]:
    from balis.demo.generator import topics

    return sorted({topic.topic for topic in topics() if topic.kind != "english"})


def _record(number: int, words: list[str], holder: str) -> Any:
    """Book `number` as library `holder` describes it: the same book whoever describes it, other numbers and copies."""
    from catalog.marc.record import Field, Record

    rng = random.Random(number)
    topic = rng.choice(words)
    title = rng.choice(HEADS) + topic + rng.choice(words)[:4] + rng.choice(TAILS)
    volume = rng.choice(("", "", "", "", "", "上册", "下册"))
    author = rng.choice(SURNAMES) + rng.choice(GIVEN) + rng.choice(GIVEN)
    year, pages = str(2025 - int(rng.gammavariate(1.7, 9)) % 38), rng.randint(90, 700)
    publisher, clc = rng.choice(PUBLISHERS) + "出版社", f"{rng.choice('BDFGHIJKOTX')}{rng.randint(10, 999)}"
    abstract = "本书论述了" + "、".join(rng.sample(words, 6)) + "等问题。"
    own = random.Random(f"{holder}{number}")
    fields = [Field.control("001", f"{holder}{number:09d}"), Field.control("005", "20240102030405.0")]

    def add(tag: str, *subfields: tuple[str, str], indicators: str = "  ") -> None:
        fields.append(Field.data_field(tag, indicators[0], indicators[1], [pair for pair in subfields if pair[1]]))

    add("010", ("a", _isbn(number)), ("d", f"CNY{rng.randint(10, 99)}.00"))
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
        add("905", ("a", holder), ("b", f"{holder}{number:08d}{copy}"), ("s", f"{clc}/{number % 97}"))
    return Record("00000nam0 2200000   450 ", [f for f in fields if f.subfields or f.data])


def _isbn(number: int) -> str:
    digits = f"9787{number:08d}"
    check = -sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10
    return f"{digits}{check}"


if __name__ == "__main__":
    if "BALIS_BENCH_TASK" in os.environ:
        _task(os.environ["BALIS_BENCH_TASK"], sys.argv[1:])
    else:
        main()
