"""闭馆: a closure entered while books are out moves the dates that fall into it, after a preview, and can be undone."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import MemberLibrary
from readers.actors import Actor
from requests_app import calendar
from requests_app.calendar.open_days import on_an_open_day
from requests_app.models import Closure, DeliveryMethod, DueCountsFrom, LoanRequest, RequestEvent
from requests_app.services.moves import move
from requests_app.states import State

NEVER_SOONER = timedelta(days=3)  # no shift leaves a reader less time than this


@dataclass(frozen=True)
class Shift:
    """One date that falls into the closure: `field` is due_date or pickup_deadline."""

    request: LoanRequest
    field: str
    old: date
    new: date


def preview(closure: Closure, *, at: datetime | None = None) -> list[Shift]:
    """The dates that this closure, saved or not, would move, with the days to which it would move them."""
    known = closure.pk
    with transaction.atomic():
        closure.save()
        shifts = _shifts(closure, timezone.localdate(at or timezone.now()))
        transaction.set_rollback(True)
    closure.pk, closure._state.adding = known, known is None
    return shifts


@transaction.atomic
def enter_closure(*, closure: Closure, by: Actor, shift: bool, at: datetime | None = None) -> list[Shift]:
    """Save the closure and, where `shift` says so, move the dates that fall into it; returns what was moved.

    Readers are told of each. A later closure of the same days changes nothing twice: its dates are open days by then.
    """
    at = at or timezone.now()
    closure.save()
    if not shift:
        return []
    shifts = _shifts(closure, timezone.localdate(at))
    for each in shifts:
        _move(each, closure, by, at)
    return shifts


@transaction.atomic
def remove_closure(*, closure: Closure, by: Actor, at: datetime | None = None) -> list[Shift]:
    """Delete the closure and bring back the dates that it had moved and nobody has changed since.

    No date comes back to earlier than three days from today.
    """
    at = at or timezone.now()
    soonest = timezone.localdate(at) + NEVER_SOONER
    number = closure.pk
    closure.delete()
    back = []
    for event in RequestEvent.objects.filter(verb="shift_dates", details__closure=number).order_by("-pk"):
        request = LoanRequest.objects.select_related("home_library", "lender").get(pk=event.request_id)
        field = "due_date" if "due_date" in event.details else "pickup_deadline"
        now, moved_to = getattr(request, field), date.fromisoformat(event.details[field])
        still_out = request.state in _MOVED[field]
        if not still_out or now != moved_to or event.details["before"] == event.details[field]:
            continue
        place = _place(request, field)
        earlier = max(date.fromisoformat(event.details["before"]), min(soonest, moved_to))
        shift = Shift(request, field, moved_to, calendar.next_open_day(place, earlier))
        if shift.new != shift.old:
            _move(shift, None, by, at)
            back.append(shift)
    return back


_MOVED = {
    "due_date": (State.SHIPPED, State.ARRIVED, State.ON_LOAN),
    "pickup_deadline": (State.ARRIVED, State.READY_AT_LENDER),
}


def _shifts(closure: Closure, today: date) -> list[Shift]:
    shifts = []
    for field, states in _MOVED.items():
        within = Q(**{f"{field}__range": (closure.starts_on, closure.ends_on)})
        found = LoanRequest.objects.filter(within, _closed_for(closure.library, field), state__in=states)
        for request in found.select_related("home_library", "lender", "lending_policy").order_by("pk"):
            if field == "due_date" and _is_set_anew(request):
                continue
            old: date = getattr(request, field)
            place = _place(request, field)
            if field == "due_date":
                new = on_an_open_day(request.terms, place, old, today + NEVER_SOONER)
            else:
                new = calendar.next_open_day(place, old)
            if new != old:
                shifts.append(Shift(request, field, old, new))
    return shifts


def _is_set_anew(request: LoanRequest) -> bool:
    """Whether hand-out will compute the due date once more: till then it concerns nobody, and no reader is told."""
    return (
        request.state != State.ON_LOAN
        and request.terms.counts_from == DueCountsFrom.HAND_OUT
        and request.recalled_at is None
    )


def _closed_for(library: MemberLibrary | None, field: str) -> Q:
    """Requests for which the place where the book is brought or fetched is that library (None: any)."""
    if library is None:
        return Q()
    fetched_there = Q(lender=library, delivery_method=DeliveryMethod.SELF_PICKUP)
    return Q(home_library=library, delivery_method=DeliveryMethod.LOGISTICS) | fetched_there


def _place(request: LoanRequest, field: str) -> MemberLibrary:
    if field == "due_date":
        return request.place_of_return
    return request.lender if request.is_pickup else request.home_library


def _move(shift: Shift, closure: Closure | None, by: Actor, at: datetime) -> None:
    if by.is_center and not by.reason:
        by = replace(by, reason=_("闭馆"))
    note = (
        _("闭馆%(first)s至%(last)s") % {"first": closure.starts_on, "last": closure.ends_on}
        if closure
        else _("闭馆取消")
    )
    move(
        request=shift.request,
        verb="shift_dates",
        by=by,
        at=at,
        note=note,
        closure=closure.pk if closure is not None else None,
        **{shift.field: shift.new},  # type: ignore[arg-type]
    )
