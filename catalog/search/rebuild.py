"""Builds the whole index anew beside the one in use and puts it in its place; searches and changes go on meanwhile."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection, transaction
from django.db.models import Max, Min

from catalog.folding import FOLD_VERSION
from catalog.models import Edition, SearchChange, SearchEntry, SearchState
from catalog.processes import process_pool
from catalog.search import facts
from catalog.search.classes import BEST, MOST_EXACT
from catalog.search.entries import copy_in
from catalog.search.index import entries_of, indexed
from catalog.search.tokens import TOKENS_VERSION

VERSION = f"{FOLD_VERSION}.{TOKENS_VERSION}"  # of what makes an entry

_LOCK = 0x53454152  # one at a time: rebuilding, and the nightly count
_TABLE = SearchEntry._meta.db_table
_STAGE, _NEW, _OLD = f"{_TABLE}_stage", f"{_TABLE}_new", f"{_TABLE}_old"
_COLUMNS = "edition_id, tokens, grams, facts, folded_title, folded_rest, pinyin_title"
_FEW = 1000  # changes that may be carried over while writers wait

Ranks = npt.NDArray[np.int64]


class Busy(RuntimeError):
    """The index is being rebuilt or counted already."""


@contextmanager
def alone() -> Iterator[None]:
    """Hold the lock of rebuilding and counting, a session lock. Raises Busy."""
    if not _execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])[0][0]:
        raise Busy("The search index is being rebuilt or counted already.")
    try:
        yield
    finally:
        _execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def rebuild(batch_size: int = 2000, jobs: int = 1) -> Iterator[int]:
    """Write every entry anew, laid out for reading; yields how many are read after each batch. Raises Busy.

    Entries are staged without an index, put in the order of their class and title (neighbours share words, so a search
    touches fewer pages), indexed, brought up to what changed meanwhile, and swapped in. Interrupted, it leaves the
    index in use as it was. `jobs` processes cut the editions into tokens, which takes most of the time.
    """
    with alone():
        with transaction.atomic():
            SearchChange.objects.all().delete()
            SearchChange.objects.create(edition_ids=[], kept=False)  # last night's counts may not hold any more
        _execute(f"DROP TABLE IF EXISTS {_OLD}")  # where the last rebuild was interrupted
        _create(_STAGE, "UNLOGGED")
        _execute(f"ALTER TABLE {_STAGE} ADD COLUMN rank integer")
        done, ranks = 0, [np.zeros(0, np.int64)]
        for staged in _stage_all(batch_size, jobs):
            ranks.append(staged)
            done += len(staged)
            yield done
        cutoffs = cutoffs_of(np.concatenate(ranks))
        _lay_out(cutoffs)
        _swap(cutoffs)


def is_needed() -> bool:
    """Whether the entries are missing or were made by code that made others; a new catalogue needs no rebuild."""
    if SearchState.objects.filter(version=VERSION).exists():
        return False
    if Edition.objects.exists():
        return True
    SearchState.objects.update_or_create(defaults={"version": VERSION})
    return False


def cutoffs_of(ranks: Ranks) -> list[int]:
    """The smallest rank in each of the rank classes; none where the catalogue is so small that all is exact."""
    if len(ranks) <= MOST_EXACT:
        return []
    ordered = np.sort(ranks)
    return [int(ordered[-max(1, len(ordered) // one.share)]) for one in BEST]


def _stage_all(batch_size: int, jobs: int) -> Iterator[Ranks]:
    first, last = Edition.objects.aggregate(first=Min("pk"), last=Max("pk")).values()
    spans = [(start, start + batch_size) for start in range(first, last + 1, batch_size)] if last else []
    if jobs == 1:
        yield from map(_stage, spans)
        return
    with process_pool(jobs) as pool:
        yield from pool.map(_stage, spans)


def _stage(span: tuple[int, int]) -> Ranks:
    """Stage the entries of the shown editions whose id lies in start ≤ id < end, and return their ranks."""
    entries = entries_of(indexed(Edition.objects.filter(pk__gte=span[0], pk__lt=span[1])), cutoffs=())
    ranks = facts.rank(facts.unpack(b"".join(entry.facts for entry in entries)))
    copy_in(entries, _STAGE, ranks.tolist())
    return ranks


def _lay_out(cutoffs: Sequence[int]) -> None:
    """From the stage to the new table, in the order of class and title, with the tokens of the rank classes."""
    _create(_NEW)
    classes = list(zip(cutoffs, BEST, strict=True)) if cutoffs else []
    tokens = "".join(f" || CASE WHEN rank >= {least} THEN {salted(one.salt)} ELSE '{{}}' END" for least, one in classes)
    rank_class = " + ".join(["0", *(f"(rank >= {least})::int" for least, _one in classes)])
    with transaction.atomic():
        _execute("SET LOCAL work_mem = '256MB'")
        _execute("SET LOCAL maintenance_work_mem = '1GB'")
        _execute(
            f"INSERT INTO {_NEW} ({_COLUMNS}, rank_class)"
            f" SELECT {_COLUMNS.replace('tokens', 'tokens' + tokens)}, {rank_class}"
            f" FROM {_STAGE} ORDER BY get_byte(facts, {facts.PLACE_OF_CLC}), folded_title, edition_id"
        )
        _execute(f"CREATE INDEX {_NEW}_tokens ON {_NEW} USING gin (tokens)")
        _execute(f"ALTER TABLE {_NEW} ADD CONSTRAINT {_NEW}_pkey PRIMARY KEY (edition_id)")
        _execute(f"DROP TABLE {_STAGE}")
    _execute(f"ANALYZE {_NEW}")
    _execute(
        f"ALTER TABLE {_NEW} ADD CONSTRAINT {_NEW}_edition FOREIGN KEY (edition_id) REFERENCES catalog_edition"
        f" DEFERRABLE INITIALLY DEFERRED NOT VALID"
    )
    _execute(f"ALTER TABLE {_NEW} VALIDATE CONSTRAINT {_NEW}_edition")


def salted(salt: int) -> str:
    """SQL of a row's own tokens as they stand for a class (catalog/search/classes.py)."""
    return f"ARRAY(SELECT token # {salt} FROM unnest(tokens[1:grams]) AS token)"


def _swap(cutoffs: Sequence[int]) -> None:
    """Carry over what changed since the rebuild began, and put the new table in the place of the old one."""
    carried: set[int] = set()
    while ids := _changed(carried):
        _carry_over(ids, cutoffs)
        if len(ids) <= _FEW:
            break
    (foreign_key,) = _execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'", [_TABLE]
    )[0]
    with transaction.atomic():
        # Writers and readers wait from here on. A weaker lock first would end in a deadlock: a writer that has read the
        # table waits to write it.
        _execute(f"LOCK TABLE {_TABLE} IN ACCESS EXCLUSIVE MODE")
        _carry_over(_changed(carried), cutoffs)
        SearchState.objects.update_or_create(defaults={"rank_cutoffs": list(cutoffs), "version": VERSION})
        _execute("SET CONSTRAINTS ALL IMMEDIATE")
        _execute(f"ALTER TABLE {_TABLE} RENAME TO {_OLD}")
        _execute(f"ALTER INDEX search_tokens RENAME TO {_OLD}_tokens")
        _execute(f"ALTER TABLE {_OLD} RENAME CONSTRAINT {_TABLE}_pkey TO {_OLD}_pkey")
        _execute(f"ALTER TABLE {_NEW} RENAME TO {_TABLE}")
        _execute(f"ALTER INDEX {_NEW}_tokens RENAME TO search_tokens")
        _execute(f"ALTER TABLE {_TABLE} RENAME CONSTRAINT {_NEW}_pkey TO {_TABLE}_pkey")
        _execute(f"ALTER TABLE {_TABLE} RENAME CONSTRAINT {_NEW}_edition TO {foreign_key}")
    # By itself, because it locks the editions as well, which writers lock before the entries.
    _execute(f"DROP TABLE {_OLD}")


def _changed(carried: set[int]) -> set[int]:
    """Editions changed according to rows of SearchChange that were not seen before; marks them as seen."""
    changes = list(SearchChange.objects.exclude(pk__in=carried).exclude(edition_ids=[]))
    carried.update(change.pk for change in changes)
    return {pk for change in changes for pk in change.edition_ids}


def _carry_over(edition_ids: Collection[int], cutoffs: Sequence[int]) -> None:
    ids = sorted(edition_ids)
    for start in range(0, len(ids), _FEW):
        batch = ids[start : start + _FEW]
        _execute(f"DELETE FROM {_NEW} WHERE edition_id = ANY(%s)", [batch])
        entries = entries_of(indexed(Edition.objects.filter(pk__in=batch)), cutoffs=cutoffs)
        copy_in(entries, _NEW)


def _create(table: str, kind: str = "") -> None:
    _execute(f"DROP TABLE IF EXISTS {table}")
    _execute(f"CREATE {kind} TABLE {table} (LIKE {_TABLE} INCLUDING DEFAULTS)")


def _execute(statement: str, params: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []
