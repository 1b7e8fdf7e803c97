"""The rows of the index on their way into the database."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np
from django.db import connection

from catalog import bulk
from catalog.models import SearchEntry
from catalog.search.token_arrays import Tokens

_INTEGER = 23  # PostgreSQL's number of the type int4


@dataclass
class Entry:
    """The columns of a SearchEntry."""

    edition_id: int
    tokens: Tokens
    grams: int
    rank_class: int
    facts: bytes
    folded_title: str
    folded_rest: str
    pinyin_title: str


COLUMNS = tuple(field.name for field in fields(Entry))


def write(entries: Sequence[Entry]) -> bool:
    """Insert or replace these entries; says whether any has new tokens, which the index then has in its pending list.

    An entry that keeps its tokens is updated in its other columns, which are in no index. One whose tokens change is
    deleted and copied in anew: an update would cost the index as much, and the database twenty times as much.
    """
    stored = _digests([entry.edition_id for entry in entries])
    same: list[Entry] = []
    other: list[Entry] = []
    for entry in entries:
        (same if stored.get(entry.edition_id) == _digest(entry.tokens) else other).append(entry)
    if same:
        names = [name for name in COLUMNS[1:] if name != "tokens"]
        bulk.update([bulk.new(SearchEntry, **vars(entry)) for entry in same], names)
    if replaced := [entry.edition_id for entry in other if entry.edition_id in stored]:
        SearchEntry.objects.filter(bulk.AnyOf("pk", replaced)).delete()
    copy_in(other)
    return bool(other)


_DIGESTS = """
SELECT edition_id, sha256(array_send(tokens)) FROM catalog_searchentry WHERE edition_id = ANY(%s::bigint[])
"""


def _digests(edition_ids: list[int]) -> dict[int, bytes]:
    """For the editions that have an entry _digest() of its tokens."""
    with connection.cursor() as cursor:
        cursor.execute(_DIGESTS, [bulk.array(edition_ids)])
        return {edition_id: bytes(digest) for edition_id, digest in cursor.fetchall()}


def _digest(tokens: Tokens) -> bytes:
    return hashlib.sha256(_array(tokens)).digest()


def copy_in(
    entries: Sequence[Entry], table: str = SearchEntry._meta.db_table, ranks: Iterable[int] | None = None
) -> None:
    """Insert entries of editions that have none, or into another table of these columns, which may have one more for
    the rank (catalog/search/facts.py)."""
    if not entries:
        return
    rows: Iterable[tuple[bytes, ...]] = map(_as_sent, entries)
    if ranks is None:
        bulk.copy_binary(table, COLUMNS, rows)
    else:
        ranked = ((*row, rank.to_bytes(4)) for row, rank in zip(rows, ranks, strict=True))
        bulk.copy_binary(table, (*COLUMNS, "rank"), ranked)


def _as_sent(entry: Entry) -> tuple[bytes, ...]:
    return (
        entry.edition_id.to_bytes(8),
        _array(entry.tokens),
        entry.grams.to_bytes(2),
        entry.rank_class.to_bytes(2),
        entry.facts,
        entry.folded_title.encode(),
        entry.folded_rest.encode(),
        entry.pinyin_title.encode(),
    )


def _array(tokens: Tokens) -> bytes:
    """int4[] as PostgreSQL sends it: dimensions, whether there are NULLs, type, length, first place; then the length of
    each number and the number."""
    if not len(tokens):
        return np.array([0, 0, _INTEGER], ">i4").tobytes()
    sent = np.empty(5 + 2 * len(tokens), ">i4")
    sent[:5] = (1, 0, _INTEGER, len(tokens), 1)
    sent[5::2] = 4
    sent[6::2] = tokens
    return sent.tobytes()
