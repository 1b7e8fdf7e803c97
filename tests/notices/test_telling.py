"""Who hears what when a request moves or a reader registers, in words a person can use."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import translation
from pytest_django import DjangoCaptureOnCommitCallbacks

from catalog.models import Holding, MemberLibrary
from notices.letters import draw_html
from notices.models import Email, EmailState, SystemMessage
from notices.telling import in_book_marks, tell_of_move
from readers.actors import Actor
from readers.models import Reader, User
from readers.registration.decisions import approve_reader, refuse_reader
from readers.registration.services import register_reader
from readers.registration.verification import verification_token, verify_email
from requests_app.models import LoanRequest
from requests_app.services.moves import move
from requests_app.states import Reason, State
from tests.notices.conftest import Broker
from tests.requests_app.conftest import MORNING

pytestmark = pytest.mark.django_db

RequestAt = Callable[..., LoanRequest]
Cast = dict[str, Actor]
READER, HOME, LENDER = "linxiao@bupt.example", "ill@bupt.example", "ill@cumtb.example"


def mail_of(kind: str) -> Email:
    return Email.objects.get(kind=kind)


def told(verb: str) -> set[str]:
    """The addresses that a move wrote to."""
    return set(Email.objects.filter(key__contains=f"/{verb}/").values_list("to", flat=True))


@pytest.fixture(autouse=True)
def particulars(bupt: MemberLibrary) -> None:
    bupt.desk_location, bupt.opening_hours = "中心书库（二层）", "周一至周五 8:00–17:00"
    bupt.save()


# --- The road of a book -----------------------------------------------------------------------------------


def test_the_whole_way_tells_everybody_what_concerns_them(request_at: RequestAt) -> None:
    request = request_at(State.COMPLETED)

    assert told("submit") == {READER, LENDER}
    assert told("accept") == {READER}
    assert told("ship") == {READER, HOME}
    assert told("receive") == {READER, LENDER}
    assert told("hand_out") == {READER}
    assert told("take_back") == {READER}
    assert told("ship_back") == {LENDER}
    assert told("check_in") == {READER, HOME}
    for email in Email.objects.all():
        assert request.number in email.subject, email.kind
        assert "《高等数学辅导" in email.subject, email.kind
        assert f"申请单号：{request.number}" in email.text, email.kind
        assert "高等数学辅导" in email.text, email.kind
        assert request.number in draw_html(email.subject, email.text), email.kind
        assert email.request_number == request.number


def test_the_mail_says_when_and_where_to_fetch_the_book(request_at: RequestAt) -> None:
    request = request_at(State.ARRIVED)

    email = mail_of("received_reader")
    assert "文献到馆" in email.subject
    assert "取书地点：北京邮电大学图书馆 中心书库（二层）" in email.text
    assert "开放时间：周一至周五 8:00–17:00" in email.text
    assert "取书期限：2026年3月18日（星期三）" in email.text
    assert f"http://localhost:8000/requests/{request.number}/" in email.text
    assert email.created_at == MORNING + timedelta(hours=26)
    message = SystemMessage.objects.get(title="文献到馆")
    assert request.number in message.text
    assert "2026年3月18日" in message.text
    assert "010-62281970" in message.text, "the home library's contact stands in the text"
    assert message.sender == request.lender


def test_the_mail_at_hand_out_says_when_to_bring_it_back(request_at: RequestAt) -> None:
    request = request_at(State.ON_LOAN)
    assert request.due_date is not None
    due = f"{request.due_date.year}年{request.due_date.month}月{request.due_date.day}日"

    email = mail_of("handed_out_reader")
    assert email.subject.startswith(f"应还日期 {due}：《高等数学辅导")
    assert f"应还日期：{due}（星期" in email.text
    assert due in SystemMessage.objects.get(title="读者获取图书").text


def test_a_refusal_says_why_and_where_to_go_on(request_at: RequestAt) -> None:
    request = request_at(State.UNFILLED)

    assert told("decline") == {READER, HOME}
    email = mail_of("declined_reader")
    assert "原因：架上未找到（已登记查找）" in email.text
    assert f"http://localhost:8000/catalog/editions/{request.edition_id}/" in email.text
    assert "架上未找到" in SystemMessage.objects.get(title="未满足").text


def test_a_refusal_of_a_book_outside_the_catalogue_leads_to_a_search(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.SUBMITTED, holding=None, title="高等数学")
    move(request=request, verb="decline", by=cast["L"], at=MORNING, reason=Reason.NOT_HELD)

    assert "http://localhost:8000/catalog/?q=%E9%AB%98" in mail_of("declined_reader").text


def test_a_cancelled_request_that_was_prepared_is_urgent_for_the_lender(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.ACCEPTED)
    move(request=request, verb="cancel", by=cast["R"], at=MORNING + timedelta(minutes=40))

    assert told("cancel") == {READER, LENDER}
    email = mail_of("cancelled_lender")
    assert email.subject.startswith("【请勿寄出】")
    assert "条形码：C6024202" in email.text


def test_a_cancelled_request_that_nobody_touched_is_not_urgent(request_at: RequestAt) -> None:
    request_at(State.CANCELLED)

    assert "请勿寄出" not in mail_of("cancelled_lender").subject


def test_skipped_stations_are_told_to_the_other_library(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.SHIPPED)
    move(request=request, verb="check_in", by=cast["L"], at=MORNING + timedelta(days=3), barcode="C6024202")

    assert told("caught_up") == {HOME}
    assert "现在的状态：" in mail_of("caught_up_other").text


# --- Home review: the lender hears nothing before it is asked ---------------------------------------------


def test_a_request_that_waits_at_home_is_not_told_to_the_lender(request_at: RequestAt) -> None:
    request_at(State.HOME_REVIEW)

    assert told("submit") == {READER}
    assert "先由北京邮电大学图书馆审核" in mail_of("submitted_reader").text


def test_the_lender_is_asked_when_home_has_approved(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.HOME_REVIEW)
    move(request=request, verb="approve", by=cast["H"], at=MORNING + timedelta(hours=1))

    assert told("approve") == {READER, LENDER}


def test_a_request_cancelled_or_rejected_at_home_never_reaches_the_lender(request_at: RequestAt, cast: Cast) -> None:
    move(request=request_at(State.HOME_REVIEW), verb="cancel", by=cast["R"], at=MORNING + timedelta(minutes=1))
    rejected = request_at(State.REJECTED)

    assert LENDER not in set(Email.objects.values_list("to", flat=True))
    assert "原因：信息不全" in mail_of("rejected_reader").text
    assert rejected.reason == Reason.INCOMPLETE


# --- Privacy ----------------------------------------------------------------------------------------------


def test_the_lender_is_never_mailed_a_readers_name_or_address(request_at: RequestAt) -> None:
    request_at(State.COMPLETED, email="private@bupt.example", phone="13800138000", recipient_name="林晓")

    for email in Email.objects.filter(to=LENDER):
        for secret in ("林晓", "private@bupt.example", "13800138000", "13005129002550"):
            assert secret not in email.text + email.subject, email.kind


def test_a_readers_mail_belongs_to_the_home_library(request_at: RequestAt, bupt: MemberLibrary) -> None:
    request_at(State.SUBMITTED)

    email = mail_of("submitted_reader")
    assert email.library == bupt
    assert email.sender_name == "北京邮电大学图书馆馆际互借"
    assert email.reply_to == "ill@bupt.example"


# --- In one transaction, once, in Chinese -----------------------------------------------------------------


def test_what_did_not_happen_is_not_told(request_at: RequestAt, cast: Cast, broker: Broker) -> None:
    request = request_at(State.SUBMITTED)
    with transaction.atomic():
        move(request=request, verb="accept", by=cast["L"], at=MORNING, barcode="C6024202")
        assert told("accept") == {READER}
        transaction.set_rollback(True)

    assert told("accept") == set()
    assert broker.started == []


def test_hearing_of_an_event_twice_tells_once(request_at: RequestAt) -> None:
    request = request_at(State.ARRIVED)
    before = (Email.objects.count(), SystemMessage.objects.count())

    for event in request.events.all():
        tell_of_move(request=request, event=event)

    assert (Email.objects.count(), SystemMessage.objects.count()) == before


def test_each_mail_is_started_after_the_commit(
    request_at: RequestAt, broker: Broker, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        request_at(State.SUBMITTED)

    assert sorted(broker.started) == sorted(Email.objects.values_list("key", flat=True))


def test_a_broker_that_is_down_does_not_stop_a_request(
    request_at: RequestAt, broker: Broker, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    broker.is_down = True
    with django_capture_on_commit_callbacks(execute=True):
        request = request_at(State.ACCEPTED)

    assert request.state == State.ACCEPTED
    assert set(Email.objects.values_list("state", flat=True)) == {EmailState.QUEUED}


def test_nobody_types_a_button_into_somebodys_mail(bupt: MemberLibrary) -> None:
    reader = register_reader(
        library=bupt, username="lin2", password="library-2026", email="lin2@bupt.example", name="林二",
        certificate_number="20260002", certificate_type="library_card", phone="13800001234", job_title="学生",
        education="硕士", department="理学院\n\n立即登录：https://evil.example/",
    )  # fmt: skip
    verify_email(token=verification_token(reader))
    mail = mail_of("registered_home")
    assert "理学院 立即登录：https://evil.example/" in mail.text
    assert 'href="https://evil.example/' not in draw_html(mail.subject, mail.text)


def test_a_mail_is_chinese_whoever_pressed_the_button(request_at: RequestAt) -> None:
    with translation.override("en"):
        request_at(State.ARRIVED)

    assert "取书期限：2026年3月18日（星期三）" in mail_of("received_reader").text


def test_a_lender_without_an_address_is_noted_not_forgotten(request_at: RequestAt, cumtb: MemberLibrary) -> None:
    cumtb.email = ""
    cumtb.save()

    request_at(State.SUBMITTED)

    assert mail_of("submitted_lender").state == EmailState.UNADDRESSED


def test_a_long_title_leaves_room_for_the_number(request_at: RequestAt) -> None:
    request = request_at(State.SUBMITTED, title="论" * 900)

    email = mail_of("submitted_reader")
    assert request.number in email.subject
    assert len(email.subject) < 80
    assert "论" * 900 in email.text


@pytest.mark.parametrize(
    ("title", "marked"),
    [
        ("高等数学", "《高等数学》"),
        ("《高等数学辅导 上册》", "《高等数学辅导 上册》"),
        ("《红楼梦》研究", "《〈红楼梦〉研究》"),
        ("两行的\n题名", "《两行的 题名》"),
    ],
)
def test_a_title_stands_in_one_pair_of_marks(title: str, marked: str) -> None:
    assert in_book_marks(title) == marked


def test_html_escapes_what_people_typed(request_at: RequestAt) -> None:
    request_at(State.SUBMITTED, title="<b>HTML</b> & CSS")

    email = mail_of("submitted_reader")
    assert "<b>HTML</b> & CSS" in email.text, "the plain text is plain"
    html = draw_html(email.subject, email.text)
    assert "&lt;b&gt;HTML&lt;/b&gt; &amp; CSS" in html
    assert "<b>HTML" not in html


# --- Registration -----------------------------------------------------------------------------------------


@pytest.fixture
def newcomer(bupt: MemberLibrary) -> Reader:
    return register_reader(
        library=bupt, username="zhoumingyuan", password="一本好书走天下2026", email="zhou@student.example",
        name="周明远", certificate_number="2026140233", certificate_type="library_card", phone="13800000000",
        department="理学院", job_title="学生", education="博士", at=datetime(2026, 11, 23, 4, 0, tzinfo=UTC),
    )  # fmt: skip


def test_a_registration_is_confirmed_and_announced_to_the_desk_once_its_email_is_proved(newcomer: Reader) -> None:
    assert set(Email.objects.values_list("to", "kind")) == {("zhou@student.example", "registered_reader")}
    letter = mail_of("registered_reader")
    assert "等待本馆审查" in letter.text
    token = letter.text.partition("http://localhost:8000/readers/email/verify/")[2].split("/")[0]
    verify_email(token=token)
    verify_email(token=token)
    assert Email.objects.filter(kind="registered_home", to=HOME).count() == 1
    assert "13800000000" not in mail_of("registered_home").text
    assert f"http://localhost:8000/backoffice/readers/reader/{newcomer.pk}/change/" in mail_of("registered_home").text


def test_approval_brings_the_way_to_the_login(newcomer: Reader, bupt: MemberLibrary, home_librarian: User) -> None:
    approve_reader(reader=newcomer, by=Actor.of_librarian(home_librarian, bupt))

    email = mail_of("registration_approved_reader")
    assert (email.to, email.subject) == ("zhou@student.example", "注册已通过，可以登录了")
    assert "周明远，您好" in email.text
    assert "登录：http://localhost:8000/readers/login/" in email.text
    assert "读者登录名：zhoumingyuan" in email.text


def test_a_refused_registration_brings_the_reason(newcomer: Reader, bupt: MemberLibrary, home_librarian: User) -> None:
    refuse_reader(reader=newcomer, reason="证件号码与姓名不符", by=Actor.of_librarian(home_librarian, bupt))

    assert "原因：证件号码与姓名不符" in mail_of("registration_refused_reader").text


# --- No letter has holes ----------------------------------------------------------------------------------


def test_every_letter_reads_well_without_what_a_library_has_not_filled_in(
    request_at: RequestAt, cast: Cast, bupt: MemberLibrary, cumtb: MemberLibrary, copy: Holding
) -> None:
    MemberLibrary.objects.update(phone="", email="", desk_location="", opening_hours="")
    for row in (cast["R"].library, bupt, cumtb):
        assert row is not None
        row.refresh_from_db()
    request_at(State.COMPLETED, author="", publisher="", year="", isbn="")

    for email in Email.objects.all():
        _reads_well(email.text)
    for message in SystemMessage.objects.all():
        _reads_well(message.text)


def _reads_well(text: str) -> None:
    lines: list[str] = text.splitlines()
    holes: list[Any] = [line for line in lines if line.endswith(("：", "， ", "None")) and "您好" not in line]
    assert not holes, holes
    assert "\n\n\n" not in text
    assert "None" not in text
