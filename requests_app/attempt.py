"""One attempt to move one request: what guards judge and effects work on."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from catalog.models import MemberLibrary
from readers.actors import Actor, Capacity
from requests_app.models import LoanRequest
from requests_app.states import State

INPUT_FIELDS = ("barcode", "reason", "note", "condition", "collected_by")


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
    barcode: str = ""
    reason: str = ""
    note: str = ""
    condition: str = ""
    collected_by: str = ""
    details: dict[str, Any] = field(default_factory=dict)  # kept in the event, JSON only

    @property
    def day(self) -> date:
        """The day of the move in Beijing: the day that counts for due dates."""
        return timezone.localdate(self.at)
