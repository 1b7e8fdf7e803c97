"""The course of a request as its reader sees it: who did what, when."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from readers.actors import Capacity
from requests_app.models import LoanRequest, RequestEvent
from requests_app.selectors import timeline_of
from requests_app.states import Reason, State
from requests_app.transitions import CAUGHT_UP, rows_of


@dataclass(frozen=True)
class Entry:
    """One stamp on the date slip; `more` is what belongs to it: a reason, a date, a name."""

    at: datetime
    what: str
    who: str
    more: str


def timeline_for_reader(request: LoanRequest) -> list[Entry]:
    """Newest first. Libraries are named, their people are not."""
    return [
        Entry(at=event.at, what=_what(event), who=_who(request, event), more=_more(event))
        for event in reversed(timeline_of(request))
    ]


def _what(event: RequestEvent) -> str:
    if event.verb == CAUGHT_UP:
        passed = _("、").join(str(State(state).label) for state in event.details.get("skipped", []))
        return _("补记：%(stations)s") % {"stations": passed}
    rows = rows_of(event.verb)
    return str(rows[0].done) if rows else event.verb


def _who(request: LoanRequest, event: RequestEvent) -> str:
    match event.capacity:
        case Capacity.READER:
            return _("您")
        case Capacity.HOME:
            return _("本馆 %(library)s") % {"library": request.home_library.name}
        case Capacity.LENDER:
            return _("出借馆 %(library)s") % {"library": request.lender.name}
        case Capacity.CENTER:
            library = event.on_behalf_of.name if event.on_behalf_of else ""
            return _("中心代办（代%(library)s）") % {"library": library}
    return _("系统")


def _more(event: RequestEvent) -> str:
    details = event.details
    said = []
    if event.reason in Reason.values:
        said.append(_("原因：%(reason)s") % {"reason": Reason(event.reason).label})
        if event.note:
            said.append(event.note)
    if "pickup_deadline" in details:
        said.append(_("取书期限：%(date)s") % {"date": details["pickup_deadline"]})
    elif "due_date" in details and event.to_state != State.ON_LOAN:
        said.append(_("预计应还日期：%(date)s") % {"date": details["due_date"]})
    elif "due_date" in details:
        said.append(_("应还日期：%(date)s") % {"date": details["due_date"]})
    if "collected_by" in details:
        said.append(_("代取：%(name)s") % {"name": details["collected_by"]})
    if "on_behalf_reason" in details:
        said.append(_("代办原因：%(reason)s") % {"reason": details["on_behalf_reason"]})
    return _("；").join(said)
