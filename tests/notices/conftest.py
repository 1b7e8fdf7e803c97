"""What the tests of notices share: the road of a request, a broker that notes down, and a real SMTP server."""

import asyncio
import email
import email.policy
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from celery import current_app

from notices import outbox
from notices.models import Email
from tests.requests_app.conftest import cast, request_at, submit

__all__ = ["cast", "request_at", "submit"]  # fixtures


@dataclass
class Broker:
    """Stands for the message broker: notes what it is asked to start, or is away."""

    started: list[str] = field(default_factory=list)
    is_down: bool = False

    def send_task(self, name: str, args: tuple[str], **options: Any) -> None:
        if self.is_down:
            from kombu.exceptions import OperationalError

            raise OperationalError("Connection refused")
        assert name == "notices.tasks.send_email"
        self.started += args


@pytest.fixture(autouse=True)
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    """No test here talks to a broker unless it wants to; the story tests use the real one."""
    broker = Broker()
    monkeypatch.setattr(current_app, "send_task", broker.send_task)
    return broker


@dataclass
class MailServer:
    """A real SMTP server; `answer` is what it says to the next mails, unless it is `silent`."""

    received: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    answer: str = "250 OK"
    asked: threading.Event = field(default_factory=threading.Event)  # a mail has come in
    silent: threading.Event = field(default_factory=threading.Event)  # while set, no answer is given

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.asked.set()
        while self.silent.is_set():
            await asyncio.sleep(0.02)  # cancelled when the other side hangs up
        if self.answer.startswith("250"):
            self.received.append((envelope.rcpt_tos, message))
        return self.answer


@pytest.fixture
def mail_server(settings: Any) -> Iterator[MailServer]:
    server = MailServer()
    with socket.create_server(("127.0.0.1", 0)) as probe:  # aiosmtpd cannot be asked for any free port
        port = probe.getsockname()[1]
    controller = Controller(server, hostname="127.0.0.1", port=port, decode_data=False)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    try:
        yield server
    finally:
        controller.stop()


def queue(**changes: Any) -> Email:
    """One mail in the outbox."""
    values: dict[str, Any] = {
        "key": "request/KD00000001/4/receive/reader",
        "to": "linxiao@bupt.example",
        "subject": "文献到馆：《高等数学辅导 上册》",
        "text": "林晓，您好：\n\n您申请的书已经到馆。\n",
        "kind": "received_reader",
    } | changes
    email = outbox.write_email(**values)
    outbox.queue_emails([email])
    return Email.objects.get(key=email.key)
