"""One move for many requests: which moves can be made so, what their dialog asks, and what became of each row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from readers.actors import Actor, Capacity
from requests_app.backoffice.move_forms import BEHALF_REASON, CopyOffered, copies_offered
from requests_app.backoffice.queues import DeskSide, Queue
from requests_app.errors import MoveRefused
from requests_app.models import LoanRequest
from requests_app.moves.options import MoveOption, option_of
from requests_app.services.moves import move
from requests_app.states import Reason
from requests_app.transitions import UNDOABLE, rows_of

# Verb → what is asked once for all rows. What differs from book to book (damage, a due date) is done one by one.
BULK_MOVES: dict[str, tuple[str, ...]] = {
    "approve": (),
    "reject": ("reason", "note"),
    "accept": (),
    "decline": ("reason", "note"),
    "agree_cancel": (),
    "refuse_cancel": ("note",),
    "ship": (),
    "make_ready": (),
    "receive": (),
    "extend_pickup": ("pickup_deadline",),
    "not_collected": (),
    "take_back": (),
    "ship_back": (),
    "check_in": (),
    "report_missing": ("note",),
    "clear_missing": ("note",),
}
WITH_BARCODE = frozenset({"accept", "check_in"})  # scanned for each row
MOST_AT_ONCE = 200


@dataclass(frozen=True)
class BulkMove:
    """One button above the list."""

    verb: str
    label: str
    is_main: bool = False


def bulk_moves(side: DeskSide | None, queue: Queue | None) -> list[BulkMove]:
    """The buttons for that list: moves that its desk may make from every state in which its requests can be.

    Of a list that mixes states, and of the center outside the desks, there are none: choose a queue first.
    """
    if side is None or queue is None or not queue.states:
        return []
    capacity = Capacity.LENDER if side is DeskSide.LENDER else Capacity.HOME
    offered = []
    for verb in BULK_MOVES:
        rows = [row for row in rows_of(verb) if row.is_button and capacity in row.capacities]
        from_states = {state for row in rows for state in row.from_states}
        if rows and from_states.issuperset(queue.states) and _belongs(verb, queue):
            main = any(row.expected and (row.comes_after is None or row.comes_after in queue.states) for row in rows)
            offered.append(BulkMove(verb, str(rows[0].label), main))
    return offered


def _belongs(verb: str, queue: Queue) -> bool:
    """Moves that answer a flag stand where the flag is up, others where it is not in the way."""
    match verb:
        case "agree_cancel" | "refuse_cancel":
            return queue.key == "cancel_asked"
        case "clear_missing":
            return queue.key == "missing"
        case "not_collected":
            return queue.key in ("uncollected", "at_pickup")
        case "take_back":
            return queue.key in ("on_loan", "overdue")
        case "report_missing":
            return queue.key != "missing"
    return True


def is_done_at_once(verb: str, actor: Actor) -> bool:
    """Whether the button needs no dialog: nothing to ask, and what was wrong can be taken back."""
    return not BULK_MOVES[verb] and verb not in WITH_BARCODE and verb in UNDOABLE and not actor.is_center


@dataclass
class BulkRow:
    """One request among many: whether the move is offered, what was scanned for it, what became of it."""

    request: LoanRequest
    version: int
    option: MoveOption | None
    barcode: str = ""
    done: bool = False
    refusal: str = ""
    copies: list[CopyOffered] = field(default_factory=list)

    @property
    def why_not(self) -> str:
        """Why the move is not offered for this row; "" where it is."""
        if self.option is None:
            return _("申请单的状态不允许这样办理。")
        return "" if self.option.allowed else self.option.why_not


class BulkForm(forms.Form):
    """What is asked once for all rows."""

    def __init__(self, *args: Any, verb: str, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = rows_of(verb)[0]
        builders = {
            "reason": lambda: forms.ChoiceField(
                label=_("原因"),
                choices=[("", _("请选择")), *((reason.value, reason.label) for reason in row.reasons or Reason)],
                help_text=_("读者会看到这个原因。"),
                widget=UnfoldAdminSelectWidget(),
            ),
            "note": lambda: forms.CharField(
                label=_("说明"), max_length=200, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
            ),
            "pickup_deadline": lambda: forms.DateField(
                label=_("新的取书期限"), widget=UnfoldAdminDateWidget(attrs={"type": "date"}, format="%Y-%m-%d")
            ),
        }
        for name in BULK_MOVES[verb]:
            self.fields[name] = builders[name]()
        if actor.is_center:
            self.fields[BEHALF_REASON] = forms.CharField(
                label=_("代办原因"), max_length=200, widget=UnfoldAdminTextInputWidget()
            )


def rows_picked(requests: Iterable[LoanRequest], verb: str, actor: Actor, posted: Mapping[str, str]) -> list[BulkRow]:
    """The rows as the page sent them: with the version it showed and what was scanned for each."""
    rows = []
    for request in requests:
        version = posted.get(f"version-{request.pk}", "")
        row = BulkRow(
            request,
            int(version) if version.isdecimal() else request.version,
            option_of(request, actor, verb),
            posted.get(f"barcode-{request.pk}", "").replace("\0", "").strip()[:60],
        )
        if verb == "accept" and not row.why_not:
            row.copies = copies_offered(request)
        rows.append(row)
    return rows


def perform(rows: Iterable[BulkRow], verb: str, actor: Actor, asked: Mapping[str, Any]) -> None:
    """Make the move for each row in a transaction of its own; a refused row is told why and stops no other."""
    by = replace(actor, reason=asked.get(BEHALF_REASON, "")) if actor.is_center else actor
    for row in rows:
        details = {name: asked[name] for name in BULK_MOVES[verb]}
        if verb in WITH_BARCODE:
            details["barcode"] = row.barcode
        try:
            move(request=row.request, verb=verb, by=by, expected_version=row.version, **details)
        except MoveRefused as refusal:
            row.refusal = refusal.message
        else:
            row.done = True
