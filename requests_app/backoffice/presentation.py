"""How the back office draws a request: chips, dates, and what a desk may see of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.scoping import Desk
from readers.actors import Actor, Capacity
from readers.models import Photo, PickupCard
from requests_app.backoffice.privacy import photo_for, sees_contact, sees_reader
from requests_app.backoffice.queues import DESK_NAMES, DeskSide, side_of, wording
from requests_app.models import DeliveryMethod, LoanRequest
from requests_app.moves.options import refusal_of
from requests_app.selectors import no_shows_of
from requests_app.states import State
from requests_app.transitions import rows_of

# --- small pieces -------------------------------------------------------------------------------------


def state_chip(loan_request: LoanRequest, text: str) -> SafeString:
    return format_html('<span class="bo-state bo-state-{}">{}</span>', loan_request.state, text)


def due_date(loan_request: LoanRequest) -> SafeString | str:
    """The due date; red once it has passed while the reader has the book."""
    due = loan_request.due_date
    if due is None:
        return "—"
    if loan_request.state != State.ON_LOAN or due >= timezone.localdate():
        return due.isoformat()
    days = (timezone.localdate() - due).days
    late = ngettext("逾期%(days)d天", "逾期%(days)d天", days) % {"days": days}
    return format_html('{} <span class="bo-late">{}</span>', due.isoformat(), late)


def age(since: datetime | None) -> str:
    """How long ago, as a person at the desk says it: 3天, 5小时, 12分钟."""
    if since is None:
        return ""
    passed = max(timedelta(0), timezone.now() - since)
    if passed.days:
        return _("%(days)d天") % {"days": passed.days}
    if passed >= timedelta(hours=1):
        return _("%(hours)d小时") % {"hours": passed.seconds // 3600}
    return _("%(minutes)d分钟") % {"minutes": passed.seconds // 60}


def waited(loan_request: LoanRequest) -> SafeString | str:
    """How long the request has been in its state; nothing once it is over."""
    if loan_request.is_final:
        return "—"
    since = loan_request.state_since
    moment = timezone.localtime(since).strftime("%Y-%m-%d %H:%M")
    return format_html('<span title="{}">{}</span>', moment, age(since))


# --- one request ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RequestShown:
    """One request as one desk may see it; templates ask here and never the row about the reader."""

    loan_request: LoanRequest
    desk: Desk
    read_as: DeskSide | None = None  # at which desk's list the center is looking

    @property
    def side(self) -> DeskSide | None:
        return side_of(self.loan_request, self.desk.library)

    @property
    def side_name(self) -> str:
        return str(DESK_NAMES[self.side]) if self.side else _("中心")

    @property
    def state_text(self) -> str:
        return wording(self.loan_request.state, self.side or self.read_as)

    @property
    def chip(self) -> SafeString:
        return state_chip(self.loan_request, self.state_text)

    @property
    def book(self) -> str:
        """What tells it from other books of its title."""
        request = self.loan_request
        return " · ".join(filter(None, [request.author, request.year, request.call_number]))

    @property
    def due(self) -> SafeString | str:
        return due_date(self.loan_request)

    @property
    def waited(self) -> SafeString | str:
        return waited(self.loan_request)

    @property
    def other_library(self) -> SafeString | str:
        """The library at the other end; for the center both, lender first."""
        home, lender = self.loan_request.home_library.short_name, self.loan_request.lender.short_name
        if self.side is None:
            return format_html('{} <span class="bo-arrow" aria-hidden="true">→</span> {}', lender, home)
        return home if self.side is DeskSide.LENDER else lender

    @property
    def age(self) -> str:
        """How long it has waited; a book in the reader's hands waits for nobody."""
        over = self.loan_request.is_final or self.loan_request.state == State.ON_LOAN
        return "" if over else age(self.loan_request.state_since)

    @property
    def not_yet(self) -> str:
        """Why an accepted request cannot be sent yet, by the guards of its next move; these look at the row alone."""
        request = self.loan_request
        if request.state != State.ACCEPTED:
            return ""
        [row] = rows_of("make_ready" if request.is_pickup else "ship")
        refusal = refusal_of(row.guards, row, request, Actor.system(), Capacity.SYSTEM, timezone.now())
        return refusal.message if refusal else ""

    @property
    def sees_reader(self) -> bool:
        return sees_reader(self.desk, self.loan_request)

    @property
    def sees_contact(self) -> bool:
        return sees_contact(self.desk, self.loan_request)

    @cached_property
    def no_shows(self) -> int:
        return no_shows_of(self.loan_request.reader) if self.sees_contact else 0

    @cached_property
    def photo(self) -> Photo | None:
        return photo_for(self.desk, self.loan_request)

    @cached_property
    def card(self) -> PickupCard | None:
        """The card with which the reader comes to the lender; nothing where the book travels to the reader."""
        fetched = self.loan_request.delivery_method == DeliveryMethod.SELF_PICKUP
        return self.loan_request.reader.valid_card() if fetched and self.sees_reader else None

    @property
    def has_unread_note(self) -> bool:
        """Whether this desk has a note to read (`unread_at_…` annotated); the center has no marks."""
        if self.side is None:
            return False
        return bool(getattr(self.loan_request, f"unread_at_{self.side}", False))

    @property
    def waits_for_pickup(self) -> bool:
        return self.loan_request.state in (State.ARRIVED, State.READY_AT_LENDER)

    @property
    def hands_out_here(self) -> bool:
        """Whether the reader comes to this desk for the book; the center stands at both."""
        elsewhere = State.READY_AT_LENDER if self.side is DeskSide.HOME else State.ARRIVED
        return self.waits_for_pickup and (self.side is None or self.loan_request.state != elsewhere)

    @property
    def is_urgent(self) -> bool:
        """Overdue in the reader's hands."""
        due = self.loan_request.due_date
        return bool(due and self.loan_request.state == State.ON_LOAN and due < timezone.localdate())
