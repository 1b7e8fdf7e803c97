"""Every letter about a request reads well, whatever it has to leave out."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from catalog.models import MemberLibrary
from notices.letters import draw_html, write_letter
from notices.routing import FINES, MOVES, REMINDERS, Recipient
from notices.telling import context_of_request
from requests_app.models import LoanRequest
from requests_app.states import State

pytestmark = pytest.mark.django_db

LETTERS = sorted(
    {(row.mail, row.recipient) for table in (MOVES, FINES, REMINDERS) for rows in table.values() for row in rows}
)
# fmt: off
FULL: dict[str, Any] = {
    "by_the_system": True, "waits_at_home": False, "copy_was_prepared": True, "collected_by": "王同学",
    "condition": "完好", "amount": "12.50", "note": "顺丰寄出", "percent": 50, "clock_deadline": "3月12日 09:00",
    "pickup_moved": True, "liable": "读者", "liable_is_reader": True, "book_at": "在借入馆", "reason": "架上未找到",
    "forwarded_to": "BD00006532", "forwarded_lender": "北京大学图书馆", "undone": "出借馆受理申请",
    "may_be_forwarded": True, "days_left": 3, "days_late": 1, "fine_per_day": "0.50", "overdue_blocks": True,
    "fine_reason": "逾期", "fine_amount": "5.00", "blocks": True, "state_text": "已受理",
}
# The moves that these belong to cannot be made without them.
NEVER_LEFT_OUT = {
    "percent", "clock_deadline", "undone", "forwarded_to", "forwarded_lender", "fine_reason", "fine_amount", "reason",
    "state_text", "book_at",
}
# fmt: on


@pytest.fixture
def context(
    request_at: Callable[..., LoanRequest], bupt: MemberLibrary, cumtb: MemberLibrary
) -> Callable[..., dict[str, Any]]:
    """What a letter may say, with everything in it, or with as little as there can be."""

    def _context(*, is_full: bool, is_pickup: bool) -> dict[str, Any]:
        for library in (bupt, cumtb):
            library.phone = "010-62281970" if is_full else ""
            library.desk_location = "一层 馆际互借服务台" if is_full else ""
            library.opening_hours = "周一至周五 9:00–17:00" if is_full else ""
            library.save()
        request = request_at(State.READY_AT_LENDER if is_pickup else State.ACCEPTED)
        request = LoanRequest.objects.select_related("reader__user", "home_library", "lender").get(pk=request.pk)
        request.due_date = request.pickup_deadline = date(2026, 4, 9)
        if not is_full:
            request.author = request.publisher = request.year = request.isbn = request.call_number = ""
            request.copy_barcode = ""
        said = {name: value if is_full or name in NEVER_LEFT_OUT else "" for name, value in FULL.items()}
        return context_of_request(request) | said

    return _context


@pytest.mark.parametrize("is_pickup", [False, True], ids=["logistics", "pickup"])
@pytest.mark.parametrize("is_full", [False, True], ids=["bare", "full"])
def test_facts_stand_together_and_nothing_is_empty(
    context: Callable[..., dict[str, Any]], is_full: bool, is_pickup: bool
) -> None:
    known = context(is_full=is_full, is_pickup=is_pickup)
    for name, recipient in LETTERS:
        subject, text = write_letter(name, known | {"to_home": recipient == Recipient.HOME_DESK})
        body = text.partition("\n-- \n")[0]
        paragraphs = body.split("\n\n")
        [facts] = [paragraph for paragraph in paragraphs if "申请单号：" in paragraph]
        assert not [line for line in facts.splitlines() if line.endswith(("：", "：元", "（）"))], name
        odd = [line for line in facts.splitlines() if not 1 <= line.find("：") <= 14]
        assert odd == [], f"{name}: a sentence among the facts, so they are not drawn as a table"
        assert "\n\n\n" not in text, name
        assert "《》" not in subject + text, name
        assert "None" not in text, name
        html = draw_html(subject, text)
        assert html.count("<table") == 1, name
        assert html.count("<a href=") == sum("：http" in paragraph for paragraph in paragraphs), name


@pytest.mark.parametrize("name", sorted({name for name, recipient in LETTERS if recipient == Recipient.LENDER_DESK}))
def test_no_letter_to_a_lender_has_a_place_for_the_reader(context: Callable[..., dict[str, Any]], name: str) -> None:
    _subject, text = write_letter(name, context(is_full=True, is_pickup=True) | {"to_home": False})
    assert "林晓" not in text
    assert "13005129002550" not in text
