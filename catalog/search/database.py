"""The connection of searches (settings.SEARCH_DB)."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import connections


def rows_of(statement: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Run one statement on the connection of searches, where it is prepared once and planned no more."""
    with connections[settings.SEARCH_DB].cursor() as cursor:
        cursor.execute(statement, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
