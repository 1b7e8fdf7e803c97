"""Races with real threads and transactions: each has exactly one winner."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from celery import Celery
from django.db import connection

from catalog.models import Holding, MemberLibrary
from readers.actors import Actor
from readers.models import Reader
from requests_app.errors import MoveRefused, SubmissionRefused
from requests_app.models import BorrowingPolicy, LoanRequest
from requests_app.services.moves import move
from requests_app.states import State
from tests.factories import ReaderFactory
from tests.requests_app.conftest import MORNING

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests commit for real; nobody shall send the mails that they write to the outbox."""
    monkeypatch.setattr(Celery, "send_task", lambda *args, **kwargs: None)


RequestAt = Callable[..., LoanRequest]
Cast = dict[str, Actor]


def race(*runners: Callable[[], object]) -> list[object]:
    """Start all at the same moment, each in a thread with its own connection; results or refusals in order."""
    barrier = Barrier(len(runners))

    def run(runner: Callable[[], object]) -> object:
        try:
            barrier.wait(timeout=60)
            return runner()
        except MoveRefused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(runners)) as pool:
        return list(pool.map(run, runners))


def refusals(results: list[object]) -> list[MoveRefused]:
    return [result for result in results if isinstance(result, MoveRefused)]


def test_cancel_against_ship(request_at: RequestAt, cast: Cast) -> None:
    """The reader's clock is a moment behind the lender's: both may, one does."""
    for _ in range(5):
        request = request_at(State.ACCEPTED)
        hour = request.cancel_deadline
        assert hour is not None
        mine, theirs = LoanRequest.objects.get(pk=request.pk), LoanRequest.objects.get(pk=request.pk)
        results = race(
            lambda mine=mine, at=hour: move(request=mine, verb="cancel", by=cast["R"], at=at - timedelta(seconds=1)),
            lambda theirs=theirs, at=hour: move(request=theirs, verb="ship", by=cast["L"], at=at),
        )
        assert len(refusals(results)) == 1
        request.refresh_from_db()
        assert request.events.filter(verb__in=["cancel", "ship"]).count() == 1
        assert request.state == (State.CANCELLED if isinstance(results[1], MoveRefused) else State.SHIPPED)
        if request.state == State.SHIPPED:
            move(request=request, verb="check_in", by=cast["L"], barcode="C6024202")


def test_ship_against_ship(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.ACCEPTED)
    at = MORNING + timedelta(hours=2)
    copies = [LoanRequest.objects.get(pk=request.pk) for _ in range(2)]
    results = race(
        *(lambda one=one: move(request=one, verb="ship", by=cast["L"], at=at) for one in copies)  # type: ignore[misc]
    )
    (refusal,) = refusals(results)
    assert "不能“发出”" in refusal.message
    assert request.events.filter(verb="ship").count() == 1


def test_two_accepts_of_one_copy(submit: RequestAt, cast: Cast, copy: Holding) -> None:
    first, second = submit(), submit()
    results = race(
        lambda: move(request=first, verb="accept", by=cast["L"], barcode="C6024202"),
        lambda: move(request=second, verb="accept", by=cast["L"], barcode="C6024202"),
    )
    (refusal,) = refusals(results)
    assert refusal.rule == "copy_taken"
    assert LoanRequest.objects.filter(state=State.ACCEPTED, copy_barcode="C6024202").count() == 1


def test_two_accepts_of_one_barcode_outside_the_catalogue(submit: RequestAt, cast: Cast) -> None:
    """No holding to lock: here the database constraint alone decides."""
    first, second = submit(holding=None), submit(holding=None)
    results = race(
        lambda: move(request=first, verb="accept", by=cast["L"], barcode="X1"),
        lambda: move(request=second, verb="accept", by=cast["L"], barcode="X1"),
    )
    (refusal,) = refusals(results)
    assert refusal.rule == "copy_taken"
    assert "请另取一册" in refusal.message


def test_two_submits_for_the_last_place(submit: RequestAt, reader: Reader) -> None:
    submit()
    submit()
    results = race(submit, submit)
    (refusal,) = refusals(results)
    assert isinstance(refusal, SubmissionRefused)
    assert refusal.rule == "limit"
    reader.refresh_from_db()
    assert (LoanRequest.objects.count(), reader.open_requests) == (3, 3)


def test_fifty_submits_at_once_have_fifty_numbers(submit: RequestAt, bupt: MemberLibrary, copy: Holding) -> None:
    """Ten readers at one lender, each with four places and five wishes."""
    BorrowingPolicy.objects.create(library=bupt, max_open_requests=4)
    readers = [ReaderFactory.create(library=bupt) for _ in range(10)]
    results = race(*[lambda reader=reader: submit(reader=reader) for reader in readers for _ in range(5)])  # type: ignore[misc]
    assert [refusal.rule for refusal in refusals(results)] == ["limit"] * 10
    numbers = sorted(LoanRequest.objects.values_list("number", flat=True))
    assert numbers == [f"KD{serial:08d}" for serial in range(1, 41)]
    for reader in readers:
        reader.refresh_from_db()
        assert reader.open_requests == reader.requests.count() == 4


def test_fifty_readers_at_once_have_fifty_numbers(submit: RequestAt, bupt: MemberLibrary, copy: Holding) -> None:
    readers = [ReaderFactory.create(library=bupt) for _ in range(50)]
    race(*[lambda reader=reader: submit(reader=reader) for reader in readers])  # type: ignore[misc]
    numbers = sorted(LoanRequest.objects.values_list("number", flat=True))
    assert numbers == [f"KD{serial:08d}" for serial in range(1, 51)]


def test_fifty_presses_of_one_form_make_one_request(submit: RequestAt) -> None:
    token = uuid4()
    results = race(*[lambda: submit(token=token)] * 50)
    assert len({request.pk for request in results}) == 1  # type: ignore[attr-defined]
    assert LoanRequest.objects.get().events.count() == 1


def test_fifty_presses_for_the_last_place_take_one(submit: RequestAt, reader: Reader) -> None:
    submit()
    submit()
    results = race(*[submit] * 50)
    assert {refusal.rule for refusal in refusals(results)} == {"limit"}
    assert len(refusals(results)) == 49
    reader.refresh_from_db()
    assert (LoanRequest.objects.count(), reader.open_requests) == (3, 3)


def test_fifty_accepts_of_one_copy_reserve_it_once(submit: RequestAt, bupt: MemberLibrary, cast: Cast) -> None:
    requests = [submit(reader=ReaderFactory.create(library=bupt)) for _ in range(50)]
    results = race(
        *(lambda one=one: move(request=one, verb="accept", by=cast["L"], barcode="C6024202") for one in requests)  # type: ignore[misc]
    )
    assert [refusal.rule for refusal in refusals(results)] == ["copy_taken"] * 49
    assert LoanRequest.objects.filter(state=State.ACCEPTED).count() == 1
