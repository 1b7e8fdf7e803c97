"""How fast a MARC file becomes searchable books, and in how much memory: python -m bench.import [--size 100k|1G].

Two invented CNMARC files go into a database of its own (balis_bench_import, dropped at the end): the first fills an
empty catalogue in rebuild mode, the second, of `--size` records, comes into that catalogue live and finds 30 % of its
books there already. `--catalogue 1M` puts a catalogue of that size beneath: the first file is repeated inside the
database (bench/multiplied.py); without it the catalogue is twice the second file.

A size in bytes (300M, 1G) imports one file of that size in rebuild mode, for the memory; a gigabyte takes a quarter of
an hour on a free core. With `--read` it is only read and described.

A rate "per core" counts the seconds of processor time that the importing process and its database backend took; the
database gives the backend no parallel workers, which would escape the count.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from bench.report import print_json, print_table

DATABASE = "balis_bench_import"
MERGING = 0.30
HEAD = ("what", "records", "seconds", "cpu s", "records/s", "per core", "x pymarc", "peak MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="4k", help="records (4k, 100k) or bytes of one file (300M, 1G); default 4k")
    parser.add_argument("--catalogue", help="editions that are there before the second file: 1M; default 2 x size")
    parser.add_argument("--read", action="store_true", help="with a size in bytes: read the file, import nothing")
    options = parser.parse_args()
    size, in_bytes = _number(options.size), options.size[-1:].upper() in "MG"
    with tempfile.TemporaryDirectory(prefix="balis-bench-") as folder:
        if in_bytes:
            figures = _memory(Path(folder), size, read_only=options.read)
        else:
            figures = _speed(Path(folder), size, _number(options.catalogue) if options.catalogue else 2 * size)
    print_json(figures)


def _number(text: str) -> int:
    factors = {"K": 1_000, "M": 1_000_000, "G": 1_000_000_000}
    factor = factors.get(text[-1:].upper(), 1)
    return int(text[:-1] if factor > 1 else text) * factor


# --- What is measured --------------------------------------------------------------------------------------


def _speed(folder: Path, size: int, catalogue: int) -> dict[str, Any]:
    """First load, live import and pymarc, each in a process of its own."""
    with _ScratchDatabase():
        from bench.invented import DISTINCT, write_file
        from bench.multiplied import multiply

        loaded = catalogue if catalogue <= 2 * size else max(1, size // DISTINCT) * DISTINCT
        times = -(-catalogue // loaded)
        catalogue = loaded * times
        first, second = folder / "first.iso", folder / "second.iso"
        write_file(first, range(loaded), holder="A", encoding="gb18030")
        rebuild = _child("import", first, "900001", "rebuild")
        if times > 1:
            _say(f"{loaded} books are repeated {times} times")
            multiply(loaded, times)
        rng, merging = random.Random(size), int(size * MERGING)
        numbers = [*rng.sample(range(catalogue), merging), *range(catalogue, catalogue + size - merging)]
        rng.shuffle(numbers)
        write_file(second, numbers, holder="B", encoding="utf-8")
        live = _child("import", second, "900002", "live")
        assert live["merged"] == merging, live
    bare = _child("pymarc", second)
    print_table(
        [
            HEAD,
            _row(f"first load of {loaded}, rebuild mode", rebuild, bare),
            _row(f"live into {catalogue}, {MERGING:.0%} merge", live, bare),
            _row("pymarc, bare parse", bare, bare),
        ]
    )
    return {
        "records": size,
        "catalogue_records": catalogue,
        "records_per_s_per_core": live["records"] / live["cpu"],
        "rebuild_records_per_s_per_core": rebuild["records"] / rebuild["cpu"],
        "records_per_s": live["records"] / live["seconds"],
        "merged": live["merged"],
        "peak_mb": max(live["peak_mb"], rebuild["peak_mb"]),
        "pymarc_records_per_s": bare["records"] / bare["cpu"],
    }


def _memory(folder: Path, size: int, *, read_only: bool) -> dict[str, Any]:
    """One file of `size` bytes: what it costs to import it, or only to read it."""
    _django()
    from bench.invented import write_file

    path = folder / "large.iso"
    number = write_file(path, count(), holder="A", encoding="utf-8", until_bytes=size)
    _say(f"{path.stat().st_size / 1e6:.0f} MB, {number} records, " + ("only read" if read_only else "imported whole"))
    if read_only:
        ours = _child("read", path)
    else:
        with _ScratchDatabase():
            ours = _child("import", path, "900001", "rebuild")
    bare = _child("pymarc", path)
    print_table([HEAD, _row("reading" if read_only else "whole import", ours, bare), _row("pymarc", bare, bare)])
    return {
        "records": number,
        "file_mb": path.stat().st_size / 1e6,
        "mode": "read" if read_only else "import",
        "records_per_s_per_core": ours["records"] / ours["cpu"],
        "peak_mb": ours["peak_mb"],
        "pymarc_records_per_s": bare["records"] / bare["cpu"],
    }


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _row(name: str, figures: dict[str, Any], bare: dict[str, Any]) -> tuple[object, ...]:
    records, seconds, cpu = figures["records"], figures["seconds"], figures["cpu"]
    ratio = (cpu / records) / (bare["cpu"] / bare["records"])
    return (
        name, records, seconds, cpu, round(records / seconds), round(records / cpu), round(ratio, 1),
        round(figures["peak_mb"]),
    )  # fmt: skip


def _child(task: str, *arguments: object) -> dict[str, Any]:
    """Run one task in a fresh process, so that its memory and its time are its own."""
    command = [sys.executable, "-m", "bench.import", *map(str, arguments)]
    done = subprocess.run(command, env=os.environ | {"BALIS_BENCH_TASK": task}, stdout=subprocess.PIPE, check=True)
    result: dict[str, Any] = json.loads(done.stdout.decode().splitlines()[-1])
    return result


def _task(task: str, arguments: list[str]) -> None:
    work: Callable[..., dict[str, Any]] = {"import": _import, "read": _read, "pymarc": _pymarc}[task]
    figures = work(*arguments)
    figures["peak_mb"] = _peak_mb()
    print(json.dumps(figures))


def _peak_mb() -> float:
    """The most memory this process ever had; getrusage() would count what its parent had when it was started."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1024


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
    report = import_file(path=Path(path), library=library, by="bench", rebuild=mode == "rebuild", on_batch=_progress)
    figures = {"seconds": time.perf_counter() - started, "cpu": _cpu(backend) - cpu}
    assert report.created == report.read, report.as_dict()
    return figures | {"records": report.read, "merged": report.merged}


def _progress(report: Any) -> None:
    if report.read % 50_000 == 0:
        _say(f"{report.read} records, {report.seconds:.0f} s")


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
            for workers in ("max_parallel_workers_per_gather", "max_parallel_maintenance_workers"):
                cursor.execute(f"ALTER DATABASE {DATABASE} SET {workers} = 0")
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


if __name__ == "__main__":
    if "BALIS_BENCH_TASK" in os.environ:
        _task(os.environ["BALIS_BENCH_TASK"], sys.argv[1:])
    else:
        main()
