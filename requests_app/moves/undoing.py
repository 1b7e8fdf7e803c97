"""Taking the last move back: what may be taken back, by whom, and how the request becomes what it was."""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from readers.actors import Capacity
from requests_app.errors import MoveRefused
from requests_app.models import LoanRequest, RequestEvent
from requests_app.moves.attempt import Attempt
from requests_app.moves.copies import no_other_request_holds, show_the_copy
from requests_app.states import RESERVING_STATES, State

UNDO = "undo"
CAUGHT_UP = "caught_up"  # not a move of its own: what a later move writes about the stations it skipped
UNDOABLE = frozenset(
    {
        "approve",
        "accept",
        "decline",
        "ship",
        "make_ready",
        "receive",
        "hand_out",
        "take_back",
        "ship_back",
        "check_in",
    }
)

# Columns that a move may change besides the state; what they were before is kept in its event.
RESTORED = (
    "reason",
    "reason_note",
    "delivery_method",
    "copy",
    "copy_barcode",
    "submitted_at",
    "filled_at",
    "closed_at",
    "due_date",
    "pickup_deadline",
    "state_since",
    "warned_percent",
    "cancel_asked_at",
    "recalled_at",
    "due_before_recall",
    "missing_since",
    "pickup_overdue_at",
    "lost_proposed_at",
    "liable",
)


def columns_of(request: LoanRequest) -> dict[str, Any]:
    """The values of the columns that an undo can bring back, by the name of the field; as JSON, times in full."""
    values = {name: getattr(request, _attname(name)) for name in RESTORED}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def changed_since(request: LoanRequest, before: dict[str, Any]) -> dict[str, Any]:
    """The columns that differ now, with what they were."""
    now = columns_of(request)
    return {name: value for name, value in before.items() if now[name] != value}


def restore(request: LoanRequest, before: dict[str, Any]) -> None:
    """Write the kept values back onto the unsaved request."""
    for name, value in before.items():
        field: Any = LoanRequest._meta.get_field(name)
        setattr(request, field.attname, value if name == "copy" else field.to_python(value))


def the_last_move_may_be_taken_back(attempt: Attempt) -> None:
    """The last thing that happened was an undoable move of this library, a short while ago; no 转馆 came of it and the
    copy is free."""
    request = attempt.request
    last = _last(request)
    if last is None or last.verb not in UNDOABLE:
        raise MoveRefused(_("上一步不能撤回，或者之后已有新的操作。"), rule="not_undoable")
    if attempt.capacity is not Capacity.CENTER and not _is_its_own(last, attempt):
        raise MoveRefused(_("只有办理上一步的图书馆可以撤回。"), rule="undo_of_another_library")
    if attempt.at - last.at >= timedelta(minutes=int(settings.ILL["UNDO_MINUTES"])):
        raise MoveRefused(_("已过撤回时限。"), rule="undo_too_late")
    if LoanRequest.objects.filter(forwarded_from=request).exists():
        raise MoveRefused(_("已经转馆，不能撤回。"), rule="forwarded_already")
    if last.from_state in RESERVING_STATES and request.state not in RESERVING_STATES:
        no_other_request_holds(request, str(last.before.get("copy_barcode", request.copy_barcode)))


def take_the_last_move_back(attempt: Attempt) -> None:
    """State, dates, flags and copy are again what they were; the fine that came of it is taken back."""
    request = attempt.request
    last = _last(request)
    if last is None:
        return
    first = last
    if (caught_up := _caught_up_before(last)) is not None:
        first = caught_up
    held = request.copy
    restore(request, last.before)
    attempt.to_state = State(first.from_state)
    attempt.undoes = last.sequence
    if attempt.capacity is Capacity.CENTER:
        attempt.on_behalf_of = last.on_behalf_of or last.library
    attempt.details["undone"] = last.verb
    if held is not None and request.copy_id is None:
        request.copy = held
        show_the_copy(request, State.SUBMITTED)
        request.copy = None
    show_the_copy(request, attempt.to_state)


def _last(request: LoanRequest) -> RequestEvent | None:
    return request.events.order_by("-sequence").first()


def _caught_up_before(event: RequestEvent) -> RequestEvent | None:
    before = RequestEvent.objects.filter(request_id=event.request_id, sequence=event.sequence - 1).first()
    return before if before is not None and before.verb == CAUGHT_UP and before.at == event.at else None


def _is_its_own(event: RequestEvent, attempt: Attempt) -> bool:
    library = attempt.acting_library
    return library is not None and library.pk in (event.library_id, event.on_behalf_of_id)


def _attname(name: str) -> str:
    return LoanRequest._meta.get_field(name).attname  # type: ignore[union-attr]
