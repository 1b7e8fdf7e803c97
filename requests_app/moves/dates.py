"""Due dates and pick-up deadlines: set, changed, recalled."""

from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from requests_app import calendar
from requests_app.errors import MoveRefused
from requests_app.models import BorrowingPolicy, DueCountsFrom, LendingPolicy, LoanRequest
from requests_app.moves.attempt import Attempt

LONGEST_EXTENSION = timedelta(days=60)  # beyond it a date is a typing error
LONGEST_LOAN = timedelta(days=400)

# --- due dates -----------------------------------------------------------------------------------------


def set_due_date_at_dispatch(attempt: Attempt) -> None:
    """The due date is set by the lender's policy; preliminary where it counts from arrival or hand-out."""
    due = due_date_if_shipped(attempt.request, attempt.at)
    attempt.request.due_date = due
    attempt.details["due_date"] = due.isoformat()


def due_date_if_shipped(request: LoanRequest, at: datetime) -> date:
    """The due date that sending the book at that moment would set. Changes nothing."""
    started = request.submitted_at if request.terms.counts_from == DueCountsFrom.REQUEST else at
    return calendar.due_date(
        policy=request.terms, counted_from=timezone.localdate(started), place_of_return=request.place_of_return
    )


def set_due_date_at_arrival(attempt: Attempt) -> None:
    """The due date is final where it counts from arrival."""
    policy = attempt.request.terms
    if policy.counts_from == DueCountsFrom.ARRIVAL:
        _set_due_date(attempt, policy, attempt.day)


def set_due_date_at_hand_out(attempt: Attempt) -> None:
    """The due date is final, on an open day of the place of return; a recall stays."""
    request, policy = attempt.request, attempt.request.terms
    if request.recalled_at is not None and request.due_date is not None:
        attempt.details["due_date"] = request.due_date.isoformat()
    elif policy.counts_from == DueCountsFrom.HAND_OUT or request.due_date is None:
        counts_from_request = policy.counts_from == DueCountsFrom.REQUEST and request.submitted_at is not None
        start = timezone.localdate(request.submitted_at) if counts_from_request else attempt.day
        _set_due_date(attempt, policy, start)
    else:
        request.due_date = calendar.next_open_day(request.place_of_return, request.due_date)
        attempt.details["due_date"] = request.due_date.isoformat()


def count_the_days_late(attempt: Attempt) -> None:
    """How many days the book is late is kept: the fine is computed from it."""
    due = attempt.request.due_date
    if attempt.request.is_overdue(attempt.day) and due is not None:
        attempt.details["days_late"] = (attempt.day - due).days


def the_recall_is_early_enough(attempt: Attempt) -> None:
    """A due date earlier than the present one, and far enough ahead."""
    notice, due = attempt.request.terms.recall_notice_days, attempt.request.due_date
    if attempt.due_date is None:
        raise MoveRefused(_("请填写召回后的应还日期。"), rule="due_date_missing")
    if attempt.due_date < attempt.day + timedelta(days=notice):
        raise MoveRefused(_("召回后的应还日期至少在%(days)d天之后。") % {"days": notice}, rule="due_date_too_early")
    if due is not None and _open(attempt, attempt.due_date) >= due:
        raise MoveRefused(
            _("召回后的应还日期要早于现在的应还日期%(date)s。") % {"date": due.isoformat()}, rule="due_date_not_earlier"
        )


def not_recalled_yet(attempt: Attempt) -> None:
    """Only a book that is not recalled already."""
    if attempt.request.recalled_at is not None:
        raise MoveRefused(_("这册书已经召回。"), rule="recalled_already")


def it_is_recalled(attempt: Attempt) -> None:
    """Only a recalled book."""
    if attempt.request.recalled_at is None:
        raise MoveRefused(_("这册书没有被召回。"), rule="not_recalled")


def recall_the_book(attempt: Attempt) -> None:
    """Flag: recalled, with the earlier due date on an open day."""
    request = attempt.request
    request.recalled_at = attempt.at
    request.due_before_recall = request.due_date
    if attempt.due_date is not None:
        request.due_date = _open(attempt, attempt.due_date)
        attempt.details["due_date"] = request.due_date.isoformat()


def take_the_recall_back(attempt: Attempt) -> None:
    """The due date from before the recall stands again."""
    request = attempt.request
    request.recalled_at = None
    if request.due_before_recall is not None:
        request.due_date = request.due_before_recall
        attempt.details["due_date"] = request.due_date.isoformat()
    request.due_before_recall = None


def the_new_due_date_is_later(attempt: Attempt) -> None:
    """A later due date than the present one; an earlier one needs a recall."""
    due = attempt.request.due_date
    if attempt.due_date is None:
        raise MoveRefused(_("请填写新的应还日期。"), rule="due_date_missing")
    if due is not None and attempt.due_date <= due:
        raise MoveRefused(
            _("新的应还日期要晚于%(date)s；要提前请用召回。") % {"date": due.isoformat()}, rule="due_date_not_later"
        )
    if attempt.due_date > max(due or attempt.day, attempt.day) + LONGEST_LOAN:
        raise MoveRefused(_("新的应还日期太远，请核对年份。"), rule="due_date_too_far")


def change_the_due_date(attempt: Attempt) -> None:
    """The due date is the new one, on an open day; a recall is over."""
    request = attempt.request
    if attempt.due_date is None:
        return
    request.due_date = _open(attempt, attempt.due_date)
    request.recalled_at = request.due_before_recall = None
    attempt.details["due_date"] = request.due_date.isoformat()


def move_the_dates(attempt: Attempt) -> None:
    """Due date or pick-up deadline are the days that the closure's preview showed."""
    request = attempt.request
    if attempt.closure is not None:
        attempt.details["closure"] = attempt.closure
    for name, new in (("due_date", attempt.due_date), ("pickup_deadline", attempt.pickup_deadline)):
        if new is not None:
            old = getattr(request, name)
            attempt.details["before"] = old.isoformat() if old is not None else ""
            attempt.details[name] = new.isoformat()
            setattr(request, name, new)


# --- pick-up deadlines ---------------------------------------------------------------------------------


def set_pickup_deadline(attempt: Attempt) -> None:
    """The reader has the home library's pick-up days to come."""
    home = attempt.request.home_library
    _set_pickup_deadline(
        attempt,
        calendar.pickup_deadline(library=home, days=BorrowingPolicy.of(home).pickup_days, arrived_on=attempt.day),
    )


def set_pickup_deadline_at_lender(attempt: Attempt) -> None:
    """The reader has the lender's pick-up days to come."""
    lender, days = attempt.request.lender, attempt.request.terms.pickup_days
    _set_pickup_deadline(attempt, calendar.pickup_deadline(library=lender, days=days, arrived_on=attempt.day))


def the_new_deadline_is_later(attempt: Attempt) -> None:
    """A later day than the present deadline, not before today and not too far away."""
    new, present = attempt.pickup_deadline, attempt.request.pickup_deadline
    if new is None:
        raise MoveRefused(_("请填写新的取书期限。"), rule="pickup_deadline_missing")
    if new < attempt.day or (present is not None and new <= present):
        raise MoveRefused(_("新的取书期限要晚于现在的期限，也不能早于今天。"), rule="pickup_deadline_not_later")
    if new > attempt.day + LONGEST_EXTENSION:
        raise MoveRefused(
            _("取书期限最多延到%(days)d天之后。") % {"days": LONGEST_EXTENSION.days}, rule="pickup_deadline_too_far"
        )


def extend_the_deadline(attempt: Attempt) -> None:
    """The pick-up deadline is the new one, on an open day; no longer flagged as not collected."""
    request = attempt.request
    place = request.lender if request.is_pickup else request.home_library
    if attempt.pickup_deadline is not None:
        _set_pickup_deadline(attempt, calendar.next_open_day(place, attempt.pickup_deadline))
    request.pickup_overdue_at = None


def the_deadline_has_passed(attempt: Attempt) -> None:
    """Only after the pick-up deadline."""
    deadline = attempt.request.pickup_deadline
    if deadline is not None and attempt.day <= deadline:
        raise MoveRefused(
            _("取书期限是%(date)s，过期之后才能登记逾期未取。") % {"date": deadline.isoformat()}, rule="deadline_runs"
        )


def not_flagged_as_uncollected(attempt: Attempt) -> None:
    """Not flagged already."""
    if attempt.request.pickup_overdue_at is not None:
        raise MoveRefused(_("已标记逾期未取。"), rule="flagged_already")


def flag_as_uncollected(attempt: Attempt) -> None:
    """Flag: the reader did not come."""
    attempt.request.pickup_overdue_at = attempt.at


def forget_the_loan(attempt: Attempt) -> None:
    """The reader never had the book: there is no due date."""
    attempt.request.due_date = attempt.request.due_before_recall = attempt.request.recalled_at = None


def forget_the_pickup(attempt: Attempt) -> None:
    """What concerned the pick-up is over."""
    attempt.request.pickup_overdue_at = None


def _set_due_date(attempt: Attempt, policy: LendingPolicy, counted_from: date) -> None:
    due = calendar.due_date(policy=policy, counted_from=counted_from, place_of_return=attempt.request.place_of_return)
    attempt.request.due_date = due
    attempt.details["due_date"] = due.isoformat()


def _set_pickup_deadline(attempt: Attempt, deadline: date) -> None:
    attempt.request.pickup_deadline = deadline
    attempt.details["pickup_deadline"] = deadline.isoformat()


def _open(attempt: Attempt, day: date) -> date:
    return calendar.next_open_day(attempt.request.place_of_return, day)
