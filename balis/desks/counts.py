"""What waits for the active desk, read once per web request for sidebar and dashboard together."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Min, QuerySet, Value
from django.http import HttpRequest

from catalog.models import MemberLibrary
from catalog.scoping import desk_of
from readers.models import ChangeState, IdentityChange, PickupCard, Reader
from requests_app.backoffice.queues import QUEUES
from requests_app.backoffice.waiting import Counts, Waiting, counts_of_desk

_NOTHING = Waiting()


@dataclass(frozen=True)
class DeskCounts:
    """Requests by desk and queue, and what readers wait for: approval, a change of identity, a card."""

    requests: Counts
    readers: dict[str, Waiting]

    @property
    def for_readers(self) -> int:
        """How many readers wait for this desk, whatever for."""
        return sum(waiting.count for waiting in self.readers.values())

    def of_readers(self, key: str) -> Waiting:
        return self.readers.get(key, _NOTHING)

    def of(self, side: str, key: str) -> Waiting:
        return self.requests.get((side, key), _NOTHING)

    def for_us(self, side: str) -> dict[str, Waiting]:
        """The queues of that desk that are its own work."""
        return {queue.key: self.of(side, queue.key) for queue in QUEUES[side] if queue.waits_for_us}


def counts_of(request: HttpRequest) -> DeskCounts:
    """Two statements at the first call in a web request, none after."""
    cached: DeskCounts | None = getattr(request, "_desk_counts", None)
    if cached is None:
        desk = desk_of(request)
        library = desk.library if desk is not None else None
        cached = DeskCounts(counts_of_desk(request), readers_waiting(library))
        request._desk_counts = cached  # type: ignore[attr-defined]
    return cached


def readers_waiting(library: MemberLibrary | None) -> dict[str, Waiting]:
    """What readers of the library (None: of all) wait for, by the keys of readers.backoffice.filters.TODO.

    "review": registrations; "identity": changes of name or certificate; "card": pick-up cards. One statement.
    """
    piles: tuple[tuple[str, QuerySet[Any], str, str], ...] = (
        ("review", Reader.objects.pending(), "library", "registered_at"),
        ("identity", IdentityChange.objects.filter(state=ChangeState.ASKED), "reader__library", "asked_at"),
        ("card", PickupCard.objects.applied(), "reader__library", "applied_at"),
    )
    counted = []
    for key, queryset, path, since in piles:
        own = queryset if library is None else queryset.filter(**{path: library})
        by_key = own.order_by().annotate(key=Value(key)).values("key")
        counted.append(by_key.annotate(number=Count("pk"), oldest=Min(since)).values_list("key", "number", "oldest"))
    first, *others = counted
    return {key: Waiting(number, oldest) for key, number, oldest in first.union(*others, all=True)}
