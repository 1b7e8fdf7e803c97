"""What has happened to a request and what comes next, and what the two libraries wrote each other about it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from catalog.models import MemberLibrary
from catalog.scoping import Desk
from readers.actors import Capacity
from requests_app.backoffice.privacy import sees_reader
from requests_app.backoffice.queues import DeskSide, side_of
from requests_app.models import DeskNote, LoanRequest, NoteFrom, RequestEvent
from requests_app.selectors import timeline_of
from requests_app.states import BookAt, Liable, Reason, State
from requests_app.transitions import CAUGHT_UP, TRANSITIONS, rows_of


@dataclass(frozen=True)
class TimelineEntry:
    what: str
    who: str
    at: datetime | None = None
    on_behalf: str = ""
    notes: tuple[str, ...] = ()
    is_next: bool = False


def timeline(loan_request: LoanRequest, desk: Desk) -> list[TimelineEntry]:
    """What comes next, then what happened, newest first. One statement."""
    entries = [_entry(event, loan_request, desk) for event in reversed(timeline_of(loan_request))]
    following = _next_step(loan_request)
    return [following, *entries] if following else entries


def _entry(event: RequestEvent, loan_request: LoanRequest, desk: Desk) -> TimelineEntry:
    return TimelineEntry(
        what=_what(event),
        who=_who(event, loan_request, sees_reader(desk, loan_request)),
        at=event.at,
        on_behalf=event.on_behalf_of.short_name if event.on_behalf_of else "",
        notes=tuple(_notes(event, sees_reader(desk, loan_request))),
    )


def _what(event: RequestEvent) -> str:
    if event.verb == CAUGHT_UP:
        skipped = [str(State(state).label) for state in event.details.get("skipped", ())]
        return _("补记：%(stations)s") % {"stations": _("、").join(skipped)}
    rows = [row for row in rows_of(event.verb) if event.from_state in row.from_states] or list(rows_of(event.verb))
    return str(rows[0].done) if rows else event.verb


def _who(event: RequestEvent, loan_request: LoanRequest, may_see_reader: bool) -> str:
    if event.capacity == Capacity.SYSTEM:
        return _("系统")
    library = event.library.short_name if event.library else _("中心")
    if event.capacity == Capacity.READER:
        name = loan_request.reader.name if may_see_reader else ""
        return _("%(library)s 读者%(name)s") % {"library": library, "name": name}
    return f"{library} {event.actor_name}"


def _notes(event: RequestEvent, may_see_reader: bool) -> list[str]:
    details = event.details
    notes = []
    if event.reason:
        notes.append(_("原因：%(reason)s") % {"reason": dict(Reason.choices).get(event.reason, event.reason)})
    if event.note:
        notes.append(event.note)
    if details.get("barcode"):
        notes.append(_("条形码：%(barcode)s") % {"barcode": details["barcode"]})
    if details.get("condition"):
        notes.append(_("书况：%(condition)s") % {"condition": details["condition"]})
    if details.get("due_date"):
        notes.append(_("应还日期：%(date)s") % {"date": details["due_date"]})
    if details.get("pickup_deadline"):
        notes.append(_("取书期限：%(date)s") % {"date": details["pickup_deadline"]})
    if details.get("collected_by") and may_see_reader:
        notes.append(_("代取人：%(name)s") % {"name": details["collected_by"]})
    if details.get("parcel"):
        notes.append(_("包裹%(number)s") % {"number": details["parcel"]})
    if details.get("days_late"):
        notes.append(_("逾期%(days)d天") % {"days": details["days_late"]})
    if details.get("liable"):
        notes.append(_("责任人：%(who)s") % {"who": Liable(details["liable"]).label})
    if details.get("amount"):
        notes.append(_("赔偿金额：%(amount)s元") % {"amount": details["amount"]})
    if details.get("book_at"):
        notes.append(_("图书：%(where)s") % {"where": BookAt(details["book_at"]).label})
    if details.get("forwarded_to"):
        to = {"lender": details["lender"], "number": details["forwarded_to"]}
        notes.append(_("%(lender)s，新申请单号%(number)s") % to)
    if details.get("forwarded_from"):
        notes.append(_("转自%(number)s") % {"number": details["forwarded_from"]})
    if details.get("lent_in_own_system"):
        notes.append(_("已在本馆系统借出"))
    if details.get("on_behalf_reason"):
        notes.append(_("代办原因：%(reason)s") % {"reason": details["on_behalf_reason"]})
    return notes


def _next_step(loan_request: LoanRequest) -> TimelineEntry | None:
    """The ordinary next station and whose turn it is, read from the table of moves; a wish to cancel comes first."""
    if loan_request.cancel_asked_at is not None and not loan_request.is_final:
        what = _("下一步：%(move)s") % {"move": _("答复撤销请求")}
        return TimelineEntry(what=what, who=loan_request.lender.short_name, is_next=True)
    for row in TRANSITIONS:
        here = loan_request.state in row.from_states and row.comes_after in (None, loan_request.state)
        if row.expected and here:
            at_home = Capacity.HOME in row.capacities
            library: MemberLibrary = loan_request.home_library if at_home else loan_request.lender
            return TimelineEntry(what=_("下一步：%(move)s") % {"move": row.label}, who=library.short_name, is_next=True)
    return None


@dataclass(frozen=True)
class NoteShown:
    who: str
    text: str
    at: datetime
    is_ours: bool
    is_new: bool  # to this desk
    is_read: bool  # an own note that the other library has read


def notes_shown(loan_request: LoanRequest, desk: Desk) -> list[NoteShown]:
    """The notes of both libraries and the center, oldest first. One statement."""
    side = side_of(loan_request, desk.library)
    return [_note(note, loan_request, side) for note in loan_request.desk_notes.order_by("at", "pk")]


def _note(note: DeskNote, loan_request: LoanRequest, side: DeskSide | None) -> NoteShown:
    sender = {NoteFrom.HOME: loan_request.home_library.short_name, NoteFrom.LENDER: loan_request.lender.short_name}
    ours = note.written_by == (side or NoteFrom.CENTER)
    read = {DeskSide.HOME: note.read_at_home, DeskSide.LENDER: note.read_at_lender}
    others = [moment for at_side, moment in read.items() if at_side != note.written_by]
    return NoteShown(
        who=f"{sender.get(NoteFrom(note.written_by), _('中心'))} {note.author_name}",
        text=note.text,
        at=note.at,
        is_ours=ours,
        is_new=side is not None and read[side] is None,
        is_read=ours and all(others),
    )
