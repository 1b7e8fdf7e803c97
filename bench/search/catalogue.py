"""Fills the benchmark's database with the generator's books, builds the index, and keeps both for the next run.

What was built is written on the database itself, as its comment; a database without one was left half done.
"""

import json
import multiprocessing
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from bench.search import generator, place

PROCESSES = 2
AS_OF = "2026-01-01 00:00:00+08"


@dataclass(frozen=True)
class Built:
    """What is in the database: which books, which index, and how long each took (seconds)."""

    generator: str
    records: int
    rows_seconds: float
    index: str = ""
    index_seconds: float = 0.0

    @property
    def load_seconds(self) -> float:
        return self.rows_seconds + self.index_seconds


def prepare(size: int, *, fresh: bool = False, reindex: bool = False) -> Built:
    """The catalogue of `size` editions with an index of today's code; builds what is missing or out of date."""
    is_new = place.use(size, fresh=fresh)
    built = None if is_new else _built()
    if built is None or built.generator != generator.version() or built.records != size:
        if not is_new:
            place.use(size, fresh=True)
        built = Built(generator.version(), size, load(size))
        _write(built)
    if reindex or built.index != _index_version():
        built = Built(built.generator, size, built.rows_seconds, _index_version(), index(size))
        _write(built)
    else:
        print(f"kept from an earlier run: {size} records loaded in {built.load_seconds:.0f} s with their index")
    warm()
    return built


def load(size: int, processes: int = PROCESSES) -> float:
    """Write libraries, editions and copies; returns the seconds it took, secondary indexes included."""
    from django.db import connection

    from catalog.models import Edition, Holding

    started = time.perf_counter()
    _libraries()
    with _bare([Edition, Holding]):
        chunks = [(chunk, size) for chunk in generator.chunks(size)]
        done = 0
        for rows in _each(chunks, processes):
            done += rows
            _progress("records", done, size, started)
        took = time.perf_counter() - started
        print(f"rows: {took:.0f} s, {size / took:.0f} records/s; now their secondary indexes", flush=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('catalog_edition', 'id'), (SELECT max(id) FROM catalog_edition))"
        )
    seconds = time.perf_counter() - started
    print(f"rows with their secondary indexes: {seconds:.0f} s", flush=True)
    return seconds


def index(size: int, processes: int = PROCESSES) -> float:
    """Write every search entry and what the nightly maintenance adds; returns the seconds of both."""
    from catalog.search.maintenance import maintain
    from catalog.search.rebuild import rebuild

    started = time.perf_counter()
    for done in rebuild(jobs=processes):
        _progress("index entries", done, size, started)
    entries = time.perf_counter() - started
    print(f"index: {entries:.0f} s, {size / entries:.0f} entries/s", flush=True)
    maintain()
    seconds = time.perf_counter() - started
    print(f"nightly maintenance: {seconds - entries:.0f} s", flush=True)
    return seconds


def warm() -> None:
    """Statistics and visibility as autovacuum leaves them, and every page of the catalogue read once: what searches
    look through comes last, the entries at the very end, for memory does not keep all of a large catalogue."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
        cursor.execute(
            "WITH tables AS (SELECT unnest(ARRAY[oid, reltoastrelid]) AS oid, relname IN "
            "('catalog_searchentry', 'catalog_frequenttoken') AS searched "
            "FROM pg_class WHERE relkind = 'r' AND relname LIKE 'catalog\\_%'), "
            "relations AS (SELECT * FROM tables WHERE oid <> 0 "
            "UNION ALL SELECT indexrelid, searched FROM pg_index JOIN tables ON oid = indrelid) "
            "SELECT sum(pg_prewarm(oid, 'buffer')), sum(pg_relation_size(oid)) FROM (SELECT oid FROM relations "
            "ORDER BY searched, oid = 'catalog_searchentry'::regclass) AS one_by_one"
        )
        _pages, size = cursor.fetchone()
    print(f"database: {float(size) / 1e9:.2f} GB, read once", flush=True)


def _libraries() -> None:
    """The first 60 members of the demo world that are in the joint search; ids 1 to 60."""
    from balis.demo.libraries import FLAGS, library_rows
    from catalog.models import MemberLibrary

    rows = [row for row in library_rows() if row["in_joint_search"] == "1"][: generator.LIBRARIES]
    MemberLibrary.objects.bulk_create(
        MemberLibrary(
            pk=number,
            slot=number - 1,
            **{name: row[name] == "1" if name in FLAGS else row[name] for name in row if name != "paused"},
        )
        for number, row in enumerate(rows, 1)
    )


# --- Rows by COPY ------------------------------------------------------------------------------------------


def _each(chunks: Sequence[tuple[int, int]], processes: int) -> Iterator[int]:
    """Write every chunk; yields how many editions each had. One process means this one."""
    if processes == 1:
        yield from map(_write_chunk, chunks)
        return
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes, place.connect, [place.database_name()]) as pool:
        yield from pool.imap_unordered(_write_chunk, chunks)


def _write_chunk(task: tuple[int, int]) -> int:
    from django.db import transaction

    from catalog.models import Edition, Holding

    books = generator.books(*task)
    with transaction.atomic():
        _copy(
            Edition,
            {
                "id": map(str, books.number),
                "title": books.title,
                "subtitle": books.subtitle,
                "volume": books.volume,
                "authors": map(_array, books.authors),
                "edition_statement": books.edition_statement,
                "place": books.place,
                "publisher": books.publisher,
                "year": map(str, books.year),
                "year_text": map(str, books.year),
                "extent": books.extent,
                "language": books.language,
                "isbns": (_array([isbn] if isbn else []) for isbn in books.isbn),
                "subjects": map(_array, books.subjects),
                "clc": books.clc,
                "material_type": books.material_type,
            },
        )
        copies = books.copies
        _copy(
            Holding,
            {
                "edition_id": map(str, copies.edition),
                "library_id": (str(library + 1) for library in copies.library),
                "call_number": copies.call_number,
                "barcode": copies.barcode,
                "location": copies.location,
                "circulation_status": copies.status,
            },
        )
    return len(books)


def _copy(model: Any, columns: dict[str, Iterable[str]]) -> None:
    """COPY these columns; all others of the model get the default of their field."""
    from django.db import connection

    rest = {
        field.column: _text(field)
        for field in model._meta.concrete_fields
        if field.column not in columns and not field.primary_key
    }
    tail = "".join(f"\t{text}" for text in rest.values()) + "\n"
    names = ", ".join([*columns, *rest])
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {model._meta.db_table} ({names}) FROM STDIN") as copy,
    ):
        copy.write("".join("\t".join(row) + tail for row in zip(*columns.values(), strict=True)))


def _text(field: Any) -> str:
    """The default of a field as COPY reads it."""
    if field.get_internal_type() == "DateTimeField":
        return AS_OF
    value = field.get_default()
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    return "{}" if isinstance(value, list | dict) else str(value)


def _array(texts: Iterable[str]) -> str:
    return "{" + ",".join(f'"{text}"' for text in texts) + "}"


@contextmanager
def _bare(models: Sequence[Any]) -> Iterator[None]:
    """Take secondary indexes, constraints and triggers off these tables, and put them on again at the end."""
    from django.db import connection

    tables = [model._meta.db_table for model in models]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conrelid = ANY(%s::regclass[]) AND contype IN ('f', 'u')",
            [tables],
        )
        constraints = cursor.fetchall()
        for table, name, _definition in constraints:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
            "WHERE indrelid = ANY(%s::regclass[]) AND NOT indisprimary",
            [tables],
        )
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("SET maintenance_work_mem = '1GB'")
        for _name, definition in indexes:
            cursor.execute(definition)
        for table, name, definition in constraints:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        cursor.execute("RESET maintenance_work_mem")


# --- What is built -----------------------------------------------------------------------------------------


def _index_version() -> str:
    """Changes with what makes an entry, and with the columns of its table and of the night's."""
    from django.db import connection

    from catalog.search.rebuild import VERSION

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(attname, '+' ORDER BY attrelid::regclass::text, attnum) FROM pg_attribute "
            "WHERE attrelid IN ('catalog_searchentry'::regclass, 'catalog_frequenttoken'::regclass) "
            "AND attnum > 0 AND NOT attisdropped"
        )
        (columns,) = cursor.fetchone()
    return f"{VERSION}-{columns}"


def _built() -> Built | None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        )
        (comment,) = cursor.fetchone()
    return Built(**json.loads(comment)) if comment else None


def _write(built: Built) -> None:
    from django.db import connection
    from psycopg import sql

    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                sql.Identifier(place.database_name()), sql.Literal(json.dumps(asdict(built)))
            )
        )


def _progress(what: str, done: int, size: int, started: float) -> None:
    seconds = time.perf_counter() - started
    end = "\n" if done >= size else ""
    print(f"\r{what} {done}/{size}  {seconds:.0f} s", end=end, file=sys.stderr, flush=True)
