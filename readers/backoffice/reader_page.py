"""What the back office shows of one reader, and which acts are open now."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.scoping import Desk
from readers.backoffice.acts import ACT, Act
from readers.backoffice.forms import MembershipForm, dressed
from readers.models import GONE_STATES, CardState, ChangeState, Reader, ReaderState, Standing
from readers.registration.roster import entry_for
from readers.registration.waiting import WAITING
from readers.selectors import duplicates_of

# Offered while the reason is typed; any other wording will do.
REFUSAL_SUGGESTIONS = (
    _("证件号码与本馆记录不符"),
    _("姓名与证件不符"),
    _("信息不全，请补充所属院系和联系电话"),
    _("不属于本馆服务对象"),
    _("重复注册"),
)


def page_of(reader: Reader, desk: Desk) -> dict[str, Any]:
    """The context of readers/backoffice/reader.html."""
    cards = list(reader.cards.select_related("photo", "issued_by", "ended_by"))
    waits = reader.state in WAITING
    return {
        "row": reader,
        "standing": reader.standing(),
        "why_not": reader.why_not_borrow(),
        "waits": waits,
        "is_approved": reader.state == ReaderState.APPROVED,
        "is_gone": reader.state in GONE_STATES,
        "is_suspended": reader.suspended_on is not None and reader.standing() == Standing.SUSPENDED,
        "on_roster": entry_for(reader) if waits else None,
        "duplicates": duplicates_of(reader, seen_by=desk) if reader.state != ReaderState.CLOSED else [],
        "suggestions": REFUSAL_SUGGESTIONS,
        "identity_change": reader.identity_changes.filter(state=ChangeState.ASKED).first(),
        "applied_card": next((card for card in cards if card.state == CardState.APPLIED), None),
        "issued_card": next((card for card in cards if card.state == CardState.ISSUED), None),
        "former_cards": [card for card in cards if card.state not in (CardState.APPLIED, CardState.ISSUED)],
        # Templates cannot ask for keys with a hyphen.
        "acts": {key.replace("-", "_"): ActShown(act, form_of(act, reader)) for key, act in ACT.items()},
    }


@dataclass
class ActShown:
    """One button of the page with its form; `is_open` when the form came back with errors."""

    act: Act
    form: Any
    is_open: bool = False


def form_of(act: Act, reader: Reader, data: Any = None) -> Any:
    """The act's form, empty or bound, or None; the act's key in the ids tells the forms of one page apart."""
    if act.form is None:
        return None
    needs_reader: dict[str, Any] = {"reader": reader} if act.form is MembershipForm else {}
    return dressed(act.form(data, auto_id=f"id_{act.key}_%s", **needs_reader))
