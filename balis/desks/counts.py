"""What waits for the active desk, read once per web request for sidebar and dashboard together."""

from dataclasses import dataclass

from django.db.models import Count, Min
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
    pending_readers: Waiting
    identity_changes: Waiting = _NOTHING
    card_applications: Waiting = _NOTHING

    @property
    def for_readers(self) -> int:
        """How many readers wait for this desk, whatever for."""
        return self.pending_readers.count + self.identity_changes.count + self.card_applications.count

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
        cached = DeskCounts(
            counts_of_desk(request),
            pending_readers(library),
            identity_changes(library),
            card_applications(library),
        )
        request._desk_counts = cached  # type: ignore[attr-defined]
    return cached


def pending_readers(library: MemberLibrary | None) -> Waiting:
    """Registrations that wait for approval at the library (None: at all). One statement."""
    queryset = Reader.objects.pending()
    if library is not None:
        queryset = queryset.filter(library=library)
    found = queryset.aggregate(number_waiting=Count("pk"), oldest=Min("registered_at"))
    return Waiting(found["number_waiting"], found["oldest"])


def identity_changes(library: MemberLibrary | None) -> Waiting:
    """Changes of name or certificate that readers of the library ask for. One statement."""
    queryset = IdentityChange.objects.filter(state=ChangeState.ASKED)
    if library is not None:
        queryset = queryset.filter(reader__library=library)
    found = queryset.aggregate(number_waiting=Count("pk"), oldest=Min("asked_at"))
    return Waiting(found["number_waiting"], found["oldest"])


def card_applications(library: MemberLibrary | None) -> Waiting:
    """Pick-up cards that readers of the library have applied for. One statement."""
    queryset = PickupCard.objects.applied()
    if library is not None:
        queryset = queryset.filter(reader__library=library)
    found = queryset.aggregate(number_waiting=Count("pk"), oldest=Min("applied_at"))
    return Waiting(found["number_waiting"], found["oldest"])
