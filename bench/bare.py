"""The lower bound of bench.submit: the statements of real submissions, sent once more by the bare database driver.

Each submission is made and rolled back, and every statement that it sent is noted. Then these statements run again, in
transactions of their own that are committed, with no more Python than a loop needs.
"""

import time
from collections.abc import Callable
from typing import Any

Statement = tuple[str, Any]


def recorded(submit: Callable[[], object]) -> list[Statement]:
    """What one submission says to the database; nothing of it remains."""
    from django.db import connection, transaction

    said: list[Statement] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("SAVEPOINT", "RELEASE")):  # of the transaction that is rolled back around it
            said.append((sql, params))
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(note):
        submit()
        transaction.set_rollback(True)
    return said


def replayed_per_second(submissions: list[list[Statement]]) -> float:
    """Send the statements of these submissions again, each in one transaction; how many transactions a second."""
    from django.db import connection

    connection.ensure_connection()
    driver = connection.connection
    driver.autocommit = False
    started = time.perf_counter()
    for statements in submissions:
        _replay(driver, statements)
    seconds = time.perf_counter() - started
    driver.rollback()
    driver.autocommit = True
    return len(submissions) / seconds


def _replay(driver: Any, statements: list[Statement]) -> None:
    """One transaction; the new request gets the number and the key that it has in this life."""
    serial, request_id = 0, 0
    with driver.cursor() as cursor:
        for sql, params in statements:
            if sql.startswith('INSERT INTO "requests_app_loanrequest"'):
                params = (f"{params[0][:3]}{serial:07d}", *params[1:])
            elif sql.startswith('INSERT INTO "requests_app_requestevent"'):
                params = (request_id, *params[1:])
            cursor.execute(sql, params)
            if "AS series" in sql:
                (serial,) = cursor.fetchone()
            elif sql.startswith('INSERT INTO "requests_app_loanrequest"'):
                request_id, *_defaults = cursor.fetchone()
            elif cursor.description is not None:
                cursor.fetchall()
    driver.commit()
