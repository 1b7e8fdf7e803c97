"""交接: what waits, who stays; then the post goes, and with it the account if nothing else needs it."""

from collections.abc import Callable

import pytest
from django.test import Client

from catalog.models import MemberLibrary
from readers.actors import Actor
from readers.appointments import hand_over
from readers.errors import AppointmentRefused
from readers.models import Assignment, Reader, ReaderState, Role, User
from requests_app.models import LoanRequest
from requests_app.states import State
from tests.factories import AssignmentFactory, ReaderFactory, UserFactory
from tests.requests_app.conftest import cast, request_at, submit

__all__ = ["cast", "request_at", "submit"]  # fixtures


def page_of(user: User) -> str:
    return f"/backoffice/handover/{Assignment.objects.get(user=user).pk}/"


def test_it_names_what_waits_and_warns_of_an_empty_desk(
    client: Client,
    request_at: Callable[..., LoanRequest],
    home_librarian: User,
    center_admin: User,
    bupt: MemberLibrary,
) -> None:
    request_at(State.RETURNED)
    ReaderFactory.create(library=bupt, state=ReaderState.PENDING)
    User.objects.filter(pk=home_librarian.pk).update(email=bupt.email)
    client.force_login(center_admin)
    text = client.get(page_of(home_librarian)).content.decode()
    for shown in ("待寄还", "待审核读者", "没有馆际互借员了", "是这个人的个人邮箱"):
        assert shown in text
    AssignmentFactory.create(library=bupt, user=UserFactory.create(username="next", first_name="接手人", is_staff=True))
    text = client.get(page_of(home_librarian)).content.decode()
    assert "接手人" in text
    assert "没有馆际互借员了" not in text


def test_the_post_and_the_account_go(client: Client, home_librarian: User, center_admin: User) -> None:
    leaver = Client()
    leaver.force_login(home_librarian)
    client.force_login(center_admin)
    client.post(page_of(home_librarian), {"close": "1"})
    home_librarian.refresh_from_db()
    assert (home_librarian.is_active, home_librarian.is_staff) == (False, False)
    assert not Assignment.objects.filter(user=home_librarian).exists()
    assert leaver.get("/backoffice/").headers["Location"].startswith("/backoffice/login/")


def test_an_account_that_is_needed_elsewhere_is_not_shut(
    home_librarian: User, center_admin: User, bnu: MemberLibrary, reader: Reader
) -> None:
    by = Actor.of_center(center_admin)
    first = Assignment.objects.get(user=home_librarian)
    AssignmentFactory.create(user=home_librarian, library=bnu, role=Role.LIBRARIAN, active=False)
    with pytest.raises(AppointmentRefused, match="不能停用"):
        hand_over(assignment=first, by=by, closes_account=True)
    assert Assignment.objects.filter(pk=first.pk).exists(), "nothing was done"
    hand_over(assignment=first, by=by)
    assert Assignment.objects.get(user=home_librarian).active, "the other post is the active one now"


def test_nobody_dismisses_themselves(client: Client, center_admin: User) -> None:
    client.force_login(center_admin)
    page = client.post(page_of(center_admin), {"close": "1"}, follow=True)
    assert "不能撤销自己的任职" in page.content.decode()
    center_admin.refresh_from_db()
    assert center_admin.is_active


@pytest.mark.parametrize("who", ["home_librarian", "lending_librarian"])
def test_only_the_center(client: Client, request: pytest.FixtureRequest, who: str, home_librarian: User) -> None:
    client.force_login(request.getfixturevalue(who))
    assert client.get(page_of(home_librarian)).status_code == 404
