"""The course of a request as its reader sees it: who did what and when, what comes next, by whom and by when."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from readers.actors import Capacity
from requests_app.models import DeliveryMethod, LoanRequest, RequestEvent
from requests_app.moves.silence import clock_of
from requests_app.selectors import timeline_of
from requests_app.states import BookAt, Liable, Reason, State
from requests_app.transitions import CAUGHT_UP, Transition, rows_of

# Whose note the reader reads: words between the desks stay between them.
NOTES_FOR_THE_READER = frozenset(
    {"reject", "decline", "refuse_cancel", "refuse_arrival", "recall", "change_due", "shift_dates", "close",
     "declare_lost", "settle_lost", "found"}
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One stamp on the date slip; `more` is what belongs to it: a reason, a date, a name."""

    at: datetime
    what: str
    who: str
    more: str
    undone: bool = False


@dataclass(frozen=True)
class NextStep:
    """What the request waits for; `by_when` is empty where no clock runs, `overdue` when it has run out."""

    what: str
    by_when: str
    overdue: bool = False


@dataclass(frozen=True)
class Station:
    """One stop of the ordinary road, as a courier draws it."""

    label: str
    passed: bool
    here: bool


def timeline_for_reader(request: LoanRequest) -> list[Entry]:
    """Newest first. Libraries are named, their people are not."""
    events = timeline_of(request)
    undone = {event.undoes for event in events if event.undoes is not None}
    return [
        Entry(
            at=event.at,
            what=what_of(event),
            who=_who(request, event),
            more=_more(event),
            undone=event.sequence in undone,
        )
        for event in reversed(events)
    ]


def what_of(event: RequestEvent) -> str:
    """The line of an event, from the row of the table that was used."""
    if event.verb == CAUGHT_UP:
        passed = _("、").join(str(State(state).label) for state in event.details.get("skipped", []))
        return _("补记：%(stations)s") % {"stations": passed}
    row = _row_of(event)
    if event.undoes is not None and "undone" in event.details:
        return _("撤回：%(move)s") % {"move": rows_of(event.details["undone"])[0].done}
    return str(row.done) if row is not None else event.verb


def _row_of(event: RequestEvent) -> Transition | None:
    rows = rows_of(event.verb)
    fitting = [row for row in rows if not event.from_state or event.from_state in row.from_states]
    exact = [row for row in fitting if event.capacity in row.capacities]
    return next(iter(exact or fitting or rows), None)


def next_step_of(request: LoanRequest, at: datetime | None = None) -> NextStep | None:
    """What happens next, by whom and by when; None when it is over."""
    at = at or timezone.now()
    if not request.next_step:
        return None
    if request.cancel_asked_at is not None:
        return NextStep(_("出借馆答复撤销请求"), "")
    clock = clock_of(request)
    if clock is not None:
        deadline = clock.deadline
        moment = date_format(timezone.localtime(deadline), "Y-m-d H:i")
        return NextStep(request.next_step, _("%(time)s之前") % {"time": moment}, deadline <= at)
    day: date | None = None
    if request.state in (State.ARRIVED, State.READY_AT_LENDER):
        day = request.pickup_deadline
    elif request.state == State.ON_LOAN:
        day = request.due_date
    if day is None:
        return NextStep(request.next_step, "")
    return NextStep(request.next_step, _("%(date)s之前") % {"date": day.isoformat()}, day < timezone.localdate(at))


def stations_of(request: LoanRequest) -> list[Station]:
    """The ordinary road with the place where the request is; of one that ended early only how far it came."""
    road = _pickup_road() if request.is_pickup else _parcel_road()
    reached = _states_reached(timeline_of(request))
    place = next((index for index, (_label, states) in enumerate(road) if request.state in states), None)
    if place is None:  # refused, cancelled, lost …: as far as it came
        come = [index for index, (_label, states) in enumerate(road) if reached & {state.value for state in states}]
        return [Station(label, index <= max(come, default=-1), False) for index, (label, _states) in enumerate(road)]
    # What was refused on arrival or not fetched goes back without ever having been lent.
    return [
        Station(label, index < place and bool(reached & {state.value for state in states}), index == place)
        for index, (label, states) in enumerate(road)
    ]


def _states_reached(events: list[RequestEvent]) -> set[str]:
    """Every state that the request was in, those included that nobody recorded at the time."""
    caught_up = (state for event in events if event.verb == CAUGHT_UP for state in event.details.get("skipped", []))
    return {event.to_state for event in events}.union(caught_up)


Road = tuple[tuple[str, tuple[State, ...]], ...]


def _parcel_road() -> Road:
    return (
        (_("提交"), (State.HOME_REVIEW, State.SUBMITTED)),
        (_("受理"), (State.ACCEPTED,)),
        (_("发出"), (State.SHIPPED,)),
        (_("到馆"), (State.ARRIVED,)),
        (_("借阅"), (State.ON_LOAN,)),
        (_("归还"), (State.RETURNED, State.RETURN_SHIPPED)),
        (_("完成"), (State.COMPLETED,)),
    )


def _pickup_road() -> Road:
    return (
        (_("提交"), (State.HOME_REVIEW, State.SUBMITTED)),
        (_("受理"), (State.ACCEPTED,)),
        (_("待自取"), (State.READY_AT_LENDER,)),
        (_("借阅"), (State.ON_LOAN,)),
        (_("归还"), (State.RETURNED, State.RETURN_SHIPPED)),
        (_("完成"), (State.COMPLETED,)),
    )


def _who(request: LoanRequest, event: RequestEvent) -> str:
    if event.verb == "warn":  # nobody shall think that the reader has to act
        return _("系统，提醒本馆") if event.to_state == State.HOME_REVIEW else _("系统，提醒出借馆")
    match event.capacity:
        case Capacity.READER:
            return _("您")
        case Capacity.HOME:
            return _("本馆 %(library)s") % {"library": request.home_library.name}
        case Capacity.LENDER:
            return _("出借馆 %(library)s") % {"library": request.lender.name}
        case Capacity.CENTER if event.on_behalf_of is not None:
            return _("中心代办（代%(library)s）") % {"library": event.on_behalf_of.name}
        case Capacity.CENTER:
            return _("馆际互借中心")
    return _("系统")


def _more(event: RequestEvent) -> str:
    details = event.details
    said = []
    if event.reason in Reason.values:
        said.append(_("原因：%(reason)s") % {"reason": Reason(event.reason).label})
    if event.note and event.verb in NOTES_FOR_THE_READER:
        said.append(event.note)
    if "delivery_method" in details:
        said.append(_("改为：%(method)s") % {"method": DeliveryMethod(details["delivery_method"]).label})
    if "pickup_deadline" in details:
        said.append(_("取书期限：%(date)s") % {"date": details["pickup_deadline"]})
    elif "due_date" in details and event.to_state in (State.SHIPPED, State.ARRIVED, State.READY_AT_LENDER):
        said.append(_("预计应还日期：%(date)s") % {"date": details["due_date"]})
    elif "due_date" in details:
        said.append(_("应还日期：%(date)s") % {"date": details["due_date"]})
    if "days_late" in details:
        said.append(_("逾期%(days)d天") % {"days": details["days_late"]})
    if "collected_by" in details:
        said.append(_("代取：%(name)s") % {"name": details["collected_by"]})
    if details.get("liable"):
        said.append(_("责任人：%(who)s") % {"who": Liable(details["liable"]).label})
    if details.get("book_at"):
        said.append(_("图书：%(where)s") % {"where": BookAt(details["book_at"]).label})
    if "forwarded_to" in details:
        said.append(
            _("%(lender)s，新申请单号%(number)s") % {"lender": details["lender"], "number": details["forwarded_to"]}
        )
    if "forwarded_from" in details:
        said.append(_("转自%(number)s") % {"number": details["forwarded_from"]})
    if "on_behalf_reason" in details:
        said.append(_("代办原因：%(reason)s") % {"reason": details["on_behalf_reason"]})
    return _("；").join(said)
