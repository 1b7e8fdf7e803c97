"""Writes many rows at once: COPY for new ones, one statement and one JSON parameter for stored ones; and finds many.

Several times faster than bulk_create(), bulk_update() and __in. Whoever calls it vouches for the values: no validation,
no signals.
"""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from functools import cache
from operator import attrgetter
from typing import Any, Literal, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models.base import ModelState
from django.utils import timezone

Row = TypeVar("Row", bound=models.Model)


def new(model: type[Row], **values: Any) -> Row:
    """An unsaved row with the defaults of its fields; `values` go by attribute (library_id). Model() takes four times
    as long for the same."""
    row = model.__new__(model)
    shared, made = _defaults(model)
    row.__dict__.update(shared)
    for name, make in made:
        row.__dict__[name] = make()
    row.__dict__.update(values)
    row._state = ModelState()
    return row


def stored(model: type[Row], values: Iterable[tuple[str, Any]]) -> Row:
    """A stored row of which these attributes were read; the others are read when they are asked for, as with only()."""
    row = model.__new__(model)
    row.__dict__.update(values)
    row._state = ModelState()
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return row


@cache
def _defaults(model: type[models.Model]) -> tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]]]:
    """The values that all rows may share, and what makes those that each has for itself."""
    fields = model._meta.concrete_fields
    has_its_own = {f for f in fields if f.has_default() and callable(f.default)}
    made: list[tuple[str, Callable[[], Any]]] = [(f.attname, f.default) for f in fields if f in has_its_own]
    shared = {f.attname: f.get_default() for f in fields if f not in has_its_own}
    return shared, made


class AnyOf(models.Func):
    """The condition that a column has one of these values, ids or texts by its `kind`: filter(AnyOf("pk", ids)).

    One parameter: `pk__in` with 500 values has as many, which take 6 ms to write and to read.
    """

    output_field = models.BooleanField()
    arg_joiner = " = ANY("

    def __init__(self, column: str, values: Iterable[object], kind: Literal["bigint", "text"] = "bigint") -> None:
        super().__init__(column, models.Value(array(list(values)), output_field=models.TextField()))
        self.template = f"%(expressions)s::{kind}[])"


def insert(rows: Sequence[models.Model]) -> None:
    """Insert unsaved rows of one model and give each its new primary key."""
    if not rows:
        return
    meta, quote = rows[0]._meta, connection.ops.quote_name
    fields = meta.concrete_fields
    columns = ", ".join(quote(str(field.column)) for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [meta.db_table, meta.pk.column, len(rows)],
        )
        for row, (number,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = number
        readers = [_copied(field, _reader(field, add=True)) for field in fields]
        with (
            connection.wrap_database_errors,
            cursor.copy(f"COPY {quote(meta.db_table)} ({columns}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row([read(row) for read in readers])
    for row in rows:
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


# json_populate_recordset() turns each value into its column's type.
_UPDATE = """
UPDATE {table} AS old SET {changes} FROM json_populate_recordset(NULL::{table}, %s::json) AS new
WHERE old.{key} = new.{key}
"""


def update(rows: Sequence[models.Model], names: Iterable[str]) -> None:
    """Write these fields of stored rows of one model."""
    if not rows:
        return
    meta, quote = rows[0]._meta, connection.ops.quote_name
    fields: list[Any] = [meta.pk, *map(meta.get_field, names)]
    key, *changed = (quote(field.column) for field in fields)
    readers = [(field.column, _reader(field, add=False)) for field in fields]
    content = _as_json([{column: read(row) for column, read in readers} for row in rows])
    sql = _UPDATE.format(
        table=quote(meta.db_table), key=key, changes=", ".join(f"{column} = new.{column}" for column in changed)
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [content])


# As PostgreSQL's COPY has it in binary: the signature, then flags and an extension that there is none of.
_BINARY_HEAD, _BINARY_END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"


def copy_binary(table: str, columns: Sequence[str], rows: Iterable[Sequence[bytes]]) -> None:
    """Insert rows whose values are what PostgreSQL sends of them in binary, none of them NULL."""
    quote, count = connection.ops.quote_name, len(columns).to_bytes(2)
    pieces = [_BINARY_HEAD]
    for row in rows:
        pieces.append(count)
        for value in row:
            pieces += (len(value).to_bytes(4), value)
    names = ", ".join(map(quote, columns))
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(f"COPY {quote(table)} ({names}) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.write(b"".join((*pieces, _BINARY_END)))


_Reader = Callable[[models.Model], Any]


def _reader(field: Any, *, add: bool) -> _Reader:
    """How a row's value is got: times of creation and change are now, the same for all; the rest is what is there."""
    if not (getattr(field, "auto_now", False) or (add and getattr(field, "auto_now_add", False))):
        return attrgetter(field.attname)
    now = timezone.now()

    def stamped(row: models.Model) -> Any:
        setattr(row, field.attname, now)
        return now

    return stamped


def _copied(field: Any, read: _Reader) -> _Reader:
    """The same in the form that COPY takes."""
    if isinstance(field, ArrayField):
        return lambda row: array(read(row))
    if isinstance(field, models.JSONField):
        return lambda row: _usually_empty(read(row))
    return read


def array(values: Collection[object]) -> str:
    """An array as PostgreSQL writes it: {"C\\\\C++","3"}."""
    return "{" + ",".join([_quoted(value) for value in values]) + "}" if values else "{}"


def _quoted(value: object) -> str:
    text = str(value)
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _as_text(value: object) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return "\\x" + bytes(value).hex()
    if isinstance(value, date):  # and times
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} has no place in a row")


_as_json = json.JSONEncoder(ensure_ascii=False, default=_as_text).encode  # json.dumps() would make one for each value


def _usually_empty(value: object) -> str:
    """A value as JSON; most are a list or dict without anything, for which the encoder would take 2 µs."""
    return "[]" if value == [] else "{}" if value == {} else _as_json(value)
