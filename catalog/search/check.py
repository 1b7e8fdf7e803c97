"""Proves that the index equals the catalogue, and its lists the entries, or says where they do not."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Max
from pyroaring import BitMap

from catalog.models import Edition, FrequentToken, SearchBefore, SearchEntry
from catalog.search.entries import Entry
from catalog.search.facts import unpack
from catalog.search.frequencies import UP_TO_DATE
from catalog.search.index import entries_of, indexed
from catalog.search.maintenance import row_of, rows_of_listed
from catalog.search.tiers import unpacked
from catalog.search.tokens import token

_COMPARED = ("tokens", "grams", "rank_class", "facts", "folded_title", "folded_rest", "pinyin_title")


@dataclass(frozen=True)
class Difference:
    """`what`: missing, stray (no such book is shown), or the columns that differ."""

    edition_id: int
    what: str


def differences(batch_size: int = 2000) -> Iterator[tuple[int, list[Difference]]]:
    """After each batch: the last id looked at, and what is wrong in the batch. Reads only.

    What looks wrong is looked at again under the lock that writers take, since both may change in between.
    """
    ends = [model.objects.aggregate(last=Max("pk"))["last"] or 0 for model in (Edition, SearchEntry)]
    for start in range(0, max(ends) + 1, batch_size):
        suspects = _compare(list(range(start, start + batch_size)), lock=False)
        yield start + batch_size - 1, _compare([one.edition_id for one in suspects], lock=True) if suspects else []


def _compare(ids: Sequence[int], *, lock: bool) -> list[Difference]:
    with transaction.atomic():
        if lock:
            list(Edition.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True).values_list("pk"))
        shown = indexed(Edition.objects.filter(pk__in=ids))
        stored = {entry.pk: entry for entry in SearchEntry.objects.filter(pk__in=ids)}
        found = []
        for right in entries_of(shown):
            entry = stored.pop(right.edition_id, None)
            if entry is None:
                found.append(Difference(right.edition_id, "missing"))
            elif wrong := [name for name in _COMPARED if _value(entry, name) != _value(right, name)]:
                found.append(Difference(right.edition_id, ", ".join(wrong)))
        found += [Difference(pk, "stray") for pk in stored]
    return sorted(found, key=lambda one: one.edition_id)


def _value(entry: SearchEntry | Entry, name: str) -> object:
    value = getattr(entry, name)
    return list(value) if name == "tokens" else bytes(value) if name == "facts" else value


def wrong_lists() -> Iterator[int]:
    """Tokens whose list (catalog/search/lists.py) is not what the entries say. Reads only, in one snapshot.

    What changed since the lists were made is not looked at, as searches do not; where they use no lists, none is wrong.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if len(connection.savepoint_ids) == 0:  # a test's own transaction has begun long ago
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute(f"SELECT {UP_TO_DATE}")
        if not cursor.fetchall()[0][0]:
            return
        changed = set(SearchBefore.objects.values_list("edition_id", flat=True))
        for stored in FrequentToken.objects.exclude(ids=b"").iterator(chunk_size=20):  # counted before there were lists
            right = _right(stored)
            same = (
                (not stored.word or token(stored.word) == stored.token)
                and _ids(stored) - changed == _ids(right) - changed
                and _begin_alike(_champions(stored, changed), _champions(right, changed))
                and _one_in_the_other(_sample(stored, changed), _sample(right, changed))
            )
            if same and stored.facts is not None and right.facts is not None:
                same = _listed(stored, changed) == _listed(right, changed)
            if not same:
                yield stored.token


def _right(stored: FrequentToken) -> FrequentToken:
    """What the entries say of its token."""
    if stored.counts is None:
        [listed] = rows_of_listed([stored.token])
        return listed
    return row_of(stored.token, stored.editions, stored.word)


def _ids(row: FrequentToken) -> set[int]:
    return set(BitMap.deserialize(bytes(row.ids)))


def _listed(row: FrequentToken, changed: Collection[int]) -> list[tuple[bytes, str]]:
    """Facts and titles of the list but for the changed editions."""
    rows = zip(unpack(row.facts), unpacked(row.titles or b""), strict=True)
    return [(facts.tobytes(), title) for facts, title in rows if facts["id"] not in changed]


def _champions(row: FrequentToken, changed: Collection[int]) -> list[tuple[bytes, int]]:
    rows = zip(unpack(row.champions), bytes(row.champion_tiers), strict=True)
    return [(facts.tobytes(), tier) for facts, tier in rows if facts["id"] not in changed]


def _sample(row: FrequentToken, changed: Collection[int]) -> set[bytes]:
    return {facts.tobytes() for facts in unpack(row.sample) if facts["id"] not in changed}


def _begin_alike(one: Sequence[object], other: Sequence[object]) -> bool:
    """Of both the first ones are kept, from which those that changed are missing."""
    least = min(len(one), len(other))
    return one[:least] == other[:least]


def _one_in_the_other(one: set[bytes], other: set[bytes]) -> bool:
    """The same for what is kept in another order."""
    return one <= other or other <= one
