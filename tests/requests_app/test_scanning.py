"""扫码即办: what a code means at a desk, the one next move, its confirmation, and taking it back."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import Holding, MemberLibrary
from readers.actors import Actor
from readers.cards.codes import verify_url
from readers.models import CardState, PickupCard, Reader, User
from requests_app.errors import MoveRefused
from requests_app.models import LoanRequest, Scan, ScanOutcome
from requests_app.scanning.desk import Entry, confirm, forget_scans, scan, undo
from requests_app.services.moves import move
from requests_app.states import State
from tests.factories import EditionFactory, HoldingFactory, ReaderFactory

RequestAt = Callable[..., LoanRequest]
Cast = dict[str, Actor]


@pytest.fixture
def asked() -> datetime:
    """Two days ago: the reader's hour is over, and a move made now can still be taken back."""
    return timezone.now() - timedelta(days=2)


def state_of(request: LoanRequest) -> str:
    return LoanRequest.objects.values_list("state", flat=True).get(pk=request.pk)


def enter(entry: Entry, by: Actor, text: str = "", **more: object) -> Entry:
    """The next entry of the field, with what the page asks for still standing."""
    return scan(text=text, by=by, pending=entry.waiting, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "desk", "verb", "after"),
    [
        (State.ACCEPTED, "L", "ship", State.SHIPPED),
        (State.SHIPPED, "H", "receive", State.ARRIVED),
        (State.ARRIVED, "H", "hand_out", State.ON_LOAN),
        (State.ON_LOAN, "H", "take_back", State.RETURNED),
        (State.RETURNED, "H", "ship_back", State.RETURN_SHIPPED),
        (State.RETURN_SHIPPED, "L", "check_in", State.COMPLETED),
    ],
)
def test_a_book_is_scanned_and_enter_makes_the_next_move(
    request_at: RequestAt, cast: Cast, state: State, desk: str, verb: str, after: State
) -> None:
    request = request_at(state)
    first = scan(text="C6024202", by=cast[desk])
    assert first.waiting is not None
    assert [each["verb"] for each in first.waiting.proposals] == [verb]
    assert state_of(request) == state
    second = enter(first, cast[desk])
    assert second.scan is not None
    assert (second.scan.outcome, second.waiting) == (ScanOutcome.DONE, None)
    assert state_of(request) == after


@pytest.mark.parametrize("typed", ["{number}", "  {number}\t", "{lower}", "{wide}"])
def test_the_number_is_found_however_it_was_typed(request_at: RequestAt, cast: Cast, typed: str) -> None:
    request = request_at(State.SHIPPED)
    wide = "".join(chr(ord(each) + 0xFEE0) for each in request.number)
    text = typed.format(number=request.number, lower=request.number.lower(), wide=wide)
    entry = scan(text=text, by=cast["H"])
    assert entry.waiting is not None
    assert entry.waiting.request == request


def test_the_barcode_on_the_shelf_accepts_the_request_for_that_book(
    submit: Callable[..., LoanRequest], cast: Cast, asked: datetime
) -> None:
    request = submit(at=asked)
    entry = scan(text="C6024202", by=cast["L"])
    assert entry.waiting is not None
    assert entry.waiting.proposals[0]["barcode"] == "C6024202"
    enter(entry, cast["L"])
    request.refresh_from_db()
    assert (request.state, request.copy_barcode) == (State.ACCEPTED, "C6024202")


def test_a_slip_asks_for_the_barcode_and_refuses_the_wrong_book(
    submit: Callable[..., LoanRequest], cast: Cast, cumtb: MemberLibrary
) -> None:
    request = submit()
    other = HoldingFactory.create(edition=EditionFactory.create(title="线性代数"), library=cumtb, barcode="C7000001")
    slip = scan(text=request.number, by=cast["L"])
    assert slip.waiting is not None
    assert slip.waiting.proposals[0]["needs_barcode"]
    assert enter(slip, cast["L"]).waiting == slip.waiting, "Enter alone accepts nothing"

    wrong = enter(slip, cast["L"], other.barcode)
    assert wrong.scan is not None
    assert wrong.scan.outcome == ScanOutcome.REFUSED
    assert other.barcode in wrong.scan.message
    assert wrong.waiting is not None, "the slip still waits for its book"
    right = enter(wrong, cast["L"], "C6024202")
    assert right.scan is not None
    assert right.scan.outcome == ScanOutcome.DONE
    assert state_of(request) == State.ACCEPTED


def test_a_slip_scanned_after_another_slip_is_a_new_scan(
    submit: Callable[..., LoanRequest], cast: Cast, cumtb: MemberLibrary
) -> None:
    first = submit()
    second = submit(
        holding=HoldingFactory.create(
            edition=EditionFactory.create(title="线性代数"), library=cumtb, barcode="C7000001"
        )
    )
    entry = enter(scan(text=first.number, by=cast["L"]), cast["L"], second.number)
    assert entry.waiting is not None
    assert entry.waiting.request == second
    assert {state_of(first), state_of(second)} == {State.SUBMITTED}


def test_two_requests_for_one_barcode_are_chosen_by_number(
    submit: Callable[..., LoanRequest], cast: Cast, bupt: MemberLibrary, asked: datetime
) -> None:
    first = submit(at=asked)
    second = submit(at=asked + timedelta(minutes=1), reader=ReaderFactory.create(library=bupt))
    entry = scan(text="C6024202", by=cast["L"])
    assert entry.waiting is not None
    assert [each["request"] for each in entry.waiting.proposals] == [first.pk, second.pk]
    assert enter(entry, cast["L"]).waiting is not None, "Enter alone chooses none"
    enter(entry, cast["L"], "2")
    assert (state_of(first), state_of(second)) == (State.SUBMITTED, State.ACCEPTED)


def test_a_book_that_came_back_past_a_station_offers_both_ways_and_asks(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.ON_LOAN)
    entry = scan(text="C6024202", by=cast["L"], direct=True)
    assert entry.waiting is not None
    assert [each["verb"] for each in entry.waiting.proposals] == ["take_back_at_lender", "check_in"]
    enter(entry, cast["L"], "1")
    assert state_of(request) == State.COMPLETED


def test_a_card_makes_sure_that_the_right_reader_gets_the_book(
    request_at: RequestAt, cast: Cast, reader: Reader, bupt: MemberLibrary
) -> None:
    request = request_at(State.ARRIVED)
    stranger = ReaderFactory.create(library=bupt, name="王强")
    entry = scan(text="C6024202", by=cast["H"])
    wrong = enter(entry, cast["H"], stranger.reader_barcode)
    assert wrong.scan is not None
    assert wrong.scan.outcome == ScanOutcome.REFUSED
    assert state_of(request) == State.ARRIVED
    enter(wrong, cast["H"], reader.reader_barcode)
    assert state_of(request) == State.ON_LOAN


def test_the_card_of_the_reader_opens_the_hand_out_desk(cast: Cast, reader: Reader, request_at: RequestAt) -> None:
    card = PickupCard.objects.create(
        reader=reader, state=CardState.ISSUED, serial="211130-00001", issued_at=timezone.now(),
        valid_until=date(2199, 1, 1),
    )  # fmt: skip
    assert scan(text=reader.reader_barcode, by=cast["H"]).reader == reader
    assert scan(text=verify_url(card), by=cast["H"]).reader == reader
    forged = scan(text=verify_url(card)[:-2] + "x/", by=cast["H"])
    assert forged.reader is None
    assert forged.scan is not None
    assert forged.scan.outcome == ScanOutcome.UNKNOWN
    assert scan(text=reader.reader_barcode, by=cast["L"]).reader is None, "nothing of this reader is at the lender"
    request_at(State.ACCEPTED)
    assert scan(text=reader.reader_barcode, by=cast["L"]).reader == reader


def test_direct_mode_makes_the_move_at_once_but_never_two_in_a_row(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.SHIPPED, submitted_at=timezone.now() - timedelta(days=2))
    assert scan(text="C6024202", by=cast["H"], direct=True).waiting is None
    assert state_of(request) == State.ARRIVED
    scan(text="C6024202", by=cast["H"], direct=True)
    assert state_of(request) == State.ARRIVED, "handing out asks for the card"
    move(request=request, verb="take_back", by=cast["H"])
    again = scan(text="C6024202", by=cast["H"], direct=True)
    assert again.waiting is not None, "the same book a moment later is asked about"
    assert state_of(request) == State.RETURNED


def test_sending_is_never_direct_and_keeps_the_tick(request_at: RequestAt, cast: Cast, asked: datetime) -> None:
    request = request_at(State.ACCEPTED, submitted_at=asked)
    entry = scan(text="C6024202", by=cast["L"], direct=True)
    assert state_of(request) == State.ACCEPTED
    enter(entry, cast["L"], lent_in_own_system=True)
    sent = request.events.get(verb="ship")
    assert sent.details["lent_in_own_system"] is True


def test_before_the_hour_is_over_the_scan_says_why_not(
    submit: Callable[..., LoanRequest], cast: Cast, copy: Holding
) -> None:
    request = submit(at=timezone.now())
    move(request=request, verb="accept", by=cast["L"], barcode=copy.barcode)
    entry = scan(text="C6024202", by=cast["L"])
    assert entry.waiting is None
    assert entry.scan is not None
    assert entry.scan.outcome == ScanOutcome.REFUSED
    assert "1小时" in entry.scan.message or "撤销" in entry.scan.message


def test_unknown_codes_and_other_libraries_books_are_not_found(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.SHIPPED)
    for code, who in (("9787302000000", "H"), (request.number, "X"), ("C6024202", "X"), ("%'\\", "H")):
        entry = scan(text=code, by=cast[who])
        assert entry.waiting is None
        assert entry.scan is not None
        assert (entry.scan.outcome, entry.scan.text) == (ScanOutcome.UNKNOWN, code)
        assert entry.scan.request is None


def test_a_request_of_yesterday_is_said_to_be_over(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.COMPLETED)
    entry = scan(text=request.number, by=cast["H"])
    assert entry.scan is not None
    assert entry.scan.outcome == ScanOutcome.REFUSED
    assert "已经结束" in entry.scan.message


def test_enter_twice_moves_once_and_a_stale_offer_moves_nothing(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.SHIPPED)
    entry = scan(text="C6024202", by=cast["H"])
    assert entry.waiting is not None
    confirm(scan=entry.waiting, by=cast["H"])
    confirm(scan=entry.waiting, by=cast["H"])
    assert request.events.filter(verb="receive").count() == 1

    entry = scan(text="C6024202", by=cast["H"])
    move(request=request, verb="hand_out", by=cast["H"])
    late = enter(entry, cast["H"])
    assert late.scan is not None
    assert late.scan.outcome == ScanOutcome.REFUSED
    assert state_of(request) == State.ON_LOAN


def test_scanned_again_only_the_last_offer_stands(request_at: RequestAt, cast: Cast) -> None:
    request_at(State.SHIPPED)
    first = scan(text="C6024202", by=cast["H"]).scan
    last = scan(text="C6024202", by=cast["H"]).scan
    assert first is not None
    assert list(Scan.objects.all()) == [last]
    confirmed = scan(text="", by=cast["H"], pending=last)
    assert confirmed.scan is not None
    assert confirmed.scan.outcome == ScanOutcome.DONE


def test_undo_from_the_queue_takes_back_this_move_and_no_later_one(
    request_at: RequestAt, cast: Cast, asked: datetime
) -> None:
    request = request_at(State.SHIPPED, submitted_at=asked)
    done = enter(scan(text="C6024202", by=cast["H"]), cast["H"]).scan
    assert done is not None
    assert undo(scan=done, by=cast["H"]).outcome == ScanOutcome.UNDONE
    assert state_of(request) == State.SHIPPED

    again = enter(scan(text="C6024202", by=cast["H"]), cast["H"]).scan
    assert again is not None
    request.refresh_from_db()
    move(request=request, verb="hand_out", by=cast["H"])
    with pytest.raises(MoveRefused):
        undo(scan=again, by=cast["H"])
    assert state_of(request) == State.ON_LOAN
    assert Scan.objects.get(pk=again.pk).outcome == ScanOutcome.DONE


def test_scans_are_forgotten_after_a_week(cast: Cast) -> None:
    scan(text="UNKNOWN-1", by=cast["H"], at=timezone.now() - timedelta(days=8))
    kept = scan(text="UNKNOWN-2", by=cast["H"]).scan
    assert forget_scans() == 1
    assert list(Scan.objects.all()) == [kept]


# --- the page -------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client: Client, home_librarian: User) -> Client:
    client.force_login(home_librarian)
    return client


def test_the_page_keeps_what_was_typed_and_asks_again(desk: Client, request_at: RequestAt) -> None:
    request = request_at(State.SHIPPED)
    page = desk.post(reverse("admin:requests_scan"), {"code": "NO-SUCH-BOOK"}, follow=True)
    text = page.content.decode()
    assert "没有找到“NO-SUCH-BOOK”" in text
    assert 'class="bo-scan-text">NO-SUCH-BOOK' in text, "it stays in the queue"
    assert 'name="code" type="text"' in text
    page = desk.post(reverse("admin:requests_scan"), {"code": "C6024202"}, follow=True)
    pending = page.context["asked"].scan.pk
    page = desk.post(reverse("admin:requests_scan"), {"code": "", "pending": pending}, follow=True)
    assert "放在待取书架：林晓" in page.content.decode()
    assert state_of(request) == State.ARRIVED
    done = Scan.objects.get(outcome=ScanOutcome.DONE)
    desk.post(reverse("admin:requests_scan_undo", args=[done.pk]))
    assert state_of(request) == State.SHIPPED


def test_the_part_that_scripts_ask_for_is_the_same_without_the_frame(desk: Client, request_at: RequestAt) -> None:
    request_at(State.SHIPPED)
    page = desk.post(reverse("admin:requests_scan"), {"code": "C6024202"}, follow=True, headers={"X-Scan": "1"})
    assert page.content.decode().lstrip().startswith('<input type="hidden" name="pending"')


def test_the_lender_does_not_read_the_reader_before_it_accepted(
    client: Client, lending_librarian: User, submit: Callable[..., LoanRequest]
) -> None:
    request = submit()
    client.force_login(lending_librarian)
    page = client.post(reverse("admin:requests_scan"), {"code": request.number}, follow=True)
    assert request.number in page.content.decode()
    assert "林晓" not in page.content.decode()


def test_the_queue_of_another_librarian_is_not_shown_nor_touched(
    client: Client, lending_librarian: User, cast: Cast, request_at: RequestAt
) -> None:
    request = request_at(State.SHIPPED)
    mine = scan(text="C6024202", by=cast["H"]).scan
    assert mine is not None
    client.force_login(lending_librarian)
    assert "C6024202" not in client.get(reverse("admin:requests_scan"), {"scan": mine.pk}).content.decode()
    assert client.post(reverse("admin:requests_scan_confirm", args=[mine.pk])).status_code == 404
    assert state_of(request) == State.SHIPPED


def test_the_number_of_statements_does_not_grow_with_the_queue(
    desk: Client, cast: Cast, request_at: RequestAt, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    request_at(State.SHIPPED)
    for place in range(20):
        scan(text=f"UNKNOWN-{place}", by=cast["H"])
        enter(scan(text="C6024202", by=cast["H"]), cast["H"], "UNKNOWN")
    with django_assert_max_num_queries(10):
        desk.get(reverse("admin:requests_scan"))


def test_direct_mode_is_remembered_by_the_workstation(desk: Client, request_at: RequestAt) -> None:
    request = request_at(State.SHIPPED)
    desk.post(reverse("admin:requests_scan_direct"), {"direct": "1"})
    desk.post(reverse("admin:requests_scan"), {"code": "C6024202"})
    assert state_of(request) == State.ARRIVED
    desk.post(reverse("admin:requests_scan_direct"), {"direct": "0"})
    assert "直接办理：关" in desk.get(reverse("admin:requests_scan")).content.decode()
