"""通过 / 不通过: the home library decides once, with a reason when it refuses."""

from datetime import UTC, datetime
from threading import Barrier, Thread

import pytest
from django.db import connection

from catalog.models import MemberLibrary
from readers.actors import Actor
from readers.errors import DecisionRefused, RegistrationRefused
from readers.models import CertificateType, Reader, ReaderState, User
from readers.profile.identity import correct_identity
from readers.registration.decisions import approve_reader, refuse_reader
from readers.signals import reader_decided
from tests.factories import ReaderFactory

AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


@pytest.fixture
def waiting(bupt: MemberLibrary) -> Reader:
    return ReaderFactory.create(library=bupt, name="赵磊", certificate_number="2026A", state=ReaderState.PENDING)


@pytest.fixture
def heard() -> list[tuple[Reader, bool, datetime]]:
    decisions: list[tuple[Reader, bool, datetime]] = []

    def listen(sender: object, reader: Reader, approved: bool, at: datetime, **kwargs: object) -> None:
        decisions.append((reader, approved, at))

    reader_decided.connect(listen, weak=False, dispatch_uid="test")
    yield decisions
    reader_decided.disconnect(dispatch_uid="test")


def test_approval_lets_the_reader_in_and_is_announced(
    waiting: Reader, bupt: MemberLibrary, home_librarian: User, heard: list
) -> None:
    approve_reader(reader=waiting, by=Actor.of_librarian(home_librarian, bupt), at=AT)
    assert waiting.state == ReaderState.APPROVED
    waiting.refresh_from_db()
    assert (waiting.state, waiting.decided_at, waiting.decided_by) == (ReaderState.APPROVED, AT, home_librarian)
    assert heard == [(waiting, True, AT)]


def test_refusal_keeps_its_reason_and_is_announced(
    waiting: Reader, bupt: MemberLibrary, home_librarian: User, heard: list
) -> None:
    refuse_reader(reader=waiting, reason=" 信息不全 ", by=Actor.of_librarian(home_librarian, bupt), at=AT)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.refusal_reason) == (ReaderState.REFUSED, "信息不全")
    assert heard == [(waiting, False, AT)]


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_refusal_without_reason_is_none(waiting: Reader, center_admin: User, reason: str) -> None:
    with pytest.raises(DecisionRefused, match="原因"):
        refuse_reader(reader=waiting, reason=reason, by=Actor.of_center(center_admin))
    waiting.refresh_from_db()
    assert waiting.state == ReaderState.PENDING


def test_a_second_decision_is_harmless_and_told(
    waiting: Reader, bupt: MemberLibrary, home_librarian: User, heard: list
) -> None:
    by = Actor.of_librarian(home_librarian, bupt)
    stale = Reader.objects.get(pk=waiting.pk)  # the page of a colleague, opened before
    approve_reader(reader=waiting, by=by, at=AT)
    with pytest.raises(DecisionRefused, match=r"赵磊 已审查过，现在是“已通过”（.*2026-03-02 09:30）"):
        approve_reader(reader=stale, by=by)
    with pytest.raises(DecisionRefused, match="已审查过"):
        refuse_reader(reader=stale, reason="手误", by=by)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.refusal_reason, waiting.decided_at) == (ReaderState.APPROVED, "", AT)
    assert len(heard) == 1


@pytest.mark.django_db(transaction=True)
def test_two_colleagues_at_the_same_moment_have_one_winner(
    waiting: Reader, center_admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("celery.app.base.Celery.send_task", lambda *args, **kwargs: None)  # mails are not the point
    by, start, outcomes = Actor.of_center(center_admin), Barrier(4), []

    def decide(number: int) -> None:
        mine = Reader.objects.get(pk=waiting.pk)
        try:
            start.wait(timeout=10)
            if number % 2:
                approve_reader(reader=mine, by=by)
            else:
                refuse_reader(reader=mine, reason="信息不全", by=by)
            outcomes.append(mine.state)
        except DecisionRefused:
            outcomes.append("told")
        finally:
            connection.close()

    threads = [Thread(target=decide, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    waiting.refresh_from_db()
    assert sorted(outcomes) == sorted([waiting.state, "told", "told", "told"])


def test_the_center_and_the_system_may_decide(bupt: MemberLibrary, center_admin: User) -> None:
    for by in (Actor.of_center(center_admin), Actor.system()):
        reader = ReaderFactory.create(library=bupt, state=ReaderState.PENDING)
        assert approve_reader(reader=reader, by=by).state == ReaderState.APPROVED


def test_another_library_and_the_reader_may_not(
    waiting: Reader, bnu: MemberLibrary, strange_librarian: User, heard: list
) -> None:
    for by in (Actor.of_librarian(strange_librarian, bnu), Actor.of_reader(waiting)):
        with pytest.raises(DecisionRefused, match="只有北京邮电大学图书馆可以审查"):
            approve_reader(reader=waiting, by=by)
    assert heard == []


def test_a_listener_that_fails_takes_the_decision_with_it(waiting: Reader, center_admin: User) -> None:
    def fail(**kwargs: object) -> None:
        raise RuntimeError("the outbox is full")

    reader_decided.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            approve_reader(reader=waiting, by=Actor.of_center(center_admin))
    finally:
        reader_decided.disconnect(fail)
    waiting.refresh_from_db()
    assert waiting.state == ReaderState.PENDING


def test_correcting_the_certificate_moves_the_barcode(
    waiting: Reader, bupt: MemberLibrary, home_librarian: User
) -> None:
    correct_identity(
        reader=waiting, by=Actor.of_librarian(home_librarian, bupt), name="赵雷",
        certificate_type=CertificateType.STAFF_CARD, certificate_number="77b",
    )  # fmt: skip
    waiting.refresh_from_db()
    assert (waiting.name, waiting.certificate_number, waiting.reader_barcode) == ("赵雷", "77B", "21113077B")
    assert waiting.user.first_name == "赵雷"


def test_a_correction_cannot_take_another_readers_certificate(waiting: Reader, center_admin: User) -> None:
    ReaderFactory.create(library=waiting.library, certificate_number="88")
    with pytest.raises(RegistrationRefused, match="已在本馆注册"):
        correct_identity(
            reader=waiting, by=Actor.of_center(center_admin), name="赵磊",
            certificate_type=CertificateType.LIBRARY_CARD, certificate_number="88",
        )  # fmt: skip
