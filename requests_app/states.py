"""The states of a request, how each of the three sides reads them, and the reasons a library may give.

The table of moves stands in transitions.py; docs/states.md is printed from both.
"""

from typing import NamedTuple

from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """One canonical state per request; the label is what the reader reads.

    Overdue, recalled, cancel asked … are flags, not states.
    """

    HOME_REVIEW = "HOME_REVIEW", _("待本馆审核")
    SUBMITTED = "SUBMITTED", _("已提交，待出借馆处理")
    ACCEPTED = "ACCEPTED", _("出借馆已受理，正在取书")
    SHIPPED = "SHIPPED", _("图书已发出")
    READY_AT_LENDER = "READY_AT_LENDER", _("请到出借馆自取")
    ARRIVED = "ARRIVED", _("文献到馆，请取书")
    ON_LOAN = "ON_LOAN", _("读者获取图书")
    RETURNED = "RETURNED", _("已还书，待送回出借馆")
    RETURN_SHIPPED = "RETURN_SHIPPED", _("已还书，归还途中")
    COMPLETED = "COMPLETED", _("已归还，流程结束")
    CANCELLED = "CANCELLED", _("申请已撤销")
    UNFILLED = "UNFILLED", _("未满足")
    REJECTED = "REJECTED", _("本馆未通过")
    EXPIRED = "EXPIRED", _("未满足，出借馆逾期未处理")
    UNCOLLECTED = "UNCOLLECTED", _("逾期未取")
    LOST = "LOST", _("图书遗失，待赔偿")
    CLOSED_LOST = "CLOSED_LOST", _("赔偿结案")
    CLOSED = "CLOSED", _("已由中心关闭")


STATE_CHOICES = State.choices


class Wording(NamedTuple):
    """How one state reads at the two desks, and what comes next; the reader reads the label of the state itself."""

    home: Promise
    lender: Promise | str  # empty: the lender does not see the request
    next_step: Promise | str  # what the reader is told comes next, and by whom; empty: it is over


# fmt: off
WORDINGS: dict[State, Wording] = {
    #                              home desk                lender desk           what comes next
    State.HOME_REVIEW:     Wording(_("待审核"),             "",                   _("本馆馆际互借员审核申请")),
    State.SUBMITTED:       Wording(_("已提交"),             _("新申请"),          _("出借馆受理申请，或说明原因回绝")),
    State.ACCEPTED:        Wording(_("已受理"),             _("待取书"),          _("出借馆取书，满撤销时限后发出")),
    State.SHIPPED:         Wording(_("待收书"),             _("已发出"),          _("本馆收到图书后发邮件通知您取书")),
    State.READY_AT_LENDER: Wording(_("自取中"),             _("待读者自取"),      _("您凭联盟自取借书证到出借馆取书")),
    State.ARRIVED:         Wording(_("到馆待取"),           _("借入馆已收到"),    _("您凭借书证到本馆取书")),
    State.ON_LOAN:         Wording(_("读者在借"),           _("读者在借"),        _("您在应还日期前把书还到本馆")),
    State.RETURNED:        Wording(_("待寄还"),             _("待寄还"),          _("本馆把书送回出借馆")),
    State.RETURN_SHIPPED:  Wording(_("已寄还"),             _("待验收"),          _("出借馆验收入藏")),
    State.COMPLETED:       Wording(_("完成"),               _("已验收入藏"),      ""),
    State.CANCELLED:       Wording(_("已撤销"),             _("已撤销"),          ""),
    State.UNFILLED:        Wording(_("未满足"),             _("已回绝"),          ""),
    State.REJECTED:        Wording(_("未通过"),             "",                   ""),
    State.EXPIRED:         Wording(_("超时"),               _("超时未处理"),      ""),
    State.UNCOLLECTED:     Wording(_("逾期未取"),           _("逾期未取，已上架"), ""),
    State.LOST:            Wording(_("图书遗失，待赔偿"),   _("图书遗失，待赔偿"), _("有关图书馆商定赔偿")),
    State.CLOSED_LOST:     Wording(_("赔偿结案"),           _("赔偿结案"),        ""),
    State.CLOSED:          Wording(_("已由中心关闭"),       _("已由中心关闭"),    ""),
}
# fmt: on

# What the reader reads of a book that goes back without having been lent: refused on arrival, or not fetched.
NEVER_LENT: dict[State, Promise] = {
    State.RETURNED: _("本馆退回，待送回出借馆"),
    State.RETURN_SHIPPED: _("本馆退回，归还途中"),
}

# What comes next where the reader fetches the book at the lender (自取自还), if it is something else.
NEXT_STEP_OF_PICKUP: dict[State, Promise] = {
    State.ACCEPTED: _("出借馆取书，满撤销时限后备好，发邮件通知您来取"),
    State.ON_LOAN: _("您在应还日期前把书还到出借馆或本馆"),
}

FINAL_STATES = frozenset(
    {
        State.COMPLETED,
        State.CANCELLED,
        State.UNFILLED,
        State.REJECTED,
        State.EXPIRED,
        State.UNCOLLECTED,
        State.CLOSED_LOST,
        State.CLOSED,
    }
)

# Sorted because the list stands in indexes: a query that names open states finds them by it.
OPEN_STATES = sorted(state.value for state in State if state not in FINAL_STATES)

# A request in one of these takes one of the reader's places; a returned book frees its place at once.
COUNTED_STATES = frozenset(
    {
        State.HOME_REVIEW,
        State.SUBMITTED,
        State.ACCEPTED,
        State.SHIPPED,
        State.READY_AT_LENDER,
        State.ARRIVED,
        State.ON_LOAN,
    }
)

# A lost book takes a place as well where the reader has to answer for it.
TAKES_A_PLACE = Q(state__in=COUNTED_STATES) | Q(state=State.LOST, liable="reader")


def takes_a_place(state: str, liable: str) -> bool:
    """TAKES_A_PLACE of a row that is already here."""
    return state in COUNTED_STATES or (state == State.LOST and liable == "reader")


# The copy named at accept belongs to this request alone; a list because its order stands in a migration.
RESERVING_STATES = [
    State.ACCEPTED,
    State.SHIPPED,
    State.READY_AT_LENDER,
    State.ARRIVED,
    State.ON_LOAN,
    State.RETURNED,
    State.RETURN_SHIPPED,
    State.LOST,
]

# From dispatch on the book is out: everything runs to its end, whatever stops around it.
OUT_STATES = frozenset(
    {
        State.SHIPPED,
        State.READY_AT_LENDER,
        State.ARRIVED,
        State.ON_LOAN,
        State.RETURNED,
        State.RETURN_SHIPPED,
        State.LOST,
    }
)

# The stations of a book that goes by parcel, in order: what a move skips is read from here.
ROAD_OF_THE_BOOK = (State.SHIPPED, State.ARRIVED, State.ON_LOAN, State.RETURNED, State.RETURN_SHIPPED)


class Reason(models.TextChoices):
    """Why a request ended or a book went back; the reader sees it. Which are offered when stands in the table."""

    NOT_HELD = "not_held", _("本馆无此馆藏")
    ON_LOAN = "on_loan", _("已借出")
    NOT_FOR_LOAN = "not_for_loan", _("不外借")
    NOT_ON_SHELF = "not_on_shelf", _("架上未找到")
    DAMAGED = "damaged", _("破损")
    AGAINST_RULES = "against_rules", _("不符合规定")
    INCOMPLETE = "incomplete", _("信息不全")
    WRONG_VOLUME = "wrong_volume", _("卷册不符")
    NOT_WANTED = "not_wanted", _("不再需要")
    OWN_COPY = "own_copy", _("本馆有此书，可直接借阅")
    SERVICE_PAUSED = "service_paused", _("暂停服务")  # given by the system alone


REASONS = Reason.choices
REFUSAL_REASONS = (
    Reason.NOT_HELD,
    Reason.ON_LOAN,
    Reason.NOT_FOR_LOAN,
    Reason.NOT_ON_SHELF,
    Reason.DAMAGED,
    Reason.AGAINST_RULES,
    Reason.INCOMPLETE,
)
REVIEW_REASONS = (Reason.OWN_COPY, Reason.AGAINST_RULES, Reason.INCOMPLETE)  # of the home library; 本馆 is the reader's
ARRIVAL_REASONS = (Reason.WRONG_VOLUME, Reason.DAMAGED, Reason.NOT_WANTED)


class Liable(models.TextChoices):
    """责任人: who answers for a fine or a lost book, by the leg on which it happened."""

    READER = "reader", _("读者")
    HOME = "home", _("借入馆")
    LENDER = "lender", _("出借馆")
    LOGISTICS = "logistics", _("物流")


class BookAt(models.TextChoices):
    """Where the book is when the center closes a request."""

    LENDER = "lender", _("在出借馆")
    HOME = "home", _("在借入馆")
    READER = "reader", _("在读者手中")
    UNKNOWN = "unknown", _("下落不明")
