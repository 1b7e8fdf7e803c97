"""The dialog of one move: exactly the fields its row in the table of moves asks for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from catalog.models import CirculationStatus, MemberLibrary
from catalog.selectors import surviving_edition
from readers.actors import Actor
from requests_app.errors import MoveRefused
from requests_app.lenders import asked_already, lenders_left
from requests_app.models import DeliveryMethod, LoanRequest
from requests_app.moves.copies import copies_at_lender
from requests_app.moves.dates import due_date_if_shipped
from requests_app.moves.options import MoveOption, capacity_of
from requests_app.services.moves import MoveDetails
from requests_app.states import BookAt, Reason
from requests_app.submission_rules import reader_may_borrow
from requests_app.transitions import Transition, rows_of

BEHALF_REASON = "behalf_reason"

# At which field a refusal is shown, by the beginning of the rule's name.
FIELD_OF_RULE = {
    "barcode": "barcode",
    "copy": "barcode",
    "reason": "reason",
    "note": "note",
    "due_date": "due_date",
    "pickup_deadline": "pickup_deadline",
    "delivery": "delivery_method",
    "amount": "amount",
    "override": "override",
    "book_at": "book_at",
    "same_lender": "lender",
    "does_not_hold": "lender",
    "lending_paused": "lender",
}


@dataclass(frozen=True)
class CopyOffered:
    """One copy of the lender, as offered beside the barcode field."""

    barcode: str
    call_number: str
    location: str
    status: str
    on_shelf: bool


def copies_offered(loan_request: LoanRequest) -> list[CopyOffered]:
    """The lender's copies that carry a barcode, those on the shelf first."""
    copies = [
        CopyOffered(
            barcode=copy.barcode,
            call_number=copy.call_number,
            location=" ".join(filter(None, [copy.location, copy.shelf])),
            status=str(CirculationStatus(copy.shown_status).label),
            on_shelf=copy.shown_status == CirculationStatus.AVAILABLE,
        )
        for copy in copies_at_lender(loan_request)
        if copy.barcode
    ]
    return sorted(copies, key=lambda copy: (not copy.on_shelf, copy.barcode))


class MoveForm(forms.Form):
    """One move's inputs. `version` is the version of the request that the page showed."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, loan_request: LoanRequest, option: MoveOption, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"id_{option.verb}_%s", **kwargs})
        self.loan_request, self.option, self.actor = loan_request, option, actor
        self.row = _row_of(loan_request, option.verb, actor)
        self.copies: list[CopyOffered] = []
        builders: dict[str, Callable[[], forms.Field | None]] = {
            "barcode": self._barcode,
            "reason": self._reason,
            "note": self._note,
            "condition": self._condition,
            "collected_by": self._collected_by,
            "delivery_method": self._delivery_method,
            "due_date": self._due_date,
            "pickup_deadline": self._pickup_deadline,
            "amount": self._amount,
            "override": self._override,
            "book_at": self._book_at,
            "lender": self._lender,
            "lent_in_own_system": self._lent_in_own_system,
        }
        for name in option.fields:
            field = builders[name]()
            if field is not None:
                self.fields[name] = field
        stands_in_for = self.row.center_stands_in_for(loan_request)
        if actor.is_center and stands_in_for is not None:
            self.fields[BEHALF_REASON] = forms.CharField(
                label=_("代办原因"),
                max_length=200,
                help_text=_("中心代%(library)s操作，记为中心代办。") % {"library": stands_in_for.short_name},
                widget=UnfoldAdminTextInputWidget(),
            )

    @property
    def details(self) -> MoveDetails:
        """What `move()` takes besides the verb."""
        return MoveDetails(**{name: self.cleaned_data[name] for name in self.option.fields if name in self.fields})  # type: ignore[typeddict-item]

    @property
    def lender(self) -> MemberLibrary:
        """The library to which a request is to go on."""
        lender: MemberLibrary = self.cleaned_data["lender"]
        return lender

    @property
    def behalf_reason(self) -> str:
        return str(self.cleaned_data.get(BEHALF_REASON, ""))

    def refuse(self, refusal: MoveRefused) -> None:
        """Show the refusal at the field it is about, or above the form."""
        field = next((field for rule, field in FIELD_OF_RULE.items() if refusal.rule.startswith(rule)), None)
        self.add_error(field if field in self.fields else None, refusal.message)

    def _barcode(self) -> forms.Field:
        # Never filled in beforehand: only a barcode read off the book says that this book is in the hand.
        comes_back = self.option.verb != "accept"
        self.copies = [] if comes_back else copies_offered(self.loan_request)
        attrs = {"autocomplete": "off", "placeholder": _("扫描或输入条形码")}
        if self.copies:
            attrs["list"] = f"copies-{self.option.verb}"
        lent = self.loan_request.copy_barcode
        return forms.CharField(
            label=_("条形码"),
            max_length=60,
            required=bool(lent) if comes_back else bool(self.copies),
            help_text=_("借出的是%(barcode)s，请扫描收到的书核对。") % {"barcode": lent} if comes_back and lent else "",
            widget=UnfoldAdminTextInputWidget(attrs=attrs),
        )

    def _reason(self) -> forms.Field:
        choices = [(reason.value, reason.label) for reason in self.row.reasons or Reason]
        return forms.ChoiceField(
            label=_("原因"),
            choices=[("", _("请选择")), *choices],
            help_text=_("读者会看到这个原因。"),
            widget=UnfoldAdminSelectWidget(),
        )

    def _lent_in_own_system(self) -> forms.Field:
        due = due_date_if_shipped(self.loan_request, timezone.now())
        return forms.BooleanField(
            label=_("已在本馆系统借出"),
            required=False,
            help_text=_("条形码%(barcode)s，应还日期%(date)s")
            % {"barcode": self.loan_request.copy_barcode or "—", "date": due.isoformat()},
            widget=UnfoldBooleanWidget(),
        )

    def _note(self) -> forms.Field:
        required = any(check.__name__ == "note_is_given" for check in self.row.checks)
        return forms.CharField(
            label=_("说明"),
            max_length=200,
            required=required,
            help_text=_("有关各方会看到。") if required else "",
            widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        )

    def _condition(self) -> forms.Field:
        return forms.CharField(
            label=_("书况"),
            max_length=200,
            required=False,
            help_text=_("没有异常可以留空。"),
            widget=UnfoldAdminTextInputWidget(),
        )

    def _collected_by(self) -> forms.Field:
        return forms.CharField(
            label=_("代取人姓名"),
            max_length=60,
            required=False,
            help_text=_("读者本人取书请留空。"),
            widget=UnfoldAdminTextInputWidget(),
        )

    def _delivery_method(self) -> forms.Field:
        other = [method for method in DeliveryMethod if method != self.loan_request.delivery_method]
        return forms.ChoiceField(
            label=_("改为"),
            choices=[(method.value, method.label) for method in other],
            widget=UnfoldAdminSelectWidget(),
        )

    def _due_date(self) -> forms.Field:
        due = self.loan_request.due_date
        return forms.DateField(
            label=_("新的应还日期"),
            help_text=_("现在的应还日期：%(date)s") % {"date": due.isoformat()} if due else "",
            widget=UnfoldAdminDateWidget(attrs={"type": "date"}, format="%Y-%m-%d"),
        )

    def _pickup_deadline(self) -> forms.Field:
        deadline = self.loan_request.pickup_deadline
        return forms.DateField(
            label=_("新的取书期限"),
            help_text=_("现在的取书期限：%(date)s") % {"date": deadline.isoformat()} if deadline else "",
            widget=UnfoldAdminDateWidget(attrs={"type": "date"}, format="%Y-%m-%d"),
        )

    def _amount(self) -> forms.Field:
        lost = self.option.verb == "declare_lost"
        return forms.DecimalField(
            label=_("赔偿金额（元）") if lost else _("破损赔偿金额（元）"),
            min_value=0,
            max_digits=8,
            decimal_places=2,
            required=False,
            help_text=_("尚未商定可以留空。") if lost else _("没有破损请留空。"),
            widget=UnfoldAdminDecimalFieldWidget(),
        )

    def _override(self) -> forms.Field | None:
        if reader_may_borrow(self.loan_request.reader, timezone.localdate()):
            return None
        return forms.CharField(
            label=_("例外原因"),
            max_length=200,
            help_text=_("读者账号已暂停或过期；仍要交给读者请说明原因。"),
            widget=UnfoldAdminTextInputWidget(),
        )

    def _book_at(self) -> forms.Field:
        return forms.ChoiceField(
            label=_("图书在哪里"),
            choices=[("", _("请选择")), *BookAt.choices],
            widget=UnfoldAdminSelectWidget(),
        )

    def _lender(self) -> forms.Field:
        """The libraries that hold the book and were not asked yet; for a free-text request every other lender."""
        field = forms.ModelChoiceField(
            label=_("转往"),
            queryset=MemberLibrary.objects.active().filter(lends=True).exclude(pk__in=asked_already(self.loan_request)),
            empty_label=None,
            widget=UnfoldAdminSelectWidget(),
        )
        edition_id = self.loan_request.edition_id
        edition = surviving_edition(edition_id) if edition_id is not None else None
        if edition is not None:
            lenders = [each for each in lenders_left(self.loan_request, edition, timezone.now()) if not each.why_not]
            field.choices = [(each.library.pk, f"{each.library.short_name} · {each.reason}") for each in lenders]
            if not lenders:
                field.help_text = _("没有别的成员馆可以借出这本书。")
        return field


def _row_of(loan_request: LoanRequest, verb: str, actor: Actor) -> Transition:
    """The row of the table that this actor would use here; any row of the verb where none fits any more."""
    capacity = capacity_of(loan_request, actor)
    rows = rows_of(verb)
    fitting = [row for row in rows if loan_request.state in row.from_states and capacity and row.admits(capacity)]
    return (fitting or list(rows))[0]
