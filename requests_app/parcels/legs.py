"""The two legs on which a book travels: out to the reader's library, and back to the lender."""

from dataclasses import dataclass

from django.db.models import Q

from catalog.models import MemberLibrary
from requests_app.models import DeliveryMethod, LoanRequest, Parcel
from requests_app.states import State


@dataclass(frozen=True)
class Leg:
    """`waits`: the state in which the book lies ready; `travels`: while it is on the way. Both moves from the table."""

    send: str
    arrive: str
    waits: State
    travels: State


OUT = Leg("ship", "receive", State.ACCEPTED, State.SHIPPED)
BACK = Leg("ship_back", "check_in", State.RETURNED, State.RETURN_SHIPPED)


def leg_of(request: LoanRequest, parcel: Parcel) -> Leg | None:
    """On which leg the request would travel in that parcel; None where the route is not its own."""
    if (request.lender_id, request.home_library_id) == (parcel.sender_id, parcel.recipient_id):
        return OUT
    if (request.home_library_id, request.lender_id) == (parcel.sender_id, parcel.recipient_id):
        return BACK
    return None


def waits_at(sender: MemberLibrary) -> Q:
    """The requests whose book lies ready at that library to be sent, on either leg."""
    out = Q(lender=sender, state=OUT.waits, delivery_method=DeliveryMethod.LOGISTICS)
    return out | Q(home_library=sender, state=BACK.waits)
