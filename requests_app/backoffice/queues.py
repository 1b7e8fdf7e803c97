"""The two desks as data: what each reads for a state, and the queues in which its work waits."""

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.models import MemberLibrary
from requests_app.models import LoanRequest
from requests_app.states import FINAL_STATES, WORDINGS, State


class DeskSide(StrEnum):
    """At which desk a library stands before a request: the request's lender, or the reader's home."""

    LENDER = "lender"
    HOME = "home"


DESK_NAMES: dict[str, Promise] = {DeskSide.LENDER: _("出借台"), DeskSide.HOME: _("借入台")}


@dataclass(frozen=True)
class Queue:
    """One pile of requests at one desk.

    waits_for_us    the desk's own next move: counted in the sidebar.
    on_dashboard    shown as a card on the dashboard.
    """

    key: str
    label: Promise
    hint: Promise
    states: tuple[str, ...]
    icon: str
    waits_for_us: bool = False
    on_dashboard: bool = False


ALL_OPEN = "open"
ALL_DONE = "done"
OVERDUE = "overdue"

_OPEN_QUEUE = Queue(ALL_OPEN, _("全部未结束"), _("还没有走完流程的申请单"), (), "inventory_2")
_DONE_QUEUE = Queue(ALL_DONE, _("已结束"), _("已归还、撤销、未满足的申请单"), tuple(sorted(FINAL_STATES)), "done_all")

QUEUES: dict[str, tuple[Queue, ...]] = {
    DeskSide.LENDER: (
        Queue("new", _("新申请"), _("等待受理或回绝"), (State.SUBMITTED,), "mark_email_unread", True, True),
        Queue("to_ship", _("待取书/待发出"), _("取书、登记条码、发出"), (State.ACCEPTED,), "shelves", True, True),
        Queue(
            "to_check_in",
            _("待验收"),
            _("借入馆已寄还，收到后验收入藏"),
            (State.RETURN_SHIPPED,),
            "fact_check",
            True,
            True,
        ),
        Queue(
            "away",
            _("在外"),
            _("已发出、在借入馆或读者手中"),
            (State.SHIPPED, State.READY_AT_LENDER, State.ARRIVED, State.ON_LOAN, State.RETURNED, State.LOST),
            "move_location",
        ),
        _OPEN_QUEUE,
        _DONE_QUEUE,
    ),
    DeskSide.HOME: (
        Queue("to_review", _("待审核"), _("本馆审核后提交出借馆"), (State.HOME_REVIEW,), "rule", True, True),
        Queue("to_receive", _("待收书"), _("出借馆已发出，收到后签收"), (State.SHIPPED,), "local_shipping", True, True),
        Queue("to_collect", _("到馆待取"), _("等待读者取书"), (State.ARRIVED,), "book", False, True),
        Queue("on_loan", _("读者在借"), _("读者还书时点还书"), (State.ON_LOAN,), "menu_book", False, True),
        Queue(OVERDUE, _("逾期"), _("在借且已过应还日期"), (State.ON_LOAN,), "schedule"),
        Queue("to_return", _("待寄还"), _("读者已还，寄还出借馆"), (State.RETURNED,), "assignment_return", True, True),
        Queue("lost", _("遗失"), _("已登记遗失，等待赔偿或找到"), (State.LOST,), "search_off"),
        Queue(
            "at_lender",
            _("等待出借馆"),
            _("已提交、已受理、自取中、归还途中"),
            (State.SUBMITTED, State.ACCEPTED, State.READY_AT_LENDER, State.RETURN_SHIPPED),
            "hourglass_empty",
        ),
        _OPEN_QUEUE,
        _DONE_QUEUE,
    ),
}


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
