"""A registration while it waits: the e-mail is verified by a link, the person may correct or withdraw it."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from catalog.models import MemberLibrary
from notices.models import Email, EmailState
from readers.actors import Actor
from readers.errors import DecisionRefused, RegistrationRefused
from readers.models import Reader, ReaderState, User
from readers.registration.decisions import approve_reader, ask_correction, refuse_reader
from readers.registration.verification import send_verification, verification_token
from readers.registration.waiting import correct_registration, withdraw_registration
from tests.factories import ReaderFactory

FORM = "/readers/register/211130/"
MINE = "/readers/registration/"


@pytest.fixture
def waiting(client: Client, bupt: MemberLibrary, typed: dict[str, str]) -> Reader:
    """王茜 has registered with this client's browser."""
    client.post(FORM, typed)
    return Reader.objects.select_related("user", "library").get()


@pytest.fixture
def by_bupt(home_librarian: User, bupt: MemberLibrary) -> Actor:
    return Actor.of_librarian(home_librarian, bupt)


def link_in(letter: Email) -> str:
    found = re.search(r"http://localhost:8000(/readers/email/verify/\S+)", letter.text)
    assert found
    return found[1]


# --- The verified e-mail ------------------------------------------------------------------------------


def test_opening_the_link_proves_nothing_the_button_does(client: Client, waiting: Reader) -> None:
    link = link_in(Email.objects.get(kind="registered_reader"))
    assert "wangqian@bupt.example" in Client().get(link).content.decode()
    waiting.refresh_from_db()
    assert waiting.email_verified_at is None
    assert "已经验证" in Client().post(link).content.decode()
    waiting.refresh_from_db()
    assert waiting.email_verified_at is not None
    assert Client().post(link).status_code == 200
    assert Email.objects.filter(kind="registered_home").count() == 1


@pytest.mark.parametrize("token", ["nonsense", "a:b:c", "é"])
def test_a_broken_link_is_told(client: Client, waiting: Reader, token: str) -> None:
    page = client.post(f"/readers/email/verify/{token}/")
    assert page.status_code == 410
    assert "不完整或已失效" in page.content.decode()


def test_a_link_ends_after_a_week(client: Client, waiting: Reader) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        page = client.post(f"/readers/email/verify/{verification_token_made_a_week_ago(waiting)}/")
    assert "已经过期" in page.content.decode()


def verification_token_made_a_week_ago(reader: Reader) -> str:
    with time_machine.travel(timezone.now() - timedelta(days=8)):
        return verification_token(reader)


def test_a_link_ends_with_the_address_it_was_sent_to(client: Client, waiting: Reader) -> None:
    old = verification_token(waiting)
    correct_registration(reader=waiting, email="new@bupt.example", values={})
    assert client.post(f"/readers/email/verify/{old}/").status_code == 410
    waiting.refresh_from_db()
    assert waiting.email_verified_at is None
    assert Email.objects.filter(kind="verification_reader", to="new@bupt.example").count() == 1


def test_the_letter_is_sent_again_but_not_all_the_time(client: Client, waiting: Reader) -> None:
    assert "刚刚发送过" in client.post("/readers/email/resend/", follow=True).content.decode()
    later = timezone.now() + timedelta(minutes=6)
    assert send_verification(reader=waiting, at=later)
    assert not send_verification(reader=waiting, at=later + timedelta(minutes=1))
    client.post(link_in(Email.objects.get(kind="verification_reader")))
    assert not send_verification(reader=waiting, at=later + timedelta(hours=1))
    assert "已经验证过" in client.post("/readers/email/resend/", follow=True).content.decode()


# --- Seeing, correcting, withdrawing --------------------------------------------------------------------


def test_the_right_password_opens_the_own_registration(client: Client, waiting: Reader, typed: dict[str, str]) -> None:
    elsewhere = Client()
    assert elsewhere.get(MINE).headers["Location"] == "/readers/login/"
    elsewhere.post("/readers/login/", {"username": "wangqian830", "password": "wrong"})
    assert elsewhere.get(MINE).headers["Location"] == "/readers/login/"
    page = elsewhere.post("/readers/login/", {"username": "wangqian830", "password": typed["password1"]})
    assert f'href="{MINE}"' in page.content.decode()
    assert "2026110042" in elsewhere.get(MINE).content.decode()


def test_the_browser_forgets_it_after_an_hour(client: Client, waiting: Reader) -> None:
    assert client.get(MINE).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert client.get(MINE).status_code == 302


def test_after_approval_the_page_is_the_login(client: Client, waiting: Reader, by_bupt: Actor) -> None:
    approve_reader(reader=waiting, by=by_bupt)
    assert client.get(MINE).headers["Location"] == "/readers/login/"


def test_a_refusal_is_shown_with_its_reason(client: Client, waiting: Reader, by_bupt: Actor) -> None:
    refuse_reader(reader=waiting, reason="不属于本馆服务对象", by=by_bupt)
    text = client.get(MINE).content.decode()
    assert "不属于本馆服务对象" in text
    assert "撤回注册" not in text
    assert client.get(MINE + "correct/").headers["Location"] == MINE


def test_the_library_asks_and_the_person_corrects(
    client: Client, waiting: Reader, by_bupt: Actor, typed: dict[str, str]
) -> None:
    client.post(link_in(Email.objects.get(kind="registered_reader")))
    ask_correction(reader=waiting, note="请填写学院全称", by=by_bupt)
    letter = Email.objects.get(kind="correction_asked_reader")
    assert "请填写学院全称" in letter.text
    assert "请填写学院全称" in client.get(MINE).content.decode()
    assert Reader.objects.pending().count() == 0

    page = client.get(MINE + "correct/")
    assert 'value="2026110042"' in page.content.decode()
    wrong = client.post(MINE + "correct/", typed | {"phone": "没有"})
    assert "请填写能打通的电话号码" in wrong.content.decode()
    client.post(MINE + "correct/", typed | {"department": "信息学院", "certificate_number": "2026110043"})
    waiting.refresh_from_db()
    assert (waiting.state, waiting.correction_note, waiting.department) == (ReaderState.PENDING, "", "信息学院")
    assert waiting.reader_barcode == "2111302026110043"
    assert waiting.email_verified_at is not None
    assert Email.objects.filter(kind="registration_corrected_home", to="ill@bupt.example").count() == 1


def test_a_correction_may_not_take_somebody_elses_certificate(
    client: Client, waiting: Reader, bupt: MemberLibrary
) -> None:
    ReaderFactory.create(library=bupt, certificate_number="777")
    with pytest.raises(RegistrationRefused, match="证件号码"):
        correct_registration(reader=waiting, email=waiting.user.email, values={"certificate_number": "777"})


def test_no_other_field_is_corrected_this_way(waiting: Reader) -> None:
    with pytest.raises(ValueError, match="not fields"):
        correct_registration(reader=waiting, email=waiting.user.email, values={"state": ReaderState.APPROVED})


def test_withdrawing_leaves_nothing(client: Client, waiting: Reader) -> None:
    client.post(link_in(Email.objects.get(kind="registered_reader")))
    page = client.post(MINE + "withdraw/", follow=True)
    assert "资料已经删除" in page.content.decode()
    assert not Reader.objects.exists()
    assert not User.objects.filter(username="wangqian830").exists()
    left = Email.objects.get()
    assert (left.kind, left.state, left.to) == ("registered_home", EmailState.WITHDRAWN, "ill@bupt.example")
    assert "王茜" not in left.text + left.subject
    assert client.get(MINE).headers["Location"] == "/readers/login/"


def test_what_is_decided_is_not_withdrawn_nor_corrected(client: Client, waiting: Reader, by_bupt: Actor) -> None:
    approve_reader(reader=waiting, by=by_bupt)
    with pytest.raises(DecisionRefused):
        withdraw_registration(reader=waiting)
    with pytest.raises(RegistrationRefused):
        correct_registration(reader=waiting, email="x@example.org", values={})
    assert Reader.objects.get().state == ReaderState.APPROVED


def test_asking_for_a_correction_needs_words_and_the_own_library(
    waiting: Reader, by_bupt: Actor, lending_librarian: User, cumtb: MemberLibrary
) -> None:
    with pytest.raises(DecisionRefused, match="请写明"):
        ask_correction(reader=waiting, note=" ", by=by_bupt)
    with pytest.raises(DecisionRefused, match="只有"):
        ask_correction(reader=waiting, note="x", by=Actor.of_librarian(lending_librarian, cumtb))
