"""The kinds of slips as a table: what each is called, at which desk it is printed and for which states."""

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from requests_app.backoffice.queues import DeskSide
from requests_app.states import State


class Paper(models.TextChoices):
    A4 = "a4", _("A4，一页三张")
    LABEL = "label", _("标签纸 100×70 毫米")


@dataclass(frozen=True)
class SlipKind:
    """One kind. `marks`: printing it is noted on the request (取书单打印时间)."""

    key: str
    label: Promise
    hint: Promise
    states: dict[DeskSide, tuple[State, ...]]
    marks: bool = False


PULL = SlipKind(
    "pull",
    _("取书单"),
    _("按馆藏地址和索书号排列，拿着到书架取书。"),
    {DeskSide.LENDER: (State.SUBMITTED, State.ACCEPTED)},
    marks=True,
)
STRAP = SlipKind(
    "strap",
    _("书条"),
    _("夹在书里随书走，到对方馆一扫就知道是哪张申请单。"),
    {
        DeskSide.LENDER: (State.ACCEPTED, State.READY_AT_LENDER, State.SHIPPED),
        DeskSide.HOME: (State.ARRIVED, State.RETURNED),
    },
)
NOTICE = SlipKind(
    "notice",
    _("到馆通知单"),
    _("给读者：哪本书到了，到哪里、在哪天之前取。"),
    {DeskSide.HOME: (State.ARRIVED,), DeskSide.LENDER: (State.READY_AT_LENDER,)},
)
KINDS = {kind.key: kind for kind in (PULL, STRAP, NOTICE)}
