"""axe finds nothing to object to on the pages a reader or a librarian opens every day."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from playwright.sync_api import Page

from balis.demo import logins
from catalog.models import Holding
from requests_app.models import LoanRequest
from tests.story.test_one_book import log_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def violations(page: Page) -> list[str]:
    """WCAG 2.2 A and AA findings of the page as short sentences."""
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": tags}})
    return [
        f"{page.url}: {finding['id']}: {node['target']} {node['failureSummary']}"
        for finding in found.response["violations"]
        for node in finding["nodes"][:3]
    ]


def test_pages_have_no_accessibility_violations_on_phone_and_desktop(person: Callable[..., Page]) -> None:
    call_command("demo_data", books=20)
    _who, login, password = next(row for row in logins() if "读者" in row[0])
    request = LoanRequest.objects.filter(reader__user__username=login).order_by("pk")[0]
    holding = Holding.objects.requestable().exclude(library=request.home_library).order_by("pk")[0]
    public = [
        "/", "/news/", "/catalog/", "/catalog/?pick=none", "/catalog/?q=数学", "/catalog/?q=没有这样一本书吧",
        "/catalog/advanced/?q=数学&op2=or&q2=物理&q4=化学", "/catalog/?q=数学&op2=or&q2=物理&from=1990&language=chi",
        f"/catalog/editions/{holding.edition_id}/", "/catalog/libraries/", "/readers/login/", "/readers/register/",
        f"/readers/register/{request.home_library.code}/", "/readers/password/forgotten/",
    ]  # fmt: skip
    own = [
        "/requests/", f"/requests/new/?holding={holding.pk}", f"/requests/{request.number}/", "/messages/",
        "/readers/profile/", "/readers/profile/identity/", "/readers/profile/email/", "/readers/profile/photo/",
        "/readers/profile/close/", "/readers/card/",
    ]  # fmt: skip
    found: list[str] = []
    for width in (390, 1280):
        page = person(viewport={"width": width, "height": 900})
        for path in public:
            response = page.goto(path)
            assert response is not None
            assert response.status == 200, path
            found += violations(page)
        log_in(page, login, password)
        for path in own:
            response = page.goto(path)
            assert response is not None
            assert response.status == 200, path
            found += violations(page)
            overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert overflow <= 0, f"{path} scrolls sideways by {overflow} px at {width} px"
    assert not found, "\n".join(found)
