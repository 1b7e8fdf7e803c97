"""Read-only questions about requests."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Edition, Holding, MemberLibrary
from readers.models import Reader
from requests_app.models import BorrowingPolicy, LoanRequest, RequestEvent
from requests_app.models.requests import LoanRequestQuerySet
from requests_app.states import FINAL_STATES, State, takes_a_place

TABS: dict[str, Q] = {
    "open": ~Q(state__in=FINAL_STATES) & ~Q(state=State.ON_LOAN),
    "on_loan": Q(state=State.ON_LOAN),
    "done": Q(state__in=FINAL_STATES),
    "all": Q(),
}


@dataclass(frozen=True)
class Places:
    """How many books a reader may have at a time, and how many places are taken now."""

    limit: int
    taken: int

    @property
    def free(self) -> int:
        return max(0, self.limit - self.taken)

    @property
    def rule(self) -> str:
        """The limit as a sentence: the rule that refuses a request too many."""
        return _("每位读者最多同时申请和借阅%(limit)d册，您现有%(taken)d册。归还或撤销一册后即可再申请。") % {
            "limit": self.limit,
            "taken": self.taken,
        }


class PlaceTaken(NamedTuple):
    """A request that takes one of its reader's places, as far as the rules of a new one look at it."""

    state: str
    due_date: date | None
    lender_id: int
    language: str
    liable: str

    def is_overdue(self, day: date) -> bool:
        return self.state == State.ON_LOAN and self.due_date is not None and self.due_date < day


def places_of(reader: Reader) -> Places:
    """Counted from the rows, not from the reader's counters; exact only under a lock on the reader."""
    limit = limit_of(reader, BorrowingPolicy.of(reader.library))
    return Places(limit=limit, taken=LoanRequest.objects.of_reader(reader).counted().count())


def places_taken_by(reader: Reader) -> list[PlaceTaken]:
    """What `counted` gives, picked here from the few that are open: the planner ponders long over a list of states."""
    running = LoanRequest.objects.of_reader(reader).filter(closed_at=None).order_by()
    rows = [PlaceTaken(*values) for values in running.values_list(*PlaceTaken._fields)]
    return [row for row in rows if takes_a_place(row.state, row.liable)]


def limit_of(reader: Reader, policy: BorrowingPolicy) -> int:
    """How many books this reader may have at a time: by the kind of reader, or else by the home library's policy."""
    own_kind = reader.reader_type.max_open_requests if reader.reader_type is not None else None
    return own_kind or policy.max_open_requests


def no_shows_of(reader: Reader) -> int:
    """How often a book waited for the reader in vain; the log of moves is the count."""
    return RequestEvent.objects.filter(request__reader=reader, verb="not_collected").count()


def asked_this_month(lender: MemberLibrary, at: datetime) -> int:
    """How many requests have reached the lender in the month of `at` (in Beijing) and were not taken back."""
    first = timezone.localdate(at).replace(day=1)
    asked = LoanRequest.objects.filter(lender=lender, submitted_at__gte=_midnight(first), submitted_at__lte=at)
    return asked.exclude(state=State.CANCELLED).count()


def requests_of(
    reader: Reader,
    *,
    tab: str = "all",
    first: date | None = None,
    last: date | None = None,
    text: str = "",
    state: str = "",
    lender: MemberLibrary | None = None,
    delivery: str = "",
) -> LoanRequestQuerySet:
    """One reader's requests, newest first; `first` and `last` are days in Beijing, both included.

    `text` is looked for in number, title, author, lender and own reference.
    """
    found = LoanRequest.objects.of_reader(reader).filter(TABS[tab]).select_related("lender")
    if state:
        found = found.filter(state=state)
    if lender is not None:
        found = found.filter(lender=lender)
    if delivery:
        found = found.filter(delivery_method=delivery)
    if first is not None:
        found = found.filter(created_at__gte=_midnight(first))
    if last is not None and last < date.max:
        found = found.filter(created_at__lt=_midnight(last + timedelta(days=1)))
    if text:
        found = found.filter(
            Q(number__icontains=text)
            | Q(title__icontains=text)
            | Q(author__icontains=text)
            | Q(own_reference__icontains=text)
            | Q(lender__name__icontains=text)
        )
    return found


def request_of(reader: Reader, number: str) -> LoanRequestQuerySet:
    """The reader's own request of that number, as a queryset of one or none (for 404)."""
    return (
        LoanRequest.objects.of_reader(reader)
        .filter(number=number)
        .select_related("lender", "home_library", "lending_policy", "reader__library", "forwarded_from")
    )


def request_of_token(reader: Reader, token: str) -> LoanRequest | None:
    """The request that this confirmation has already made, if any; any text is a possible token."""
    try:
        return LoanRequest.objects.of_reader(reader).filter(confirm_token=UUID(token)).first()
    except ValueError:
        return None


def timeline_of(request: LoanRequest) -> list[RequestEvent]:
    """Every event of a request, oldest first."""
    return list(request.events.select_related("library", "on_behalf_of").order_by("sequence"))


def copies_at_home(reader: Reader, edition: Edition | None) -> int:
    """How many copies of this edition the reader's own library holds."""
    if edition is None:
        return 0
    return Holding.objects.present().filter(edition=edition, library=reader.library).count()


def lenders_asked(reader: Reader) -> models.QuerySet[MemberLibrary]:
    """The libraries that this reader has ever asked, for the filter of the list."""
    return MemberLibrary.objects.filter(pk__in=LoanRequest.objects.of_reader(reader).values("lender")).order_by("code")


def copy_to_ask_for(edition: Edition, library_id: int) -> Holding | None:
    """The copy of that library to name in a request: one on the shelf if there is one, else any that is lent."""
    copies: Iterable[Holding] = Holding.objects.requestable().filter(edition=edition, library_id=library_id)
    return min(copies, key=lambda copy: (not copy.is_on_shelf, copy.pk), default=None)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
