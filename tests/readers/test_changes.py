"""Identity waits for the librarian; an e-mail changes when both addresses have said yes; mails one may do without."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from catalog.models import MemberLibrary
from notices.models import Email
from readers.accounts.passwords import password_was_set
from readers.actors import Actor
from readers.errors import ChangeRefused, RegistrationRefused
from readers.models import ChangeState, EmailChange, IdentityChange, Reader, User
from readers.profile.email_change import ask_email_change, change_email_on_sight
from readers.profile.identity import ask_identity_change, decide_identity_change
from requests_app.models import LoanRequest
from tests.factories import ReaderFactory, UserFactory

PROFILE = "/readers/profile/"
ASKED = {"name": "林小晓", "certificate_type": "staff_card", "certificate_number": "t2026", "note": "留校工作"}


@pytest.fixture
def by_bupt(home_librarian: User, bupt: MemberLibrary) -> Actor:
    return Actor.of_librarian(home_librarian, bupt)


def ask(reader: Reader) -> IdentityChange:
    return ask_identity_change(reader=reader, by=Actor.of_reader(reader), **ASKED)


# --- Identity -------------------------------------------------------------------------------------------


def test_a_wish_changes_nothing_before_the_librarian_agrees(client: Client, reader: Reader) -> None:
    client.force_login(reader.user)
    assert client.post(PROFILE + "identity/", ASKED).headers["Location"] == PROFILE
    reader.refresh_from_db()
    assert (reader.name, reader.certificate_number) == ("林晓", "13005129002550")
    text = client.get(PROFILE).content.decode()
    assert "林小晓" in text
    assert "等待本馆核对证件" in text
    letter = Email.objects.get(kind="identity_change_asked_home")
    assert letter.to == "ill@bupt.example"


def test_the_librarian_agrees_and_the_barcode_follows(client: Client, reader: Reader, home_librarian: User) -> None:
    ask(reader)
    client.force_login(home_librarian)
    page = f"/backoffice/readers/reader/{reader.pk}/"
    assert "林小晓" in client.get(page + "change/").content.decode()
    client.post(page + "identity-agree/")
    reader.refresh_from_db()
    assert (reader.name, reader.reader_barcode) == ("林小晓", "211130T2026")
    assert Email.objects.get(kind="identity_changed_reader").to == "linxiao@bupt.example"
    again = client.post(page + "identity-agree/", follow=True)
    assert "已经审查过" in again.content.decode()


def test_a_refusal_needs_a_reason_and_tells_it(client: Client, reader: Reader, home_librarian: User) -> None:
    change = ask(reader)
    client.force_login(home_librarian)
    page = f"/backoffice/readers/reader/{reader.pk}/identity-refuse/"
    silent = client.post(page, {"reason": ""})
    assert "请填写原因" in silent.content.decode()
    client.post(page, {"reason": "请带新证件到馆"})
    change.refresh_from_db()
    assert (change.state, change.reason) == (ChangeState.REFUSED, "请带新证件到馆")
    assert "请带新证件到馆" in Email.objects.get(kind="identity_change_refused_reader").text
    client.force_login(reader.user)
    assert "请带新证件到馆" in client.get(PROFILE).content.decode()


def test_one_wish_at_a_time_and_it_can_be_taken_back(client: Client, reader: Reader) -> None:
    ask(reader)
    with pytest.raises(ChangeRefused, match="正在等待本馆审查"):
        ask(reader)
    client.force_login(reader.user)
    client.post(PROFILE + "identity/withdraw/")
    assert not IdentityChange.objects.exists()
    ask(reader)


def test_a_wish_that_changes_nothing_or_takes_anothers_certificate(reader: Reader, bupt: MemberLibrary) -> None:
    by = Actor.of_reader(reader)
    with pytest.raises(ChangeRefused, match="没有需要更改的"):
        ask_identity_change(
            reader=reader, by=by, name="林晓", certificate_type="library_card", certificate_number="13005129002550"
        )
    ReaderFactory.create(library=bupt, certificate_number="T2026")
    with pytest.raises(RegistrationRefused, match="证件号码"):
        ask(reader)


def test_only_the_home_library_decides(reader: Reader, lending_librarian: User, cumtb: MemberLibrary) -> None:
    change = ask(reader)
    with pytest.raises(ChangeRefused):
        decide_identity_change(change=change, agree=True, by=Actor.of_librarian(lending_librarian, cumtb))


# --- E-mail ---------------------------------------------------------------------------------------------


def links() -> dict[str, str]:
    """The two links in the letters of a change."""
    found = {}
    for kind in ("email_change_old", "email_change_new"):
        match = re.search(r"http://localhost:8000(/readers/email/confirm/\S+)", Email.objects.get(kind=kind).text)
        assert match
        found[kind[-3:]] = match[1]
    return found


@pytest.mark.parametrize("order", [("old", "new"), ("new", "old")])
def test_both_addresses_agree_in_any_order(client: Client, reader: Reader, order: tuple[str, str]) -> None:
    client.force_login(reader.user)
    client.post(PROFILE + "email/", {"new_email": "lin@new.example", "password": "library-2026"})
    assert Email.objects.get(kind="email_change_old").to == "linxiao@bupt.example"
    assert Email.objects.get(kind="email_change_new").to == "lin@new.example"
    both, stranger = links(), Client()
    assert stranger.get(both[order[0]]).status_code == 200
    assert User.objects.get(pk=reader.user.pk).email == "linxiao@bupt.example", "a link that is opened does nothing"
    assert "还要在" in stranger.post(both[order[0]]).content.decode()
    assert User.objects.get(pk=reader.user.pk).email == "linxiao@bupt.example", "one of two is not enough"
    assert "E-mail已改为" in stranger.post(both[order[1]]).content.decode()
    assert User.objects.get(pk=reader.user.pk).email == "lin@new.example"
    assert Email.objects.get(kind="email_changed").to == "linxiao@bupt.example"
    assert stranger.post(both["old"]).status_code == 410, "used up"


def test_running_requests_follow_to_the_new_address(reader: Reader, by_bupt: Actor, submit) -> None:  # type: ignore[no-untyped-def]
    own, other = submit(), submit(email="colleague@bupt.example", title="另一册", holding=None)
    change_email_on_sight(reader=reader, new_email="lin@new.example", by=by_bupt)
    own.refresh_from_db()
    other.refresh_from_db()
    assert (own.email, other.email) == ("lin@new.example", "colleague@bupt.example")


def test_a_new_password_kills_a_change_that_somebody_asked_for(reader: Reader) -> None:
    ask_email_change(reader=reader, new_email="thief@evil.example", by=Actor.of_reader(reader))
    password_was_set(user=reader.user, by_mail=False)
    assert not EmailChange.objects.exists()


def test_the_password_is_asked_for_again(client: Client, reader: Reader) -> None:
    client.force_login(reader.user)
    page = client.post(PROFILE + "email/", {"new_email": "lin@new.example", "password": "guess"})
    assert "密码不正确" in page.content.decode()
    assert not EmailChange.objects.exists()


def test_a_cancelled_or_replaced_wish_kills_its_links(client: Client, reader: Reader) -> None:
    ask_email_change(reader=reader, new_email="a@new.example", by=Actor.of_reader(reader))
    first = links()
    client.force_login(reader.user)
    client.post(PROFILE + "email/cancel/")
    assert client.post(first["new"]).status_code == 410
    Email.objects.all().delete()
    ask_email_change(reader=reader, new_email="b@new.example", by=Actor.of_reader(reader))
    second = links()
    Email.objects.all().delete()
    ask_email_change(reader=reader, new_email="c@new.example", by=Actor.of_reader(reader))
    assert client.post(second["old"]).status_code == 410


def test_links_end_after_three_days(client: Client, reader: Reader) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=3, minutes=1)):
        ask_email_change(reader=reader, new_email="lin@new.example", by=Actor.of_reader(reader))
    assert client.post(links()["new"]).status_code == 410


def test_an_address_taken_meanwhile_is_not_taken_twice(client: Client, reader: Reader, bupt: MemberLibrary) -> None:
    ask_email_change(reader=reader, new_email="lin@new.example", by=Actor.of_reader(reader))
    both = links()
    client.post(both["old"])
    ReaderFactory.create(library=bupt, user=UserFactory.create(email="lin@new.example"))
    assert client.post(both["new"]).status_code == 410
    assert User.objects.get(pk=reader.user.pk).email == "linxiao@bupt.example"


def test_the_librarian_changes_it_for_a_reader_at_the_desk(
    client: Client, reader: Reader, home_librarian: User, by_bupt: Actor
) -> None:
    client.force_login(home_librarian)
    client.post(f"/backoffice/readers/reader/{reader.pk}/email/", {"new_email": "lin@new.example"})
    reader.refresh_from_db()
    assert (reader.user.email, reader.email_verified_at) == ("lin@new.example", None)
    assert Email.objects.get(kind="email_changed").to == "linxiao@bupt.example"
    assert Email.objects.get(kind="verification_reader").to == "lin@new.example"
    with pytest.raises(RegistrationRefused):
        change_email_on_sight(reader=reader, new_email="lin@new.example", by=by_bupt)


# --- Mails one may do without ---------------------------------------------------------------------------


def test_muted_mails_are_not_written_and_the_others_are(client: Client, reader: Reader, submit, bupt) -> None:  # type: ignore[no-untyped-def]
    client.force_login(reader.user)
    assert "提交和撤销申请的回执" in client.get(PROFILE).content.decode()
    client.post(PROFILE + "mails/", {"wanted": ["progress", "returns"]})
    reader.refresh_from_db()
    assert reader.muted_mails == ["receipts"]
    request: LoanRequest = submit()
    assert not Email.objects.filter(kind="submitted_reader").exists()
    assert Email.objects.filter(kind="submitted_lender", request_number=request.number).exists()
    assert client.post(PROFILE + "mails/", {"wanted": ["arrivals"]}).status_code == 404
