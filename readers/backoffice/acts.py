"""What a librarian may do with one reader: one table of acts, from which addresses, forms and pages are made."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from readers.accounts.passwords import send_password_link
from readers.actors import Actor
from readers.backoffice.forms import (
    CloseForm,
    CorrectionNoteForm,
    MembershipForm,
    NewEmailForm,
    ReasonForm,
    RefusalForm,
    SuspensionForm,
)
from readers.cards.services import issue_card, refuse_card, revoke_card
from readers.errors import ChangeRefused
from readers.membership import lift_suspension, set_membership, suspend_reader
from readers.models import CardState, ChangeState, IdentityChange, PickupCard, Reader
from readers.profile.closing import close_account
from readers.profile.email_change import change_email_on_sight
from readers.profile.identity import decide_identity_change
from readers.registration.decisions import approve_reader, ask_correction, refuse_reader

Run = Callable[[Reader, Actor, dict[str, Any]], Any]


@dataclass(frozen=True)
class Act:
    """One button with its form. `run` raises one of errors.* with the sentence to show; `done` is said afterwards."""

    key: str
    label: Promise
    run: Run
    done: Promise
    form: type[Any] | None = None
    back_to_queue: bool = False


def _approve(reader: Reader, by: Actor, _values: dict[str, Any]) -> None:
    approve_reader(reader=reader, by=by)


def _refuse(reader: Reader, by: Actor, values: dict[str, Any]) -> None:
    refuse_reader(reader=reader, reason=values["reason"], by=by)


def _correction(reader: Reader, by: Actor, values: dict[str, Any]) -> None:
    ask_correction(reader=reader, note=values["note"], by=by)


def _suspend(reader: Reader, by: Actor, values: dict[str, Any]) -> None:
    suspend_reader(reader=reader, reason=values["reason"], until=values["until"], by=by)


def _lift(reader: Reader, by: Actor, _values: dict[str, Any]) -> None:
    lift_suspension(reader=reader, by=by)


def _membership(reader: Reader, by: Actor, values: dict[str, Any]) -> None:
    set_membership(reader=reader, reader_type=values["reader_type"], expires_on=values["expires_on"], by=by)


def _email(reader: Reader, by: Actor, values: dict[str, Any]) -> None:
    change_email_on_sight(reader=reader, new_email=values["new_email"], by=by)


def _password(reader: Reader, by: Actor, _values: dict[str, Any]) -> None:
    if not send_password_link(reader=reader, by=by):
        raise ChangeRefused(_("刚刚已经发送过，请过几分钟再发。"))


def _identity_agree(reader: Reader, by: Actor, _values: dict[str, Any]) -> None:
    decide_identity_change(change=_asked_change(reader), agree=True, by=by)


def _identity_refuse(reader: Reader, by: Actor, values: dict[str, Any]) -> None:
    decide_identity_change(change=_asked_change(reader), agree=False, reason=values["reason"], by=by)


def _card_issue(reader: Reader, by: Actor, _values: dict[str, Any]) -> None:
    issue_card(card=_card(reader, CardState.APPLIED), by=by)


def _card_refuse(reader: Reader, by: Actor, values: dict[str, Any]) -> None:
    refuse_card(card=_card(reader, CardState.APPLIED), reason=values["reason"], by=by)


def _card_revoke(reader: Reader, by: Actor, values: dict[str, Any]) -> None:
    revoke_card(card=_card(reader, CardState.ISSUED), reason=values["reason"], by=by)


def _close(reader: Reader, by: Actor, _values: dict[str, Any]) -> None:
    close_account(reader=reader, by=by)


def _asked_change(reader: Reader) -> IdentityChange:
    change = IdentityChange.objects.filter(reader=reader, state=ChangeState.ASKED).first()
    if change is None:
        raise ChangeRefused(_("这项更改已经审查过或已被读者撤回。"))
    return change


def _card(reader: Reader, state: CardState) -> PickupCard:
    card = PickupCard.objects.filter(reader=reader, state=state).first()
    if card is None:
        raise ChangeRefused(_("没有这样的借书证，可能已经办理过。"))
    return card


ACTS: tuple[Act, ...] = (
    Act("approve", _("通过"), _approve, _("已通过：%(reader)s。审查结果将发送到读者的E-mail。"), back_to_queue=True),
    Act(
        "refuse", _("不通过"), _refuse, _("未通过：%(reader)s。原因将发送到读者的E-mail。"),
        RefusalForm, back_to_queue=True,
    ),
    Act(
        "correction", _("请读者更正"), _correction, _("已请读者更正：%(reader)s。更正后会回到待审核。"),
        CorrectionNoteForm, back_to_queue=True,
    ),
    Act("suspend", _("暂停读者资格"), _suspend, _("已暂停：%(reader)s。读者会收到邮件。"), SuspensionForm),
    Act("lift", _("恢复读者资格"), _lift, _("已恢复：%(reader)s。读者会收到邮件。")),
    Act("membership", _("保存类型和有效期"), _membership, _("已保存：%(reader)s。"), MembershipForm),
    Act("email", _("更改E-mail"), _email, _("E-mail已更改，验证邮件已发送到新的地址。"), NewEmailForm),
    Act("password", _("发送重设密码的邮件"), _password, _("重设密码的链接已发送到读者的E-mail。")),
    Act("identity-agree", _("同意更改"), _identity_agree, _("身份信息已更改：%(reader)s。")),
    Act(
        "identity-refuse", _("不同意更改"), _identity_refuse, _("没有更改：%(reader)s。原因将发送到读者的E-mail。"),
        ReasonForm,
    ),
    Act(
        "card-issue", _("照片与本人相符，发证"), _card_issue,
        _("已发证：%(reader)s。读者会收到邮件，可自己打印。"),
    ),
    Act("card-refuse", _("不予办理"), _card_refuse, _("没有办理：%(reader)s。原因将发送到读者的E-mail。"), ReasonForm),
    Act("card-revoke", _("吊销借书证"), _card_revoke, _("借书证已吊销：%(reader)s。读者会收到邮件。"), ReasonForm),
    Act("close", _("注销账号"), _close, _("账号已注销，个人信息已经清除。"), CloseForm, back_to_queue=True),
)  # fmt: skip
ACT: dict[str, Act] = {act.key: act for act in ACTS}
