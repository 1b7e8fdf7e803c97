"""Nothing of a slip is cut: measured in Chromium as it is printed, on A4 and on labels, with the longest texts."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from celery import Celery
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page

from catalog.models import MemberLibrary
from readers.actors import Actor
from readers.models import User
from requests_app.models import LoanRequest
from requests_app.parcels.services import open_parcel, pack_all, send_parcel
from requests_app.states import State
from tests.factories import EditionFactory, HoldingFactory, ReaderFactory
from tests.requests_app.conftest import cast, request_at, submit
from tests.story.test_one_book import log_in

__all__ = ["cast", "request_at", "submit"]  # fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# title, call number, location: as short and as long as the fields take
BOOKS = [
    ("1984", "I561.45/1", "总馆"),
    ("高等数学辅导", "O13/04/1", "流通部 三层"),
    (
        "中华人民共和国国家标准" * 12,
        "TP312C-43/Z2394:2=3/2019 v.2",
        "沙河校区图书馆 二层 中文自然科学图书借阅室 东区 12架3列5层",
    ),
    ("An introduction to the theory of numbers and its applications in cryptography " * 8, "O156/H256=6", "总馆"),
    ("书" * 1300, "A" * 60 + "1" * 60, "馆" * 120),
    ("线性代数及其应用（原书第5版）", "O151.2/L388=5", ""),
    ("概率论与数理统计", "O21/S459", "总馆"),
]

# What sticks out of its slip or is cut inside it: the names of the elements, empty when all is well.
STICKS_OUT = """
() => [...document.querySelectorAll('.slip')].flatMap((slip, place) => {
  const frame = slip.getBoundingClientRect();
  const cut = slip.scrollHeight > slip.clientHeight + 1 || slip.scrollWidth > slip.clientWidth + 1;
  const out = [...slip.querySelectorAll('*')].filter((each) => {
    const box = each.getBoundingClientRect();
    return box.bottom > frame.bottom + .5 || box.right > frame.right + .5 || each.scrollWidth > each.clientWidth + 1 &&
      getComputedStyle(each).display !== 'inline';
  });
  const names = out.map((each) => `slip ${place}: ${each.className || each.tagName}`);
  return [...(cut ? [`slip ${place} is cut`] : []), ...names];
})
"""
OVERLAPS = """
() => [...document.querySelectorAll('.slip')].flatMap((slip, place) => {
  const parts = [...slip.children].map((each) => [each.className, each.getBoundingClientRect()]);
  return parts.flatMap(([name, a], i) => parts.slice(i + 1).filter(([, b]) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1
  ).map(([other]) => `slip ${place}: ${name} lies on ${other}`));
})
"""
EMPTY_PICTURES = "() => [...document.images].filter((each) => !each.naturalWidth).length"


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Celery, "send_task", lambda *args, **kwargs: None)


@pytest.fixture
def seven_books(request_at: Callable[..., LoanRequest], cumtb: MemberLibrary, bupt: MemberLibrary) -> list[LoanRequest]:
    """Seven requests, new and accepted, each with a 13-figure barcode."""
    made = []
    for place, (title, call_number, location) in enumerate(BOOKS):
        edition = EditionFactory.create(title=title[:500])
        copy = HoldingFactory.create(
            edition=edition, library=cumtb, barcode=f"978730200000{place}", call_number=call_number, location=location
        )
        reader = ReaderFactory.create(library=bupt, name="阿卜杜热西提·买买提明江")
        state = State.SUBMITTED if place % 3 == 1 else State.ACCEPTED
        asked = timezone.now() - timedelta(days=1)
        more = {
            "author": "作者" * 100,
            "publisher": "北京大学出版社",
            "year": "2019",
            "note": "请尽量寄最新的一版，谢谢" * 4,
        }
        if place != 4:
            more["author"] = "石福庆"
        more["note"] = str(more["note"])[:50]
        made.append(
            request_at(
                state, submitted_at=asked, holding=copy, title=title, call_number=call_number, reader=reader,
                isbn="978-7-302-00000-0", **more,
            )
        )  # fmt: skip
    return made


def sheet(page: Page, kind: str, paper: str) -> Page:
    """Choose the kind, tick everything, print: the sheet."""
    page.goto(f"{reverse('admin:requests_slips')}?kind={kind}")
    for box in page.locator("input[name=request]").all():
        box.check()
    page.select_option("#paper", paper)
    page.click("button:text-is('打印所勾选的')")
    page.wait_for_selector(".slip")
    page.wait_for_load_state()  # a layout that is asked for earlier does without the style sheets
    page.emulate_media(media="print")
    page.evaluate("document.fonts.ready")
    return page


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


@pytest.mark.parametrize("kind", ["pull", "strap"])
@pytest.mark.parametrize(("paper", "per_page"), [("a4", 3), ("label", 1)])
def test_nothing_is_cut_on_paper(
    person: Callable[..., Page],
    lending_librarian: User,
    seven_books: list[LoanRequest],
    kind: str,
    paper: str,
    per_page: int,
) -> None:
    page = person(viewport={"width": 1280, "height": 900})
    log_in(page, lending_librarian.username, "library-2026")
    page.wait_for_url("**/backoffice/")
    sheet(page, kind, paper)
    slips = page.locator(".slip").count()
    assert slips == len(seven_books) if kind == "pull" else 4 <= slips < len(seven_books)
    _nothing_is_cut(page)
    assert pages_of(page.pdf(prefer_css_page_size=True)) == -(-slips // per_page)


@pytest.mark.parametrize("paper", ["a4", "label"])
def test_nothing_is_cut_of_the_readers_notice(
    person: Callable[..., Page],
    home_librarian: User,
    request_at: Callable[..., LoanRequest],
    bupt: MemberLibrary,
    paper: str,
) -> None:
    bupt.desk_location, bupt.opening_hours, bupt.phone = (
        "西土城校区图书馆" * 15,
        "周一至周五 8:00–22:00；" * 9,
        "010-62281970",
    )
    bupt.desk_location, bupt.opening_hours = bupt.desk_location[:120], bupt.opening_hours[:120]
    bupt.save()
    request_at(State.ARRIVED, title="书" * 1300)
    page = person(viewport={"width": 1280, "height": 900})
    log_in(page, home_librarian.username, "library-2026")
    page.wait_for_url("**/backoffice/")
    _nothing_is_cut(sheet(page, "notice", paper))
    _nothing_is_cut(sheet(page, "strap", paper))


def _nothing_is_cut(page: Page) -> None:
    assert page.evaluate(STICKS_OUT) == []
    assert page.evaluate(OVERLAPS) == []
    assert page.evaluate(EMPTY_PICTURES) == 0


def test_nothing_is_cut_of_a_parcels_label_and_list(
    person: Callable[..., Page],
    lending_librarian: User,
    seven_books: list[LoanRequest],
    cumtb: MemberLibrary,
    bupt: MemberLibrary,
) -> None:
    """With the longest addresses; the list of the same seven books, with titles of any length."""
    for library in (cumtb, bupt):
        library.address, library.desk_location, library.phone = (
            "海淀区学院路丁11号" * 18,
            "综合楼" * 40,
            "010-62331234" * 3,
        )
        library.save()
    by = Actor.of_librarian(lending_librarian, cumtb)
    parcel = open_parcel(recipient=bupt, by=by)
    assert pack_all(parcel=parcel, by=by) == 5
    sent = send_parcel(parcel=parcel, by=by, carrier="中国邮政速递物流" * 5, tracking_number="EB1234567890123CN" * 2)
    assert len(sent.gone) == 5
    page = person(viewport={"width": 1280, "height": 900})
    log_in(page, lending_librarian.username, "library-2026")
    page.wait_for_url("**/backoffice/")
    page.goto(reverse("admin:requests_parcel_paper", args=[parcel.pk, "label"]))
    page.emulate_media(media="print")
    _nothing_is_cut(page)
    assert pages_of(page.pdf(prefer_css_page_size=True)) == 1
    page.goto(reverse("admin:requests_parcel_paper", args=[parcel.pk, "list"]))
    page.emulate_media(media="print")
    cut = "() => [...document.querySelectorAll('td, th')].filter((each) => each.scrollWidth > each.clientWidth + 1)"
    assert page.evaluate(f"{cut}.length") == 0
    assert page.evaluate(EMPTY_PICTURES) == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_the_measure_sees_what_is_cut(
    person: Callable[..., Page], lending_librarian: User, seven_books: list[LoanRequest]
) -> None:
    """A test of the test: a slip too low for its text is reported."""
    page: Any = person(viewport={"width": 1280, "height": 900})
    log_in(page, lending_librarian.username, "library-2026")
    page.wait_for_url("**/backoffice/")
    sheet(page, "pull", "a4")
    page.add_style_tag(content=".slip { height: 40mm !important }")
    assert page.evaluate(STICKS_OUT)
