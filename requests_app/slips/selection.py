"""Which requests have a slip to print at a library, in the order in which one walks along the shelves."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q

from catalog.call_numbers import shelf_key
from catalog.models import CirculationStatus, Holding, MemberLibrary
from catalog.scoping import Desk
from requests_app.backoffice.presentation import RequestShown
from requests_app.backoffice.queues import DeskSide, at_desk
from requests_app.models import LoanRequest
from requests_app.models.requests import LoanRequestQuerySet
from requests_app.slips.kinds import SlipKind
from requests_app.states import State

AT_MOST = 300  # a hundred sheets; the oldest first


@dataclass(frozen=True)
class SlipRow:
    """One request with where its book stands. `copies` are the lender's copies on the shelf, to choose from there."""

    shown: RequestShown
    copy: Holding | None
    copies: list[Holding] = field(default_factory=list)

    @property
    def row(self) -> LoanRequest:
        return self.shown.loan_request

    @property
    def location(self) -> str:
        """Where in the library; empty where nobody told us."""
        return "" if self.copy is None else " ".join(filter(None, [self.copy.location, self.copy.shelf]))

    @property
    def call_number(self) -> str:
        return (self.copy.call_number if self.copy is not None else "") or self.row.call_number


def slips_to_print(kind: SlipKind, library: MemberLibrary, pks: Iterable[int] | None = None) -> list[SlipRow]:
    """The library's requests for that kind of slip (only `pks` of them, if given), along the shelves.

    At most AT_MOST, the oldest. Two statements.
    """
    here = Q()
    for side, states in kind.states.items():
        here |= at_desk(side, library) & Q(state__in=states)
    found: LoanRequestQuerySet = LoanRequest.objects.filter(here)
    if pks is not None:
        found = found.filter(pk__in=pks)
    requests = list(
        found.select_related("home_library", "lender", "reader", "holding", "copy").order_by("created_at", "pk")[
            :AT_MOST
        ]
    )
    on_shelf = _copies_on_shelf(requests, library)
    desk = Desk(library=library)
    rows = [_row(request, RequestShown(request, desk), on_shelf) for request in requests]
    return sorted(rows, key=lambda slip: (slip.location == "", slip.location, shelf_key(slip.call_number), slip.row.pk))


def _row(request: LoanRequest, shown: RequestShown, on_shelf: dict[int, list[Holding]]) -> SlipRow:
    if shown.side is not DeskSide.LENDER or request.state != State.SUBMITTED:
        return SlipRow(shown, request.copy or request.holding)
    copies = on_shelf.get(request.edition_id or 0, [])
    named = next((copy for copy in copies if copy.pk == request.holding_id), None)
    return SlipRow(shown, named or (copies[0] if copies else request.holding), copies)


def _copies_on_shelf(requests: list[LoanRequest], library: MemberLibrary) -> dict[int, list[Holding]]:
    """The library's copies on the shelf of the books that nobody has pulled yet, by edition."""
    editions = {each.edition_id for each in requests if each.state == State.SUBMITTED and each.edition_id}
    found: dict[int, list[Holding]] = defaultdict(list)
    if editions:
        present = Holding.objects.present().filter(library=library, edition__in=editions, out_on_request="")
        for copy in present.filter(circulation_status=CirculationStatus.AVAILABLE).order_by("location", "barcode"):
            found[copy.edition_id].append(copy)
    return found
