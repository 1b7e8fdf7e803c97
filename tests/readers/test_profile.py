"""个人信息维护: a reader changes contact data and password; identity is the librarian's to correct."""

from datetime import date
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client

from catalog.models import MemberLibrary
from readers.access import reader_required
from readers.actors import Actor
from readers.errors import RegistrationRefused
from readers.models import Reader, ReaderState, User
from readers.profile.services import update_contact
from tests.factories import ReaderFactory

PROFILE = "/readers/profile/"
CHANGED = {
    "phone": "010-62281234", "department": "理学院", "job_title": "讲师",
    "education": "博士", "address": "西土城路10号", "postcode": "100876", "note": "周三到馆",
}  # fmt: skip


def test_a_reader_sees_the_own_data(client: Client, reader: Reader) -> None:
    client.force_login(reader.user)
    text = client.get(PROFILE).content.decode()
    for shown in (
        "林晓",
        "linxiao",
        "21113013005129002550",
        "北京邮电大学图书馆",
        "由本馆馆际互借员核对证件",
        "修改密码",
    ):
        assert shown in text


def test_contact_data_are_changed(client: Client, reader: Reader) -> None:
    client.force_login(reader.user)
    page = client.post(PROFILE, CHANGED, follow=True)
    assert "个人信息已保存" in page.content.decode()
    reader.refresh_from_db()
    for field, value in CHANGED.items():
        assert getattr(reader, field) == value


def test_identity_and_state_cannot_be_posted(client: Client, reader: Reader) -> None:
    client.force_login(reader.user)
    smuggled = {
        "name": "别人", "certificate_number": "1", "reader_barcode": "1", "username": "root", "state": "pending",
        "library": "1", "is_staff": "1", "open_requests": "0", "email": "thief@example.org", "expires_on": "2199-01-01",
    }  # fmt: skip
    before = Reader.objects.values().get(pk=reader.pk)
    client.post(PROFILE, CHANGED | smuggled)
    after = Reader.objects.values().get(pk=reader.pk)
    assert {key for key in after if after[key] != before[key]} == set(CHANGED)
    assert User.objects.get(pk=reader.user.pk).email == "linxiao@bupt.example"
    assert not User.objects.get(pk=reader.user.pk).is_staff


def test_a_mistake_keeps_what_was_typed_and_saves_nothing(client: Client, reader: Reader) -> None:
    client.force_login(reader.user)
    page = client.post(PROFILE, CHANGED | {"phone": "没有"})
    assert page.status_code == 200
    assert 'value="理学院"' in page.content.decode()
    assert Reader.objects.get(pk=reader.pk).department != "理学院"


def test_a_word_that_is_no_longer_offered_stays_until_changed(client: Client, reader: Reader) -> None:
    Reader.objects.filter(pk=reader.pk).update(job_title="荣休教授")
    client.force_login(reader.user)
    assert '<option value="荣休教授" selected>' in client.get(PROFILE).content.decode()
    assert client.post(PROFILE, CHANGED | {"job_title": "荣休教授"}).status_code == 302


def test_what_a_reader_wrote_is_escaped(client: Client, reader: Reader) -> None:
    Reader.objects.filter(pk=reader.pk).update(name="<b>林</b>", note="</textarea><script>x</script>")
    client.force_login(reader.user)
    text = client.get(PROFILE).content.decode()
    assert "<b>林" not in text
    assert "<script>x" not in text


def test_nobody_changes_somebody_elses_contact_data(
    reader: Reader, bnu: MemberLibrary, strange_librarian: User
) -> None:
    other = ReaderFactory.create(library=reader.library)
    for by in (Actor.of_reader(other), Actor.of_librarian(strange_librarian, bnu)):
        with pytest.raises(RegistrationRefused):
            update_contact(reader=reader, by=by, contact={"phone": "62280000"})


def test_only_contact_fields_go_through_the_service(reader: Reader) -> None:
    with pytest.raises(ValueError, match="state"):
        update_contact(reader=reader, by=Actor.of_reader(reader), contact={"state": ReaderState.APPROVED})


def test_the_password_is_changed_and_the_session_stays(client: Client, reader: Reader) -> None:
    client.post("/readers/login/", {"username": "linxiao", "password": "library-2026"})
    new = {
        "old_password": "library-2026",
        "new_password1": "四月 is the kindest",
        "new_password2": "四月 is the kindest",
    }
    page = client.post("/readers/profile/password/", new, follow=True)
    assert page.redirect_chain == [(PROFILE, 302)]
    assert "密码已修改" in page.content.decode()
    assert User.objects.get(pk=reader.user.pk).check_password("四月 is the kindest")


def test_the_old_password_is_asked_for(client: Client, reader: Reader) -> None:
    client.force_login(reader.user)
    new = {"old_password": "wrong", "new_password1": "四月 is the kindest", "new_password2": "四月 is the kindest"}
    page = client.post("/readers/profile/password/", new)
    assert list(page.context["form"].errors) == ["old_password"]
    assert User.objects.get(pk=reader.user.pk).check_password("library-2026")


def test_a_librarian_changes_the_password_too(client: Client, home_librarian: User) -> None:
    client.force_login(home_librarian)
    new = {
        "old_password": "library-2026",
        "new_password1": "四月 is the kindest",
        "new_password2": "四月 is the kindest",
    }
    assert client.post("/readers/profile/password/", new).headers["Location"] == "/backoffice/"


# --- The door -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [PROFILE, "/readers/profile/password/", "/readers/desk/"])
def test_strangers_are_sent_to_the_login_page_and_back(client: Client, db: None, address: str) -> None:
    assert client.get(address).headers["Location"] == f"/readers/login/?next={address}"


def test_for_staff_without_a_reader_account_reader_pages_do_not_exist(client: Client, home_librarian: User) -> None:
    client.force_login(home_librarian)
    assert client.get(PROFILE).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"state": ReaderState.PENDING},
        {"state": ReaderState.REFUSED},
        {"suspended_on": date(2026, 1, 1), "suspension_reason": "丢失图书未赔"},
        {"expires_on": date(2026, 1, 1)},
    ],
)
def test_a_session_ends_with_the_good_standing(client: Client, reader: Reader, change: dict[str, Any]) -> None:
    client.force_login(reader.user)
    Reader.objects.filter(pk=reader.pk).update(**change)
    response = client.get(PROFILE)
    assert response.headers["Location"] == f"/readers/login/?next={PROFILE}"
    assert "_auth_user_id" not in client.session
    assert len(list(get_messages(response.wsgi_request))) == 1


def test_the_door_hands_the_reader_to_the_view(reader: Reader, home_librarian: User) -> None:
    @reader_required
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(request.reader.name)

    request = HttpRequest()
    request.user = reader.user
    assert view(request).content.decode() == "林晓"
    request.user = home_librarian
    with pytest.raises(Http404):
        view(request)
