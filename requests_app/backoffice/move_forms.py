"""The dialog of one move: exactly the fields its row in the table of moves asks for."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from catalog.models import CirculationStatus
from readers.actors import Actor
from requests_app.errors import MoveRefused
from requests_app.moves.copies import copies_at_lender
from requests_app.models import LoanRequest
from requests_app.services.moves import MoveDetails
from requests_app.states import Reason
from requests_app.moves.options import MoveOption
from requests_app.transitions import rows_of

BEHALF_REASON = "behalf_reason"


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
        self.copies: list[CopyOffered] = []
        builders = {
            "barcode": self._barcode,
            "reason": self._reason,
            "note": self._note,
            "condition": self._condition,
            "collected_by": self._collected_by,
        }
        for name in option.fields:
            self.fields[name] = builders[name]()
        if actor.is_center:
            self.fields[BEHALF_REASON] = forms.CharField(
                label=_("代办原因"),
                max_length=200,
                help_text=_("中心代%(library)s操作，记为中心代办。") % {"library": self._stood_in_for()},
                widget=UnfoldAdminTextInputWidget(),
            )

    @property
    def details(self) -> MoveDetails:
        """What `move()` takes besides the verb."""
        return MoveDetails(**{name: self.cleaned_data[name] for name in self.option.fields})  # type: ignore[typeddict-item]

    @property
    def behalf_reason(self) -> str:
        return str(self.cleaned_data.get(BEHALF_REASON, ""))

    def refuse(self, refusal: MoveRefused) -> None:
        """Show the refusal at the field it is about, or above the form."""
        field = {"barcode": "barcode", "copy": "barcode", "reason": "reason"}.get(refusal.rule.split("_")[0])
        self.add_error(field if field in self.fields else None, refusal.message)

    def _stood_in_for(self) -> str:
        row = next(iter(rows_of(self.option.verb)))
        return row.center_stands_in_for(self.loan_request).short_name

    def _barcode(self) -> forms.Field:
        # Never filled in beforehand: only a barcode read off the book says that this book is in the hand.
        checking_in = self.option.verb == "check_in"
        self.copies = [] if checking_in else copies_offered(self.loan_request)
        attrs = {"autocomplete": "off", "placeholder": _("扫描或输入条形码")}
        if self.copies:
            attrs["list"] = f"copies-{self.option.verb}"
        lent = self.loan_request.copy_barcode
        return forms.CharField(
            label=_("条形码"),
            max_length=60,
            required=bool(lent) if checking_in else bool(self.copies),
            help_text=_("借出的是%(barcode)s，请扫描收到的书核对。") % {"barcode": lent}
            if checking_in and lent
            else "",
            widget=UnfoldAdminTextInputWidget(attrs=attrs),
        )

    def _reason(self) -> forms.Field:
        return forms.ChoiceField(
            label=_("原因"),
            choices=[("", _("请选择")), *Reason.choices],
            help_text=_("读者会看到这个原因。"),
            widget=UnfoldAdminSelectWidget(),
        )

    def _note(self) -> forms.Field:
        return forms.CharField(
            label=_("说明"), max_length=200, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
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
