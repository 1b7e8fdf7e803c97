"""One book goes the whole way, in a real browser, with a real worker and real mail."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import F
from playwright.sync_api import Page, expect

from balis.demo.people import PASSWORD
from catalog.models import Edition, Holding, MemberLibrary
from readers.models import Assignment
from requests_app.models import LoanRequest, RequestEvent
from tests.story.conftest import Inbox, request_number

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Person = Callable[..., Page]


def login_of(library: MemberLibrary) -> tuple[str, str]:
    """Login and password of the demo librarian who works at that library."""
    return Assignment.objects.get(library=library, active=True).user.username, PASSWORD


def log_in(page: Page, login: str, password: str) -> None:
    page.goto("/readers/login/")
    page.get_by_label("登录代码").fill(login)
    page.get_by_label("登录密码").fill(password)
    page.get_by_role("button", name="登录", exact=True).click()


def open_request(page: Page, number: str) -> None:
    """The request in the back office, found by its number as a librarian would."""
    page.goto(f"/backoffice/requests_app/loanrequest/?q={number}")
    page.get_by_role("link", name=number).first.click()
    expect(page.locator("body")).to_contain_text(number)


def do(page: Page, verb: str, **fields: str) -> None:
    """Use the form of a move on the request's page, and see that the page comes back without a refusal."""
    form = page.locator(f"form[action$='/move/{verb}/']").first
    folded = page.locator("details:not([open])", has=form)
    if folded.count():
        folded.locator("summary").click()
    for name, value in fields.items():
        field = form.locator(f"[name='{name}']")
        if field.evaluate("element => element.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    with page.expect_navigation():
        form.locator("button[type='submit']").click()
    expect(page.locator(".bo-refusal, .bo-field-error")).to_have_count(0)


def an_hour_passes(number: str) -> None:
    """The clock of this one request is moved back, so that the reader's hour to cancel is over."""
    hour = timedelta(minutes=61)
    request = LoanRequest.objects.filter(number=number)
    request.update(created_at=F("created_at") - hour, submitted_at=F("submitted_at") - hour)
    RequestEvent.objects.filter(request__number=number).update(at=F("at") - hour)


def ask_for_this(reader: Page, holding: Holding, shots: Callable[[Page, str], None]) -> str:
    """From the form that knows the copy to the receipt; returns the 申请单号."""
    library = holding.library
    expect(reader.locator("[name='title']")).to_have_value(re.compile(re.escape(holding.edition.title)))
    expect(reader.locator("[name='recipient_name']")).not_to_have_value("")
    shots(reader, "form")
    reader.get_by_role("button", name="提交", exact=True).click()
    expect(reader.locator("main")).to_contain_text(library.code)
    expect(reader.locator("main")).to_contain_text("物流传送")
    shots(reader, "confirm")
    reader.get_by_role("button", name="确认提交").click()
    number = request_number(reader)
    assert number.startswith(library.request_prefix)
    return number


def copies_to_ask_for(lender: MemberLibrary, home: MemberLibrary) -> list[Holding]:
    """Copies on the lender's shelf whose editions the home library lacks, one for each edition."""
    copies = (
        Holding.objects.requestable()
        .filter(library=lender, circulation_status="available", out_on_request="", edition__language="chi")
        .exclude(edition__holdings__library=home)
        .order_by("edition_id", "pk")
        .distinct("edition_id")
    )
    return list(copies)


def the_whole_way(
    person: Person, box: Inbox, *, query: str, holding: Holding, shots: Callable[[Page, str], None]
) -> None:
    """Register, be approved, search, ask, and see the book through to 已归还; every station by its own person."""
    library = holding.library
    home_library = MemberLibrary.objects.get(code="211130")

    # A stranger registers at the home library.
    reader = person()
    reader.goto("/readers/register/")
    reader.get_by_label(home_library.name, exact=True).check()
    reader.get_by_role("button", name="确定").click()
    for label, value in {
        "读者姓名": "周明远",
        "读者登录名": "zhoumingyuan",
        "证件号码": "2026140233",
        "联系电话": "13800000000",
        "E-mail": "zhou.mingyuan@student.example",
        "所属院系": "理学院",
    }.items():
        reader.get_by_label(label).first.fill(value)
    reader.locator("input[name='password1']").fill("一本好书走天下2026")
    reader.locator("input[name='password2']").fill("一本好书走天下2026")
    for name in ("job_title", "education"):
        reader.locator(f"select[name='{name}']").select_option(index=1)
    shots(reader, "register")
    reader.get_by_role("button", name="确定").click()
    expect(reader.locator("main")).to_contain_text("等待本馆审查")

    # No login before approval, and the login page says why.
    log_in(reader, "zhoumingyuan", "一本好书走天下2026")
    expect(reader.locator("main")).to_contain_text("等待本馆审查")

    # The home librarian approves in the back office.
    home_desk = person()
    log_in(home_desk, *login_of(home_library))
    home_desk.goto("/backoffice/readers/reader/?q=zhoumingyuan")
    home_desk.get_by_role("link", name="周明远").first.click()
    shots(home_desk, "approve")
    home_desk.locator("form[action$='/approve/'] button").click()
    mail = box.wait_for("zhou.mingyuan@student.example", "通过")
    assert "周明远" in box.text_of(mail)

    # Log in, search, look at the edition, ask for the copy.
    log_in(reader, "zhoumingyuan", "一本好书走天下2026")
    expect(reader.locator("body")).to_contain_text("欢迎您")
    reader.goto("/catalog/")
    reader.locator("main input[name='q']").fill(query)
    reader.get_by_role("button", name="检索", exact=True).first.click()
    expect(reader.locator("main")).to_contain_text("共检索出")
    shots(reader, "results")
    reader.locator(f"a[href*='/catalog/editions/{holding.edition_id}/']").first.click()
    expect(reader.locator("h1")).to_contain_text(holding.edition.title)
    shots(reader, "edition")
    reader.locator(f"a[href*='holding={holding.pk}']").first.click()

    # Nothing is retyped: the form knows the book and the reader.
    number = ask_for_this(reader, holding, shots)
    expect(reader.locator("main")).to_contain_text("撤销")
    shots(reader, "receipt")
    box.wait_for("zhou.mingyuan@student.example", number)

    # The lender accepts at once, but may not dispatch before the reader's hour is over.
    lender_desk = person()
    log_in(lender_desk, *login_of(library))
    open_request(lender_desk, number)
    do(lender_desk, "accept", barcode=holding.barcode)
    expect(lender_desk.locator("form[action$='/move/ship/']")).to_have_count(0)
    expect(lender_desk.locator(".bo-move-off", has_text="发出")).to_contain_text("撤销")
    shots(lender_desk, "accepted")
    an_hour_passes(number)
    lender_desk.reload()
    do(lender_desk, "ship")

    # Home receives: the reader is told to come.
    open_request(home_desk, number)
    do(home_desk, "receive")
    mail = box.wait_for("zhou.mingyuan@student.example", "文献到馆")
    assert number in box.text_of(mail)
    assert holding.edition.title in box.text_of(mail)
    reader.goto(f"/requests/{number}/")
    expect(reader.locator("main")).to_contain_text("文献到馆，请取书")
    shots(reader, "arrived")

    # Hand out, take back, ship back, check in.
    open_request(home_desk, number)
    do(home_desk, "hand_out")
    request = LoanRequest.objects.get(number=number)
    assert request.due_date is not None
    mail = box.wait_for("zhou.mingyuan@student.example", "应还")
    due = request.due_date
    assert f"{due.year}年{due.month}月{due.day}日" in box.text_of(mail)
    reader.reload()
    expect(reader.locator("main")).to_contain_text("读者获取图书")
    expect(reader.locator("main")).to_contain_text(str(request.due_date))
    do(home_desk, "take_back")
    do(home_desk, "ship_back")
    open_request(lender_desk, number)
    do(lender_desk, "check_in", **({"barcode": holding.barcode} if holding.barcode else {}))
    reader.reload()
    expect(reader.locator("main")).to_contain_text("已归还")
    shots(reader, "completed")
    holding.refresh_from_db()
    assert holding.out_on_request == ""

    # The month's statistics count it, and the number leads to it.
    lender_desk.goto("/backoffice/statistics/")
    shots(lender_desk, "statistics")
    lender_desk.locator("a[href*='figure=filled.'][href*='lender']").first.click()
    expect(lender_desk.locator("body")).to_contain_text(number)


@pytest.fixture
def shots(tmp_path: Path) -> Callable[[Page, str], None]:
    """Photographs of the story (kept when STORY_SHOTS names a folder), at 390 and 1280 px."""
    import os

    folder = Path(os.environ["STORY_SHOTS"]) if "STORY_SHOTS" in os.environ else None

    def take(page: Page, name: str) -> None:
        if folder is None:
            return
        folder.mkdir(parents=True, exist_ok=True)
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)

    return take


def test_one_book_of_the_demo_goes_the_whole_way(
    person: Person, worker: Any, inbox: tuple[Inbox, int], shots: Callable[[Page, str], None]
) -> None:
    call_command("demo_data", books=40)
    holding = copies_to_ask_for(MemberLibrary.objects.get(code="232060"), MemberLibrary.objects.get(code="211130"))[0]
    the_whole_way(person, inbox[0], query=holding.edition.title, holding=holding, shots=shots)


@pytest.mark.shared_data
def test_one_real_record_of_beijing_normal_university_goes_the_whole_way(
    person: Person, worker: Any, inbox: tuple[Inbox, int], shots: Callable[[Page, str], None], shared_data: Path
) -> None:
    call_command("demo_data", books=40)
    call_command("import_marc", shared_data / "cnmarc" / "bnu_first5_gb18030.iso", library="211260")
    edition = Edition.objects.visible().get(title__contains="94中国发展报告")
    holding = edition.holdings.filter(barcode="1683011").get()
    the_whole_way(person, inbox[0], query="中国发展报告", holding=holding, shots=shots)


def test_cancel_within_the_hour_a_fourth_request_and_a_refusal(
    person: Person, worker: Any, inbox: tuple[Inbox, int], shots: Callable[[Page, str], None]
) -> None:
    """林晓 has two books and one free place: she cancels once, asks again, has no fourth, and is refused a third."""
    box = inbox[0]
    call_command("demo_data", books=40)
    cumtb, bupt = MemberLibrary.objects.get(code="232060"), MemberLibrary.objects.get(code="211130")
    first, second, fourth = copies_to_ask_for(cumtb, bupt)[:3]
    reader = person()
    log_in(reader, "linxiao", PASSWORD)
    expect(reader.locator("body")).to_contain_text("欢迎您")

    # Within the hour she may cancel; the place is free again at once.
    reader.goto(f"/requests/new/?holding={first.pk}")
    number = ask_for_this(reader, first, shots)
    reader.goto(f"/requests/{number}/")
    reader.get_by_role("link", name="撤销", exact=True).click()
    shots(reader, "cancel")
    reader.get_by_role("button", name="确认撤销").click()
    expect(reader.locator("main")).to_contain_text("申请已撤销")
    box.wait_for("linxiao@", number)

    # With three under way there is no fourth, and the page says which rule.
    reader.goto(f"/requests/new/?holding={second.pk}")
    number = ask_for_this(reader, second, shots)
    reader.goto(f"/requests/new/?holding={fourth.pk}")
    expect(reader.get_by_role("button", name="提交", exact=True)).to_be_disabled()
    expect(reader.locator("#why-no-submit")).to_contain_text("3")
    shots(reader, "no-fourth")

    # The lender refuses with a reason; the reader is told it, and the place is free again.
    desk = person()
    log_in(desk, *login_of(cumtb))
    open_request(desk, number)
    do(desk, "decline", reason="not_on_shelf", note="架上找了两遍")
    mail = box.wait_for("linxiao@", "未满足")
    assert "架上未找到" in box.text_of(mail)
    reader.goto(f"/requests/{number}/")
    expect(reader.locator("main")).to_contain_text("未满足，架上未找到")
    expect(reader.locator("main")).to_contain_text("架上找了两遍")
    shots(reader, "unfilled")
    reader.goto(f"/requests/new/?holding={fourth.pk}")
    expect(reader.get_by_role("button", name="提交", exact=True)).to_be_enabled()
