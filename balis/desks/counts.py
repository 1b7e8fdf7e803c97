"""What waits for the active desk, read once per web request for sidebar and dashboard together."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection
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


_SOME_LIBRARY = -1  # the place of the library's key in the statement below


def readers_waiting(library: MemberLibrary | None) -> dict[str, Waiting]:
    """What readers of the library (None: of all) wait for, by the keys of readers.backoffice.filters.TODO.

    "review": registrations; "identity": changes of name or certificate; "card": pick-up cards. And, because it costs no
    statement of its own, "notes_lender" and "notes_home": requests with unread notes. One statement.
    """
    sql, params = _statement(of_all=library is None)
    with connection.cursor() as cursor:
        cursor.execute(sql, [library.pk if library and value == _SOME_LIBRARY else value for value in params])
        return {key: Waiting(number, oldest) for key, number, oldest in cursor.fetchall()}


@cache
def _statement(*, of_all: bool) -> tuple[str, tuple[Any, ...]]:
    """The piles of all libraries, or of _SOME_LIBRARY, as one statement.

    Written once by a process: every page of the back office shows these numbers, and putting the statement together
    takes three times what it takes to answer it.
    """
    piles: tuple[tuple[str, QuerySet[Any], str, str], ...] = (
        ("review", Reader.objects.pending(), "library", "registered_at"),
        ("identity", IdentityChange.objects.filter(state=ChangeState.ASKED), "reader__library", "asked_at"),
        ("card", PickupCard.objects.applied(), "reader__library", "applied_at"),
    )
    counted = [
        _pile(key, queryset if of_all else queryset.filter(**{path: _SOME_LIBRARY}), "pk", since)
        for key, queryset, path, since in piles
    ]
    if not of_all:  # the center has no marks of its own for what it has read
        at_home = DeskNote.objects.unread_at_home().filter(request__home_library=_SOME_LIBRARY)
        at_lender = DeskNote.objects.unread_at_lender().filter(
            request__lender=_SOME_LIBRARY, request__submitted_at__isnull=False
        )
        counted += [
            _pile(f"notes_{side}", notes, "request", "at")
            for side, notes in ((DeskSide.LENDER, at_lender), (DeskSide.HOME, at_home))
        ]
    first, *others = counted
    sql, params = first.union(*others, all=True).query.sql_with_params()
    return sql, tuple(params)


def _pile(key: str, rows: QuerySet[Any], counted: str, since: str) -> QuerySet[Any, Any]:
    by_key = rows.order_by().annotate(key=Value(key)).values("key")
    number = by_key.annotate(number=Count(counted, distinct=True), oldest=Min(since))
    return number.values_list("key", "number", "oldest")
