"""The real parts of the story: a Celery worker over the broker, an SMTP server, and Chromium."""

import email
import email.policy
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings as django_settings
from django.db import connection, connections
from playwright.sync_api import Page, Playwright, expect

from balis.celery import app as celery_app

# Playwright's synchronous interface runs an event loop in this thread, where Django would refuse the ORM.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Inbox:
    """What the SMTP server received, newest last."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert envelope.content is not None
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        message["X-Envelope-To"] = ", ".join(envelope.rcpt_tos)
        self.messages.append(message)
        return "250 OK"

    def wait_for(self, to: str, subject: str, seconds: float = 30) -> EmailMessage:
        """The first mail to that address whose subject contains the words; fails when none comes in time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for message in self.messages:
                if to in message["X-Envelope-To"] and subject in message["Subject"]:
                    return message
            time.sleep(0.1)
        came = [(message["X-Envelope-To"], message["Subject"]) for message in self.messages]
        pytest.fail(f"no mail {subject!r} to {to} within {seconds} s; came: {came}")

    def text_of(self, message: EmailMessage) -> str:
        part = message.get_body(("plain",))
        assert part is not None
        return str(part.get_content())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, int]]:
    """A real SMTP server on a free port of this machine."""
    box = Inbox()
    port = free_port()  # the controller connects to the port it was given: 0 would not do
    controller = Controller(box, hostname="127.0.0.1", port=port, decode_data=False)
    controller.start()
    try:
        yield box, port
    finally:
        controller.stop()


def _database_url() -> str:
    values = connection.settings_dict
    host = values["HOST"] or values["OPTIONS"].get("host", "")
    if host.startswith("/"):
        return f"postgres://{values['USER']}@/{values['NAME']}?host={quote(host)}"
    port = f":{values['PORT']}" if values["PORT"] else ""
    password = f":{quote(values['PASSWORD'])}" if values["PASSWORD"] else ""
    return f"postgres://{values['USER']}{password}@{host}{port}/{values['NAME']}"


@pytest.fixture
def worker(
    transactional_db: None, inbox: tuple[Inbox, int], tmp_path: Path, live_server: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """A real Celery worker on the real broker, working on the test database and mailing to `inbox`."""
    queue = f"story-{uuid.uuid4().hex[:8]}"
    environment = os.environ | {
        "DATABASE_URL": _database_url(),
        "DATABASE_POOL_SIZE": "0",
        "EMAIL_URL": f"smtp://127.0.0.1:{inbox[1]}",
        "SITE_URL": live_server.url,
        "BALIS_DATA_DIR": str(django_settings.DATA_DIR),
    }
    log = tmp_path / "worker.log"
    former_queue = celery_app.conf.task_default_queue
    celery_app.conf.task_default_queue = queue
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "balis", "worker", "--concurrency", "1", "--loglevel", "INFO",
             "--queues", queue, "--hostname", f"{queue}@%h"],
            cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            deadline = time.monotonic() + 60
            while b"ready." not in log.read_bytes():
                if process.poll() is not None or time.monotonic() > deadline:
                    pytest.fail(f"the Celery worker did not start:\n{log.read_text(encoding='utf-8')}")
                time.sleep(0.1)
            yield process
        finally:
            celery_app.conf.task_default_queue = former_queue
            process.terminate()
            process.wait(timeout=30)


@pytest.fixture(scope="session")
def playwright(playwright: Playwright) -> Iterator[Playwright]:
    """While its loop runs, Django keeps a second set of connections in this thread: they end before it does.

    Otherwise one of them still holds the test database when that is dropped.
    """
    yield playwright
    connections.close_all()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    quiet = ["--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": ["--no-sandbox", *quiet]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


@pytest.fixture
def person(new_context: Callable[..., Any], live_server: Any) -> Callable[..., Page]:
    """`person()` opens a browser of its own (own cookies) for one more person of the story."""

    def open_browser(**options: Any) -> Page:
        context = new_context(base_url=live_server.url, **options)
        context.set_default_timeout(15_000)
        page: Page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(f"script error on {page.url}: {error}"))
        return page

    return open_browser


def request_number(page: Page) -> str:
    """The 申请单号 of the receipt, ten characters."""
    number = page.locator(".number-large").first.inner_text().strip()
    assert re.fullmatch(r"[A-Z]{2,4}\d{6,8}", number), number
    assert len(number) == 10
    return number


expect.set_options(timeout=10_000)
