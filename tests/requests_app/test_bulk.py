"""One move for many requests, row by row; the list as a spreadsheet; what is found by which word."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from catalog.models import Holding, MemberLibrary
from readers.actors import Actor
from readers.models import User
from requests_app.backoffice.bulk import BULK_MOVES, bulk_moves
from requests_app.backoffice.queues import QUEUES, DeskSide
from requests_app.models import LoanRequest
from requests_app.services.moves import move
from requests_app.states import State
from requests_app.transitions import rows_of
from tests.factories import HoldingFactory, ReaderFactory

RequestAt = Callable[..., LoanRequest]
LIST = "/backoffice/requests_app/loanrequest/"
BULK = f"{LIST}bulk/"


@pytest.fixture
def some(request_at: RequestAt, copy: Holding, bupt: MemberLibrary) -> Callable[..., list[LoanRequest]]:
    """`some(State.ACCEPTED, 3)`: requests of three readers for three copies."""

    def _some(state: State, number: int, **changes: Any) -> list[LoanRequest]:
        return [
            request_at(
                state,
                holding=HoldingFactory.create(library=copy.library, edition=copy.edition, barcode=f"M{n}"),
                reader=ReaderFactory.create(library=bupt),
                **changes,
            )
            for n in range(number)
        ]

    return _some


def chosen(requests: list[LoanRequest], verb: str, **more: Any) -> dict[str, Any]:
    versions = {f"version-{each.pk}": each.version for each in requests}
    return {"verb": verb, "picked": [each.pk for each in requests], **versions, **more}


def states(requests: list[LoanRequest]) -> list[str]:
    return [LoanRequest.objects.get(pk=each.pk).state for each in requests]


# --- which buttons -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "key", "verbs"),
    [
        ("lender", "new", ["accept", "decline"]),
        ("lender", "due_today", ["accept", "decline"]),
        ("lender", "to_pull", ["decline", "ship", "make_ready"]),
        ("lender", "to_ship", ["decline", "ship", "make_ready"]),
        ("lender", "cancel_asked", ["decline", "agree_cancel", "refuse_cancel"]),
        ("lender", "to_check_in", ["check_in", "report_missing"]),
        ("lender", "missing", ["check_in", "clear_missing"]),
        ("lender", "open", []),
        ("lender", "done", []),
        ("home", "to_review", ["approve", "reject"]),
        ("home", "to_receive", ["receive", "report_missing"]),
        ("home", "uncollected", ["extend_pickup", "not_collected"]),
        ("home", "to_return", ["ship_back"]),
        ("home", "overdue", ["take_back"]),
    ],
)
def test_the_buttons_of_a_queue_come_from_the_table(side: str, key: str, verbs: list[str]) -> None:
    queue = next(queue for queue in QUEUES[side] if queue.key == key)
    assert [each.verb for each in bulk_moves(DeskSide(side), queue)] == verbs


@pytest.mark.parametrize("verb", BULK_MOVES)
def test_what_is_asked_once_is_asked_by_the_table_too(verb: str) -> None:
    assert set(BULK_MOVES[verb]) <= {name for row in rows_of(verb) for name in row.fields}


def test_the_list_offers_the_buttons_and_boxes_of_its_queue(
    client: Client, some: Callable[..., list[LoanRequest]], lending_librarian: User, strange_librarian: User
) -> None:
    [first, second] = some(State.ACCEPTED, 2)
    client.force_login(lending_librarian)
    page = client.get(LIST, {"desk": "lender", "queue": "to_pull"}).content.decode()
    assert f'name="picked" value="{first.pk}" aria-label="{first.number}"' in page
    assert f'name="version-{second.pk}" value="{second.version}"' in page
    assert 'name="verb" value="ship"' in page
    assert 'name="picked"' not in client.get(LIST, {"desk": "lender", "queue": "open"}).content.decode()


# --- row by row ----------------------------------------------------------------------------------------------------


def test_ticked_requests_are_moved_at_once_where_nothing_is_to_ask(
    client: Client, some: Callable[..., list[LoanRequest]], lending_librarian: User
) -> None:
    requests = some(State.ACCEPTED, 3)
    client.force_login(lending_librarian)
    page = client.post(BULK, chosen(requests[:2], "ship", back=f"{LIST}?desk=lender&queue=to_pull"))
    assert states(requests) == [State.SHIPPED, State.SHIPPED, State.ACCEPTED]
    assert page.context["summary"] == "办理了2张"
    assert f'href="{LIST}?desk=lender&amp;queue=to_pull"' in page.content.decode()


def test_a_refused_row_stops_no_other_and_is_told_why(
    client: Client, some: Callable[..., list[LoanRequest]], request_at: RequestAt, lending_librarian: User, cast: Any
) -> None:
    requests = some(State.ACCEPTED, 3)
    fresh = request_at(State.ACCEPTED, submitted_at=timezone.now())  # the reader's hour runs
    before = [*requests, fresh]
    versions = chosen(before, "ship")
    move(request=LoanRequest.objects.get(pk=requests[1].pk), verb="decline", by=cast["L"], reason="not_on_shelf")
    client.force_login(lending_librarian)
    page = client.post(BULK, versions)
    assert states(before) == [State.SHIPPED, State.UNFILLED, State.SHIPPED, State.ACCEPTED]
    assert page.context["summary"] == "办理了2张，2张没有办理"
    assert [row.request for row in page.context["refused"]] == [requests[1], fresh]
    text = page.content.decode()
    assert "请在此之后发出" in text
    assert "已由" in text


def test_books_are_accepted_by_their_barcodes_and_wrong_ones_are_asked_again(
    client: Client, some: Callable[..., list[LoanRequest]], lending_librarian: User
) -> None:
    first, second = some(State.SUBMITTED, 2)
    client.force_login(lending_librarian)
    asked = client.post(BULK, chosen([first, second], "accept"))
    assert states([first, second]) == [State.SUBMITTED] * 2
    assert f'name="barcode-{first.pk}"' in asked.content.decode()

    scanned = {f"barcode-{first.pk}": "M0", f"barcode-{second.pk}": "M77", "confirmed": "1"}
    page = client.post(BULK, chosen([first, second], "accept", **scanned))
    assert states([first, second]) == [State.ACCEPTED, State.SUBMITTED]
    again = page.content.decode()
    assert f'name="barcode-{second.pk}" value="M77"' in again
    assert f'name="barcode-{first.pk}"' not in again

    client.post(BULK, chosen([second], "accept", confirmed="1", **{f"barcode-{second.pk}": "M1"}))
    assert states([second]) == [State.ACCEPTED]


def test_declining_asks_for_the_reason_once_and_keeps_what_was_typed(
    client: Client, some: Callable[..., list[LoanRequest]], lending_librarian: User
) -> None:
    requests = some(State.SUBMITTED, 2)
    client.force_login(lending_librarian)
    page = client.post(BULK, chosen(requests, "decline", confirmed="1", note="已登记查找"))
    assert page.status_code == 400
    assert "已登记查找" in page.content.decode()
    assert states(requests) == [State.SUBMITTED] * 2
    client.post(BULK, chosen(requests, "decline", confirmed="1", reason="not_on_shelf", note="已登记查找"))
    assert states(requests) == [State.UNFILLED] * 2


def test_requests_of_others_do_not_exist_and_nothing_ticked_leads_back(
    client: Client, some: Callable[..., list[LoanRequest]], strange_librarian: User, lending_librarian: User
) -> None:
    requests = some(State.ACCEPTED, 2)
    client.force_login(strange_librarian)
    answer = client.post(BULK, chosen(requests, "ship", back=f"//evil.example{LIST}?desk=lender"))
    assert answer.status_code == 302
    assert answer["Location"] == f"{LIST}?desk=lender"
    assert states(requests) == [State.ACCEPTED] * 2
    client.force_login(lending_librarian)
    assert client.post(BULK, chosen(requests, "close")).status_code == 404


def test_the_center_says_why_it_acts(
    client: Client, some: Callable[..., list[LoanRequest]], center_admin: User, cast: dict[str, Actor]
) -> None:
    requests = some(State.ACCEPTED, 2)
    client.force_login(center_admin)
    client.post(BULK, chosen(requests, "ship"))
    assert states(requests) == [State.ACCEPTED] * 2
    client.post(BULK, chosen(requests, "ship", confirmed="1", behalf_reason="电话委托"))
    assert states(requests) == [State.SHIPPED] * 2
    assert requests[0].events.order_by("-sequence")[0].details["on_behalf_reason"] == "电话委托"


# --- the spreadsheet -------------------------------------------------------------------------------------------------


def sheet(client: Client, **query: str) -> list[tuple[Any, ...]]:
    response = client.get(f"{LIST}export/", query)
    assert response.status_code == 200
    rows = load_workbook(BytesIO(response.content)).active.iter_rows()
    return [tuple(row) for row in rows]


def test_the_spreadsheet_is_the_list_as_filtered(
    client: Client, some: Callable[..., list[LoanRequest]], lending_librarian: User, strange_librarian: User
) -> None:
    shipped = some(State.ACCEPTED, 2)
    client.force_login(lending_librarian)
    head, *rows = sheet(client, desk="lender", queue="to_pull")
    assert head[0].value == "申请单号"
    assert {row[0].value for row in rows} == {each.number for each in shipped}
    assert len(sheet(client, desk="lender", queue="new")) == 1
    client.force_login(strange_librarian)
    assert len(sheet(client)) == 1


def test_nothing_in_the_spreadsheet_is_a_formula(
    client: Client, request_at: RequestAt, lending_librarian: User
) -> None:
    request_at(State.ACCEPTED, title='=HYPERLINK("http://x")', author="+1", publisher="@SUM(A1)\x07", year="-2")
    client.force_login(lending_librarian)
    _head, row = sheet(client)
    assert [row[n].value for n in (2, 3, 4, 5)] == ['=HYPERLINK("http://x")', "+1", "@SUM(A1)", "-2"]
    assert all(cell.data_type != "f" for cell in row)
    assert all(row[n].data_type == "s" and row[n].quotePrefix for n in (2, 3, 4, 5))


def test_the_spreadsheet_names_the_reader_only_where_the_desk_may_know(
    client: Client, request_at: RequestAt, lending_librarian: User, home_librarian: User
) -> None:
    request_at(State.SUBMITTED)
    names = []
    for user in (lending_librarian, home_librarian):
        client.force_login(user)
        names.append((sheet(client)[1][11].value or "", sheet(client)[1][12].value or ""))
    assert names == [("", ""), ("林晓", "21113013005129002550")]


# --- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("9787503717444", True), ("978-7-5037-1744-4", True), ("7-5037-1744-0", True), ("O13/04/1", True),
        ("數學", True), ("学", True), ("Advanced", True), ("advance", False), ("数高", False), ("()", False),
    ],
)  # fmt: skip
def test_words_and_numbers_of_the_book(
    client: Client, request_at: RequestAt, lending_librarian: User, text: str, found: bool
) -> None:
    request = request_at(State.SUBMITTED, title="高等数学 Advanced course", isbn="7-5037-1744-0")
    client.force_login(lending_librarian)
    rows = list(client.get(LIST, {"q": text}).context["cl"].result_list)
    assert rows == ([request] if found else [])


def test_the_list_narrows_by_state_delivery_and_day(
    client: Client, request_at: RequestAt, lending_librarian: User
) -> None:
    request = request_at(State.SUBMITTED)  # on 10 March 2026, nine o'clock in Beijing
    client.force_login(lending_librarian)
    for query, found in (
        ({"state": "SUBMITTED"}, True), ({"state": "ACCEPTED"}, False), ({"delivery": "logistics"}, True),
        ({"delivery": "self_pickup"}, False), ({"from": "2026-03-10", "to": "2026-03-10"}, True),
        ({"from": "2026-03-11"}, False), ({"to": "2026-03-09"}, False), ({"from": "soon"}, True),
    ):  # fmt: skip
        rows = list(client.get(LIST, query).context["cl"].result_list)
        assert rows == ([request] if found else []), query
