"""馆员任职: the center appoints and dismisses, one post is active at a time, nobody promotes themselves."""

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.test import Client

from catalog.models import MemberLibrary
from catalog.scoping import Desk
from notices.models import Email
from readers.actors import Actor, actor_of_desk
from readers.appointments import appoint, dismiss, switch_assignment
from readers.errors import AppointmentRefused
from readers.models import Assignment, Reader, Role, User
from readers.selectors import active_desk
from tests.factories import AssignmentFactory, UserFactory
from tests.readers.test_password_reset import link_of, open_link


@pytest.fixture
def second_post(home_librarian: User, bnu: MemberLibrary) -> Assignment:
    """The BUPT librarian also works at BNU, not now."""
    return AssignmentFactory.create(user=home_librarian, library=bnu, role=Role.SUPERVISOR, active=False)


def test_switching_changes_what_the_back_office_shows(
    client: Client, home_librarian: User, second_post: Assignment, bnu: MemberLibrary
) -> None:
    client.force_login(home_librarian)
    text = client.get("/readers/desk/").content.decode()
    assert "北京邮电大学图书馆" in text
    assert "北京师范大学图书馆" in text
    response = client.post(f"/readers/desk/{second_post.pk}/switch/")
    assert response.headers["Location"] == "/backoffice/"
    assert active_desk(home_librarian) == Desk(library=bnu)
    assert Assignment.objects.filter(user=home_librarian, active=True).count() == 1


def test_switching_is_a_post_and_only_to_the_own_posts(
    client: Client, home_librarian: User, second_post: Assignment, lending_librarian: User
) -> None:
    client.force_login(home_librarian)
    assert client.get(f"/readers/desk/{second_post.pk}/switch/").status_code == 405
    foreign = Assignment.objects.get(user=lending_librarian)
    assert client.post(f"/readers/desk/{foreign.pk}/switch/").status_code == 404
    with pytest.raises(AppointmentRefused):
        switch_assignment(user=home_librarian, assignment=foreign)


def test_switching_to_the_post_in_use_changes_nothing(home_librarian: User, second_post: Assignment) -> None:
    current = Assignment.objects.get(user=home_librarian, active=True)
    switch_assignment(user=home_librarian, assignment=current)
    assert Assignment.objects.get(user=home_librarian, active=True) == current


def test_readers_have_no_desk(client: Client, reader: Reader) -> None:
    client.force_login(reader.user)
    assert client.get("/readers/desk/").status_code == 404
    assert active_desk(reader.user) is None


def test_the_first_post_opens_the_back_office_the_last_closes_it(center_admin: User, bupt: MemberLibrary) -> None:
    center, user = Actor.of_center(center_admin), UserFactory.create()
    first = appoint(user=user, library=bupt, role=Role.LIBRARIAN, by=center)
    second = appoint(user=user, library=None, role=Role.CENTER, by=center)
    user.refresh_from_db()
    assert (user.is_staff, first.active, second.active) == (True, True, False)
    dismiss(assignment=first, by=center)
    second.refresh_from_db()
    assert second.active
    dismiss(assignment=second, by=center)
    user.refresh_from_db()
    assert not user.is_staff


def test_the_center_does_not_dismiss_itself(center_admin: User) -> None:
    with pytest.raises(AppointmentRefused, match="自己的任职"):
        dismiss(assignment=Assignment.objects.get(user=center_admin), by=Actor.of_center(center_admin))


def test_librarians_and_readers_appoint_nobody(home_librarian: User, bupt: MemberLibrary, reader: Reader) -> None:
    for by in (Actor.of_librarian(home_librarian, bupt), Actor.of_reader(reader)):
        with pytest.raises(AppointmentRefused):
            appoint(user=home_librarian, library=None, role=Role.CENTER, by=by)
        with pytest.raises(AppointmentRefused):
            dismiss(assignment=Assignment.objects.get(user=home_librarian), by=by)


def test_the_actor_of_a_desk_is_its_librarian_or_the_center(
    home_librarian: User, center_admin: User, bupt: MemberLibrary
) -> None:
    request = HttpRequest()
    request.user, request.desk = home_librarian, Desk(library=bupt)
    assert actor_of_desk(request) == Actor.of_librarian(home_librarian, bupt)
    request.user, request.desk = center_admin, Desk(library=None, is_center=True)
    assert actor_of_desk(request, reason="代办") == Actor.of_center(center_admin, reason="代办")
    request.desk = None
    with pytest.raises(PermissionDenied):
        actor_of_desk(request)


# --- In the back office -------------------------------------------------------------------------------

POSTS = "/backoffice/readers/assignment/"
ACCOUNTS = "/backoffice/readers/user/"


def test_the_center_appoints_in_the_back_office(client: Client, center_admin: User, bupt: MemberLibrary) -> None:
    client.force_login(center_admin)
    user = UserFactory.create(username="newcomer")
    response = client.post(POSTS + "add/", {"user": user.pk, "role": "librarian", "library": bupt.pk})
    assert response.status_code == 302
    user.refresh_from_db()
    assert active_desk(user) == Desk(library=bupt)


@pytest.mark.parametrize(("role", "at_library"), [("center", True), ("librarian", False)])
def test_role_and_library_must_fit(
    client: Client, center_admin: User, bupt: MemberLibrary, role: str, at_library: bool
) -> None:
    client.force_login(center_admin)
    user = UserFactory.create()
    page = client.post(POSTS + "add/", {"user": user.pk, "role": role, "library": bupt.pk if at_library else ""})
    assert list(page.context["errors"]) != []
    assert not Assignment.objects.filter(user=user).exists()


def test_the_same_post_is_not_given_twice(
    client: Client, center_admin: User, home_librarian: User, bupt: MemberLibrary
) -> None:
    client.force_login(center_admin)
    page = client.post(POSTS + "add/", {"user": home_librarian.pk, "role": "librarian", "library": bupt.pk})
    assert "这个账号已有这个任职" in page.content.decode()


def test_the_center_dismisses_others_but_not_itself(client: Client, center_admin: User, home_librarian: User) -> None:
    client.force_login(center_admin)
    own = Assignment.objects.get(user=center_admin)
    assert client.post(f"{POSTS}{own.pk}/delete/", {"post": "yes"}).status_code == 403
    other = Assignment.objects.get(user=home_librarian)
    assert client.post(f"{POSTS}{other.pk}/delete/", {"post": "yes"}).status_code == 302
    home_librarian.refresh_from_db()
    assert not home_librarian.is_staff
    client.post(POSTS, {"action": "delete_selected", "_selected_action": [own.pk], "post": "yes"})
    assert Assignment.objects.filter(pk=own.pk).exists()


NEWCOMER = {"username": "newcomer", "first_name": "新馆员", "email": "new@example.org"}


def test_the_center_opens_an_account_and_never_knows_its_password(
    client: Client, center_admin: User, bupt: MemberLibrary
) -> None:
    client.force_login(center_admin)
    page = client.post(ACCOUNTS + "add/", NEWCOMER, follow=True).content.decode()
    user = User.objects.get(username="newcomer")
    assert (user.first_name, user.is_staff, user.is_superuser) == ("新馆员", False, False)
    assert not user.has_usable_password()
    assert "设置密码的链接已发送到new@example.org" in page
    assert f"{POSTS}add/?user={user.pk}" in page, "the next step is one click away"

    client.post(POSTS + "add/", {"user": user.pk, "role": "librarian", "library": bupt.pk})
    person, letter = Client(), Email.objects.get(kind="account_created_staff")
    assert (letter.to, letter.library) == ("new@example.org", None)
    form = open_link(person, link_of(letter))
    person.post(form, {"new_password1": "四月 is the kindest", "new_password2": "四月 is the kindest"})
    assert (
        person.post("/readers/login/", {"username": "newcomer", "password": "四月 is the kindest"}).status_code == 302
    )
    assert person.get("/backoffice/").status_code == 200
    page = client.get(f"{ACCOUNTS}{user.pk}/change/").content.decode()
    assert "北京邮电大学图书馆 馆际互借员" in page
    assert "已设置" in page
    user.refresh_from_db()
    assert user.password.split("$")[-1] not in page
    assert "argon2" not in page


@pytest.mark.parametrize(
    ("change", "sentence"),
    [({"username": "LinXiao"}, "已有人使用"), ({"email": ""}, "必填项"), ({"username": "新馆员"}, "a-z、A-Z、0-9")],
)
def test_an_account_that_cannot_be_is_told(
    client: Client, center_admin: User, reader: Reader, change: dict[str, str], sentence: str
) -> None:
    client.force_login(center_admin)
    page = client.post(ACCOUNTS + "add/", NEWCOMER | change)
    assert page.status_code == 200
    assert sentence in page.content.decode()
    assert not Email.objects.exists()


def test_no_form_of_the_back_office_makes_a_superuser(client: Client, center_admin: User, home_librarian: User) -> None:
    client.force_login(center_admin)
    client.post(
        f"{ACCOUNTS}{home_librarian.pk}/change/",
        {
            "username": "bupt", "first_name": "李馆员", "email": "bupt@example.org", "is_active": "on",
            "is_superuser": "on", "is_staff": "", "groups": "1", "user_permissions": "1",
        },
    )  # fmt: skip
    home_librarian.refresh_from_db()
    assert (home_librarian.first_name, home_librarian.is_superuser, home_librarian.is_staff) == ("李馆员", False, True)


def test_the_center_does_not_change_a_readers_data_by_the_back_door(
    client: Client, center_admin: User, reader: Reader
) -> None:
    client.force_login(center_admin)
    client.post(
        f"{ACCOUNTS}{reader.user.pk}/change/",
        {"username": "renamed", "first_name": "别人", "email": "x@example.org", "is_active": "on"},
    )
    reader.user.refresh_from_db()
    assert (reader.user.username, reader.user.email) == ("linxiao", "linxiao@bupt.example")


def test_for_a_librarian_accounts_and_posts_do_not_exist(
    client: Client, home_librarian: User, center_admin: User, bupt: MemberLibrary
) -> None:
    client.force_login(home_librarian)
    own = Assignment.objects.get(user=home_librarian)
    pages = [
        POSTS, POSTS + "add/", f"{POSTS}{own.pk}/change/", f"{POSTS}{own.pk}/delete/", f"{POSTS}{own.pk}/history/",
        ACCOUNTS, ACCOUNTS + "add/", f"{ACCOUNTS}{home_librarian.pk}/change/",
        f"{ACCOUNTS}{center_admin.pk}/password/",
    ]  # fmt: skip
    for page in pages:
        assert client.get(page).status_code == 404, page
    promote = {"user": home_librarian.pk, "role": "center", "library": "", "post": "yes", "is_superuser": "on"}
    for page in pages:
        assert client.post(page, promote).status_code == 404, page
    assert list(Assignment.objects.filter(user=home_librarian).values_list("role", "library")) == [
        ("librarian", bupt.pk)
    ]
    home_librarian.refresh_from_db()
    assert not home_librarian.is_superuser


def test_the_index_of_the_back_office_hides_them_from_librarians(
    client: Client, home_librarian: User, center_admin: User
) -> None:
    client.force_login(home_librarian)
    assert ACCOUNTS not in client.get("/backoffice/").content.decode()
    client.force_login(center_admin)
    assert ACCOUNTS in client.get("/backoffice/").content.decode()
