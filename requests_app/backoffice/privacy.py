"""What a desk may know of the reader: the lender the name and barcode while it has the request in hand, no more."""

from django.db.models import Q

from catalog.scoping import Desk
from readers.actors import Capacity
from requests_app.models import LoanRequest, RequestEvent
from requests_app.states import FINAL_STATES, State

# From acceptance until the request is final (product.md, People). E-mail and phone: never.
HIDDEN_FROM_LENDER = frozenset({State.HOME_REVIEW, State.SUBMITTED}) | FINAL_STATES


def sees_reader(desk: Desk, loan_request: LoanRequest) -> bool:
    """Whether this desk may read the reader's name and barcode."""
    if desk.is_center or desk.library is None or loan_request.home_library_id == desk.library.pk:
        return desk.is_center or desk.library is not None
    return loan_request.lender_id == desk.library.pk and loan_request.state not in HIDDEN_FROM_LENDER


def sees_contact(desk: Desk, loan_request: LoanRequest) -> bool:
    """Whether this desk may read e-mail and phone: the home library and the center."""
    return desk.is_center or (desk.library is not None and loan_request.home_library_id == desk.library.pk)


def readers_seen_by(desk: Desk) -> Q:
    """The requests whose reader this desk may look for by name or barcode; the same rule as `sees_reader`."""
    if desk.is_center:
        return Q()
    return Q(home_library=desk.library) | Q(lender=desk.library) & ~Q(state__in=HIDDEN_FROM_LENDER)


def names_the_reader(event: RequestEvent) -> bool:
    """Whether the actor's name in the event is the reader's."""
    return event.capacity == Capacity.READER
