"""How the back office draws a request: chips, dates, the timeline, the tabs and queues above the list."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog import bulk
from catalog.models import MemberLibrary
from catalog.scoping import Desk
from readers.actors import Actor, Capacity
from readers.models import Photo, PickupCard
from requests_app.backoffice.privacy import photo_for, sees_contact, sees_reader
from requests_app.backoffice.queues import ALL_OPEN, DESK_NAMES, QUEUES, DeskSide, Queue, side_of, wording
from requests_app.backoffice.waiting import Counts
from requests_app.models import DeliveryMethod, DeskNote, LoanRequest, NoteFrom, RequestEvent
from requests_app.moves.options import refusal_of
from requests_app.selectors import no_shows_of, timeline_of
from requests_app.states import BookAt, Liable, Reason, State
from requests_app.transitions import CAUGHT_UP, TRANSITIONS, rows_of

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


# --- above the list -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tab:
    label: str
    address: str
    active: bool
    icon: str = ""
    count: int | None = None
    waits_for_us: bool = False


def desk_tabs(side: str) -> list[Tab]:
    tabs = [Tab(str(name), f"?desk={key}&queue={ALL_OPEN}", side == key) for key, name in DESK_NAMES.items()]
    return [*tabs, Tab(_("全部申请单"), "?", side not in QUEUES)]


def queue_chips(side: str, queue: Queue | None, counts: Counts) -> list[Tab]:
    """The queues of that desk, with what waits in each (finished ones are not counted)."""
    chips = []
    for each in QUEUES[side]:
        waiting = counts.get((side, each.key))
        chips.append(
            Tab(
                label=str(each.label),
                address=f"?desk={side}&queue={each.key}",
                active=each == queue,
                icon=each.icon,
                count=(waiting.count if waiting else 0) if each.is_counted else None,
                waits_for_us=each.waits_for_us,
            )
        )
    return chips


def member_names(request: HttpRequest) -> list[tuple[str, str]]:
    """Code and name of every member: several filters offer them."""
    return [(library.code, library.name) for library in members(request).values()]


def member_keys(request: HttpRequest) -> dict[str, int]:
    """The primary key of every member by its code."""
    return {library.code: pk for pk, library in members(request).items()}


_OF_A_MEMBER = ("id", "code", "name", "short_name")


def members(request: HttpRequest) -> dict[int, MemberLibrary]:
    """Every member with its code and names by its key, read once per web request."""
    found: dict[int, MemberLibrary] | None = getattr(request, "_members", None)
    if found is None:
        rows = MemberLibrary.objects.values_list(*_OF_A_MEMBER)
        found = {row[0]: bulk.stored(MemberLibrary, zip(_OF_A_MEMBER, row, strict=True)) for row in rows}
        request._members = found  # type: ignore[attr-defined]
    return found


@dataclass(frozen=True)
class Select:
    """One drop-down of the filters."""

    name: str
    label: str
    value: str
    options: list[tuple[str, Any]]

    @property
    def drawn_options(self) -> SafeString:
        """All options, of which the libraries alone are eighty: format_html() for each would take milliseconds."""
        drawn = (
            f'<option value="{escape(code)}"{" selected" if code == self.value else ""}>{escape(name)}</option>'
            for code, name in self.options
        )
        return mark_safe("".join(drawn))  # noqa: S308  (escaped above)


@dataclass(frozen=True)
class FilterForm:
    """What narrows the list; `kept` is what the address says besides."""

    libraries: list[Select]
    others: list[Select]
    days: list[Select]
    kept: list[tuple[str, str]]

    @property
    def is_set(self) -> bool:
        return any(each.value for each in [*self.libraries, *self.others, *self.days])


def filter_form(request: HttpRequest, desk: Desk, side: DeskSide | None) -> FilterForm:
    """The other library (by lender, by home library, or both, as the desk needs them), state, delivery, days."""

    def select(name: str, label: str, options: list[tuple[str, Any]]) -> Select:
        return Select(name, label, request.GET.get(name, ""), options)

    libraries = member_names(request)
    by_library = []
    if side is not DeskSide.LENDER or desk.is_center:
        by_library.append(select("lender", _("借出馆"), libraries))
    if side is not DeskSide.HOME or desk.is_center:
        by_library.append(select("home", _("借入馆"), libraries))
    others = [
        select("state", _("状态"), [(state.value, wording(state, side)) for state in State]),
        select("delivery", _("图书获取方式"), list(DeliveryMethod.choices)),
        select("reason", _("原因"), list(Reason.choices)),
    ]
    days = [select("from", _("申请日期自"), []), select("to", _("申请日期至"), [])]
    kept = [(key, request.GET[key]) for key in ("desk", "queue", "figure", "q") if key in request.GET]
    return FilterForm(by_library, others, days, kept)


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
