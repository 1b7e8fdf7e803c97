"""axe finds nothing to object to on the pages of accounts that the other tests of this folder do not open."""

from collections.abc import Callable
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from playwright.sync_api import Page

from catalog.models import MemberLibrary
from readers.actors import Actor
from readers.cards.codes import verify_url
from readers.models import PickupCard, Reader, RosterUpload, User
from readers.profile.identity import ask_identity_change
from readers.profile.photos import set_photo
from readers.registration.verification import verification_token
from requests_app.models import LoanRequest
from requests_app.states import State
from tests.factories import ReaderFactory, UserFactory
from tests.readers.conftest import typed
from tests.readers.test_photos import picture
from tests.requests_app.conftest import cast, request_at, submit
from tests.story.test_accessibility import violations
from tests.story.test_one_book import log_in

__all__ = ["cast", "request_at", "submit", "typed"]  # fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "library-2026"


def examine(page: Page, paths: list[str], width: int) -> list[str]:
    found = []
    for path in paths:
        response = page.goto(path)
        assert response is not None
        assert response.status == 200, f"{path} {response.status}"
        page.wait_for_function("!document.documentElement.hasAttribute('x-cloak')")
        found += violations(page)
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if overflow > 0:
            found.append(f"{path} scrolls sideways by {overflow} px at {width} px")
    return found


@pytest.mark.parametrize("width", [390, 1280])
def test_registering_has_no_violations(
    person: Callable[..., Page], bupt: MemberLibrary, typed: dict[str, str], width: int
) -> None:
    page = person(viewport={"width": width, "height": 900})
    page.goto("/readers/register/211130/")
    for name, value in typed.items():
        field = page.locator(f"[name={name}]")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    photo = {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    page.set_input_files("[name=photo]", photo)  # type: ignore[arg-type]
    page.fill("[name=phone]", "没有电话")
    page.click("button:text-is('确定')")
    page.wait_for_selector("text=照片已保留")
    found = violations(page)
    page.fill("[name=phone]", "13800001234")
    for name in ("password1", "password2"):
        page.fill(f"[name={name}]", typed[name])
    page.click("button:text-is('确定')")
    page.wait_for_url("**/readers/registration/")
    reader = Reader.objects.get()
    assert reader.photo is not None
    found += examine(page, ["/readers/registration/", "/readers/registration/correct/"], width)
    found += examine(page, [reverse("readers:email_verify", args=[verification_token(reader)])], width)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_desk_of_readers_has_no_violations(
    person: Callable[..., Page],
    request_at: Callable[..., LoanRequest],
    reader: Reader,
    bupt: MemberLibrary,
    home_librarian: User,
    width: int,
) -> None:
    loan = request_at(State.ARRIVED)
    set_photo(reader=reader, upload=SimpleUploadedFile("me.jpg", picture()), by=Actor.of_reader(reader))
    PickupCard.objects.create(reader=reader)
    ask_identity_change(
        reader=reader, by=Actor.of_reader(reader), name="林小晓", certificate_type="library_card",
        certificate_number="1300512900999",
    )  # fmt: skip
    waiting = ReaderFactory.create(library=bupt, state="pending", user=UserFactory.create(), name=reader.name)
    upload = RosterUpload.objects.create(
        library=bupt, uploaded_by=home_librarian, file_name="名单.csv", rows=[["1", "林晓", "", ""]],
        errors=[[3, "坏 号码", "证件号码只能由字母和数字组成"]],
    )  # fmt: skip

    def admin(name: str, *args: object) -> str:
        return reverse(f"admin:{name}", args=args)

    page = person(viewport={"width": width, "height": 900})
    log_in(page, home_librarian.username, PASSWORD)
    page.wait_for_url("**/backoffice/")
    found = examine(
        page,
        [
            admin("readers_reader_changelist"), admin("readers_reader_change", waiting.pk),
            admin("readers_reader_change", reader.pk), admin("readers_reader_identity", reader.pk),
            admin("readers_reader_add"), admin("readers_rosterentry_changelist"), admin("readers_rosterentry_upload"),
            admin("readers_rosterentry_preview", upload.pk), admin("readers_readertype_add"),
            admin("readers_registrationpolicy_add"), admin("requests_app_loanrequest_change", loan.pk),
            "/readers/desk/",
        ],
        width,
    )  # fmt: skip
    page.goto(admin("readers_reader_changelist"))
    page.locator(f"input[name=_selected_action][value='{waiting.pk}']").check()
    page.select_option("select[name=action]", "refuse_selected")
    page.locator("button[name=index]").first.click()
    page.wait_for_selector("text=下列每位读者都会收到同样的说明")
    found += violations(page)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_center_s_and_the_lender_s_pages_have_no_violations(
    person: Callable[..., Page],
    reader: Reader,
    home_librarian: User,
    lending_librarian: User,
    center_admin: User,
    width: int,
) -> None:
    photo = set_photo(reader=reader, upload=SimpleUploadedFile("me.jpg", picture()), by=Actor.of_reader(reader))
    card = PickupCard.objects.create(
        reader=reader, state="issued", serial="211130-00001", issued_at=reader.registered_at, photo=photo,
        valid_until=date(2199, 1, 1),
    )  # fmt: skip
    lender = person(viewport={"width": width, "height": 900})
    log_in(lender, lending_librarian.username, PASSWORD)
    lender.wait_for_url("**/backoffice/")
    scanned = "/readers/card/" + verify_url(card).partition("/readers/card/")[2]
    found = examine(lender, [scanned], width)

    center = person(viewport={"width": width, "height": 900})
    log_in(center, center_admin.username, PASSWORD)
    center.wait_for_url("**/backoffice/")
    post = home_librarian.assignments.get()
    pages = [
        reverse("admin:readers_user_changelist"), reverse("admin:readers_user_add"),
        reverse("admin:readers_user_change", args=[home_librarian.pk]), reverse("admin:readers_assignment_changelist"),
        reverse("admin:readers_assignment_add"), reverse("admin:handover", args=[post.pk]),
    ]  # fmt: skip
    found += examine(center, pages, width)
    assert not found, "\n".join(found)
