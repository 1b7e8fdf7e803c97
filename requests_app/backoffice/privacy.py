"""What a desk may know of the reader: the lender the name and barcode while it has the request in hand, no more."""

from django.db.models import Q

from catalog.scoping import Desk
from readers.actors import Capacity
from readers.models import Photo
from requests_app.models import DeliveryMethod, LoanRequest, RequestEvent
from requests_app.states import FINAL_STATES, State

# From acceptance until the request is final and its fines are settled (product.md, People). E-mail and phone: never.
HIDDEN_FROM_LENDER = frozenset({State.HOME_REVIEW, State.SUBMITTED}) | FINAL_STATES


def sees_reader(desk: Desk, loan_request: LoanRequest) -> bool:
    """Whether this desk may read the reader's name and barcode."""
    if desk.is_center or desk.library is None or loan_request.home_library_id == desk.library.pk:
        return desk.is_center or desk.library is not None
    in_hand = loan_request.state not in HIDDEN_FROM_LENDER or loan_request.has_open_fine
    return loan_request.lender_id == desk.library.pk and in_hand


def sees_contact(desk: Desk, loan_request: LoanRequest) -> bool:
    """Whether this desk may read e-mail and phone: the home library and the center."""
    return desk.is_center or (desk.library is not None and loan_request.home_library_id == desk.library.pk)


def sees_photo(desk: Desk, loan_request: LoanRequest) -> bool:
    """Whether this desk may see the reader's face: home as ever, the lender only where the reader comes in person."""
    comes_to_us = loan_request.delivery_method == DeliveryMethod.SELF_PICKUP
    return sees_contact(desk, loan_request) or (comes_to_us and sees_reader(desk, loan_request))


def photo_for(desk: Desk, loan_request: LoanRequest) -> Photo | None:
    """The photo to compare with whoever stands at this desk, or None.

    The one that was checked for the pick-up card; without a card the lender has nothing to go by, while the home
    library knows its reader's own photo.
    """
    if not sees_photo(desk, loan_request):
        return None
    card = loan_request.reader.valid_card()
    if card is not None and card.photo is not None:
        return card.photo
    return loan_request.reader.photo if sees_contact(desk, loan_request) else None


def readers_seen_by(desk: Desk) -> Q:
    """The requests whose reader this desk may look for by name or barcode; the same rule as `sees_reader`."""
    if desk.is_center:
        return Q()
    return Q(home_library=desk.library) | Q(lender=desk.library) & (
        ~Q(state__in=HIDDEN_FROM_LENDER) | Q(has_open_fine=True)
    )


def names_the_reader(event: RequestEvent) -> bool:
    """Whether the actor's name in the event is the reader's."""
    return event.capacity == Capacity.READER
