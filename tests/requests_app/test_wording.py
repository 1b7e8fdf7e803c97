"""One state, three readings: the reader's, the home desk's, the lender's."""

from collections.abc import Callable

import pytest

from requests_app.models import LoanRequest
from requests_app.states import State
from tests.requests_app.conftest import MORNING

RequestAt = Callable[..., LoanRequest]


@pytest.mark.parametrize(
    ("state", "to_reader", "to_home", "to_lender"),
    [
        (State.HOME_REVIEW, "待本馆审核", "待审核", ""),
        (State.SUBMITTED, "已提交，待出借馆处理", "已提交", "新申请"),
        (State.ACCEPTED, "出借馆已受理，正在取书", "已受理", "待取书"),
        (State.SHIPPED, "图书已发出", "待收书", "已发出"),
        (
            State.ARRIVED,
            "文献到馆，请取书（2026-03-18前）",
            "到馆待取（2026-03-18前）",
            "借入馆已收到（2026-03-18前）",
        ),
        (
            State.ON_LOAN,
            "读者获取图书（应还日期2026-04-10）",
            "读者在借（应还日期2026-04-10）",
            "读者在借（应还日期2026-04-10）",
        ),
        (State.RETURNED, "已还书，待送回出借馆", "待寄还", "待寄还"),
        (State.RETURN_SHIPPED, "已还书，归还途中", "已寄还", "待验收"),
        (State.COMPLETED, "已归还，流程结束", "完成", "已验收入藏"),
        (State.CANCELLED, "申请已撤销", "已撤销", "已撤销"),
        (State.UNFILLED, "未满足，架上未找到", "未满足，架上未找到", "已回绝，架上未找到"),
        (State.REJECTED, "本馆未通过，信息不全", "未通过，信息不全", ""),
    ],
)
def test_each_side_reads_its_own_words(
    request_at: RequestAt, state: State, to_reader: str, to_home: str, to_lender: str
) -> None:
    request = request_at(state)
    assert (request.state_text, request.state_text_home, request.state_text_lender) == (to_reader, to_home, to_lender)


def test_the_lender_sees_that_the_slip_was_printed(request_at: RequestAt) -> None:
    request = request_at(State.ACCEPTED)
    request.printed_at = MORNING
    assert request.state_text_lender == "待取书（取书单已打印 03-10 09:00）"


def test_a_refusal_reads_with_its_note(request_at: RequestAt) -> None:
    assert request_at(State.UNFILLED).reason_text == "架上未找到（已登记查找）"


def test_a_preliminary_due_date_is_not_shown_to_the_reader(request_at: RequestAt) -> None:
    request = request_at(State.ARRIVED)
    assert request.due_date is not None
    assert request.shown_due_date is None


@pytest.mark.parametrize("state", [State.HOME_REVIEW, State.REJECTED])
def test_the_lender_does_not_see_what_never_left_home(request_at: RequestAt, state: State) -> None:
    request = request_at(state)
    assert list(LoanRequest.objects.of_library(request.home_library)) == [request]
    assert not LoanRequest.objects.of_library(request.lender).exists()
