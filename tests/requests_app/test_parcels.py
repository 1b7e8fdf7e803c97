"""Parcels: packed by route, sent as one act by one of two clerks, received book by book."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from celery import Celery
from django.db import connection
from django.utils import timezone

from catalog.models import Holding, MemberLibrary
from catalog.scoping import Desk
from readers.actors import Actor
from readers.models import Reader
from requests_app.errors import MoveRefused, ParcelRefused
from requests_app.models import LoanRequest, Parcel, ParcelItem, ParcelState
from requests_app.parcels.selectors import items_of, parcel_of_code, parcels_seen_by, routes_from, waiting_for
from requests_app.parcels.services import end_receipt, open_parcel, pack, pack_all, send_parcel, take_out, unpack
from requests_app.services.moves import move
from requests_app.states import State
from tests.factories import EditionFactory, HoldingFactory, ReaderFactory
from tests.requests_app.conftest import WAYS

RequestAt = Callable[..., LoanRequest]
Cast = dict[str, Actor]


@pytest.fixture
def asked() -> datetime:
    return timezone.now() - timedelta(days=2)


@pytest.fixture
def books(request_at: RequestAt, cumtb: MemberLibrary, bupt: MemberLibrary, asked: datetime) -> list[LoanRequest]:
    """Three accepted books for BUPT, each of another reader."""

    def accepted(place: int) -> LoanRequest:
        copy = HoldingFactory.create(
            edition=EditionFactory.create(title=f"书{place}"), library=cumtb, barcode=f"C800000{place}"
        )
        reader = ReaderFactory.create(library=bupt)
        return request_at(State.ACCEPTED, submitted_at=asked, holding=copy, title=f"书{place}", reader=reader)

    return [accepted(place) for place in range(3)]


@pytest.fixture
def packed(books: list[LoanRequest], bupt: MemberLibrary, cast: Cast) -> Parcel:
    parcel = open_parcel(recipient=bupt, by=cast["L"])
    pack_all(parcel=parcel, by=cast["L"])
    return parcel


def states(*requests: LoanRequest) -> list[str]:
    return [LoanRequest.objects.get(pk=each.pk).state for each in requests]


def test_what_waits_on_a_route_is_packed_in_one_go(
    books: list[LoanRequest], cumtb: MemberLibrary, bupt: MemberLibrary, cast: Cast
) -> None:
    (route,) = routes_from(cumtb)
    assert (route.recipient, route.out, route.back, route.waiting) == (bupt, 3, 0, 3)
    parcel = open_parcel(recipient=bupt, by=cast["L"])
    assert open_parcel(recipient=bupt, by=cast["L"]) == parcel, "one packing list per route"
    pack(parcel=parcel, request=books[0], by=cast["L"])
    assert pack_all(parcel=parcel, by=cast["L"]) == 2
    assert list(waiting_for(parcel)) == []
    assert routes_from(cumtb)[0].waiting == 0


def test_loans_and_returns_of_one_route_share_a_parcel(
    request_at: RequestAt, cumtb: MemberLibrary, bupt: MemberLibrary, cast: Cast, books: list[LoanRequest]
) -> None:
    """CUMTB lends three books to BUPT, and sends back one that its own reader had from there."""
    reader = ReaderFactory.create(library=cumtb)
    copy: Holding = HoldingFactory.create(edition=EditionFactory.create(), library=bupt, barcode="T1")
    other_way = {**cast, "H": cast["L"], "L": cast["H"]}
    returned = request_at(State.SUBMITTED, lender=bupt, holding=copy, reader=reader, by=Actor.of_reader(reader))
    for verb, capacity, hours, details in WAYS[State.RETURNED]:
        given = {**details, **({"barcode": "T1"} if "barcode" in details else {})}
        at = returned.created_at + timedelta(hours=hours)
        move(request=returned, verb=verb, by=other_way[capacity], at=at, **given)
    (route,) = routes_from(cumtb)
    assert (route.out, route.back) == (3, 1)
    parcel = open_parcel(recipient=bupt, by=cast["L"])
    pack_all(parcel=parcel, by=cast["L"])
    sent = send_parcel(parcel=parcel, by=cast["L"])
    assert len(sent.gone) == 4
    assert states(*books, returned) == [State.SHIPPED] * 3 + [State.RETURN_SHIPPED]
    assert take_out(parcel=parcel, request=returned, by=cast["H"], barcode="T1").state == State.COMPLETED


def test_sending_moves_every_book_and_the_event_names_the_parcel(
    packed: Parcel, books: list[LoanRequest], cast: Cast, bupt: MemberLibrary
) -> None:
    send_parcel(parcel=packed, by=cast["L"], carrier="顺丰", tracking_number="SF123", lent_in_own_system=True)
    assert states(*books) == [State.SHIPPED] * 3
    packed.refresh_from_db()
    assert (packed.state, packed.carrier, packed.sent_by) == (ParcelState.SENT, "顺丰", str(cast["L"].user))
    details = books[0].events.get(verb="ship").details
    assert (details["parcel"], details["lent_in_own_system"]) == (packed.number, True)
    assert parcel_of_code(packed.number.lower(), bupt) == packed
    assert parcel_of_code("SF123", bupt) == packed


def test_a_refused_book_stays_in_the_packing_list_with_the_reason(
    packed: Parcel, books: list[LoanRequest], cast: Cast, bupt: MemberLibrary
) -> None:
    move(request=books[1], verb="ask_cancel", by=cast["H"])
    sent = send_parcel(parcel=packed, by=cast["L"])
    assert len(sent.gone) == 2
    (kept,) = sent.kept
    assert kept.refusal
    assert states(*books) == [State.SHIPPED, State.ACCEPTED, State.SHIPPED]
    following = open_parcel(recipient=bupt, by=cast["L"])
    assert following != packed
    item = ParcelItem.objects.get(request=books[1])
    assert (item.parcel, item.sent_at) == (following, None)
    assert item.refusal == kept.refusal


def test_where_every_book_is_refused_the_parcel_stays(packed: Parcel, books: list[LoanRequest], cast: Cast) -> None:
    for book in books:
        move(request=book, verb="ask_cancel", by=cast["H"])
    sent = send_parcel(parcel=packed, by=cast["L"])
    assert (sent.gone, len(sent.kept)) == ([], 3)
    packed.refresh_from_db()
    assert (packed.state, packed.items.count()) == (ParcelState.PACKING, 3)


def test_a_book_sent_by_scanning_it_goes_along_with_its_parcel(
    packed: Parcel, books: list[LoanRequest], cast: Cast
) -> None:
    move(request=books[0], verb="ship", by=cast["L"])
    sent = send_parcel(parcel=packed, by=cast["L"])
    assert (len(sent.gone), sent.kept) == (3, [])
    assert books[0].events.filter(verb="ship").count() == 1


def test_empty_sent_and_foreign_parcels_are_refused(
    packed: Parcel, books: list[LoanRequest], cast: Cast, bnu: MemberLibrary, cumtb: MemberLibrary
) -> None:
    empty = open_parcel(recipient=bnu, by=cast["L"])
    with pytest.raises(ParcelRefused, match="空的"):
        send_parcel(parcel=empty, by=cast["L"])
    for stranger in (cast["H"], cast["X"], cast["C"]):
        with pytest.raises(ParcelRefused):
            send_parcel(parcel=packed, by=stranger)
    with pytest.raises(ParcelRefused, match="不是寄往"):
        pack(parcel=empty, request=books[0], by=cast["L"])
    unpack(parcel=packed, request=books[2], by=cast["L"])
    send_parcel(parcel=packed, by=cast["L"])
    with pytest.raises(ParcelRefused, match="已经由"):
        send_parcel(parcel=packed, by=cast["L"])
    with pytest.raises(ParcelRefused):
        pack(parcel=packed, request=books[2], by=cast["L"])
    with pytest.raises(ParcelRefused):
        open_parcel(recipient=cumtb, by=cast["L"])


def test_the_recipient_sees_a_parcel_only_when_it_has_left(
    packed: Parcel, cast: Cast, bupt: MemberLibrary, bnu: MemberLibrary
) -> None:
    assert not parcels_seen_by(bupt).exists()
    assert parcel_of_code(packed.number, bupt) is None
    send_parcel(parcel=packed, by=cast["L"])
    (seen,) = parcels_seen_by(bupt)
    assert (seen.books, seen.travelling) == (3, 3)  # type: ignore[attr-defined]
    assert not parcels_seen_by(bnu).exists()
    assert parcels_seen_by(None).count() == 1


def test_books_are_ticked_one_by_one_and_the_last_ends_the_parcel(
    packed: Parcel, books: list[LoanRequest], cast: Cast, bupt: MemberLibrary
) -> None:
    send_parcel(parcel=packed, by=cast["L"])
    for book in books:
        packed.refresh_from_db()
        assert packed.state == ParcelState.SENT
        take_out(parcel=packed, request=book, by=cast["H"])
    packed.refresh_from_db()
    assert packed.state == ParcelState.RECEIVED
    assert all(each.has_arrived for each in items_of(packed, Desk(library=bupt)))
    with pytest.raises(MoveRefused):
        take_out(parcel=packed, request=books[0], by=cast["H"])


def test_the_rest_is_reported_missing_once_and_can_still_turn_up(
    packed: Parcel, books: list[LoanRequest], cast: Cast
) -> None:
    send_parcel(parcel=packed, by=cast["L"])
    take_out(parcel=packed, request=books[0], by=cast["H"])
    assert [each.pk for each in end_receipt(parcel=packed, by=cast["H"])] == [books[1].pk, books[2].pk]
    assert end_receipt(parcel=packed, by=cast["H"]) == []
    missing = LoanRequest.objects.get(pk=books[1].pk)
    assert missing.missing_since is not None
    assert packed.number in missing.events.get(verb="report_missing").note
    take_out(parcel=packed, request=missing, by=cast["H"])
    assert missing.missing_since is None


def test_a_book_whose_sending_was_undone_can_be_packed_again(
    packed: Parcel, books: list[LoanRequest], cast: Cast, bupt: MemberLibrary
) -> None:
    send_parcel(parcel=packed, by=cast["L"])
    back = LoanRequest.objects.get(pk=books[0].pk)
    move(request=back, verb="undo", by=cast["L"])
    first = {each.row.pk: each for each in items_of(packed, Desk(library=bupt))}
    assert first[back.pk].was_taken_out
    following = open_parcel(recipient=bupt, by=cast["L"])
    assert pack_all(parcel=following, by=cast["L"]) == 1
    send_parcel(parcel=following, by=cast["L"])
    take_out(parcel=following, request=back, by=cast["H"])
    first = {each.row.pk: each for each in items_of(packed, Desk(library=bupt))}
    assert not first[back.pk].has_arrived, "it came with the second parcel"


# --- races ------------------------------------------------------------------------------------------------


def race(*runners: Callable[[], object]) -> list[object]:
    """All at the same moment, each in a thread with its own connection; results or refusals in order."""
    barrier = Barrier(len(runners))

    def run(runner: Callable[[], object]) -> object:
        try:
            barrier.wait(timeout=10)
            return runner()
        except MoveRefused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(runners)) as pool:
        return list(pool.map(run, runners))


@pytest.fixture
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Celery, "send_task", lambda *args, **kwargs: None)


@pytest.mark.django_db(transaction=True)
def test_two_clerks_send_the_same_parcel_once(
    no_worker: None, packed: Parcel, books: list[LoanRequest], cast: Cast
) -> None:
    results = race(*[lambda: send_parcel(parcel=packed, by=cast["L"])] * 2)
    assert sum(isinstance(result, ParcelRefused) for result in results) == 1
    assert states(*books) == [State.SHIPPED] * 3
    for book in books:
        assert book.events.filter(verb="ship").count() == 1


@pytest.mark.django_db(transaction=True)
def test_sending_a_parcel_against_scanning_its_books(
    no_worker: None, packed: Parcel, books: list[LoanRequest], cast: Cast
) -> None:
    """However the two meet, each book is sent once and the parcel leaves with all of them."""
    results = race(
        lambda: send_parcel(parcel=packed, by=cast["L"]),
        lambda: [move(request=LoanRequest.objects.get(pk=each.pk), verb="ship", by=cast["L"]) for each in books],
    )
    assert not isinstance(results[0], MoveRefused)
    assert states(*books) == [State.SHIPPED] * 3
    for book in books:
        assert book.events.filter(verb="ship").count() == 1
    packed.refresh_from_db()
    assert (packed.state, packed.items.count()) == (ParcelState.SENT, 3)


@pytest.mark.django_db(transaction=True)
def test_ending_the_receipt_against_scanning_the_last_book(
    no_worker: None, packed: Parcel, books: list[LoanRequest], cast: Cast
) -> None:
    """A book that is being scanned is either received or reported missing first and then received; never lost."""
    send_parcel(parcel=packed, by=cast["L"])
    results = race(
        lambda: end_receipt(parcel=packed, by=cast["H"]),
        lambda: take_out(parcel=packed, request=LoanRequest.objects.get(pk=books[0].pk), by=cast["H"]),
    )
    assert not any(isinstance(result, MoveRefused) for result in results)
    found = LoanRequest.objects.get(pk=books[0].pk)
    assert (found.state, found.missing_since) == (State.ARRIVED, None)
    assert Parcel.objects.get().state == ParcelState.RECEIVED


@pytest.mark.django_db(transaction=True)
def test_two_clerks_open_a_packing_list_for_one_route(
    no_worker: None, books: list[LoanRequest], bupt: MemberLibrary, cast: Cast
) -> None:
    results = race(*[lambda: open_parcel(recipient=bupt, by=cast["L"])] * 3)
    assert len({result.pk for result in results if isinstance(result, Parcel)}) == 1
    assert Parcel.objects.count() == 1
    races = race(*[lambda: pack_all(parcel=Parcel.objects.get(), by=cast["L"])] * 2)
    assert sorted(result for result in races if isinstance(result, int)) == [0, 3]


@pytest.mark.django_db(transaction=True)
def test_parcels_with_the_same_readers_crosswise_do_not_wait_for_each_other_in_a_circle(
    no_worker: None, request_at: RequestAt, cumtb: MemberLibrary, bnu: MemberLibrary, bupt: MemberLibrary,
    cast: Cast, asked: datetime,
) -> None:  # fmt: skip
    """Two lenders send to one library at once; the books of one reader come first here and last there."""
    readers = [ReaderFactory.create(library=bupt) for _ in range(4)]
    senders = {cumtb.pk: cast["L"], bnu.pk: cast["X"]}

    def parcel_of(lender: MemberLibrary, order: list[Reader], start: int) -> Parcel:
        by = senders[lender.pk]
        for place, reader in enumerate(order, start=start):
            copy = HoldingFactory.create(edition=EditionFactory.create(), library=lender, barcode=f"B{place}")
            request = request_at(State.SUBMITTED, lender=lender, holding=copy, reader=reader, submitted_at=asked)
            move(request=request, verb="accept", by=by, barcode=copy.barcode)
        parcel = open_parcel(recipient=bupt, by=by)
        assert pack_all(parcel=parcel, by=by) == len(order)
        return parcel

    one, other = parcel_of(cumtb, readers, 0), parcel_of(bnu, readers[::-1], 10)
    results = race(lambda: send_parcel(parcel=one, by=cast["L"]), lambda: send_parcel(parcel=other, by=cast["X"]))
    assert [len(result.gone) for result in results if not isinstance(result, MoveRefused)] == [4, 4]  # type: ignore[attr-defined]
