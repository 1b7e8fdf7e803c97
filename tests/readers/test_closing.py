"""销户: refused while something is out; afterwards nothing tells who it was, and the figures stay."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import MemberLibrary
from notices.models import Email, SystemMessage
from readers.actors import Actor
from readers.cards.services import apply_for_card, issue_card
from readers.errors import ChangeRefused
from readers.models import CardState, Photo, PickupCard, Reader, ReaderState, User
from readers.profile.closing import close_account, why_not_close
from readers.profile.photos import set_photo
from requests_app.models import LoanRequest, RequestEvent
from requests_app.states import State
from tests.factories import ReaderFactory, UserFactory
from tests.readers.test_photos import picture, upload

CLOSE = "/readers/profile/close/"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"books_out": 1, "open_requests": 1}, "1册图书在借"),
        ({"open_requests": 2}, "2张申请单没有办结"),
        ({"blocks": ["有未缴罚款"]}, "有未缴罚款"),
    ],
)
def test_not_while_something_is_out(client: Client, reader: Reader, change: dict[str, object], sentence: str) -> None:
    Reader.objects.filter(pk=reader.pk).update(**change)
    client.force_login(reader.user)
    assert sentence in client.get(CLOSE).content.decode()
    page = client.post(CLOSE, {"password": "library-2026", "sure": "on"})
    assert sentence in page.content.decode()
    reader.refresh_from_db()
    assert reader.state == ReaderState.APPROVED


def test_a_librarian_hands_over_first(reader: Reader, home_librarian: User) -> None:
    home_librarian.assignments.update(user=reader.user)
    assert "馆员任职" in why_not_close(reader)


def test_the_password_and_a_tick_are_asked_for(client: Client, reader: Reader) -> None:
    client.force_login(reader.user)
    for typed in ({"password": "guess", "sure": "on"}, {"password": "library-2026"}):
        assert client.post(CLOSE, typed).context["form"].errors
    assert Reader.objects.get().state == ReaderState.APPROVED


def test_nothing_tells_who_it_was_and_the_figures_stay(
    client: Client, request_at: Callable[..., LoanRequest], reader: Reader, home_librarian: User, bupt: MemberLibrary
) -> None:
    request = request_at(State.COMPLETED, note="林晓的课题", own_reference="林晓1")
    set_photo(reader=reader, upload=upload(picture()), by=Actor.of_reader(reader))
    card = apply_for_card(reader=reader, by=Actor.of_reader(reader))
    issue_card(card=card, by=Actor.of_librarian(home_librarian, bupt))
    events = RequestEvent.objects.filter(request=request).count()
    client.force_login(reader.user)
    page = client.post(CLOSE, {"password": "library-2026", "sure": "on"}, follow=True)
    assert "账号已注销" in page.content.decode()
    assert "_auth_user_id" not in client.session

    closed = Reader.objects.get(pk=reader.pk)
    assert (closed.state, closed.job_title, closed.education) == (ReaderState.CLOSED, "学生", "硕士")
    assert not closed.user.is_active
    assert not Photo.objects.exists()
    assert PickupCard.objects.get().state == CardState.REVOKED
    request.refresh_from_db()
    assert RequestEvent.objects.filter(request=request).count() == events, "the events count"
    farewell = Email.objects.get(kind="account_closed")
    assert farewell.to == "linxiao@bupt.example"
    farewell.delete()
    traces = ("林晓", "linxiao", "13005129002550", "010-00000000")
    rows = [
        *Reader.objects.values(), *User.objects.values(), *LoanRequest.objects.values(), *RequestEvent.objects.values(),
        *Email.objects.values(), *SystemMessage.objects.values(), *PickupCard.objects.values(),
    ]  # fmt: skip
    assert [row for row in rows if any(trace in str(row) for trace in traces)] == []


def test_the_name_the_certificate_and_the_email_are_free_again(reader: Reader, bupt: MemberLibrary) -> None:
    close_account(reader=reader, by=Actor.of_reader(reader))
    close_account(reader=reader, by=Actor.of_reader(reader))  # pressing twice is pressing once
    again = ReaderFactory.create(
        library=bupt, certificate_number="13005129002550",
        user=UserFactory.create(username="linxiao", email="linxiao@bupt.example"),
    )  # fmt: skip
    close_account(reader=again, by=Actor.of_reader(again))
    assert Reader.objects.filter(state=ReaderState.CLOSED).count() == 2


def test_the_home_librarian_closes_at_the_readers_wish(client: Client, reader: Reader, home_librarian: User) -> None:
    client.force_login(home_librarian)
    page = f"/backoffice/readers/reader/{reader.pk}/"
    assert client.post(page + "close/").status_code == 200, "without the tick the form comes back"
    client.post(page + "close/", {"sure": "on"})
    reader.refresh_from_db()
    assert reader.state == ReaderState.CLOSED
    assert client.get(page + "change/").status_code == 200


def test_nobody_closes_somebody_elses_account(reader: Reader, lending_librarian: User, cumtb: MemberLibrary) -> None:
    with pytest.raises(ChangeRefused):
        close_account(reader=reader, by=Actor.of_librarian(lending_librarian, cumtb))


def test_the_farewell_is_forgotten(reader: Reader) -> None:
    from notices.erasing import forget_letters

    close_account(reader=reader, by=Actor.of_reader(reader))
    Email.objects.update(state="sent")
    forget_letters(at=timezone.now() + timedelta(days=6))
    assert Email.objects.filter(kind="account_closed").exists()
    forget_letters(at=timezone.now() + timedelta(days=8))
    assert not Email.objects.exists()
