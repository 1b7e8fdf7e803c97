"""Proves that the index equals the catalogue, or says where it does not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max

from catalog.models import Edition, SearchEntry
from catalog.search.index import Entry, entries_of, indexed

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
    return bytes(value) if name == "facts" else value
