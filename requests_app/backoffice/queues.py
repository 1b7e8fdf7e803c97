"""The two desks as data: what each reads for a state, and the queues in which its work waits."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.models import MemberLibrary
from requests_app.deadlines import Look
from requests_app.models import LoanRequest
from requests_app.models.notes import has_unread_note
from requests_app.states import FINAL_STATES, OPEN_STATES, WORDINGS, State


class DeskSide(StrEnum):
    """At which desk a library stands before a request: the request's lender, or the reader's home."""

    LENDER = "lender"
    HOME = "home"


DESK_NAMES: dict[str, Promise] = {DeskSide.LENDER: _("出借台"), DeskSide.HOME: _("借入台")}


# What narrows a queue beside the states of its requests.
FLAGS: dict[str, Callable[[Look], Q]] = {
    "answer_is_due": lambda look: look.answer_is_due,
    "not_printed": lambda look: Q(printed_at__isnull=True),
    "printed": lambda look: Q(printed_at__isnull=False),
    "cancel_asked": lambda look: Q(cancel_asked_at__isnull=False),
    "missing": lambda look: Q(missing_since__isnull=False),
    "uncollected": lambda look: Q(pickup_deadline__lt=look.today),
    "overdue": lambda look: Q(due_date__lt=look.today),
    "unread_at_lender": lambda look: Q(has_unread_note(DeskSide.LENDER)),
    "unread_at_home": lambda look: Q(has_unread_note(DeskSide.HOME)),
}


class OnDashboard(StrEnum):
    """Whether a queue has a card on the dashboard."""

    NEVER = "never"
    ALWAYS = "always"
    WHEN_ANY = "when any"  # only while something waits in it


@dataclass(frozen=True)
class Queue:
    """One pile of requests at one desk.

    states          in which its requests are; empty: any that is not final.
    flag            what besides must hold at that moment, one of FLAGS.
    since           the column that says since when a request has waited in it.
    waits_for_us    the desk's own next move: counted in the sidebar, so that no request stands in two such queues.
    is_trouble      whatever lies in it is late already.
    is_counted      whether `waiting.waiting_counts` counts it: not what is finished, which is much.
    """

    key: str
    label: Promise
    hint: Promise
    states: tuple[str, ...]
    icon: str
    waits_for_us: bool = False
    on_dashboard: OnDashboard = OnDashboard.NEVER
    flag: str = ""
    since: str = "state_since"
    is_trouble: bool = False
    is_counted: bool = True

    def holds(self, look: Look) -> Q:
        """The requests of this queue at any desk."""
        states = Q(state__in=self.states or OPEN_STATES)
        return states & FLAGS[self.flag](look) if self.flag else states


ALL_OPEN = "open"
ALL_DONE = "done"
OVERDUE = "overdue"
UNREAD_NOTES = "notes"

_ON_THE_WAY = (State.SHIPPED, State.RETURN_SHIPPED)
_ALWAYS, _WHEN_ANY = OnDashboard.ALWAYS, OnDashboard.WHEN_ANY

# fmt: off
_MISSING = Queue(
    "missing", _("途中超时"), _("在途过久或登记未收到，请查找"), _ON_THE_WAY, "running_with_errors",
    on_dashboard=_ALWAYS, flag="missing", since="missing_since", is_trouble=True,
)
_OPEN_QUEUE = Queue(ALL_OPEN, _("全部未结束"), _("还没有走完流程的申请单"), (), "inventory_2")
_DONE_QUEUE = Queue(
    ALL_DONE, _("已结束"), _("已归还、撤销、未满足的申请单"), tuple(sorted(FINAL_STATES)), "done_all", is_counted=False,
)


def _unread_notes(side: DeskSide) -> Queue:
    """Notes of the other library on requests in any state, finished ones too; the dashboard counts them."""
    return Queue(
        UNREAD_NOTES, _("未读留言"), _("对方馆或中心的留言"), tuple(State.values), "chat",
        flag=f"unread_at_{side}", is_counted=False,
    )



QUEUES: dict[str, tuple[Queue, ...]] = {
    DeskSide.LENDER: (
        Queue("new", _("新申请"), _("等待受理或回绝"), (State.SUBMITTED,), "mark_email_unread", True, _ALWAYS),
        Queue(
            "due_today", _("今日到期未答复"), _("今天之内不答复就超时"), (State.SUBMITTED,), "alarm",
            on_dashboard=_ALWAYS, flag="answer_is_due", is_trouble=True,
        ),
        Queue(
            "to_pull", _("待取书"), _("打印取书单，到架上取书"), (State.ACCEPTED,), "shelves", True, _ALWAYS,
            flag="not_printed",
        ),
        Queue(
            "to_ship", _("待发出"), _("取书单已打印，取到后发出"), (State.ACCEPTED,), "outbox", True, _ALWAYS,
            flag="printed",
        ),
        Queue(
            "cancel_asked", _("撤销请求"), _("读者请求撤销，请同意或拒绝"), (State.SUBMITTED, State.ACCEPTED), "undo",
            on_dashboard=_ALWAYS, flag="cancel_asked", since="cancel_asked_at",
            is_trouble=True,
        ),
        Queue(
            "to_check_in", _("待验收"), _("借入馆已寄还，收到后验收入藏"), (State.RETURN_SHIPPED,), "fact_check",
            True, _ALWAYS,
        ),
        _MISSING,
        Queue(
            "at_pickup", _("待读者自取"), _("等待读者到本馆取书"), (State.READY_AT_LENDER,), "hail",
            on_dashboard=_WHEN_ANY,
        ),
        Queue(
            "away", _("在外"), _("已发出、在借入馆或读者手中"),
            (State.SHIPPED, State.READY_AT_LENDER, State.ARRIVED, State.ON_LOAN, State.RETURNED, State.LOST),
            "move_location",
        ),
        _unread_notes(DeskSide.LENDER),
        _OPEN_QUEUE,
        _DONE_QUEUE,
    ),
    DeskSide.HOME: (
        Queue("to_review", _("待审核"), _("本馆审核后提交出借馆"), (State.HOME_REVIEW,), "rule", True, _WHEN_ANY),
        Queue(
            "to_receive", _("待收书"), _("出借馆已发出，收到后签收"), (State.SHIPPED,), "local_shipping", True, _ALWAYS,
        ),
        Queue("to_collect", _("到馆待取"), _("等待读者取书"), (State.ARRIVED,), "book", on_dashboard=_ALWAYS),
        Queue(
            "uncollected", _("到期未取"), _("过了取书期限，登记后退回出借馆"), (State.ARRIVED,), "event_busy",
            True, _ALWAYS, flag="uncollected", since="pickup_deadline",
            is_trouble=True,
        ),
        Queue(
            "to_return", _("待寄还"), _("读者已还，寄还出借馆"), (State.RETURNED,), "assignment_return", True, _ALWAYS,
        ),
        Queue(
            OVERDUE, _("逾期"), _("在借且已过应还日期"), (State.ON_LOAN,), "schedule",
            on_dashboard=_ALWAYS, flag="overdue", since="due_date", is_trouble=True,
        ),
        Queue("on_loan", _("读者在借"), _("读者还书时点还书"), (State.ON_LOAN,), "menu_book", on_dashboard=_ALWAYS),
        _MISSING,
        Queue("lost", _("遗失"), _("已登记遗失，等待赔偿或找到"), (State.LOST,), "search_off"),
        Queue(
            "at_lender", _("等待出借馆"), _("已提交、已受理、自取中、归还途中"),
            (State.SUBMITTED, State.ACCEPTED, State.READY_AT_LENDER, State.RETURN_SHIPPED), "hourglass_empty",
        ),
        _unread_notes(DeskSide.HOME),
        _OPEN_QUEUE,
        _DONE_QUEUE,
    ),
}
# fmt: on


def queue_of(side: str, key: str) -> Queue | None:
    return next((queue for queue in QUEUES.get(side, ()) if queue.key == key), None)


def side_of(loan_request: LoanRequest, library: MemberLibrary | None) -> DeskSide | None:
    """At which desk that library stands before the request; None for the center (library None) and strangers."""
    if library is None:
        return None
    if loan_request.lender_id == library.pk:
        return DeskSide.LENDER
    return DeskSide.HOME if loan_request.home_library_id == library.pk else None


def wording(state: str, side: DeskSide | None) -> str:
    """The state in the words of that desk; the center reads the home desk's word."""
    words = WORDINGS[State(state)]
    return str(words.lender if side is DeskSide.LENDER and words.lender else words.home)


def at_desk(side: str, library: MemberLibrary | None) -> Q:
    """Requests that lie at that desk of the library, or of all libraries (None: the center)."""
    if side == DeskSide.LENDER:
        seen_by_lender = Q(submitted_at__isnull=False)
        return seen_by_lender if library is None else seen_by_lender & Q(lender=library)
    return Q() if library is None else Q(home_library=library)
