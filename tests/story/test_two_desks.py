"""Two desks at work with a scanner and no mouse: from the slip to the parcel, to the reader, and all the way back."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from celery import Celery
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from catalog.models import MemberLibrary
from readers.actors import Actor
from readers.models import Reader, User
from requests_app.models import LoanRequest, Parcel, ParcelState
from requests_app.parcels.services import open_parcel, pack_all, send_parcel
from requests_app.scanning import desk
from requests_app.services.moves import move
from requests_app.states import State
from tests.factories import EditionFactory, HoldingFactory, ReaderFactory
from tests.requests_app.conftest import cast, request_at, submit
from tests.story.test_accessibility import violations
from tests.story.test_one_book import log_in

__all__ = ["cast", "request_at", "submit"]  # fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Person = Callable[..., Page]
Submit = Callable[..., LoanRequest]


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests commit for real; nobody shall send the mails that they write to the outbox."""
    monkeypatch.setattr(Celery, "send_task", lambda *args, **kwargs: None)


@pytest.fixture
def two_requests(submit: Submit, cumtb: MemberLibrary, bupt: MemberLibrary, reader: Reader) -> list[LoanRequest]:
    """Two readers of BUPT asked CUMTB for a book each, two days ago."""
    asked = timezone.now() - timedelta(days=2)
    other = ReaderFactory.create(library=bupt, name="王强")
    titles = {"C9000001": "线性代数", "C9000002": "概率论与数理统计"}
    copies = [
        HoldingFactory.create(edition=EditionFactory.create(title=title), library=cumtb, barcode=barcode)
        for barcode, title in titles.items()
    ]
    people = (reader, other)
    return [
        submit(at=asked, holding=copy, title=copy.edition.title, reader=each, recipient_name=each.name)
        for copy, each in zip(copies, people, strict=True)
    ]


def at_the_desk(person: Person, user: User, **options: Any) -> Page:
    page = person(viewport={"width": 1280, "height": 900}, **options)
    log_in(page, user.username, "library-2026")
    page.wait_for_url("**/backoffice/")
    return page


def open_page(page: Page, name: str, *args: object) -> None:
    page.goto(reverse(f"admin:{name}", args=args))


def scan(page: Page, *codes: str) -> None:
    """A USB scanner: it types as fast as the line allows, ends with Enter, and waits for nothing but the page."""
    expect(page.locator(".bo-scan-entry input")).to_be_focused()
    for code in codes:
        page.keyboard.type(code, delay=1)
        page.keyboard.press("Enter")


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until that element has the focus, as somebody without a mouse does."""
    target = page.locator(selector)
    for _ in range(80):
        if target.evaluate("each => each === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{selector} is not reached with Tab")


def state_of(request: LoanRequest) -> str:
    return LoanRequest.objects.get(pk=request.pk).state


def test_a_parcel_of_two_books_goes_out_and_one_of_them_comes_back(
    person: Person, lending_librarian: User, home_librarian: User, two_requests: list[LoanRequest], reader: Reader
) -> None:
    first, second = two_requests
    lender, home = at_the_desk(person, lending_librarian), at_the_desk(person, home_librarian)

    # The lender scans slip, book, slip, book without a pause: four codes wait in line and none is lost.
    open_page(lender, "requests_scan")
    scan(lender, first.number, "C9000001", second.number, "C9000002")
    expect(lender.locator(".bo-scan-queue > li.is-done")).to_have_count(2)
    assert [state_of(each) for each in two_requests] == [State.ACCEPTED, State.ACCEPTED]
    expect(lender.locator("#scan-code")).to_be_focused()
    expect(lender.locator("#scan-code")).to_have_value("")

    # Everything that waits for BUPT goes into one parcel.
    open_page(lender, "requests_parcels")
    tab_to(lender, "button:has-text('装包')")
    lender.keyboard.press("Enter")
    expect(lender.locator(".bo-parcel-books > li")).to_have_count(2)
    tab_to(lender, "#carrier")
    lender.keyboard.type("顺丰")
    tab_to(lender, "#lent")
    lender.keyboard.press("Space")
    tab_to(lender, "button:has-text('发出包裹')")
    lender.keyboard.press("Enter")
    expect(lender.locator("text=已发出2册")).to_be_visible()
    parcel = Parcel.objects.get()
    assert [state_of(each) for each in two_requests] == [State.SHIPPED, State.SHIPPED]

    # BUPT scans the parcel, then the books in it.
    open_page(home, "requests_scan")
    scan(home, parcel.number)
    home.wait_for_url(f"**/parcels/{parcel.pk}/")
    expect(home.locator("#parcel-code")).to_be_focused()
    scan(home, "C9000001", "C9000002")
    expect(home.locator(".bo-parcel-books > li.has-arrived")).to_have_count(2)
    assert Parcel.objects.get().state == ParcelState.RECEIVED

    # The reader's card brings the reader's book; it is handed out, and comes back.
    open_page(home, "counter")
    scan(home, reader.reader_barcode)
    home.wait_for_url("**/counter/*/")
    expect(home.locator("input[name=book]:checked")).to_have_count(1)
    tab_to(home, "button:has-text('交给读者')")
    home.keyboard.press("Enter")
    expect(home.locator("text=已交给读者《线性代数》")).to_be_visible()
    tab_to(home, "input[name=book][type=checkbox]")
    home.keyboard.press("Space")
    tab_to(home, f"#condition-{first.pk}")
    home.keyboard.type("封面有水渍")
    tab_to(home, "button:text-is('还书')")
    home.keyboard.press("Enter")
    expect(home.locator("text=已还书《线性代数》")).to_be_visible()
    assert [state_of(each) for each in two_requests] == [State.RETURNED, State.ARRIVED]

    # Home sends it back, the lender checks it in: the book is scanned, Enter says yes.
    open_page(home, "requests_scan")
    scan(home, "C9000001", "")
    expect(home.locator(".bo-scan-card.is-done")).to_contain_text("寄还")
    open_page(lender, "requests_scan")
    scan(lender, "C9000001", "")
    expect(lender.locator(".bo-scan-card.is-done")).to_contain_text("验收入藏")
    assert state_of(first) == State.COMPLETED


def test_what_is_not_in_the_box_is_reported_missing_after_a_look_at_the_list(
    person: Person, home_librarian: User, lending_librarian: User, two_requests: list[LoanRequest]
) -> None:
    first, second = two_requests
    lender, home = at_the_desk(person, lending_librarian), at_the_desk(person, home_librarian)
    open_page(lender, "requests_scan")
    scan(lender, "C9000001", "", "C9000002", "")
    expect(lender.locator(".bo-scan-queue > li.is-done")).to_have_count(2)
    open_page(lender, "requests_parcels")
    tab_to(lender, "button:has-text('装包')")
    lender.keyboard.press("Enter")
    tab_to(lender, "button:has-text('发出包裹')")
    lender.keyboard.press("Enter")
    expect(lender.locator("text=已发出2册")).to_be_visible()

    open_page(home, "requests_parcel", Parcel.objects.get().pk)
    scan(home, "C9000002", "NO-SUCH-BOOK")
    expect(home.locator("[role=status]")).to_contain_text("NO-SUCH-BOOK")
    tab_to(home, "a:has-text('结束收包')")
    home.keyboard.press("Enter")
    expect(home.locator(".bo-parcel-missing")).to_contain_text("线性代数")
    expect(home.locator(".bo-parcel-missing")).not_to_contain_text("概率论")
    tab_to(home, "button:has-text('登记未收到')")
    home.keyboard.press("Enter")
    expect(home.locator("text=1册登记为未收到")).to_be_visible()
    assert LoanRequest.objects.get(pk=first.pk).missing_since is not None
    assert state_of(second) == State.ARRIVED


def test_bad_codes_choices_and_undo_with_the_keyboard_alone(
    person: Person, lending_librarian: User, submit: Submit, bupt: MemberLibrary
) -> None:
    """One copy, two requests for it: the figure chooses; what was wrong stays to be read; the last move is undone."""
    asked = timezone.now() - timedelta(days=2)
    one = submit(at=asked)
    two = submit(at=asked + timedelta(minutes=1), reader=ReaderFactory.create(library=bupt))
    page = at_the_desk(person, lending_librarian)
    open_page(page, "requests_scan")
    scan(page, "WRONG-1")
    result, said = page.locator(".bo-scan-result"), page.locator("[role=status]")
    expect(result).to_contain_text("没有找到“WRONG-1”")
    expect(said).to_contain_text("没有找到“WRONG-1”")
    expect(page.locator("#scan-code")).to_have_value("")
    expect(page.locator("#scan-code")).to_be_focused()
    scan(page, "C6024202")
    expect(result).to_contain_text("请选择")
    expect(said).to_contain_text("对应2件事")
    scan(page, "2")
    expect(page.locator(".bo-scan-card.is-done")).to_be_visible()
    assert [state_of(one), state_of(two)] == [State.SUBMITTED, State.ACCEPTED]
    expect(page.locator(".bo-scan-queue")).to_contain_text("WRONG-1")
    tab_to(page, "button:has-text('撤回')")
    page.keyboard.press("Enter")
    expect(result).to_contain_text("已撤回")
    assert state_of(two) == State.SUBMITTED


def test_card_and_books_are_scanned_at_the_counter_without_looking(
    person: Person, home_librarian: User, two_requests: list[LoanRequest], reader: Reader, cast: dict[str, Actor]
) -> None:
    """The card is scanned at the scan desk, the book behind it while the page still changes: nothing is lost."""
    second = two_requests[1]
    for request, barcode in zip(two_requests, ("C9000001", "C9000002"), strict=True):
        move(request=request, verb="accept", by=cast["L"], barcode=barcode)
        move(request=request, verb="ship", by=cast["L"])
        move(request=request, verb="receive", by=cast["H"])
    page = at_the_desk(person, home_librarian)
    open_page(page, "requests_scan")
    scan(page, reader.reader_barcode, "C9000001")
    expect(page.locator("text=已交给读者《线性代数》")).to_be_visible(timeout=30_000)
    scan(page, second.reader.reader_barcode, "C9000002")
    expect(page.locator("text=已交给读者《概率论与数理统计》")).to_be_visible(timeout=30_000)
    assert [state_of(each) for each in two_requests] == [State.ON_LOAN, State.ON_LOAN]


def test_a_broken_line_loses_no_code(
    person: Person, home_librarian: User, request_at: Callable[..., LoanRequest]
) -> None:
    request = request_at(State.SHIPPED, submitted_at=timezone.now() - timedelta(days=1))
    page = at_the_desk(person, home_librarian)
    open_page(page, "requests_scan")
    page.route("**/backoffice/scan/", lambda route: route.abort())
    scan(page, "C6024202")
    expect(page.locator("[data-scan-broken]")).to_be_visible()
    page.unroute("**/backoffice/scan/")
    page.keyboard.press("Enter")
    expect(page.locator(".bo-scan-card.is-asking")).to_be_visible()
    assert state_of(request) == State.SHIPPED, "the Enter sent the code again and confirmed nothing"


def test_the_ship_screen_shows_barcode_and_due_date_and_keeps_the_tick(
    person: Person, lending_librarian: User, request_at: Callable[..., LoanRequest]
) -> None:
    request = request_at(State.ACCEPTED, submitted_at=timezone.now() - timedelta(days=1))
    page = at_the_desk(person, lending_librarian)
    open_page(page, "requests_scan")
    scan(page, request.number)
    large = page.locator(".bo-scan-large")
    expect(large).to_contain_text("C6024202")
    size = large.locator("dd").first.evaluate("each => parseFloat(getComputedStyle(each).fontSize)")
    assert size >= 32
    tab_to(page, "#scan-lent")
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    expect(page.locator("#scan-code")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".bo-scan-card.is-done")).to_be_visible()
    shipped = LoanRequest.objects.get(pk=request.pk)
    assert shipped.events.get(verb="ship").details["lent_in_own_system"] is True
    assert shipped.due_date is not None


def test_the_scan_desk_works_without_scripts(
    person: Person, home_librarian: User, request_at: Callable[..., LoanRequest]
) -> None:
    """The field has the focus from the start, each scan is a page, and Enter on the empty field makes the move."""
    request = request_at(State.SHIPPED, submitted_at=timezone.now() - timedelta(days=1))
    page = at_the_desk(person, home_librarian, java_script_enabled=False)
    open_page(page, "requests_scan")
    scan(page, "WRONG-1")
    page.wait_for_url("**/scan/?scan=*")
    expect(page.locator(".bo-scan-result")).to_contain_text("没有找到“WRONG-1”")
    expect(page).to_have_title(re.compile("^没有找到“WRONG-1”"))
    scan(page, "C6024202")
    expect(page.locator(".bo-scan-card.is-asking")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".bo-scan-card.is-done")).to_be_visible()
    assert state_of(request) == State.ARRIVED


def test_the_desks_have_no_violations_and_fit_a_phone(
    person: Person,
    lending_librarian: User,
    home_librarian: User,
    two_requests: list[LoanRequest],
    reader: Reader,
    bupt: MemberLibrary,
) -> None:
    lender = Actor.of_librarian(lending_librarian, two_requests[0].lender)
    home = Actor.of_librarian(home_librarian, bupt)
    asking = desk.scan(text=two_requests[1].number, by=lender).scan
    unknown = desk.scan(text="WRONG-1", by=lender).scan
    assert asking is not None
    assert unknown is not None
    move(request=two_requests[0], verb="accept", by=lender, barcode="C9000001")
    parcel = open_parcel(recipient=bupt, by=lender)
    pack_all(parcel=parcel, by=lender)
    at_lender = [
        f"{reverse('admin:requests_scan')}?scan={asking.pk}&waiting={asking.pk}",
        f"{reverse('admin:requests_scan')}?scan={unknown.pk}", reverse("admin:requests_slips"),
        f"{reverse('admin:requests_slips')}?kind=strap", reverse("admin:requests_parcels"),
        reverse("admin:requests_parcel", args=[parcel.pk]), reverse("admin:counter"),
    ]  # fmt: skip
    found = _look_at(person, lending_librarian, at_lender)
    send_parcel(parcel=parcel, by=lender)
    waits = reverse("admin:requests_parcel_end", args=[parcel.pk])
    found += _look_at(
        person, home_librarian, [reverse("admin:requests_parcel", args=[parcel.pk]), waits,
        reverse("admin:requests_parcel_paper", args=[parcel.pk, "label"]),
        reverse("admin:requests_parcel_paper", args=[parcel.pk, "list"])],
    )  # fmt: skip
    move(request=LoanRequest.objects.get(pk=two_requests[0].pk), verb="receive", by=home)
    found += _look_at(person, home_librarian, [reverse("admin:counter_reader", args=[reader.pk])])
    assert not found, "\n".join(found)


def _look_at(person: Person, user: User, addresses: list[str]) -> list[str]:
    """What axe objects to, and which pages scroll sideways, on a phone and on a desk."""
    found: list[str] = []
    for width in (390, 1280):
        page = person(viewport={"width": width, "height": 900})
        log_in(page, user.username, "library-2026")
        page.wait_for_url("**/backoffice/")
        for address in addresses:
            response = page.goto(address)
            assert response is not None
            assert response.status == 200, address
            page.wait_for_function("!document.documentElement.hasAttribute('x-cloak')")
            found += violations(page)
            overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if overflow > 0 and "/label/" not in address and "/list/" not in address:  # paper has its own width
                found.append(f"{address} scrolls sideways by {overflow} px at {width} px")
    return found
