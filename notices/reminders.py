"""提醒还书 and 图书催还: a series of steps around every due date, each told once, and only while it is true."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from notices import outbox
from notices.models import Email, SystemMessage
from notices.routing import REMINDERS
from notices.telling import context_of_request, tell_of_request
from requests_app.models import BorrowingPolicy, LoanRequest
from requests_app.states import State

AGAIN_AFTER = 7  # days: beyond the last step of the schedule a reader is told every week
LATE_BY = 2  # days: a step before the due date that was missed for longer says nothing new any more


@dataclass(frozen=True)
class Step:
    """One reminder of one due date: `days` after it (negative: before)."""

    due: date
    days: int

    @property
    def kind(self) -> str:
        return "overdue" if self.days > 0 else "due_soon"

    def key(self, request: LoanRequest) -> str:
        """One message per (request, due date, step): a changed due date starts a new series."""
        return f"reminder/{request.number}/{self.due.isoformat()}/{self.days}"


def step_of(*, due: date, schedule: Iterable[int], today: date, lent_on: date) -> Step | None:
    """The step that is due today, or was and was missed; None on all other days.

    Before the due date a step is told on its day or the two days after it, and never for a day on which the reader
    did not have the book yet; once the book is overdue the latest step counts, however late the job runs.
    """
    passed = (today - due).days
    steps = sorted(set(schedule))
    if passed > 0:
        after = [day for day in steps if 0 < day <= passed]
        if not after:
            return None
        last = after[-1]
        if last == steps[-1]:
            last += (passed - last) // AGAIN_AFTER * AGAIN_AFTER
        return Step(due, last)
    before = [day for day in steps if day <= passed]
    if not before or passed - before[-1] > LATE_BY or due + timedelta(days=before[-1]) <= lent_on:
        return None
    return Step(due, before[-1])


def send_reminders(*, at: datetime | None = None) -> int:
    """Write what is to be told today about books in readers' hands; returns how many reminders are new."""
    at = at or timezone.now()
    today = timezone.localdate(at)
    farthest = today + timedelta(days=max(LONGEST_AHEAD, -min(settings.ILL["REMINDER_DAYS"], default=0)))
    loans = LoanRequest.objects.filter(state=State.ON_LOAN, due_date__lte=farthest)
    related = loans.select_related("reader__user", "home_library", "lender", "lending_policy").order_by("pk")
    return sum(_remind(request, today, at) for request in related.iterator())


LONGEST_AHEAD = 60  # days before a due date at which a lender's own schedule may begin


def _remind(request: LoanRequest, today: date, at: datetime) -> bool:
    """Write this loan's step of today, if there is one and nobody was told; whether something was written."""
    if request.due_date is None:
        return False
    lent_on = timezone.localdate(request.state_since)
    step = step_of(due=request.due_date, schedule=request.terms.reminder_days, today=today, lent_on=lent_on)
    if step is None:
        return False
    key = step.key(request)
    if (
        Email.objects.filter(key__startswith=f"{key}/").exists()
        or SystemMessage.objects.filter(key__startswith=f"{key}/").exists()
    ):
        return False
    late = (today - step.due).days
    context = context_of_request(request) | {
        "days_left": max(0, -late),
        "days_late": max(0, late),
        "fine_per_day": request.terms.fine_per_day,
        "overdue_blocks": BorrowingPolicy.of(request.home_library, today).overdue_blocks,
    }
    with transaction.atomic():
        # Under the lock: a book that comes back at this moment is not asked for.
        if not LoanRequest.objects.select_for_update().filter(pk=request.pk, state=State.ON_LOAN, due_date=step.due):
            return False
        tellings = [(told, told.recipient, f"{key}/{told.recipient}") for told in REMINDERS[step.kind]]
        tell_of_request(tellings, context, request=request, at=at)
    return True


def is_still_true(email: Email) -> bool:
    """Whether the loan that this waiting mail is about is still out with that due date."""
    _reminder, number, due, *_rest = email.key.split("/")
    return LoanRequest.objects.filter(number=number, state=State.ON_LOAN, due_date=date.fromisoformat(due)).exists()


for rows in REMINDERS.values():
    for row in rows:
        outbox.STILL_TRUE[row.mail] = is_still_true
