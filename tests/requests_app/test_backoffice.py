"""The two desks: whose requests are listed, in which queue, and what is shown of the reader."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.utils import timezone

from catalog.models import Holding, MemberLibrary
from readers.actors import Actor
from readers.models import Reader, User
from requests_app.backoffice.paging import RequestPaginator
from requests_app.backoffice.queues import QUEUES, DeskSide
from requests_app.backoffice.request_admin import LoanRequestAdmin
from requests_app.backoffice.waiting import waiting_counts
from requests_app.deadlines import Look
from requests_app.models import BorrowingPolicy, Closure, LendingPolicy, LoanRequest, RequestEvent
from requests_app.states import FINAL_STATES, State
from tests.factories import HoldingFactory, ReaderFactory
from tests.requests_app.conftest import WAYS

RequestAt = Callable[..., LoanRequest]
NEVER_SENT = (State.HOME_REVIEW, State.REJECTED)  # they stayed at home: the lender knows nothing of them
LIST = "/backoffice/requests_app/loanrequest/"


def page_of(request: LoanRequest) -> str:
    return f"{LIST}{request.pk}/change/"


def listed(client: Client, **query: str) -> list[LoanRequest]:
    return list(client.get(LIST, query).context["cl"].result_list)


# --- whose requests -------------------------------------------------------------------------------------


def test_each_library_lists_its_own_requests(
    client: Client,
    request_at: RequestAt,
    home_librarian: User,
    lending_librarian: User,
    strange_librarian: User,
    center_admin: User,
) -> None:
    request = request_at(State.SHIPPED)
    for user, sees in (
        (home_librarian, True), (lending_librarian, True), (center_admin, True), (strange_librarian, False),
    ):  # fmt: skip
        client.force_login(user)
        assert listed(client) == ([request] if sees else [])
        assert client.get(page_of(request)).status_code == (200 if sees else 404)


def test_a_request_in_home_review_does_not_exist_for_the_lender(
    client: Client, request_at: RequestAt, home_librarian: User, lending_librarian: User
) -> None:
    request = request_at(State.HOME_REVIEW)
    client.force_login(home_librarian)
    assert listed(client, desk="home", queue="to_review") == [request]
    client.force_login(lending_librarian)
    assert listed(client) == []
    assert client.get(page_of(request)).status_code == 404


def test_only_the_desks_reach_the_pages(client: Client, request_at: RequestAt, reader: Reader) -> None:
    request = request_at(State.SUBMITTED)
    for address in (LIST, page_of(request), f"{LIST}{request.pk}/move/accept/"):
        assert client.get(address).status_code == 302
        client.force_login(reader.user)
        assert client.get(address).status_code == 302
        client.logout()


@pytest.mark.parametrize("page", ["add/", "1/delete/", "1/history/"])
def test_there_is_no_form_that_writes_a_row(client: Client, center_admin: User, page: str) -> None:
    client.force_login(center_admin)
    assert client.get(LIST + page).status_code == 404


def test_events_have_no_page_of_their_own() -> None:
    assert not admin.site.is_registered(RequestEvent)


# --- queues -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", WAYS)
@pytest.mark.parametrize("side", DeskSide)
def test_every_open_request_lies_in_a_queue_of_each_desk_that_sees_it(
    client: Client,
    request_at: RequestAt,
    home_librarian: User,
    lending_librarian: User,
    bupt: MemberLibrary,
    cumtb: MemberLibrary,
    state: State,
    side: DeskSide,
) -> None:
    request = request_at(state)
    client.force_login(lending_librarian if side is DeskSide.LENDER else home_librarian)
    counts = waiting_counts(Look.now(cumtb if side is DeskSide.LENDER else bupt))
    found_in = [queue.key for queue in QUEUES[side] if request in listed(client, desk=side, queue=queue.key)]

    if side is DeskSide.LENDER and state in NEVER_SENT:
        assert found_in == []
    elif state in FINAL_STATES:
        assert found_in == ["done"]
    else:
        assert "open" in found_in
        assert len(found_in) >= 2
        assert {key for (at_side, key), waiting in counts.items() if waiting.count and at_side == side} == set(found_in)
    assert not any(waiting.count for (at_side, _key), waiting in counts.items() if at_side != side)


def test_the_desk_of_the_lender_is_not_the_desk_of_the_home_library(
    client: Client, request_at: RequestAt, home_librarian: User, lending_librarian: User
) -> None:
    request = request_at(State.SUBMITTED)
    client.force_login(lending_librarian)
    assert listed(client, desk="lender") == [request]
    assert listed(client, desk="home") == []
    client.force_login(home_librarian)
    assert listed(client, desk="lender") == []
    assert listed(client, desk="home", queue="at_lender") == [request]


def test_a_queue_begins_with_who_waits_longest(client: Client, request_at: RequestAt, lending_librarian: User) -> None:
    now = timezone.now()
    newer = request_at(State.SUBMITTED, submitted_at=now - timedelta(hours=5))
    older = request_at(State.SUBMITTED, submitted_at=now - timedelta(days=2))
    client.force_login(lending_librarian)
    assert listed(client, desk="lender", queue="new") == [older, newer]
    assert listed(client, desk="lender") == [newer, older]


def test_waiting_counts_from_the_move_into_the_state(request_at: RequestAt, cumtb: MemberLibrary) -> None:
    submitted_at = timezone.now() - timedelta(days=4)
    request_at(State.ACCEPTED, submitted_at=submitted_at)
    waiting = waiting_counts(Look.now(cumtb))[DeskSide.LENDER, "to_pull"]
    assert (waiting.count, waiting.oldest) == (1, submitted_at + timedelta(hours=0.5))
    assert waiting.days == 3


def test_overdue_means_past_the_due_date_in_the_readers_hands(
    client: Client, request_at: RequestAt, home_librarian: User, bupt: MemberLibrary, copy: Holding
) -> None:
    _returned, _in_time, late = [
        request_at(
            state,
            submitted_at=timezone.now() - timedelta(days=days),
            holding=HoldingFactory.create(library=copy.library, edition=copy.edition, barcode=f"D{days}"),
        )
        for state, days in ((State.RETURNED, 60), (State.ON_LOAN, 5), (State.ON_LOAN, 50))
    ]

    client.force_login(home_librarian)
    assert listed(client, desk="home", queue="overdue") == [late]
    assert len(listed(client, desk="home", queue="on_loan")) == 2
    assert waiting_counts(Look.now(bupt))[DeskSide.HOME, "overdue"].count == 1
    assert "逾期" in client.get(page_of(late)).content.decode()


@pytest.mark.parametrize("query", [{"desk": "nowhere"}, {"queue": "new"}, {"desk": "home", "queue": "no_such"}])
def test_a_mistyped_address_still_lists(
    client: Client, request_at: RequestAt, home_librarian: User, query: dict[str, str]
) -> None:
    request = request_at(State.SUBMITTED)
    client.force_login(home_librarian)
    assert listed(client, **query) == [request]


def test_the_list_asks_the_same_number_of_statements_for_one_row_and_for_many(
    client: Client, request_at: RequestAt, lending_librarian: User, django_assert_max_num_queries: Any, copy: Holding
) -> None:
    client.force_login(lending_librarian)
    for number in range(3):
        another = HoldingFactory.create(library=copy.library, edition=copy.edition, barcode=f"D{number}")
        request_at(State.ACCEPTED, holding=another)
        with django_assert_max_num_queries(12):
            client.get(LIST, {"desk": "lender", "queue": "open"})


# --- search -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["KD00000001", "kd00000001", "C6024202", "高等数学", "石福庆", "高等数学 石福庆"])
def test_a_request_is_found(client: Client, request_at: RequestAt, lending_librarian: User, text: str) -> None:
    request = request_at(State.ACCEPTED)
    client.force_login(lending_librarian)
    assert listed(client, q=text) == [request]
    assert listed(client, q=f"{text} 线性代数") == []


@pytest.mark.parametrize("text", ["林晓", "21113013005129002550"])
@pytest.mark.parametrize("state", WAYS)
def test_a_lender_finds_readers_only_while_it_may_see_them(
    client: Client,
    request_at: RequestAt,
    home_librarian: User,
    lending_librarian: User,
    state: State,
    text: str,
) -> None:
    request = request_at(state)
    client.force_login(home_librarian)
    assert listed(client, q=text) == [request]
    client.force_login(lending_librarian)
    in_hand = state not in (State.HOME_REVIEW, State.SUBMITTED) and state not in FINAL_STATES
    assert listed(client, q=text) == ([request] if in_hand else [])


@pytest.mark.parametrize("field", ["lender", "home"])
def test_the_list_narrows_to_one_library(client: Client, request_at: RequestAt, center_admin: User, field: str) -> None:
    request = request_at(State.SUBMITTED)
    client.force_login(center_admin)
    codes = {"lender": "232060", "home": "211130"}
    assert listed(client, **{field: codes[field]}) == [request]
    assert listed(client, **{field: "211260"}) == []


# --- what is shown of the reader ------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [state for state in WAYS if state not in NEVER_SENT])
def test_the_lender_reads_the_readers_name_while_it_has_the_request_in_hand(
    client: Client, request_at: RequestAt, lending_librarian: User, state: State
) -> None:
    request = request_at(state)
    client.force_login(lending_librarian)
    in_hand = state != State.SUBMITTED and state not in FINAL_STATES
    for address in (page_of(request), LIST):
        assert ("林晓" in client.get(address).content.decode()) is in_hand


@pytest.mark.parametrize("state", [State.SUBMITTED, State.ACCEPTED, State.ON_LOAN, State.COMPLETED])
def test_the_lender_never_reads_mail_or_phone(
    client: Client, request_at: RequestAt, lending_librarian: User, home_librarian: User, state: State
) -> None:
    request = request_at(state, phone="13900001111")
    client.force_login(lending_librarian)
    page = client.get(page_of(request)).content.decode()
    assert "linxiao@bupt.example" not in page
    assert "13900001111" not in page
    client.force_login(home_librarian)
    page = client.get(page_of(request)).content.decode()
    assert "linxiao@bupt.example" in page
    assert "13900001111" in page


def test_each_desk_reads_the_state_in_its_own_words(
    client: Client, request_at: RequestAt, home_librarian: User, lending_librarian: User
) -> None:
    request = request_at(State.SHIPPED)
    for user, words in ((home_librarian, "待收书"), (lending_librarian, "已发出")):
        client.force_login(user)
        shown = client.get(page_of(request)).context["shown"]
        assert shown.state_text == words


def test_the_center_reads_each_desks_list_in_that_desks_words(
    client: Client, request_at: RequestAt, center_admin: User
) -> None:
    request_at(State.SUBMITTED)
    client.force_login(center_admin)
    words = {desk: [row.shown.state_text for row in listed(client, desk=desk)] for desk in ("lender", "home")}
    assert words == {"lender": ["新申请"], "home": ["已提交"]}


def test_the_timeline_tells_who_did_what_and_what_comes_next(
    client: Client, request_at: RequestAt, home_librarian: User, cast: dict[str, Actor]
) -> None:
    request = request_at(State.SHIPPED)
    client.force_login(home_librarian)
    events = client.get(page_of(request)).context["events"]
    assert [entry.what for entry in events] == [
        "下一步：到馆签收", "出借馆发出图书", "出借馆受理申请", "提交申请",
    ]  # fmt: skip
    assert [entry.is_next for entry in events] == [True, False, False, False]
    assert events[1].who == "矿大（北京） cumtb"
    assert "条形码：C6024202" in events[2].notes


# --- what a library decides for itself --------------------------------------------------------------------------


@pytest.fixture
def policies(bupt: MemberLibrary, cumtb: MemberLibrary) -> dict[str, Any]:
    return {
        "lendingpolicy": LendingPolicy.objects.create(library=cumtb),
        "borrowingpolicy": BorrowingPolicy.objects.create(library=cumtb),
        "closure": Closure.objects.create(library=cumtb, starts_on="2026-07-15", ends_on="2026-08-20"),
    }


@pytest.mark.parametrize("model", ["lendingpolicy", "borrowingpolicy", "closure"])
def test_a_policy_belongs_to_its_library(
    client: Client,
    policies: dict[str, Any],
    lending_librarian: User,
    strange_librarian: User,
    center_admin: User,
    model: str,
) -> None:
    base = f"/backoffice/requests_app/{model}/"
    row = policies[model]
    for user, sees in ((lending_librarian, True), (center_admin, True), (strange_librarian, False)):
        client.force_login(user)
        assert list(client.get(base).context["cl"].result_list) == ([row] if sees else [])
        assert (client.get(f"{base}{row.pk}/change/").status_code == 200) is sees


POLICY: dict[str, Any] = {
    "loan_days": 21, "counts_from": "hand_out", "answer_days": 2, "dispatch_days": 2, "pickup_days": 5,
    "recall_notice_days": 3, "material_types": ["book"], "fine_per_day": "0.50", "fine_grace_days": 0,
    "reminder_days": "-3,0,1", "vacation_shift": "on",
}  # fmt: skip


def test_a_librarian_writes_the_own_policy_and_no_other(
    client: Client, lending_librarian: User, cumtb: MemberLibrary, bupt: MemberLibrary
) -> None:
    client.force_login(lending_librarian)
    values = POLICY | {"library": bupt.pk, "valid_from": timezone.localdate()}
    response = client.post("/backoffice/requests_app/lendingpolicy/add/", values)
    assert response.status_code == 302
    policy = LendingPolicy.objects.get()
    assert (policy.library, policy.loan_days) == (cumtb, 21)
    again = client.post("/backoffice/requests_app/lendingpolicy/add/", values | {"loan_days": 7})
    assert again["Location"] == f"/backoffice/requests_app/lendingpolicy/{policy.pk}/change/"  # one per library
    assert LendingPolicy.objects.get().loan_days == 21


def test_changing_a_policy_makes_a_version_and_alters_no_running_loan(
    client: Client, lending_librarian: User, cumtb: MemberLibrary, request_at: RequestAt
) -> None:
    policy = LendingPolicy.objects.create(library=cumtb, loan_days=30)
    request = request_at(State.SUBMITTED)
    client.force_login(lending_librarian)
    page = f"/backoffice/requests_app/lendingpolicy/{policy.pk}/change/"
    response = client.post(page, POLICY | {"loan_days": 14, "valid_from": "2007-01-01"}, follow=True)
    assert "此前提交的申请仍按原来的规定" in response.content.decode()
    assert LendingPolicy.of(cumtb).loan_days == 14
    policy.refresh_from_db()
    request.refresh_from_db()
    assert (policy.loan_days, request.terms.loan_days) == (30, 30)
    assert LendingPolicy.of(cumtb, date(2026, 3, 10)).loan_days == 30


def test_a_closure_that_hits_loans_asks_first(
    client: Client, home_librarian: User, bupt: MemberLibrary, request_at: RequestAt
) -> None:
    request = request_at(State.ON_LOAN, submitted_at=timezone.now() - timedelta(days=5))
    assert request.due_date is not None
    client.force_login(home_librarian)
    page = "/backoffice/requests_app/closure/add/"
    values = {"starts_on": request.due_date, "ends_on": request.due_date, "reason": "停电"}
    asked = client.post(page, values)
    assert request.number in asked.content.decode()
    assert not Closure.objects.exists()
    assert client.post(page, values | {"shift": "yes"}).status_code == 302
    moved = LoanRequest.objects.get()
    assert moved.due_date == request.due_date + timedelta(days=1)
    delete = f"/backoffice/requests_app/closure/{Closure.objects.get().pk}/delete/"
    client.post(delete, {"post": "yes"})
    assert LoanRequest.objects.get().due_date == request.due_date


def test_a_closure_of_all_libraries_is_the_centers(client: Client, lending_librarian: User) -> None:
    everywhere = Closure.objects.create(starts_on="2026-10-01", ends_on="2026-10-07")
    client.force_login(lending_librarian)
    page = f"/backoffice/requests_app/closure/{everywhere.pk}/"
    assert client.get(f"{page}change/").status_code == 200
    assert client.post(f"{page}change/", {"starts_on": "2026-10-02", "ends_on": "2026-10-03"}).status_code == 403
    assert client.post(f"{page}delete/", {"post": "yes"}).status_code == 403
    assert Closure.objects.get() == everywhere


# --- pages --------------------------------------------------------------------------------------------------------


def test_both_desks_are_paged_through_as_one_list_and_not_beyond_what_was_counted(
    client: Client, request_at: RequestAt, cast: dict[str, Actor], bupt: MemberLibrary, bnu: MemberLibrary,
    home_librarian: User, copy: Holding, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(LoanRequestAdmin, "list_per_page", 2)
    monkeypatch.setattr(RequestPaginator, "most", 4)
    theirs = ReaderFactory.create(library=bnu)
    ours = HoldingFactory.create(library=bupt, edition=copy.edition, barcode="H1")
    requests = []
    for number in range(6):
        at = timezone.now() - timedelta(days=10 - number)
        if number % 3 == 1:  # lent by the library that is home to the others
            requests.append(request_at(State.SUBMITTED, submitted_at=at, lender=bupt, holding=ours, reader=theirs))
        else:
            requests.append(request_at(State.SUBMITTED, submitted_at=at, reader=ReaderFactory.create(library=bupt)))
    newest_first = requests[::-1]
    client.force_login(home_librarian)
    assert listed(client) == newest_first[:2]
    assert listed(client, p="2") == newest_first[2:4]
    assert "多于4条" in client.get(LIST).content.decode()
    assert client.get(LIST, {"p": "3"}).status_code == 302
    assert listed(client, q="高等数学", p="2") == newest_first[2:4]
    assert "共2条" in client.get(LIST, {"desk": "lender"}).content.decode()
