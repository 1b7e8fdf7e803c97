"""The buttons of a desk: one per move, refused with a sentence, never losing what was typed."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from catalog.models import Holding, MemberLibrary
from readers.actors import Actor
from readers.models import User
from requests_app.backoffice.move_forms import MoveForm
from requests_app.models import LoanRequest
from requests_app.moves.options import available_moves
from requests_app.services.moves import move
from requests_app.states import Reason, State
from tests.factories import HoldingFactory
from tests.requests_app.conftest import MORNING, WAYS

RequestAt = Callable[..., LoanRequest]
Cast = dict[str, Actor]
LIST = "/backoffice/requests_app/loanrequest/"


def move_page(request: LoanRequest, verb: str) -> str:
    return f"{LIST}{request.pk}/move/{verb}/"


def press(client: Client, request: LoanRequest, verb: str, **typed: str) -> Any:
    return client.post(move_page(request, verb), {"version": request.version, **typed})


def state_of(request: LoanRequest) -> str:
    return LoanRequest.objects.get(pk=request.pk).state


@pytest.mark.parametrize("state", WAYS)
@pytest.mark.parametrize("capacity", ["H", "L", "C"])
def test_the_page_offers_exactly_the_moves_of_the_table(
    client: Client, request_at: RequestAt, cast: Cast, state: State, capacity: str
) -> None:
    request = request_at(state)
    actor = cast[capacity]
    options = available_moves(request, actor)
    assert actor.user is not None
    client.force_login(actor.user)
    response = client.get(f"{LIST}{request.pk}/change/")
    if capacity == "L" and state in (State.HOME_REVIEW, State.REJECTED):  # never sent to the lender
        assert response.status_code == 404
        return
    page = response.content.decode()
    assert [form.option for form in response.context["forms"]] == options
    for option in options:
        assert (f'action="{move_page(request, option.verb)}"' in page) is option.allowed
        if not option.allowed:
            assert option.why_not in page
    assert page.count("/move/") == sum(option.allowed for option in options)


def test_home_is_told_how_often_a_book_waited_in_vain(
    client: Client, request_at: RequestAt, home_librarian: User, lending_librarian: User
) -> None:
    address = f"{LIST}{request_at(State.UNCOLLECTED).pk}/change/"
    for user, is_told in ((home_librarian, True), (lending_librarian, False)):
        client.force_login(user)
        assert ("<dt>逾期未取</dt><dd>1次</dd>" in client.get(address).content.decode()) == is_told
    later = f"{LIST}{request_at(State.SUBMITTED).pk}/change/"
    client.force_login(home_librarian)
    assert "<dt>逾期未取</dt><dd>1次</dd>" in client.get(later).content.decode()


def test_a_book_goes_the_whole_way_by_buttons(
    client: Client, request_at: RequestAt, home_librarian: User, lending_librarian: User
) -> None:
    request = request_at(State.SUBMITTED)  # long ago: the reader's hour is over
    for user, verb, typed, state in (
        (lending_librarian, "accept", {"barcode": "C6024202"}, State.ACCEPTED),
        (lending_librarian, "ship", {}, State.SHIPPED),
        (home_librarian, "receive", {"condition": "完好"}, State.ARRIVED),
        (home_librarian, "hand_out", {"collected_by": "王同学"}, State.ON_LOAN),
        (home_librarian, "take_back", {}, State.RETURNED),
        (home_librarian, "ship_back", {"note": "随周三班车"}, State.RETURN_SHIPPED),
        (lending_librarian, "check_in", {"barcode": "C6024202"}, State.COMPLETED),
    ):
        client.force_login(user)
        response = press(client, request, verb, **typed)
        assert (response.status_code, response["Location"]) == (302, f"{LIST}{request.pk}/change/")
        request.refresh_from_db()
        assert request.state == state
        assert "已完成" in client.get(response["Location"]).content.decode()


def test_a_refusal_carries_the_reason_of_the_list(
    client: Client, request_at: RequestAt, lending_librarian: User
) -> None:
    request = request_at(State.SUBMITTED)
    client.force_login(lending_librarian)

    response = press(client, request, "decline", note="书架编号有误")
    assert response.status_code == 400
    assert "书架编号有误" in response.content.decode()
    assert state_of(request) == State.SUBMITTED

    press(client, request, "decline", reason=Reason.NOT_ON_SHELF, note="已登记查找")
    request.refresh_from_db()
    assert (request.state, request.reason, request.reason_note) == (State.UNFILLED, "not_on_shelf", "已登记查找")


def test_opening_the_form_changes_nothing(client: Client, request_at: RequestAt, lending_librarian: User) -> None:
    request = request_at(State.SUBMITTED)
    client.force_login(lending_librarian)
    page = client.get(move_page(request, "accept"))
    assert page.status_code == 200
    assert page.context["form"].option.allowed
    assert state_of(request) == State.SUBMITTED


def test_the_form_needs_its_token(request_at: RequestAt, lending_librarian: User) -> None:
    request = request_at(State.SUBMITTED)
    client = Client(enforce_csrf_checks=True)
    client.force_login(lending_librarian)
    assert press(client, request, "accept", barcode="C6024202").status_code == 403
    assert state_of(request) == State.SUBMITTED


def test_what_the_service_refuses_is_shown_at_its_field_and_nothing_typed_is_lost(
    client: Client, request_at: RequestAt, lending_librarian: User, edition: Any
) -> None:
    request = request_at(State.SUBMITTED, edition=edition)
    client.force_login(lending_librarian)

    response = press(client, request, "accept", barcode="X999", note="二层书库取")
    form = response.context["form"]
    assert response.status_code == 409
    assert "X999" in form.errors["barcode"][0]
    assert form["note"].value() == "二层书库取"
    assert state_of(request) == State.SUBMITTED


def test_a_page_shown_before_somebody_else_acted_is_stale(
    client: Client, request_at: RequestAt, cast: Cast, lending_librarian: User
) -> None:
    request = request_at(State.SUBMITTED)
    shown = request.version
    move(request=request, verb="accept", by=cast["C"], at=MORNING, barcode="C6024202")
    client.force_login(lending_librarian)

    response = client.post(
        move_page(request, "decline"), {"version": shown, "reason": Reason.NOT_HELD, "note": "没有这本书"}
    )
    page = response.content.decode()
    assert response.status_code == 409
    assert (
        "已由中心 center于03-10 09:00办理“受理”，现在是“待取书”" in page
    )  # in the words of this desk, as in the heading
    assert "没有这本书" in page
    assert 'name="version" value="2"' in page  # the next press answers what is shown now
    assert state_of(request) == State.ACCEPTED


def test_a_move_that_is_not_possible_now_says_why(
    client: Client, request_at: RequestAt, lending_librarian: User
) -> None:
    request = request_at(State.SHIPPED)
    client.force_login(lending_librarian)
    page = client.get(move_page(request, "decline")).content.decode()
    assert "现在不能“回绝”：申请单的状态是“已发出”" in page
    response = press(client, request, "decline", reason=Reason.NOT_HELD)
    assert response.status_code == 409
    assert "不能“回绝”" in response.content.decode()
    assert state_of(request) == State.SHIPPED


def test_the_other_desks_move_is_refused(client: Client, request_at: RequestAt, home_librarian: User) -> None:
    request = request_at(State.SUBMITTED)
    client.force_login(home_librarian)
    assert press(client, request, "accept", barcode="C6024202").status_code == 409
    assert state_of(request) == State.SUBMITTED


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("verb", ["accept", "decline", "receive"])
def test_a_strangers_request_does_not_exist(
    client: Client, request_at: RequestAt, strange_librarian: User, verb: str, method: str
) -> None:
    request = request_at(State.SUBMITTED)
    client.force_login(strange_librarian)
    assert getattr(client, method)(move_page(request, verb), {"version": 1}).status_code == 404
    assert state_of(request) == State.SUBMITTED


@pytest.mark.parametrize("verb", ["submit", "steal"])
def test_an_unknown_verb_does_not_exist(
    client: Client, request_at: RequestAt, lending_librarian: User, verb: str
) -> None:
    request = request_at(State.SUBMITTED)
    client.force_login(lending_librarian)
    assert client.get(move_page(request, verb)).status_code == 404
    assert press(client, request, verb).status_code == 404


def test_a_form_without_its_version_is_refused(client: Client, request_at: RequestAt, lending_librarian: User) -> None:
    request = request_at(State.SUBMITTED)
    client.force_login(lending_librarian)
    response = client.post(move_page(request, "accept"), {"barcode": "C6024202"})
    assert response.status_code == 400
    assert "重新打开" in response.content.decode()
    assert state_of(request) == State.SUBMITTED


def test_the_center_acts_on_behalf_and_says_why(
    client: Client, request_at: RequestAt, center_admin: User, home_librarian: User, cumtb: MemberLibrary
) -> None:
    request = request_at(State.SUBMITTED)
    client.force_login(center_admin)
    assert press(client, request, "accept", barcode="C6024202").status_code == 400
    assert state_of(request) == State.SUBMITTED

    press(client, request, "accept", barcode="C6024202", behalf_reason="矿大电话委托")
    event = request.events.get(verb="accept")
    assert (event.capacity, event.on_behalf_of, event.actor) == ("C", cumtb, center_admin)

    client.force_login(home_librarian)
    page = client.get(f"{LIST}{request.pk}/change/").content.decode()
    assert "中心代办" in page
    assert "矿大电话委托" in page


def test_accepting_offers_the_copies_of_this_lender_those_on_the_shelf_first(
    client: Client, request_at: RequestAt, cast: Cast, copy: Holding, bnu: MemberLibrary
) -> None:
    lent = HoldingFactory.create(
        edition=copy.edition, library=copy.library, barcode="A0001", out_on_request="KD00000009"
    )
    HoldingFactory.create(edition=copy.edition, library=bnu, barcode="B0001")
    request = request_at(State.SUBMITTED, edition=copy.edition)
    [accept] = [option for option in available_moves(request, cast["L"]) if option.verb == "accept"]

    form = MoveForm(loan_request=request, option=accept, actor=cast["L"])
    assert [(each.barcode, each.on_shelf) for each in form.copies] == [(copy.barcode, True), (lent.barcode, False)]
    assert not form["barcode"].initial  # only the book itself says which copy is in the hand


def test_checking_in_asks_for_the_book_that_was_lent(
    client: Client, request_at: RequestAt, lending_librarian: User
) -> None:
    request = request_at(State.RETURN_SHIPPED)
    client.force_login(lending_librarian)
    form = client.get(move_page(request, "check_in")).context["form"]
    assert not form["barcode"].initial
    assert "C6024202" in form["barcode"].help_text

    response = press(client, request, "check_in", barcode="C0000000")
    assert response.status_code == 409
    assert "C0000000" in response.context["form"].errors["barcode"][0]
    assert state_of(request) == State.RETURN_SHIPPED


def test_a_wish_to_cancel_is_the_first_thing_one_sees(
    client: Client, request_at: RequestAt, cast: Cast, lending_librarian: User
) -> None:
    request = request_at(State.SUBMITTED)
    move(request=request, verb="ask_cancel", by=cast["H"])
    client.force_login(lending_librarian)
    page = client.get(f"{LIST}{request.pk}/change/").text
    assert '<span class="bo-flag">读者请求撤销</span>' in page
    assert "下一步：答复撤销请求" in page
