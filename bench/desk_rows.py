"""Invented years of requests, made inside the database: eighty libraries, readers, requests with their whole road.

A twentieth as many readers as requests. Two lenders of the eighty are asked far more than all others, as 国家图书馆 and
上海图书馆 are; the last thirtieth of the requests is still open.
"""

import random
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from bench.invented import GIVEN, HEADS, SURNAMES, TAILS
from catalog.models import LibraryCategory, MemberLibrary
from readers.models import Assignment, Role, User
from requests_app.models import Closure, LendingPolicy
from requests_app.models.words import words_of
from requests_app.states import OPEN_STATES, State

LIBRARIES = 80
BOOKS = 20_000
YEARS = 5
OPEN_SHARE = 0.03
SUBJECTS = ["数学", "物理", "化学", "经济", "法律", "历史", "计算机", "文学", "教育", "心理学", "统计", "管理", "艺术"]
TABLES = ("requests_app_loanrequest", "requests_app_requestevent", "readers_reader", "readers_user")

# State of an open request: its share, and how many days ago at most it was entered.
OPEN = {
    State.HOME_REVIEW: (2, 2), State.SUBMITTED: (12, 5), State.ACCEPTED: (12, 4), State.SHIPPED: (9, 12),
    State.READY_AT_LENDER: (1, 7), State.ARRIVED: (9, 10), State.ON_LOAN: (42, 50), State.RETURNED: (5, 4),
    State.RETURN_SHIPPED: (7, 9), State.LOST: (1, 60),
}  # fmt: skip
FINAL = {
    State.COMPLETED: 75, State.UNFILLED: 14, State.EXPIRED: 3, State.CANCELLED: 5, State.REJECTED: 1,
    State.UNCOLLECTED: 1, State.CLOSED_LOST: 1,
}  # fmt: skip
ROAD = (
    ("submit", "", State.SUBMITTED, "R"), ("accept", State.SUBMITTED, State.ACCEPTED, "L"),
    ("ship", State.ACCEPTED, State.SHIPPED, "L"), ("receive", State.SHIPPED, State.ARRIVED, "H"),
    ("hand_out", State.ARRIVED, State.ON_LOAN, "H"), ("take_back", State.ON_LOAN, State.RETURNED, "H"),
    ("ship_back", State.RETURNED, State.RETURN_SHIPPED, "H"), ("check_in", State.RETURN_SHIPPED, State.COMPLETED, "L"),
)  # fmt: skip
STEPS = {State.HOME_REVIEW: 1, State.UNFILLED: 1, State.EXPIRED: 1, State.CANCELLED: 1, State.REJECTED: 1,
         State.READY_AT_LENDER: 2, State.UNCOLLECTED: 2, State.LOST: 5, State.CLOSED_LOST: 5}  # fmt: skip
EMPTY = {"character varying": "''", "text": "''", "boolean": "false", "ARRAY": "'{}'", "integer": "0", "smallint": "0"}
ENDS = {State.UNFILLED: ("decline", "L"), State.EXPIRED: ("expire", "S"), State.CANCELLED: ("cancel", "R")}


def build(size: int) -> None:
    """Empty the database and fill it; all or nothing, so that no index is missing after a failure."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE catalog_memberlibrary, readers_user CASCADE")
        cursor.execute("SELECT setseed(0.5)")
        libraries = _libraries()
        indexes = _drop_indexes()
        cursor.execute("SET LOCAL session_replication_role = replica")  # foreign keys hold by construction
        _books(cursor)
        _people(cursor, max(200, size // 20), libraries)
        _requests(cursor, size, libraries)
        _events(cursor)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        for statement in indexes:
            cursor.execute(statement)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _libraries() -> list[MemberLibrary]:
    libraries = [
        MemberLibrary.objects.create(
            code=f"{900000 + n}", request_prefix=f"D{chr(65 + n // 26)}{chr(65 + n % 26)}", name=f"第{n}大学图书馆",
            short_name=f"{n}大", category=LibraryCategory.COMPREHENSIVE, borrows=n > 1,
        )
        for n in range(LIBRARIES)
    ]  # fmt: skip
    today = timezone.localdate()
    for n, library in enumerate(libraries[:30]):
        LendingPolicy.objects.create(library=library, answer_days=1 + n % 3)
        Closure.objects.create(library=library, starts_on=today - timedelta(days=3 + n), ends_on=today)
    Closure.objects.create(starts_on=date(today.year, 10, 1), ends_on=date(today.year, 10, 7))
    for library in (libraries[0], libraries[40], libraries[-1], None):
        user = User.objects.create(username=f"staff-{library.code if library else 'center'}", is_staff=True)
        role = Role.LIBRARIAN if library else Role.CENTER
        Assignment.objects.create(user=user, library=library, role=role)
    return libraries


def _drop_indexes() -> list[str]:
    """Drop what slows inserting down; the statements that bring it back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE contype = 'u' AND conrelid::regclass::text = ANY(%s) "
            "AND NOT EXISTS (SELECT 1 FROM pg_constraint AS other WHERE other.conindid = pg_constraint.conindid "
            "AND other.contype = 'f')",
            [list(TABLES)],
        )
        constraints = cursor.fetchall()
        back = [f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}" for table, name, definition in constraints]
        for table, name, _definition in constraints:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND indexname NOT IN "
            "(SELECT conindid::regclass::text FROM pg_constraint WHERE conindid <> 0)",
            [list(TABLES)],
        )
        for name, definition in cursor.fetchall():
            back.append(definition)
            cursor.execute(f'DROP INDEX "{name}"')
    return back


def _books(cursor: Any) -> None:
    """The books that are asked for, with their words."""
    rng = random.Random(20260310)
    cursor.execute(
        "CREATE TEMP TABLE book (id int, title text, author text, isbn text, call_number text, words text[]) "
        "ON COMMIT DROP"
    )
    with cursor.copy("COPY book FROM STDIN") as copy:
        for n in range(BOOKS):
            title = f"{rng.choice(HEADS)}{rng.choice(SUBJECTS)}{rng.choice(TAILS)}{rng.choice(['', ' 上册', ' 下册'])}"
            author = rng.choice(SURNAMES) + "".join(rng.choices(GIVEN, k=rng.choice([1, 2])))
            isbn, call_number = f"9787599{n:06d}", f"O{n % 900}/{n}"
            copy.write_row((n, title, author, isbn, call_number, words_of(title, author, isbn, call_number)))


def _people(cursor: Any, count: int, libraries: list[MemberLibrary]) -> None:
    """Readers of all libraries but the two that only lend, named as people are."""
    cursor.execute(
        """
        INSERT INTO readers_user (id, password, is_superuser, username, first_name, last_name, email, is_staff,
            is_active, date_joined)
        SELECT 1000 + n, '', false, 'reader' || n, '', '', 'reader' || n || '@example.org', false, true, now()
        FROM generate_series(1, %(count)s) AS n;
        """,
        {"count": count},
    )
    columns = {
        "id": "n", "user_id": "1000 + n", "library_id": "(%(libraries)s::int[])[1 + n %% %(many)s]",
        "name": "substr(%(surnames)s, 1 + n %% %(surname_count)s, 1)"
                " || substr(%(given)s, 1 + (n / 7) %% %(given_count)s, 1)"
                " || substr(%(given)s, 1 + (n / 131) %% %(given_count)s, 1)",
        "certificate_number": "lpad(n::text, 14, '0')", "state": "'approved'",
        "reader_barcode": "900002 + n %% %(many)s || lpad(n::text, 14, '0')", "phone": "'010'",
        "registered_at": "now() - n * interval '1 minute'", "blocks": "'{}'",
    }  # fmt: skip
    values = {
        "libraries": [library.pk for library in libraries[2:]], "many": LIBRARIES - 2, "count": count,
        "surnames": SURNAMES, "surname_count": len(SURNAMES), "given": GIVEN, "given_count": len(GIVEN),
    }  # fmt: skip
    _insert(cursor, "readers_reader", columns, "generate_series(1, %(count)s) AS n", values)


def _requests(cursor: Any, size: int, libraries: list[MemberLibrary]) -> None:
    """Spread evenly over the years; the number of a request tells when it was asked."""
    weights = [40.0, 12.0, *(24 / (n + 8) for n in range(LIBRARIES - 2))]
    steps = [sum(weights[: n + 1]) / sum(weights) for n in range(LIBRARIES - 1)]
    first_open = int(size * (1 - OPEN_SHARE))
    cursor.execute(
        """
        CREATE TEMP TABLE drawn AS
        SELECT n, n > %(first_open)s AS is_open, random() AS chance, random() AS other, random() AS third,
            1 + floor(random() * (SELECT count(*) FROM readers_reader))::int AS reader_id,
            (%(libraries)s::int[])[1 + width_bucket(random(), %(steps)s::float8[])] AS lender_id,
            floor(power(random(), 2) * %(books)s)::int AS book_id,
            now() - %(years)s * interval '365 days' * (1 - n::float8 / %(size)s) AS asked_at
        FROM generate_series(1, %(size)s) AS n
        """,
        {
            "first_open": first_open, "libraries": [library.pk for library in libraries], "steps": steps,
            "books": BOOKS, "years": YEARS, "size": size,
        },
    )  # fmt: skip
    columns = {
        "id": "n", "number": "substr(prefix, 1, 3) || lpad(n::text, 7, '0')", "confirm_token": "gen_random_uuid()",
        "reader_id": "reader_id", "home_library_id": "home_id", "lender_id": "lender_id", "state": "state",
        "title": "title", "author": "author", "isbn": "isbn", "call_number": "call_number", "words": "words",
        "language": "'chi'", "material_type": "'book'", "publisher": "'高等教育出版社'", "year": "'2019'",
        "delivery_method": "CASE WHEN state IN ('READY_AT_LENDER', 'UNCOLLECTED') OR third > 0.93 THEN 'self_pickup' "
        "ELSE 'logistics' END",
        "recipient_name": "reader_name", "email": "'reader@example.org'",
        "copy_barcode": "CASE WHEN steps >= 2 THEN 'B' || n ELSE '' END", "lending_policy_id": "policy_id",
        "created_at": "asked_at", "submitted_at": "CASE WHEN state = 'HOME_REVIEW' THEN NULL ELSE asked_at END",
        "filled_at": "CASE WHEN steps > 3 OR steps = 3 AND NOT is_open THEN "
        "asked_at + 2 * (state_since - asked_at) / steps WHEN steps = 3 THEN state_since END",  # as _events has it
        "closed_at": "CASE WHEN NOT is_open THEN state_since END", "state_since": "state_since",
        "due_date": "CASE WHEN steps >= 3 THEN (state_since + interval '30 days')::date END",
        "pickup_deadline": "CASE WHEN steps >= 4 THEN (state_since + interval '7 days')::date END",
        "printed_at": "CASE WHEN steps = 2 AND third < 0.5 THEN state_since END", "version": "steps",
        "cancel_asked_at": "CASE WHEN state IN ('SUBMITTED', 'ACCEPTED') AND third < 0.03 THEN now() END",
        "missing_since": "CASE WHEN state IN ('SHIPPED', 'RETURN_SHIPPED') AND third < 0.05 THEN now() END",
        "hop": "0", "may_forward": "false", "warned_percent": "0",
    }  # fmt: skip
    source = f"""
        (SELECT drawn.*, book.title, book.author, book.isbn, book.call_number, book.words, reader.name AS reader_name,
            reader.library_id AS home_id, lender.request_prefix AS prefix, policy.id AS policy_id, made.*,
            CASE WHEN is_open THEN now() - other * made.days * interval '1 day'
                ELSE asked_at + made.steps * interval '3 days' END AS state_since
        FROM drawn JOIN book ON book.id = book_id JOIN readers_reader AS reader ON reader.id = reader_id
            JOIN catalog_memberlibrary AS lender ON lender.id = lender_id
            LEFT JOIN requests_app_lendingpolicy AS policy ON policy.library_id = lender_id AND third < 0.7
            JOIN (VALUES {_states()}) AS made (state, of_open, low, high, steps, days)
                ON made.of_open = is_open AND chance >= low AND chance < high
        WHERE lender_id <> reader.library_id) AS made
    """
    _insert(cursor, "requests_app_loanrequest", columns, source, {})
    cursor.execute("DROP TABLE drawn")


def _states() -> str:
    rows = []
    for is_open, shares in ((True, {state: share for state, (share, _days) in OPEN.items()}), (False, FINAL)):
        whole, low = sum(shares.values()), 0.0
        for state, share in shares.items():
            high = low + share / whole
            days = OPEN[state][1] if is_open else 0
            rows.append(f"('{state.value}', {is_open}, {low}, {high}, {_steps(state)}, {days})")
            low = high
    return ", ".join(rows)


def _steps(state: State) -> int:
    """How many moves of the ordinary road a request in that state has behind it."""
    return STEPS.get(state) or next(n for n, row in enumerate(ROAD, start=1) if row[2] == state)


def _events(cursor: Any) -> None:
    """The road of every request, and how it left it; the last move is the one into its present state."""
    road = ", ".join(
        f"({n}, '{verb}', '{start}', '{to}', '{who}')" for n, (verb, start, to, who) in enumerate(ROAD, start=1)
    )
    columns = {
        "request_id": "request.id", "sequence": "n", "verb": "verb", "from_state": "from_state", "to_state": "to_state",
        "capacity": "capacity", "actor_name": "''", "library_id": "CASE WHEN capacity = 'L' THEN lender_id ELSE "
        "home_library_id END", "reason": "''", "note": "''", "details": "'{}'", "before": "'{}'",
        "at": "CASE WHEN n < request.version OR closed_at IS NOT NULL THEN created_at + (n - 1) * (state_since - "
        "created_at) / request.version ELSE state_since END",
    }  # fmt: skip
    _insert(
        cursor, "requests_app_requestevent", columns,
        f"requests_app_loanrequest AS request JOIN (VALUES {road}) AS road (n, verb, from_state, to_state, capacity)"
        " ON n <= request.version", {},
    )  # fmt: skip
    for state, (verb, capacity) in ENDS.items():
        left = columns | {
            "sequence": "2", "verb": f"'{verb}'", "from_state": "'SUBMITTED'", "to_state": f"'{state.value}'",
            "capacity": f"'{capacity}'", "at": "closed_at",
        }  # fmt: skip
        left["library_id"] = "lender_id"
        source = f"requests_app_loanrequest AS request WHERE state = '{state.value}'"
        _insert(cursor, "requests_app_requestevent", left, source, {})
    assert set(OPEN) <= {State(state) for state in OPEN_STATES}


def _insert(cursor: Any, table: str, columns: dict[str, str], source: str, values: dict[str, object]) -> None:
    """INSERT … SELECT; columns that are not named and may not be null are empty, as Django writes them."""
    cursor.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s AND is_nullable = 'NO' "
        "AND column_default IS NULL AND is_identity = 'NO'",
        [table],
    )
    empty = {name: EMPTY[kind] for name, kind in cursor.fetchall() if name not in columns}
    filled = columns | empty
    names = ", ".join(filled)
    cursor.execute(f"INSERT INTO {table} ({names}) SELECT {', '.join(filled.values())} FROM {source}", values or None)
    cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
