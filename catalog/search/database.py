"""The connection of searches (settings.SEARCH_DB)."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.db import connections
from psycopg import ClientCursor
from psycopg.pq import Format


def rows_of(statement: str, params: Sequence[Any] = (), *, binary: bool = False) -> list[tuple[Any, ...]]:
    """Run one statement on the connection of searches, where it is prepared once and planned no more.

    `binary`: long values of bytes come as they are, and not as twice as many digits.
    """
    with connections[settings.SEARCH_DB].cursor() as cursor:
        if binary and not isinstance(cursor.cursor, ClientCursor):  # which cannot
            cursor.cursor.format = Format.BINARY
        cursor.execute(statement, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def as_array(numbers: Iterable[int]) -> str:
    """An array as PostgreSQL writes it, to be cast: psycopg takes longer over a list, also over a short one."""
    return f"{{{','.join(map(str, numbers))}}}"


def as_arrays(lists: Iterable[Iterable[int]]) -> str:
    """An array of arrays of different lengths, each a text to be cast."""
    return "{" + ",".join(f'"{as_array(one)}"' for one in lists) + "}"
