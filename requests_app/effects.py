"""The effects that the table of moves names: each changes one thing besides the state.

They work on the locked request of the attempt without saving it; `move()` saves it once, after all of them.
The first line of each is its entry in docs/states.md.
"""

from datetime import date

from django.utils import timezone

from catalog.circulation import mark_copy_back, mark_copy_out
from catalog.models import Holding, MemberLibrary
from requests_app import calendar
from requests_app.attempt import Attempt
from requests_app.guards import copies_at_lender
from requests_app.models import BorrowingPolicy, DeliveryMethod, DueCountsFrom, LendingPolicy


def start_the_hour(attempt: Attempt) -> None:
    """The cancel window starts: the request is at the lender."""
    if attempt.request.submitted_at is None:
        attempt.request.submitted_at = attempt.at


def keep_the_reason(attempt: Attempt) -> None:
    """The reason stands on the request."""
    attempt.request.reason = attempt.reason
    attempt.request.reason_note = attempt.note


def reserve_the_copy(attempt: Attempt) -> None:
    """The copy is reserved; the catalogue shows it 已借出."""
    request = attempt.request
    request.copy_barcode = attempt.barcode
    if not attempt.barcode:
        return
    attempt.details["barcode"] = attempt.barcode
    request.copy = next((copy for copy in copies_at_lender(request) if copy.barcode == attempt.barcode), None)
    if request.copy is not None:
        mark_copy_out(holding=request.copy, request_number=request.number)


def release_the_copy(attempt: Attempt) -> None:
    """The copy is free again."""
    request = attempt.request
    if request.copy_id is not None:
        mark_copy_back(holding=Holding.objects.get(pk=request.copy_id))


def count_as_filled(attempt: Attempt) -> None:
    """The request counts as filled (满足), and stays so."""
    if attempt.request.filled_at is None:
        attempt.request.filled_at = attempt.at


def set_due_date_at_dispatch(attempt: Attempt) -> None:
    """The due date is set by the lender's policy; preliminary where it counts from arrival or hand-out."""
    policy = LendingPolicy.of(attempt.request.lender)
    started = attempt.request.submitted_at if policy.counts_from == DueCountsFrom.REQUEST else attempt.at
    _set_due_date(attempt, policy, timezone.localdate(started))


def set_due_date_at_arrival(attempt: Attempt) -> None:
    """The due date is final where it counts from arrival."""
    policy = LendingPolicy.of(attempt.request.lender)
    if policy.counts_from == DueCountsFrom.ARRIVAL:
        _set_due_date(attempt, policy, attempt.day)


def set_due_date_at_hand_out(attempt: Attempt) -> None:
    """The due date is final, on an open day of the place of return."""
    request = attempt.request
    policy = LendingPolicy.of(request.lender)
    if policy.counts_from == DueCountsFrom.HAND_OUT or request.due_date is None:
        _set_due_date(attempt, policy, attempt.day)
    else:
        request.due_date = calendar.next_open_day(_place_of_return(attempt), request.due_date)
        attempt.details["due_date"] = request.due_date.isoformat()


def set_pickup_deadline(attempt: Attempt) -> None:
    """The reader has the home library's pick-up days to come."""
    home = attempt.request.home_library
    attempt.request.pickup_deadline = calendar.pickup_deadline(
        library=home, days=BorrowingPolicy.of(home).pickup_days, arrived_on=attempt.day
    )
    attempt.details["pickup_deadline"] = attempt.request.pickup_deadline.isoformat()


def keep_the_condition(attempt: Attempt) -> None:
    """The condition note is kept."""
    if attempt.condition:
        attempt.details["condition"] = attempt.condition


def keep_the_collector(attempt: Attempt) -> None:
    """Whoever fetched the book for the reader (代取) is kept."""
    if attempt.collected_by:
        attempt.details["collected_by"] = attempt.collected_by


def _set_due_date(attempt: Attempt, policy: LendingPolicy, counted_from: date) -> None:
    due = calendar.due_date(policy=policy, counted_from=counted_from, place_of_return=_place_of_return(attempt))
    attempt.request.due_date = due
    attempt.details["due_date"] = due.isoformat()


def _place_of_return(attempt: Attempt) -> MemberLibrary:
    request = attempt.request
    return request.home_library if request.delivery_method == DeliveryMethod.LOGISTICS else request.lender
