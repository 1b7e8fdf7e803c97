"""One attempt to move one request: what guards judge and effects work on."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from catalog.models import MemberLibrary
from readers.actors import Actor, Capacity
from requests_app.models import LoanRequest
from requests_app.states import State

INPUT_FIELDS = (
    "barcode",
    "reason",
    "note",
    "condition",
    "collected_by",
    "delivery_method",
    "due_date",
    "pickup_deadline",
    "amount",
    "override",
    "book_at",
    "closure",
    "lent_in_own_system",
    "parcel",
)


@dataclass
class Attempt:
    """A move in the making. `to_state` starts as the table says; an effect may set another one."""

    request: LoanRequest
    verb: str
    by: Actor
    capacity: Capacity
    at: datetime
    to_state: State
    on_behalf_of: MemberLibrary | None = None
    # What was typed into the dialog.
    barcode: str = ""
    reason: str = ""
    note: str = ""
    condition: str = ""
    collected_by: str = ""
    delivery_method: str = ""
    due_date: date | None = None
    pickup_deadline: date | None = None
    amount: Decimal | None = None  # yuan
    override: str = ""  # why a book is handed out to a reader who may not borrow now
    book_at: str = ""
    closure: int | None = None  # the closure that moves the dates
    lent_in_own_system: bool = False  # ticked: the copy is lent in the lender's own library system too
    parcel: str = ""  # the number of the parcel in which the book travels
    # What the event keeps besides.
    details: dict[str, Any] = field(default_factory=dict)  # JSON only
    undoes: int | None = None  # the sequence of the event that this move takes back

    @property
    def day(self) -> date:
        """The day of the move in Beijing: the day that counts for due dates."""
        return timezone.localdate(self.at)

    @property
    def by_the_system(self) -> bool:
        return self.capacity is Capacity.SYSTEM

    @property
    def acting_library(self) -> MemberLibrary | None:
        """The library whose act this is: of the center the one it stands in for; None for the system."""
        match self.capacity:
            case Capacity.HOME | Capacity.READER:
                return self.request.home_library
            case Capacity.LENDER:
                return self.request.lender
        return self.on_behalf_of
