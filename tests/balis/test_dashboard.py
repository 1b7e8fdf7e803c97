"""The index of the back office: what waits at which desk, and that its numbers are those of the lists behind them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import Holding, MemberLibrary
from notices.models import News
from readers.actors import Actor
from readers.models import Reader, ReaderState, Role, User
from requests_app.models import LoanRequest
from requests_app.services.moves import move
from requests_app.states import Reason, State
from tests.factories import AssignmentFactory, HoldingFactory, ReaderFactory

RequestAt = Callable[..., LoanRequest]
INDEX = "/backoffice/"
EVERY_STATION = (
    State.SUBMITTED, State.ACCEPTED, State.SHIPPED, State.ARRIVED, State.ON_LOAN, State.RETURNED, State.RETURN_SHIPPED,
)  # fmt: skip


@pytest.fixture
def a_book_at_every_station(request_at: RequestAt, copy: Holding, bupt: MemberLibrary) -> list[LoanRequest]:
    """One request per open state, all of them between BUPT (home) and CUMTB (lender), the longest way first."""
    now = timezone.now()
    return [
        request_at(
            state,
            submitted_at=now - timedelta(days=30 - number),
            holding=HoldingFactory.create(library=copy.library, edition=copy.edition, barcode=f"D{number}"),
            reader=ReaderFactory.create(
                library=Reader.objects.get(name="林晓", certificate_number="13005129002550").library
            ),
        )
        for number, state in enumerate(EVERY_STATION)
    ]


def cards(client: Client) -> dict[str, list[tuple[str, int]]]:
    """Panel → its cards with something in them."""
    panels = client.get(INDEX).context["panels"]
    return {panel.title: [(card.label, card.count) for card in panel.cards if card.count] for panel in panels}


def test_the_lender_sees_what_waits_at_its_desk(
    client: Client, a_book_at_every_station: list[LoanRequest], lending_librarian: User
) -> None:
    client.force_login(lending_librarian)
    assert cards(client) == {
        "出借台": [("新申请", 1), ("今日到期未答复", 1), ("待取书", 1), ("待验收", 1)],
        "借入台": [],
    }


def test_the_home_library_sees_what_waits_at_its_desk(
    client: Client, a_book_at_every_station: list[LoanRequest], home_librarian: User, bupt: MemberLibrary
) -> None:
    ReaderFactory.create(library=bupt, state=ReaderState.PENDING)
    client.force_login(home_librarian)
    assert cards(client) == {
        "出借台": [],
        "借入台": [("待审核读者", 1), ("待收书", 1), ("到馆待取", 1), ("到期未取", 1), ("待寄还", 1), ("读者在借", 1)],
    }


def test_a_stranger_sees_an_empty_desk_and_the_center_all_of_it(
    client: Client, a_book_at_every_station: list[LoanRequest], strange_librarian: User, center_admin: User
) -> None:
    client.force_login(strange_librarian)
    assert cards(client) == {"出借台": [], "借入台": []}
    client.force_login(center_admin)
    assert cards(client) == {
        "出借台": [("新申请", 1), ("今日到期未答复", 1), ("待取书", 1), ("待验收", 1)],
        "借入台": [("待收书", 1), ("到馆待取", 1), ("到期未取", 1), ("待寄还", 1), ("读者在借", 1)],
    }


@pytest.mark.parametrize("who", ["lending_librarian", "home_librarian", "center_admin"])
def test_every_number_is_the_length_of_the_list_behind_it(
    client: Client,
    request: pytest.FixtureRequest,
    a_book_at_every_station: list[LoanRequest],
    bupt: MemberLibrary,
    who: str,
) -> None:
    ReaderFactory.create(library=bupt, state=ReaderState.PENDING)
    client.force_login(request.getfixturevalue(who))
    shown = [card for panel in client.get(INDEX).context["panels"] for card in panel.cards]
    assert len(shown) >= 8
    for card in shown:
        assert client.get(card.address).context["cl"].result_count == card.count, card.label


def test_overdue_books_have_a_card_that_stands_out(
    client: Client,
    request_at: RequestAt,
    home_librarian: User,
) -> None:
    request_at(State.ON_LOAN, submitted_at=timezone.now() - timedelta(days=60))
    client.force_login(home_librarian)
    [card] = [card for panel in client.get(INDEX).context["panels"] for card in panel.cards if card.label == "逾期"]
    assert (card.count, card.is_late) == (1, True)
    assert client.get(card.address).context["cl"].result_count == 1


def test_the_age_is_that_of_the_oldest_and_late_ones_stand_out(
    client: Client,
    request_at: RequestAt,
    lending_librarian: User,
) -> None:
    client.force_login(lending_librarian)
    request_at(State.SUBMITTED, submitted_at=timezone.now() - timedelta(hours=5, minutes=10))
    [fresh, *_due] = [card for card in client.get(INDEX).context["panels"][0].cards if card.count]
    assert (fresh.oldest, fresh.is_late) == ("5小时", False)
    request_at(State.SUBMITTED, submitted_at=timezone.now() - timedelta(days=3))
    late = client.get(INDEX).context["panels"][0].cards[0]
    assert (late.count, late.oldest, late.is_late) == (2, "3天", True)


def test_the_librarian_is_shown_the_longest_waiting_work_of_the_own_desk(
    client: Client, a_book_at_every_station: list[LoanRequest], lending_librarian: User, home_librarian: User
) -> None:
    for user, states in (
        (lending_librarian, {State.SUBMITTED, State.ACCEPTED, State.RETURN_SHIPPED}),
        (home_librarian, {State.SHIPPED, State.ARRIVED, State.RETURNED}),
    ):
        client.force_login(user)
        shown = [entry.loan_request for entry in client.get(INDEX).context["longest_waiting"]]
        assert {loan_request.state for loan_request in shown} == states
        waits = [loan_request.state_since for loan_request in shown]
        assert waits == sorted(waits)


def test_the_center_is_shown_the_slowest_lenders_first(
    client: Client,
    request_at: RequestAt,
    center_admin: User,
    bnu: MemberLibrary,
    cumtb: MemberLibrary,
    copy: Holding,
) -> None:
    request_at(State.SUBMITTED, submitted_at=timezone.now() - timedelta(days=1))
    theirs = HoldingFactory.create(library=bnu, edition=copy.edition, barcode="B1")
    request_at(State.SUBMITTED, submitted_at=timezone.now() - timedelta(days=9), lender=bnu, holding=theirs)
    client.force_login(center_admin)

    rows = client.get(INDEX).context["libraries"]
    assert [(row.at_work.library, row.at_work.unanswered, row.age) for row in rows[:2]] == [
        (bnu, 1, "9天"), (cumtb, 1, "1天"),
    ]  # fmt: skip
    for row in rows:
        for number, address, _sorry in row.cells:
            assert client.get(address).context["cl"].result_count == number


def test_the_acts_of_today_are_counted_at_both_desks_but_not_what_was_taken_back(
    client: Client, request_at: RequestAt, lending_librarian: User, home_librarian: User, cast: dict[str, Actor]
) -> None:
    request_at(State.SUBMITTED, submitted_at=timezone.now() - timedelta(days=1))
    request = request_at(State.SUBMITTED, submitted_at=timezone.now())
    move(request=request, verb="accept", by=cast["L"], barcode="C6024202")
    move(request=request, verb="undo", by=cast["L"])
    move(request=request, verb="decline", by=cast["L"], reason=Reason.NOT_ON_SHELF)
    done = {}
    for user, side in ((lending_librarian, "as_lender"), (home_librarian, "as_home")):
        client.force_login(user)
        done[side] = {act.label: act.number for act in getattr(client.get(INDEX).context["acts"], side) if act.number}
    assert done == {"as_lender": {"收到申请": 1, "回绝": 1}, "as_home": {"读者申请": 1}}


def test_the_news_of_the_center_are_on_the_dashboard(client: Client, lending_librarian: User) -> None:
    news = News.objects.create(title="物流传送时间调整", text="每周二、四。")
    client.force_login(lending_librarian)
    page = client.get(INDEX).content.decode()
    assert f'href="/news/{news.pk}/">物流传送时间调整</a>' in page


@pytest.mark.parametrize("who", ["lending_librarian", "center_admin"])
def test_the_dashboard_asks_few_statements_however_much_waits(
    client: Client,
    request: pytest.FixtureRequest,
    a_book_at_every_station: list[LoanRequest],
    django_assert_max_num_queries: Any,
    who: str,
) -> None:
    client.force_login(request.getfixturevalue(who))
    with django_assert_max_num_queries(20):
        client.get(INDEX)


# --- the frame of every page ---------------------------------------------------------------------------------


def test_the_header_names_the_active_desk(client: Client, lending_librarian: User, center_admin: User) -> None:
    for user, library, role in (
        (lending_librarian, "矿大（北京）", "馆际互借员"),
        (center_admin, "BALIS馆际互借中心", "中心管理员"),
    ):
        client.force_login(user)
        page = client.get(INDEX).content.decode()
        assert f'<span class="bo-desk-library">{library}</span>' in page
        assert f'<span class="bo-desk-role">{role}</span>' in page
        assert "bo-desk-switch" not in page


def test_a_librarian_with_two_posts_changes_desks_in_the_header(
    client: Client, lending_librarian: User, bnu: MemberLibrary
) -> None:
    other = AssignmentFactory.create(user=lending_librarian, library=bnu, role=Role.SUPERVISOR, active=False)
    client.force_login(lending_librarian)
    page = client.get(INDEX).content.decode()
    assert f'action="/readers/desk/{other.pk}/switch/"' in page

    client.post(f"/readers/desk/{other.pk}/switch/")
    assert '<span class="bo-desk-library">北师大</span>' in client.get(INDEX).content.decode()


def test_the_sidebar_counts_the_own_work_and_marks_where_one_is(
    client: Client, a_book_at_every_station: list[LoanRequest], home_librarian: User, center_admin: User
) -> None:
    client.force_login(home_librarian)
    context = client.get("/backoffice/requests_app/loanrequest/", {"desk": "home", "queue": "open"}).context
    items = {str(item["title"]): item for group in context["sidebar_navigation"] for item in group["items"]}
    assert items["借入台"]["badge"] == "3"  # to receive, not collected, to send back
    assert "badge" not in items["出借台"]
    assert [title for title, item in items.items() if item["active"]] == ["借入台"]

    client.force_login(center_admin)
    context = client.get(INDEX).context
    assert not any("badge" in item for group in context["sidebar_navigation"] for item in group["items"])


def test_every_line_of_the_sidebar_opens(client: Client, home_librarian: User, center_admin: User) -> None:
    for user in (home_librarian, center_admin):
        client.force_login(user)
        links = [
            str(item["link"]) for group in client.get(INDEX).context["sidebar_navigation"] for item in group["items"]
        ]
        assert len(links) >= 9
        for link in links:
            assert client.get(link, follow=True).status_code == 200, link


def test_a_reader_finds_the_login_page(client: Client, reader: Reader) -> None:
    client.force_login(reader.user)
    response = client.get(INDEX)
    assert response.status_code == 302
    assert response["Location"].startswith("/backoffice/login/")
