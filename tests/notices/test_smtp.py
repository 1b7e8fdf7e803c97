"""What a real mail server receives."""

import pytest

from catalog.models import MemberLibrary
from notices import outbox
from notices.models import Email, EmailState
from notices.outbox import Outcome
from tests.notices.conftest import MailServer, queue

pytestmark = pytest.mark.django_db


def test_chinese_arrives_as_it_was_written(mail_server: MailServer) -> None:
    long_line = "馆际互借" * 400
    email = queue(
        text=f"林晓，您好：\n\n您申请的书已经到馆。𠮷\n{long_line}\n",
        sender_name="北京邮电大学图书馆（沙河校区）馆际互借",
        reply_to="ill@bupt.example",
    )

    assert outbox.deliver(email_id=email.pk) is Outcome.SENT

    [(recipients, message)] = mail_server.received
    assert recipients == ["linxiao@bupt.example"]
    assert message["Subject"] == "文献到馆：《高等数学辅导 上册》"
    assert message["From"].addresses[0].display_name == "北京邮电大学图书馆（沙河校区）馆际互借"
    assert message["From"].addresses[0].addr_spec == "ill@balis.example"
    assert message["Reply-To"] == "ill@bupt.example"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == outbox.message_id(email)
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n") == email.text
    assert "林晓，您好：" in html.get_content()


def test_a_mail_the_server_does_not_take_stays_in_the_outbox(mail_server: MailServer) -> None:
    email = queue()
    mail_server.answer = "451 try again later"

    assert outbox.deliver(email_id=email.pk) is Outcome.RETRY

    stored = Email.objects.get()
    assert stored.state == EmailState.QUEUED
    assert "451" in stored.last_error


def test_without_a_name_of_its_own_a_mail_comes_from_the_center(mail_server: MailServer, bupt: MemberLibrary) -> None:
    outbox.deliver(email_id=queue(to=bupt.email).pk)

    [(_recipients, message)] = mail_server.received
    assert message["From"].addresses[0].display_name == "BALIS馆际互借中心"
    assert message["Reply-To"] is None
