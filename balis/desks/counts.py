"""What waits for the active desk, read once per web request for sidebar and dashboard together."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Min, QuerySet, Value
from django.http import HttpRequest

from catalog.models import MemberLibrary
from catalog.scoping import desk_of
from readers.models import ChangeState, IdentityChange, PickupCard, Reader
from requests_app.backoffice.queues import QUEUES, DeskSide
from requests_app.backoffice.waiting import Counts, Waiting, counts_of_desk
from requests_app.models import DeskNote

_NOTHING = Waiting()


@dataclass(frozen=True)
class DeskCounts:
    """Requests by desk and queue, and what readers wait for: approval, a change of identity, a card."""

    requests: Counts
    readers: dict[str, Waiting]

    @property
    def for_readers(self) -> int:
        """How many readers wait for this desk, whatever for."""
        return sum(self.of_readers(key).count for key in ("review", "identity", "card"))

    def of_readers(self, key: str) -> Waiting:
        return self.readers.get(key, _NOTHING)

    def of(self, side: str, key: str) -> Waiting:
        return self.requests.get((side, key), _NOTHING)

    def for_us(self, side: str) -> dict[str, Waiting]:
        """The queues of that desk that are its own work."""
        return {queue.key: self.of(side, queue.key) for queue in QUEUES[side] if queue.waits_for_us}


def counts_of(request: HttpRequest) -> DeskCounts:
    """Four statements at the first call in a web request, none after."""
    cached: DeskCounts | None = getattr(request, "_desk_counts", None)
    if cached is None:
        desk = desk_of(request)
        library = desk.library if desk is not None else None
        cached = DeskCounts(counts_of_desk(request), readers_waiting(library))
        request._desk_counts = cached  # type: ignore[attr-defined]
    return cached


def _unread_notes(library: MemberLibrary) -> tuple[tuple[DeskSide, QuerySet[Any]], ...]:
    """What that library has not read, at each of its desks. The center has no marks of its own."""
    at_home = DeskNote.objects.unread_at_home().filter(request__home_library=library)
    at_lender = DeskNote.objects.unread_at_lender().filter(request__lender=library, request__submitted_at__isnull=False)
    return (DeskSide.LENDER, at_lender), (DeskSide.HOME, at_home)


def _pile(key: str, rows: QuerySet[Any], counted: str, since: str) -> QuerySet[Any, Any]:
    by_key = rows.order_by().annotate(key=Value(key)).values("key")
    number = by_key.annotate(number=Count(counted, distinct=True), oldest=Min(since))
    return number.values_list("key", "number", "oldest")


def readers_waiting(library: MemberLibrary | None) -> dict[str, Waiting]:
    """What readers of the library (None: of all) wait for, by the keys of readers.backoffice.filters.TODO.

    "review": registrations; "identity": changes of name or certificate; "card": pick-up cards. And, because it costs no
    statement of its own, "notes_lender" and "notes_home": requests with unread notes. One statement.
    """
    piles: tuple[tuple[str, QuerySet[Any], str, str], ...] = (
        ("review", Reader.objects.pending(), "library", "registered_at"),
        ("identity", IdentityChange.objects.filter(state=ChangeState.ASKED), "reader__library", "asked_at"),
        ("card", PickupCard.objects.applied(), "reader__library", "applied_at"),
    )
    counted = []
    for key, queryset, path, since in piles:
        own = queryset if library is None else queryset.filter(**{path: library})
        counted.append(_pile(key, own, "pk", since))
    if library is not None:
        counted += [_pile(f"notes_{side}", notes, "request", "at") for side, notes in _unread_notes(library)]
    first, *others = counted
    return {key: Waiting(number, oldest) for key, number, oldest in first.union(*others, all=True)}
