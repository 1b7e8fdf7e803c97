"""One import of a library at a time: an advisory lock of the database, which a dead worker's session gives back."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

LOCK_CLASS = 0x494D50  # first half of the key, the second is the library; catalog/jobs.py uses the same
_LOOK_AGAIN = 0.5  # seconds


@contextmanager
def turn_of(library_id: int) -> Iterator[None]:
    """Wait for the library's other imports to end, then hold them off; a session may take its own turn again.

    It asks again and again instead of waiting inside the database, where it would keep old row versions alive.
    """
    while not _ask("SELECT pg_try_advisory_lock(%s, %s)", library_id):
        time.sleep(_LOOK_AGAIN)
    try:
        yield
    finally:
        if connection.connection is not None and not connection.connection.closed:
            _ask("SELECT pg_advisory_unlock(%s, %s)", library_id)


def _ask(question: str, library_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(question, [LOCK_CLASS, library_id])
        return bool(cursor.fetchone()[0])
