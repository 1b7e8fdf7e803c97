"""Makes a large catalogue of a small one inside the database, in a minute or two.

The rows of bench/invented.py are repeated as the importer would have written the later books; only the raw bytes stay
those of the first ones. Search entries are repeated with some hashes of their own in place of the words that are new in
a later book: good for importing into, not for searching.
"""

from typing import Any

from django.db import connection

from bench.invented import DISTINCT, MARKS

# The last character of a title is its mark; `k` counts the repetitions and {step} how many marks one takes.
_MARKED = "left({0}, -1) || substr('{marks}', strpos('{marks}', right({0}, 1)) + k * {step}, 1)"
_NUMBER = "(substr({0}, 5, 8)::bigint + k * {first})"
_RENUMBERED = "left({0}, 1) || lpad((substr({0}, 2)::bigint + k * {first} * {factor})::text, length({0}) - 1, '0')"
_HASH, _NEW_WORDS = "(random() * 4294967295 - 2147483648)::bigint::int", 6
_ISBN = """
CREATE FUNCTION pg_temp.isbn(number bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
SELECT digits || (10 - sum % 10) % 10 FROM (SELECT '9787' || lpad(number::text, 8, '0') AS digits) AS one, LATERAL (
    SELECT sum(substr(digits, place, 1)::int * (1 + 2 * ((place + 1) % 2))) FROM generate_series(1, 12) AS place
) AS two $$
"""


def multiply(first: int, times: int) -> None:
    """Make `times` as many books of the `first` ones, a multiple of DISTINCT."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no checks: rows refer to each other as before
        cursor.execute("SET work_mem = '256MB'")
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute(_ISBN)
        last = {table: _last(cursor, table) for table in ("edition", "sourcerecord", "holding")}
        indexes = _without_indexes(cursor)
        marks = {"marks": MARKS, "step": first // DISTINCT}
        isbn = f"pg_temp.isbn({_NUMBER.format('isbns[1]', first=first)})"
        _repeat(cursor, "edition", times, {
            "id": f"id + k * {last['edition']}",
            "title": _MARKED.format("title", **marks),
            "title_key": _MARKED.format("title_key", **marks),
            "isbns": f"ARRAY[{isbn}]",
        })  # fmt: skip
        title = _MARKED.format("(match_keys ->> 'title')", **marks)
        first_isbn = "(match_keys #>> '{isbns,0}')"
        isbn = f"pg_temp.isbn({_NUMBER.format(first_isbn, first=first)})"
        _repeat(cursor, "sourcerecord", times, {
            "id": f"id + k * {last['sourcerecord']}",
            "local_id": _RENUMBERED.format("local_id", first=first, factor=1),
            "edition_id": f"edition_id + k * {last['edition']}",
            "match_keys": f"match_keys || jsonb_build_object('title', {title}, 'isbns', jsonb_build_array({isbn}))",
        })  # fmt: skip
        _repeat(cursor, "holding", times, {
            "id": f"id + k * {last['holding']}",
            "barcode": _RENUMBERED.format("barcode", first=first, factor=10),
            "edition_id": f"edition_id + k * {last['edition']}",
            "source_record_id": f"source_record_id + k * {last['sourcerecord']}",
        })  # fmt: skip
        _repeat(cursor, "searchentry", times, {
            "edition_id": f"edition_id + k * {last['edition']}",
            "tokens": f"ARRAY[{', '.join([_HASH] * _NEW_WORDS)}] || tokens", "grams": f"grams + {_NEW_WORDS}",
        })  # fmt: skip
        for definition in indexes:
            cursor.execute(definition)
        cursor.execute("RESET ALL")
        for table in (*last, "searchentry"):
            cursor.execute(f"VACUUM ANALYZE catalog_{table}")


def _last(cursor: Any, table: str) -> int:
    cursor.execute(f"SELECT max(id) FROM catalog_{table}")
    return int(cursor.fetchone()[0])


def _without_indexes(cursor: Any) -> list[str]:
    """Drop the indexes that no constraint needs, and return how they are made again."""
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s)"
        " AND indexname NOT IN (SELECT conname FROM pg_constraint)",
        [["catalog_edition", "catalog_sourcerecord", "catalog_holding", "catalog_searchentry"]],
    )
    found = cursor.fetchall()
    for name, _definition in found:
        cursor.execute(f'DROP INDEX "{name}"')
    return [definition for _name, definition in found]


def _repeat(cursor: Any, table: str, times: int, changes: dict[str, str]) -> None:
    """Insert every row `times - 1` times more, with these columns changed."""
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND table_schema = current_schema()",
        [f"catalog_{table}"],
    )
    columns = [column for (column,) in cursor.fetchall()]
    values = ", ".join(changes.get(column, column) for column in columns)
    cursor.execute(
        f"INSERT INTO catalog_{table} ({', '.join(columns)}) SELECT {values}"
        f" FROM catalog_{table}, generate_series(1, {times - 1}) AS k"
    )
    if "id" in columns:
        cursor.execute(f"SELECT setval(pg_get_serial_sequence('catalog_{table}', 'id'), max(id)) FROM catalog_{table}")
