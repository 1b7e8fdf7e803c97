"""Nobody is forgotten before the fines are settled; afterwards a fine says what and how much, and no longer whose."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from catalog.models import MemberLibrary
from notices.fines import settle
from notices.models import Email, Fine, FineState
from notices.tasks import forget_people
from readers.actors import Actor
from readers.errors import ChangeRefused
from readers.models import Reader, ReaderState, User
from readers.profile.closing import close_account, why_not_close
from requests_app.models import BorrowingPolicy, LoanRequest
from requests_app.services.moves import move
from requests_app.states import FINAL_STATES, State
from tests.requests_app.conftest import MORNING, WAYS

RequestAt = Callable[..., LoanRequest]
Cast = dict[str, Actor]
NIGHT = datetime(2028, 4, 20, 17, 0, tzinfo=UTC)  # the requests ended in March 2026, and are kept for 24 months
DAY = timedelta(days=1)


@pytest.fixture
def fined(request_at: RequestAt, cast: Cast, bupt: MemberLibrary) -> Fine:
    """A finished request with a fine of 30 yuan, at a library whose fines forbid nothing."""
    BorrowingPolicy.objects.create(library=bupt, fines_block=False)
    request = request_at(State.RETURN_SHIPPED, note="林晓的课题")
    move(
        request=request, verb="check_in", by=cast["L"], at=MORNING + 17 * DAY,
        barcode="C6024202", condition="缺页", amount=Decimal(30),
    )  # fmt: skip
    return Fine.objects.get()


def one_night() -> None:
    with time_machine.travel(NIGHT, tick=False):
        forget_people()


# --- the night -----------------------------------------------------------------------------------------------


def test_an_open_fine_keeps_its_request_even_where_it_blocks_nobody(fined: Fine, reader: Reader) -> None:
    assert reader.blocks == []
    one_night()
    request = LoanRequest.objects.get()
    fined.refresh_from_db()
    assert (request.reader, request.note, fined.reader) == (reader, "林晓的课题", reader)


@pytest.mark.parametrize("state", [FineState.PAID, FineState.WAIVED])
def test_a_settled_fine_goes_to_the_nameless_reader(fined: Fine, cast: Cast, reader: Reader, state: FineState) -> None:
    settle(fine=fined, state=state, by=cast["H"], note="林晓交来现金", at=MORNING + 20 * DAY)
    one_night()
    request = LoanRequest.objects.get()
    fined.refresh_from_db()
    assert (request.note, request.reader.name) == ("", "匿名读者")
    assert (fined.reader, fined.note) == (request.reader, "")
    assert (fined.amount, fined.state, fined.settled_by) == (Decimal(30), state, "bupt"), "the ledger stays"
    reader.refresh_from_db()
    assert reader.name == "林晓"
    one_night()
    assert Fine.objects.count() == 1


def test_a_fine_that_logistics_owes_keeps_the_request_too(request_at: RequestAt, cast: Cast, reader: Reader) -> None:
    request = request_at(State.SHIPPED)
    move(request=request, verb="declare_lost", by=cast["L"], at=MORNING + 20 * DAY, amount=Decimal(120))
    move(request=request, verb="settle_lost", by=cast["L"], at=MORNING + 30 * DAY)
    Fine.objects.update(state=FineState.OPEN)  # the carrier has not paid yet
    one_night()
    assert LoanRequest.objects.get().reader == reader
    Fine.objects.update(state=FineState.PAID)
    one_night()
    assert LoanRequest.objects.get().reader.name == "匿名读者"


def test_a_block_keeps_everything_of_its_reader(request_at: RequestAt, cast: Cast, reader: Reader, fined: Fine) -> None:
    request_at(State.COMPLETED)
    Reader.objects.filter(pk=reader.pk).update(blocks=["有未缴罚款30.00元"])
    one_night()
    assert {request.reader for request in LoanRequest.objects.all()} == {reader}


def test_a_book_found_after_its_reader_is_forgotten_still_comes_home(request_at: RequestAt, cast: Cast) -> None:
    request_at(State.CLOSED_LOST)
    one_night()
    request = LoanRequest.objects.get()
    assert request.reader.name == "匿名读者"
    before = set(Email.objects.values_list("pk", flat=True))
    move(request=request, verb="found", by=cast["L"], at=NIGHT)
    assert request.state == State.COMPLETED
    fine = Fine.objects.get()
    assert (fine.state, fine.reader.name) == (FineState.REVERSED, "匿名读者")
    assert not Email.objects.exclude(pk__in=before).filter(reader=request.reader).exists(), "nobody has no mailbox"


# --- closing an account ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [state for state in WAYS if state not in FINAL_STATES])
def test_an_account_is_not_closed_before_its_last_book_is_checked_in(
    client: Client, request_at: RequestAt, reader: Reader, state: State
) -> None:
    request_at(state)
    client.force_login(reader.user)
    page = client.post("/readers/profile/close/", {"password": "library-2026", "sure": "on"})
    reader.refresh_from_db()
    assert reader.state == ReaderState.APPROVED
    assert page.context["why_not"] == why_not_close(reader) != ""
    assert ("还没有由出借馆验收" in page.content.decode()) is (state in (State.RETURNED, State.RETURN_SHIPPED))


@pytest.mark.parametrize("state", [State.COMPLETED, State.UNFILLED, State.CLOSED_LOST])
def test_afterwards_it_is(request_at: RequestAt, reader: Reader, state: State) -> None:
    request_at(state)
    reader.refresh_from_db()
    close_account(reader=reader, by=Actor.of_reader(reader))
    assert Reader.objects.get(pk=reader.pk).state == ReaderState.CLOSED


def test_an_open_fine_keeps_the_account_even_where_it_blocks_nobody(
    client: Client, fined: Fine, reader: Reader, cast: Cast
) -> None:
    client.force_login(reader.user)
    assert "还有没有处理的罚款" in client.get("/readers/profile/close/").content.decode()
    page = client.post("/readers/profile/close/", {"password": "library-2026", "sure": "on"})
    assert "还有没有处理的罚款" in page.content.decode()
    reader.refresh_from_db()
    assert reader.state == ReaderState.APPROVED

    settle(fine=fined, state=FineState.PAID, by=cast["H"], note="林晓交来现金")
    close_account(reader=reader, by=Actor.of_reader(reader))
    fined.refresh_from_db()
    assert (fined.reader.name, fined.note, fined.amount) == ("匿名读者", "", Decimal(30))


def test_what_logistics_owes_does_not_keep_a_person(request_at: RequestAt, cast: Cast, reader: Reader) -> None:
    request = request_at(State.SHIPPED)
    move(request=request, verb="declare_lost", by=cast["L"], at=MORNING + 20 * DAY, amount=Decimal(120))
    reader.refresh_from_db()
    close_account(reader=reader, by=Actor.of_reader(reader))
    request.refresh_from_db()
    fine = Fine.objects.get()
    assert (request.state, request.recipient_name, fine.state) == (State.LOST, "", FineState.OPEN)
    move(request=request, verb="settle_lost", by=cast["L"], at=MORNING + 30 * DAY)
    fine.refresh_from_db()
    assert fine.state == FineState.PAID


def test_a_refusal_changes_nothing(fined: Fine, reader: Reader) -> None:
    before = (list(LoanRequest.objects.values()), list(Email.objects.values()))
    with pytest.raises(ChangeRefused):
        close_account(reader=reader, by=Actor.of_reader(reader))
    assert before == (list(LoanRequest.objects.values()), list(Email.objects.values()))


# --- who may know whose it is --------------------------------------------------------------------------------


def test_the_lender_knows_whose_fine_it_is_until_it_is_settled(
    client: Client,
    fined: Fine,
    cast: Cast,
    home_librarian: User,
    lending_librarian: User,
    center_admin: User,
) -> None:
    page = reverse("admin:notices_fine_change", args=[fined.pk])

    def names_the_reader(user: User) -> bool:
        client.force_login(user)
        return "林晓" in client.get(page).content.decode()

    assert [names_the_reader(user) for user in (home_librarian, lending_librarian, center_admin)] == [True, True, True]
    settle(fine=fined, state=FineState.PAID, by=cast["H"])
    assert [names_the_reader(user) for user in (home_librarian, lending_librarian, center_admin)] == [True, False, True]
