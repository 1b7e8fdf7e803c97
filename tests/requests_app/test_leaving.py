"""退出: a member leaves when its books are back, and the center is told what is still out."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.forms.models import model_to_dict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import Holding, MemberLibrary
from readers.actors import Actor
from readers.models import User
from requests_app.leaving import refuse_to_leave
from requests_app.models import LoanRequest
from requests_app.services.moves import move
from requests_app.states import FINAL_STATES, OUT_STATES, State
from tests.factories import HoldingFactory, ReaderFactory

RequestAt = Callable[..., LoanRequest]
Cast = dict[str, Actor]
# While the lender has not sent the book it may go; home may not as soon as a book may be sent to it.
KEEPS_HOME = OUT_STATES | {State.SUBMITTED, State.ACCEPTED}


@pytest.fixture
def leave(center_admin: User, client: Client) -> Callable[..., str]:
    """Enter the day of leaving in the back office as the center; returns what the page says against it."""
    client.force_login(center_admin)

    def _leave(library: MemberLibrary, days_ahead: int = 0) -> str:
        day = timezone.localdate() + timedelta(days=days_ahead)
        data = {name: value for name, value in model_to_dict(library).items() if value not in (None, False)}
        data |= {"left_on": day.isoformat(), "pauses-TOTAL_FORMS": 0, "pauses-INITIAL_FORMS": 0}
        page = client.post(reverse("admin:catalog_memberlibrary_change", args=[library.pk]), data)
        return "" if page.status_code == 302 else "".join(page.context["adminform"].form.errors["left_on"])

    return _leave


def _account(library: MemberLibrary) -> str:
    try:
        refuse_to_leave(library)
    except ValidationError as refusal:
        return str(refusal.messages[0])
    return ""


@pytest.mark.parametrize("state", list(State))
def test_which_states_keep_whom(
    request_at: RequestAt, bupt: MemberLibrary, cumtb: MemberLibrary, bnu: MemberLibrary, state: State
) -> None:
    request = request_at(state)
    assert (request.number in _account(cumtb)) == (state in OUT_STATES)
    assert (request.number in _account(bupt)) == (state in KEEPS_HOME)
    assert not _account(bnu)
    assert not (state in FINAL_STATES and state in KEEPS_HOME)


def test_the_account_says_how_many_stand_where_and_names_the_oldest(
    request_at: RequestAt, bupt: MemberLibrary, cumtb: MemberLibrary, copy: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("requests_app.leaving.NUMBERS_SHOWN", 3)
    on_loan = request_at(State.ON_LOAN)
    back = [
        request_at(
            State.RETURN_SHIPPED,
            reader=ReaderFactory.create(library=bupt),
            holding=HoldingFactory.create(edition=copy.edition, library=cumtb, barcode=f"C{n}"),
        )
        for n in range(4)
    ]
    account = _account(cumtb)
    assert "借出的：5件（待验收4件、读者在借1件）" in account
    assert on_loan.number in account
    assert back[1].number in account
    assert "等。" in account
    assert back[3].number not in account
    assert "借入的" not in account
    assert "借入的：5件（已寄还4件、读者在借1件）" in _account(bupt)


def test_the_center_is_refused_and_told_what_is_out(
    request_at: RequestAt, cast: Cast, cumtb: MemberLibrary, leave: Callable[..., str]
) -> None:
    request = request_at(State.RETURN_SHIPPED)
    said = leave(cumtb)
    assert "中国矿业大学（北京）图书馆还有图书在外" in said
    assert f"借出的：1件（待验收1件）：{request.number}。" in said
    cumtb.refresh_from_db()
    assert cumtb.left_on is None

    move(request=request, verb="check_in", by=cast["L"], barcode="C6024202")
    assert leave(cumtb) == ""
    cumtb.refresh_from_db()
    assert cumtb.left_on == timezone.localdate()


def test_nobody_leaves_on_a_day_to_come(cumtb: MemberLibrary, leave: Callable[..., str]) -> None:
    assert "退出日期不能晚于今天" in leave(cumtb, days_ahead=1)
    cumtb.refresh_from_db()
    assert cumtb.left_on is None
