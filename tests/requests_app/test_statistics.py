"""The monthly figures: counted from events, equal on both sides, every number leads to its requests."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from catalog.models import Edition, MemberLibrary
from readers.actors import Actor
from readers.models import User
from requests_app.models import LoanRequest, RequestEvent
from requests_app.services.moves import move
from requests_app.states import Reason, State
from requests_app.statistics.drill_down import FigureLink
from requests_app.statistics.selectors import (
    Figure,
    Figures,
    Side,
    month_after,
    monthly_figures,
    requests_behind,
    total,
    year_course,
)
from tests.factories import HoldingFactory, ReaderFactory
from tests.requests_app.conftest import MORNING

RequestAt = Callable[..., LoanRequest]
Cast = dict[str, Actor]
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
STATISTICS = "/backoffice/statistics/"
LIST = "/backoffice/requests_app/loanrequest/"


def figures_of(library: MemberLibrary, month: date = MARCH) -> tuple[Figures, Figures]:
    [row] = monthly_figures(month, library)
    return row.as_lender, row.as_home


def test_a_book_that_went_the_whole_way_counts_at_both_libraries(
    request_at: RequestAt, bupt: MemberLibrary, cumtb: MemberLibrary
) -> None:
    request_at(State.COMPLETED)

    counted = Figures(requests=1, filled=1)
    assert figures_of(cumtb) == (counted, Figures())
    assert figures_of(bupt) == (Figures(), counted)
    assert counted.processed == 1
    assert counted.fill_rate == 1.0


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (State.SUBMITTED, Figures(requests=1)),
        (State.ACCEPTED, Figures(requests=1)),
        (State.SHIPPED, Figures(requests=1, filled=1)),
        (State.ON_LOAN, Figures(requests=1, filled=1)),
        (State.UNFILLED, Figures(requests=1, unfilled=1)),
        (State.CANCELLED, Figures(requests=1)),
        (State.HOME_REVIEW, Figures()),
        (State.REJECTED, Figures()),
    ],
)
def test_what_each_station_counts_for(
    request_at: RequestAt, cumtb: MemberLibrary, state: State, expected: Figures
) -> None:
    request_at(state)
    assert figures_of(cumtb)[0] == expected


def test_a_refusal_is_processed_and_lowers_the_rate(request_at: RequestAt, cumtb: MemberLibrary, copy: Any) -> None:
    request_at(State.UNFILLED)
    request_at(State.COMPLETED)

    as_lender, _as_home = figures_of(cumtb)
    assert (as_lender.requests, as_lender.processed, as_lender.fill_rate) == (2, 2, 0.5)


def test_the_rate_of_nothing_is_unknown(bupt: MemberLibrary) -> None:
    assert figures_of(bupt)[0].fill_rate is None


@pytest.mark.parametrize(
    ("submitted_at", "month"),
    [
        (datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC), MARCH),  # one second before midnight in Beijing
        (datetime(2026, 3, 31, 16, 0, tzinfo=UTC), APRIL),
    ],
)
def test_the_month_turns_at_midnight_in_beijing(
    request_at: RequestAt, cumtb: MemberLibrary, submitted_at: datetime, month: date
) -> None:
    request_at(State.SUBMITTED, submitted_at=submitted_at)
    assert {each: figures_of(cumtb, each)[0].requests for each in (MARCH, APRIL)} == {
        MARCH: int(month == MARCH),
        APRIL: int(month == APRIL),
    }


def test_each_figure_belongs_to_the_month_of_its_own_event(
    request_at: RequestAt, cast: Cast, cumtb: MemberLibrary
) -> None:
    request = request_at(State.ACCEPTED, submitted_at=datetime(2026, 3, 31, 9, 0, tzinfo=UTC))
    move(request=request, verb="ship", by=cast["L"], at=datetime(2026, 4, 2, 1, 0, tzinfo=UTC))

    assert figures_of(cumtb, MARCH)[0] == Figures(requests=1)
    assert figures_of(cumtb, APRIL)[0] == Figures(filled=1)


def test_a_filled_request_stays_filled_whatever_comes_after(request_at: RequestAt, cumtb: MemberLibrary) -> None:
    # No move of today ends a filled request as UNFILLED; the log of a later one (ready, then declined) would.
    request = request_at(State.SHIPPED)
    for sequence, to_state in ((request.version + 1, State.UNFILLED), (request.version + 2, State.SUBMITTED)):
        RequestEvent.objects.create(
            request=request, sequence=sequence, verb="decline", from_state=State.SHIPPED, to_state=to_state,
            capacity="L", at=MORNING + timedelta(days=2),
        )  # fmt: skip

    assert figures_of(cumtb)[0] == Figures(requests=1, filled=1)


def test_lenders_and_home_libraries_always_agree(
    request_at: RequestAt, bnu: MemberLibrary, bupt: MemberLibrary, edition: Edition
) -> None:
    for home, lender in ((bnu, bupt), (bupt, bnu)):
        copy = HoldingFactory.create(edition=edition, library=lender)
        request_at(State.SUBMITTED, reader=ReaderFactory.create(library=home), lender=lender, holding=copy)
    request_at(State.COMPLETED)
    request_at(State.UNFILLED)

    rows = monthly_figures(MARCH)
    as_lender, as_home = total(rows)
    assert as_lender == as_home == Figures(requests=4, filled=1, unfilled=1)
    assert [row.library for row in rows] == sorted((row.library for row in rows), key=lambda each: each.code)


@pytest.mark.parametrize("figure", [Figure.REQUESTS, Figure.FILLED, Figure.UNFILLED, Figure.PROCESSED])
@pytest.mark.parametrize("side", Side)
def test_every_number_leads_to_the_requests_it_counts(
    request_at: RequestAt, bupt: MemberLibrary, cumtb: MemberLibrary, figure: Figure, side: Side
) -> None:
    request_at(State.UNFILLED)
    request_at(State.COMPLETED)
    request_at(State.SUBMITTED, submitted_at=datetime(2026, 4, 3, tzinfo=UTC))
    library = cumtb if side is Side.LENDER else bupt

    as_lender, as_home = figures_of(library)
    number = getattr(as_lender if side is Side.LENDER else as_home, figure)
    behind = requests_behind(figure, MARCH, side=side, library=library)
    assert behind.count() == number > 0
    assert not requests_behind(
        figure, MARCH, side=Side.HOME if side is Side.LENDER else Side.LENDER, library=library
    ).exists()


def test_the_course_of_a_year_ends_with_the_month_asked_for(request_at: RequestAt, cumtb: MemberLibrary) -> None:
    request_at(State.COMPLETED)

    course = year_course(APRIL, side=Side.LENDER, library=cumtb)
    assert [each.month for each in course] == [month_after(APRIL, back) for back in range(-11, 1)]
    assert {each.month: each.figures.filled for each in course if each.figures} == {MARCH: 1}
    assert all(not each.figures for each in year_course(APRIL, side=Side.HOME, library=cumtb))


@pytest.mark.parametrize(("month", "months", "expected"), [
    (date(2026, 12, 1), 1, date(2027, 1, 1)),
    (date(2026, 1, 1), -1, date(2025, 12, 1)),
    (date(2026, 3, 1), -12, date(2025, 3, 1)),
])  # fmt: skip
def test_months_follow_each_other(month: date, months: int, expected: date) -> None:
    assert month_after(month, months) == expected


@pytest.mark.parametrize("text", ["filled.2026-03", "processed.2026-11.lender.232060", "requests.2026-03.home.211130"])
def test_the_address_of_a_number_reads_back(text: str) -> None:
    assert str(FigureLink.parse(text)) == text


@pytest.mark.parametrize("text", ["", "filled", "filled.2026-13", "stolen.2026-03", "filled.2026-03.thief.232060"])
def test_what_names_no_number_is_none(text: str) -> None:
    assert FigureLink.parse(text) is None


# --- the page -----------------------------------------------------------------------------------------


def test_a_librarian_reads_the_own_library(
    client: Client, request_at: RequestAt, lending_librarian: User, strange_librarian: User
) -> None:
    request_at(State.COMPLETED)

    client.force_login(lending_librarian)
    page = client.get(STATISTICS, {"month": "2026-03"})
    as_lender, as_home = page.context["summary"]
    assert [cell.number for cell in as_lender["row"].cells] == [1, 1, 0, 0, 1]
    assert [cell.number for cell in as_home["row"].cells] == [0, 0, 0, 0, 0]
    assert "100.0%" in page.content.decode()

    client.force_login(strange_librarian)
    page = client.get(STATISTICS, {"month": "2026-03"})
    assert all(cell.number == 0 for part in page.context["summary"] for cell in part["row"].cells)
    assert "232060" not in page.content.decode()


def test_the_center_reads_all_libraries_and_their_sum(
    client: Client, request_at: RequestAt, center_admin: User, cumtb: MemberLibrary, bupt: MemberLibrary
) -> None:
    request_at(State.COMPLETED)
    client.force_login(center_admin)

    page = client.get(STATISTICS, {"month": "2026-03"})
    lenders, homes = page.context["tables"]
    assert [row.name for row in lenders["rows"]] == [cumtb.name]
    assert [row.name for row in homes["rows"]] == [bupt.name]
    for table in (lenders, homes):
        assert [cell.number for cell in table["total"].cells] == [1, 1, 0, 0, 1]


def test_every_link_of_the_page_lists_as_many_requests_as_it_says(
    client: Client, request_at: RequestAt, center_admin: User
) -> None:
    request_at(State.UNFILLED)
    request_at(State.COMPLETED)
    request_at(State.SUBMITTED, submitted_at=datetime(2026, 4, 3, tzinfo=UTC))
    client.force_login(center_admin)

    page = client.get(STATISTICS, {"month": "2026-03"})
    rows = [row for table in page.context["tables"] for row in [*table["rows"], table["total"]]]
    cells = [cell for row in rows for cell in row.cells if cell.address]
    assert len(cells) == 16  # 请求, 满足, 未满足, 处理 in two tables of one library and its sum
    for cell in cells:
        assert client.get(cell.address).context["cl"].result_count == cell.number


def test_the_report_of_a_library_says_with_whom_and_why_not_and_every_number_leads_there(
    client: Client, request_at: RequestAt, lending_librarian: User, home_librarian: User
) -> None:
    request_at(State.UNFILLED)
    request_at(State.COMPLETED)
    for user, side, partner in (
        (lending_librarian, 0, "北京邮电大学图书馆"), (home_librarian, 1, "中国矿业大学（北京）图书馆"),
    ):  # fmt: skip
        client.force_login(user)
        page = client.get(STATISTICS, {"month": "2026-03"})
        assert "本馆月报" in page.content.decode()
        tables = page.context["tables"]
        [row] = tables[side]["rows"]
        assert tables[1 - side]["rows"] == []
        assert (row.name, [cell.number for cell in row.cells]) == (partner, [2, 1, 1, 0, 2])
        [reasons] = page.context["reasons"]
        assert [(name, cell.number) for name, cell in reasons["rows"]] == [("架上未找到", 1)]
        cells = [*row.cells, reasons["rows"][0][1], *page.context["summary"][side]["row"].cells]
        for cell in cells:
            if cell.number:
                assert client.get(cell.address).context["cl"].result_count == cell.number


def test_a_librarian_lists_only_the_own_requests_behind_a_number(
    client: Client, request_at: RequestAt, strange_librarian: User
) -> None:
    request_at(State.COMPLETED)
    client.force_login(strange_librarian)
    for figure in ("requests.2026-03", "requests.2026-03.lender.232060"):
        assert client.get(LIST, {"figure": figure}).context["cl"].result_count == 0


def test_the_csv_carries_the_same_figures(client: Client, request_at: RequestAt, center_admin: User) -> None:
    request_at(State.UNFILLED)
    request_at(State.COMPLETED)
    client.force_login(center_admin)

    response = client.get(STATISTICS, {"month": "2026-03", "format": "csv"})
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="balis-2026-03.csv"'
    text = response.content.decode("utf-8-sig")
    assert "2026-03,232060,中国矿业大学（北京）图书馆,出借馆,2,1,1,0,2,0.5000" in text
    assert "2026-03,211130,北京邮电大学图书馆,借入馆,2,1,1,0,2,0.5000" in text


@pytest.mark.parametrize("month", ["", "rubbish", "2999-01"])
def test_no_month_or_one_to_come_shows_this_month(client: Client, center_admin: User, month: str) -> None:
    client.force_login(center_admin)
    page = client.get(STATISTICS, {"month": month})
    assert page.status_code == 200
    assert page.context["next_month"] is None
    assert page.context["month"].day == 1


def test_readers_and_strangers_are_sent_to_the_login_page(client: Client, reader: Any) -> None:
    assert client.get(STATISTICS).status_code == 302
    client.force_login(reader.user)
    assert client.get(STATISTICS).status_code == 302


def test_reasons_do_not_matter_for_the_count(request_at: RequestAt, cast: Cast, cumtb: MemberLibrary) -> None:
    for reason in (Reason.NOT_HELD, Reason.DAMAGED):
        request = request_at(State.SUBMITTED)
        move(request=request, verb="decline", by=cast["L"], at=MORNING + timedelta(hours=2), reason=reason)
    assert figures_of(cumtb)[0] == Figures(requests=2, unfilled=2)


def test_the_number_of_statements_does_not_grow_with_libraries(
    request_at: RequestAt, django_assert_num_queries: Any, bnu: MemberLibrary, edition: Edition
) -> None:
    request_at(State.COMPLETED)
    with django_assert_num_queries(5):
        monthly_figures(MARCH)
    request_at(State.SUBMITTED, lender=bnu, holding=HoldingFactory.create(edition=edition, library=bnu))
    with django_assert_num_queries(5):
        assert len(monthly_figures(MARCH)) == 3
