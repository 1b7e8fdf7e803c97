"""借还台: all the books of a reader over the counter, some of them refused, the fines beside them."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import Holding, MemberLibrary
from notices.models import Fine, FineReason, FineState
from readers.actors import Actor
from readers.models import Reader, User
from requests_app.models import LendingPolicy, LoanRequest
from requests_app.services.moves import move
from requests_app.states import State
from tests.factories import EditionFactory, HoldingFactory, ReaderFactory
from tests.requests_app.conftest import cast, request_at, submit

__all__ = ["cast", "request_at", "submit"]  # fixtures

RequestAt = Callable[..., LoanRequest]
DAYS_AGO = 3


@pytest.fixture
def three_books(request_at: RequestAt, cumtb: MemberLibrary, copy: Holding) -> list[LoanRequest]:
    """Two books that wait for the reader, one that the reader has; asked for three days ago."""
    asked = timezone.now() - timedelta(days=DAYS_AGO)

    def another(title: str) -> Holding:
        holding: Holding = HoldingFactory.create(
            edition=EditionFactory.create(title=title), library=cumtb, barcode=f"C70{len(title)}"
        )
        return holding

    return [
        request_at(State.ARRIVED, submitted_at=asked),
        request_at(State.ARRIVED, submitted_at=asked, holding=another("线性代数"), title="线性代数"),
        request_at(State.ON_LOAN, submitted_at=asked, holding=another("概率论"), title="概率论"),
    ]


@pytest.fixture
def desk(client: Client, home_librarian: User) -> Client:
    client.force_login(home_librarian)
    return client


def states(*requests: LoanRequest) -> list[str]:
    return [LoanRequest.objects.get(pk=each.pk).state for each in requests]


def ticked(*requests: LoanRequest, **more: str) -> dict[str, Any]:
    """The form as the page sends it: the ticks, and every row with the version that it showed."""
    return {
        "book": [str(each.pk) for each in requests],
        **{f"version-{each.pk}": str(each.version) for each in LoanRequest.objects.all()},
        **more,
    }


def test_the_card_opens_the_counter_and_an_unknown_one_is_named(desk: Client, reader: Reader) -> None:
    found = desk.post(reverse("admin:counter"), {"code": reader.reader_barcode.lower()})
    assert found["Location"] == reverse("admin:counter_reader", args=[reader.pk])
    unknown = desk.post(reverse("admin:counter"), {"code": "999999123"})
    assert unknown.status_code == 404
    assert "没有找到“999999123”" in unknown.content.decode(), "said, while the field is free for the next card"


def test_all_books_at_once_to_the_one_who_fetches_them(
    desk: Client, reader: Reader, three_books: list[LoanRequest]
) -> None:
    first, second, lent = three_books
    address = reverse("admin:counter_reader", args=[reader.pk])
    page = desk.get(address).content.decode()
    assert page.count(" checked") == 2, "what waits is ticked, what is on loan is not"
    desk.post(address, ticked(first, second, act="hand_out", collected_by="王强"))
    assert states(first, second, lent) == [State.ON_LOAN] * 3
    assert first.events.get(verb="hand_out").details["collected_by"] == "王强"


def test_a_part_is_returned_with_its_condition(desk: Client, reader: Reader, three_books: list[LoanRequest]) -> None:
    first, second, lent = three_books
    address = reverse("admin:counter_reader", args=[reader.pk])
    desk.post(address, ticked(first, second, act="hand_out"))
    desk.post(address, ticked(lent, act="take_back", **{f"condition-{lent.pk}": "封面有水渍"}))
    assert states(first, second, lent) == [State.ON_LOAN, State.ON_LOAN, State.RETURNED]
    assert lent.events.get(verb="take_back").details["condition"] == "封面有水渍"


def test_one_that_is_refused_does_not_stop_the_other_and_nothing_typed_is_lost(
    desk: Client, reader: Reader, three_books: list[LoanRequest], cast: dict[str, Actor]
) -> None:
    first, second, _lent = three_books
    typed = ticked(first, second, act="hand_out", collected_by="王强")
    move(request=second, verb="extend_pickup", by=cast["H"], pickup_deadline=timezone.localdate() + timedelta(days=30))
    page = desk.post(reverse("admin:counter_reader", args=[reader.pk]), typed)
    assert page.status_code == 409
    text = page.content.decode()
    assert "未办理《线性代数》" in text
    assert 'value="王强"' in text
    assert states(first, second) == [State.ON_LOAN, State.ARRIVED]


def test_a_suspended_reader_gets_the_book_only_with_a_reason(
    desk: Client, reader: Reader, three_books: list[LoanRequest]
) -> None:
    first = three_books[0]
    reader.suspended_on, reader.suspension_reason = timezone.localdate(), "证件遗失"
    reader.save()
    address = reverse("admin:counter_reader", args=[reader.pk])
    assert "例外原因" in desk.get(address).content.decode()
    assert desk.post(address, ticked(first, act="hand_out")).status_code == 409
    assert states(first) == [State.ARRIVED]
    desk.post(address, ticked(first, act="hand_out", override="教学急用"))
    assert states(first) == [State.ON_LOAN]


def test_a_late_book_shows_its_fine_which_is_settled_or_left(
    desk: Client, reader: Reader, three_books: list[LoanRequest], cumtb: MemberLibrary
) -> None:
    lent = three_books[2]
    LendingPolicy.objects.create(library=cumtb, fine_per_day=Decimal("0.50"), fine_grace_days=0)
    LoanRequest.objects.filter(pk=lent.pk).update(
        due_date=timezone.localdate() - timedelta(days=4), lending_policy=LendingPolicy.objects.get()
    )
    address = reverse("admin:counter_reader", args=[reader.pk])
    page = desk.post(address, ticked(lent, act="take_back"), follow=True).content.decode()
    assert "逾期4天，罚款2.00元" in page
    fine = Fine.objects.get()
    settle = reverse("admin:counter_fine", args=[reader.pk, fine.pk])
    page = desk.post(settle, {"state": "waived", "note": ""}, follow=True).content.decode()
    assert "免除罚款请说明原因" in page
    assert Fine.objects.get().state == FineState.OPEN
    desk.post(settle, {"state": "paid"})
    assert Fine.objects.get().state == FineState.PAID
    assert desk.post(settle, {"state": "paid"}).status_code == 404, "it is not open any more"


def test_scanning_a_book_hands_it_out_and_not_back_again_by_accident(
    desk: Client, reader: Reader, three_books: list[LoanRequest]
) -> None:
    first, _second, lent = three_books
    address = reverse("admin:counter_reader", args=[reader.pk])
    desk.post(address, {"code": "C6024202"})
    assert states(first) == [State.ON_LOAN]
    page = desk.post(address, {"code": "C6024202"}, follow=True).content.decode()
    assert "刚刚交给读者" in page
    assert states(first) == [State.ON_LOAN]
    desk.post(address, {"act": "undo", "book": str(first.pk)})
    assert states(first) == [State.ARRIVED]
    page = desk.post(address, {"code": "NO-SUCH-BOOK"}, follow=True).content.decode()
    assert "“NO-SUCH-BOOK”不是林晓在这里的书" in page
    LoanRequest.objects.filter(pk=lent.pk).update(state_since=timezone.now() - timedelta(days=2))
    lent.events.filter(verb="hand_out").update(at=timezone.now() - timedelta(days=2))
    desk.post(address, {"code": lent.number})
    assert states(lent) == [State.RETURNED]


def test_another_card_goes_on_to_the_next_reader(desk: Client, reader: Reader, bupt: MemberLibrary) -> None:
    other = ReaderFactory.create(library=bupt, name="王强")
    answer = desk.post(reverse("admin:counter_reader", args=[reader.pk]), {"code": other.reader_barcode})
    assert answer["Location"] == reverse("admin:counter_reader", args=[other.pk])


def test_the_lender_hands_out_and_takes_back_its_own_books_by_the_pickup_card(
    client: Client, lending_librarian: User, reader: Reader, request_at: RequestAt
) -> None:
    request = request_at(State.READY_AT_LENDER, submitted_at=timezone.now() - timedelta(days=2))
    client.force_login(lending_librarian)
    address = reverse("admin:counter_reader", args=[reader.pk])
    client.post(address, ticked(request, act="hand_out"))
    assert states(request) == [State.ON_LOAN]
    assert client.post(address, ticked(request, act="take_back")).status_code == 409, "the barcode is missing"
    wrong = ticked(request, act="take_back", **{f"barcode-{request.pk}": "C1"})
    assert 'value="C1"' in client.post(address, wrong).content.decode()
    answer = client.post(address, ticked(request, act="take_back", **{f"barcode-{request.pk}": "C6024202"}))
    assert states(request) == [State.COMPLETED]
    assert answer["Location"] == reverse("admin:counter"), "the reader is none of its business any more"
    assert client.get(address).status_code == 404


def test_while_a_fine_is_open_the_lender_still_knows_the_reader(
    client: Client, lending_librarian: User, reader: Reader, request_at: RequestAt
) -> None:
    request = request_at(State.COMPLETED)
    client.force_login(lending_librarian)
    address = reverse("admin:counter_reader", args=[reader.pk])
    assert client.get(address).status_code == 404
    Fine.objects.create(
        request=request, reader=reader, event=1, reason=FineReason.DAMAGE, amount=5, liable="reader",
        opened_at=timezone.now(),
    )  # fmt: skip
    assert client.get(address).status_code == 200


def test_a_stranger_and_the_center_find_nobody(
    client: Client, strange_librarian: User, center_admin: User, reader: Reader
) -> None:
    for user in (strange_librarian, center_admin):
        client.force_login(user)
        assert client.get(reverse("admin:counter_reader", args=[reader.pk])).status_code == 404


def test_a_full_counter_takes_thirty_statements_at_most(
    desk: Client,
    reader: Reader,
    three_books: list[LoanRequest],
    django_assert_max_num_queries: Callable[[int], Any],
) -> None:
    with django_assert_max_num_queries(30):
        desk.get(reverse("admin:counter_reader", args=[reader.pk]))
