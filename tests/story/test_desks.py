"""Both desks in Chromium without a mouse: dashboard, list, several requests at once; and axe on all of these pages."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from catalog.models import Holding, MemberLibrary
from readers.actors import Actor
from readers.models import User
from requests_app.models import DeskNote, LoanRequest
from requests_app.services.notes import write_note
from requests_app.states import State
from tests.factories import HoldingFactory, ReaderFactory
from tests.requests_app.conftest import cast, request_at, submit
from tests.story.test_accessibility import violations
from tests.story.test_one_book import log_in

__all__ = ["cast", "request_at", "submit"]  # fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RequestAt = Callable[..., LoanRequest]
MOST_TABS = 120


@pytest.fixture
def three(request_at: RequestAt, copy: Holding, bupt: MemberLibrary) -> Callable[..., list[LoanRequest]]:
    def _three(state: State, **changes: object) -> list[LoanRequest]:
        return [
            request_at(
                state,
                holding=HoldingFactory.create(library=copy.library, edition=copy.edition, barcode=f"M{number}"),
                reader=ReaderFactory.create(library=bupt),
                **changes,
            )
            for number in range(3)
        ]

    return _three


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus, as somebody without a mouse does."""
    element = target.element_handle()
    for _step in range(MOST_TABS):
        if page.evaluate("element => document.activeElement === element", element):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{target} cannot be reached by Tab on {page.url}")


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    tab_to(page, target)
    page.keyboard.press(key)


def at_the_desk(person: Callable[..., Page], user: User, width: int = 1280) -> Page:
    page = person(viewport={"width": width, "height": 900})
    log_in(page, user.username, "library-2026")
    page.wait_for_url("**/backoffice/")
    return page


def test_the_lender_sends_what_is_ready_without_a_mouse(
    person: Callable[..., Page],
    lending_librarian: User,
    three: Callable[..., list[LoanRequest]],
    request_at: RequestAt,
) -> None:
    ready = three(State.ACCEPTED)
    waiting = request_at(State.ACCEPTED, submitted_at=timezone.now())  # the reader's hour runs
    page = at_the_desk(person, lending_librarian)

    press(page, page.locator(".bo-card a", has_text="待取书"))
    expect(page.locator(".bo-pick")).to_have_count(4)
    expect(page.locator(".bo-not-yet")).to_have_count(1)
    press(page, page.locator("[data-pick-all]"), "Space")
    expect(page.locator("[data-picked-count]")).to_have_text("✓ 4")
    press(page, page.locator(".bo-bulk button[value=ship]"))

    expect(page.get_by_role("status")).to_have_text("办理了3张，1张没有办理")
    refused = page.locator(".bo-outcomes li", has_text=waiting.number)
    expect(refused).to_contain_text("请在此之后发出")
    press(page, page.get_by_role("link", name="返回列表"))
    expect(page.locator(".bo-pick")).to_have_count(1)
    states = [LoanRequest.objects.get(pk=each.pk).state for each in [*ready, waiting]]
    assert states == [State.SHIPPED, State.SHIPPED, State.SHIPPED, State.ACCEPTED]


def test_the_home_library_receives_what_was_ticked_without_a_mouse(
    person: Callable[..., Page], home_librarian: User, three: Callable[..., list[LoanRequest]], cast: dict[str, Actor]
) -> None:
    came, here, missing = three(State.SHIPPED)
    write_note(request=missing, text="一册改由第二包寄出。", by=cast["L"])
    page = at_the_desk(person, home_librarian)

    press(page, page.locator(".bo-card a", has_text="待收书"))
    for request in (came, here):
        press(page, page.get_by_label(request.number, exact=True), "Space")
    press(page, page.locator(".bo-bulk button[value=receive]"))
    expect(page.get_by_role("status")).to_have_text("办理了2张")
    states = [LoanRequest.objects.get(pk=each.pk).state for each in (came, here, missing)]
    assert states == [State.ARRIVED, State.ARRIVED, State.SHIPPED]

    page.goto("/backoffice/")
    press(page, page.locator(".bo-card a", has_text="未读留言"))
    press(page, page.get_by_role("link", name=missing.number))
    expect(page.locator("#notes")).to_contain_text("一册改由第二包寄出。")
    press(page, page.locator("#note-text"), "Shift")
    page.keyboard.type("收到，谢谢。")
    press(page, page.get_by_role("button", name="发出留言"))
    expect(page.locator("#notes li.is-ours")).to_contain_text("收到，谢谢。")
    assert not DeskNote.objects.filter(read_at_home__isnull=True).exists()


def test_a_note_in_view_is_read_by_itself(
    person: Callable[..., Page], home_librarian: User, request_at: RequestAt, cast: dict[str, Actor]
) -> None:
    request = request_at(State.SHIPPED)
    write_note(request=request, text="一册改由第二包寄出。", by=cast["L"])
    page = at_the_desk(person, home_librarian)
    address = reverse("admin:requests_app_loanrequest_read", args=[request.pk])
    with page.expect_response(lambda response: response.url.endswith(address)) as answer:
        page.goto(f"{reverse('admin:requests_app_loanrequest_change', args=[request.pk])}#notes")
    assert answer.value.status == 204
    assert DeskNote.objects.get().read_at_home is not None


def test_the_pages_of_the_desks_have_no_violations_and_fit_a_phone(
    person: Callable[..., Page],
    lending_librarian: User,
    home_librarian: User,
    center_admin: User,
    three: Callable[..., list[LoanRequest]],
    cast: dict[str, Actor],
) -> None:
    request = three(State.SUBMITTED)[0]
    write_note(request=request, text="读者急用。", by=cast["H"])
    requests = reverse("admin:requests_app_loanrequest_changelist")
    pages = [
        "/backoffice/", requests, f"{requests}?desk=lender&queue=new", f"{requests}?desk=home&queue=at_lender",
        f"{requests}?q=没有这本书", f"{requests}?state=SUBMITTED&from=2026-01-01",
        reverse("admin:requests_app_loanrequest_change", args=[request.pk]), reverse("admin:requests_statistics"),
    ]  # fmt: skip
    own = [reverse("admin:library_settings"), reverse("admin:library_contacts")]
    found: list[str] = []
    for width in (390, 1280):
        for user, addresses in (
            (lending_librarian, [*pages, *own]), (home_librarian, [*pages[:1], *own]), (center_admin, pages),
        ):  # fmt: skip
            page = at_the_desk(person, user, width)
            for address in addresses:
                response = page.goto(address)
                assert response is not None
                assert response.status == 200, address
                found += looked_at(page, width)
            if user == lending_librarian:  # the dialog for several, with its barcodes
                page.goto(pages[2])
                page.locator(".bo-pick").first.check()
                page.locator(".bo-bulk button[value=accept]").click()
                page.wait_for_selector("[name^=barcode-]")
                found += looked_at(page, width)
    assert not found, "\n".join(found)


def looked_at(page: Page, width: int) -> list[str]:
    page.wait_for_function("!document.documentElement.hasAttribute('x-cloak')")
    found = violations(page)
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*found, f"{page.url} scrolls sideways by {overflow} px at {width} px"] if overflow > 0 else found
