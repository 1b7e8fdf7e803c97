"""The registration queue in the back office: own library only, buttons that post, duplicates beside."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import MemberLibrary
from readers.models import Reader, ReaderState, User
from tests.factories import ReaderFactory, UserFactory

QUEUE = "/backoffice/readers/reader/"


def page_of(reader: Reader, view: str = "change") -> str:
    return f"{QUEUE}{reader.pk}/{view}/"


@pytest.fixture
def waiting(bupt: MemberLibrary) -> Reader:
    return ReaderFactory.create(
        library=bupt, name="赵磊", certificate_number="2026A", state=ReaderState.PENDING, phone="010-62289999",
        user=UserFactory.create(username="zhaolei"),
    )  # fmt: skip


@pytest.fixture
def stranger(bnu: MemberLibrary) -> Reader:
    return ReaderFactory.create(
        library=bnu, name="钱进", certificate_number="2026B", state=ReaderState.PENDING, phone="010-58800000"
    )


def rows(response: Any) -> list[Reader]:
    return list(response.context["cl"].result_list)


def test_the_queue_shows_the_own_library_and_who_waits_longest_first(
    client: Client, home_librarian: User, reader: Reader, waiting: Reader, stranger: Reader, bupt: MemberLibrary
) -> None:
    longer = ReaderFactory.create(
        library=bupt, state=ReaderState.PENDING, registered_at=timezone.now() - timedelta(days=3)
    )
    client.force_login(home_librarian)
    assert rows(client.get(QUEUE)) == [longer, waiting, reader]
    assert rows(client.get(QUEUE, {"state__exact": "pending"})) == [longer, waiting]


def test_the_center_sees_everybody(client: Client, center_admin: User, waiting: Reader, stranger: Reader) -> None:
    client.force_login(center_admin)
    assert set(rows(client.get(QUEUE))) == {waiting, stranger}
    assert client.get(page_of(stranger)).status_code == 200


@pytest.mark.parametrize("found_by", ["赵磊", "2026A", "2111302026A", "zhaolei", "zhaolei@example.org", "62289999"])
def test_a_reader_is_found(
    client: Client, home_librarian: User, reader: Reader, waiting: Reader, found_by: str
) -> None:
    client.force_login(home_librarian)
    assert rows(client.get(QUEUE, {"q": found_by})) == [waiting]


def test_the_number_of_queries_does_not_grow_with_the_rows(
    client: Client, home_librarian: User, waiting: Reader, bupt: MemberLibrary, django_assert_max_num_queries: Any
) -> None:
    client.force_login(home_librarian)
    with django_assert_max_num_queries(40) as few:
        client.get(QUEUE)
    ReaderFactory.create_batch(8, library=bupt)
    with django_assert_max_num_queries(len(few)):
        client.get(QUEUE)


def test_approving_is_one_button(client: Client, home_librarian: User, waiting: Reader) -> None:
    client.force_login(home_librarian)
    text = client.get(page_of(waiting)).content.decode()
    assert "通过" in text
    assert "不通过" in text
    response = client.post(page_of(waiting, "approve"), follow=True)
    assert response.redirect_chain == [(QUEUE, 302)]
    assert "已通过：赵磊" in response.content.decode()
    waiting.refresh_from_db()
    assert (waiting.state, waiting.decided_by) == (ReaderState.APPROVED, home_librarian)
    assert "refusal-reason" not in client.get(page_of(waiting)).content.decode()


def test_approving_twice_is_told(client: Client, home_librarian: User, waiting: Reader) -> None:
    client.force_login(home_librarian)
    client.post(page_of(waiting, "approve"))
    again = client.post(page_of(waiting, "approve"), follow=True)
    assert "已审查过" in again.content.decode()


def test_refusing_needs_a_reason(client: Client, home_librarian: User, waiting: Reader) -> None:
    client.force_login(home_librarian)
    silent = client.post(page_of(waiting, "refuse"), {"reason": " "}, follow=True)
    assert "请填写不通过的原因" in silent.content.decode()
    client.post(page_of(waiting, "refuse"), {"reason": "姓名与证件不符"})
    waiting.refresh_from_db()
    assert (waiting.state, waiting.refusal_reason) == (ReaderState.REFUSED, "姓名与证件不符")


@pytest.mark.parametrize("view", ["approve", "refuse"])
def test_a_link_decides_nothing(client: Client, home_librarian: User, waiting: Reader, view: str) -> None:
    client.force_login(home_librarian)
    assert client.get(page_of(waiting, view)).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(home_librarian)
    assert strict.post(page_of(waiting, view), {"reason": "x"}).status_code == 403
    waiting.refresh_from_db()
    assert waiting.state == ReaderState.PENDING


@pytest.mark.parametrize("view", ["change", "approve", "refuse", "identity", "history", "delete"])
def test_a_reader_of_another_library_does_not_exist(
    client: Client, home_librarian: User, stranger: Reader, view: str
) -> None:
    client.force_login(home_librarian)
    before = Reader.objects.values().get(pk=stranger.pk)
    assert client.post(page_of(stranger, view), {"reason": "x"}).status_code == 404
    if view not in ("approve", "refuse"):
        assert client.get(page_of(stranger, view)).status_code == 404
    assert Reader.objects.values().get(pk=stranger.pk) == before


def test_the_lender_does_not_see_the_readers_of_the_home_library(
    client: Client, lending_librarian: User, reader: Reader
) -> None:
    client.force_login(lending_librarian)
    assert rows(client.get(QUEUE)) == []
    assert client.get(page_of(reader)).status_code == 404


@pytest.mark.parametrize("view", ["", "1/change/", "1/approve/", "1/refuse/", "1/identity/"])
def test_strangers_and_readers_are_asked_to_log_in(client: Client, reader: Reader, view: str) -> None:
    for _visit in range(2):
        response = client.post(QUEUE + view)
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/backoffice/login/")
        client.force_login(reader.user)


def test_nothing_is_edited_by_the_admin_form(client: Client, home_librarian: User, waiting: Reader) -> None:
    client.force_login(home_librarian)
    assert client.post(page_of(waiting), {"state": "approved", "name": "别人"}).status_code == 403
    waiting.refresh_from_db()
    assert (waiting.state, waiting.name) == (ReaderState.PENDING, "赵磊")


def test_duplicates_are_shown_without_other_libraries_data(
    client: Client, home_librarian: User, waiting: Reader, bupt: MemberLibrary, bnu: MemberLibrary
) -> None:
    ReaderFactory.create(library=bnu, name="赵磊石", certificate_number="2026a", phone="010-58801111")
    ReaderFactory.create(
        library=bupt, name="赵磊", certificate_number="2026A", state=ReaderState.REFUSED, refusal_reason="信息不全"
    )
    client.force_login(home_librarian)
    page = client.get(page_of(waiting))
    found = page.context["duplicates"]
    assert [(d.library, d.same_certificate, d.same_name, d.reader is not None) for d in found] == [
        (bupt, True, True, True),
        (bnu, True, False, False),
    ]
    text = page.content.decode()
    assert "北京师范大学图书馆" in text
    assert "信息不全" in text
    assert "赵磊石" not in text
    assert "58801111" not in text


def test_what_a_reader_wrote_is_escaped(client: Client, home_librarian: User, bupt: MemberLibrary) -> None:
    evil = ReaderFactory.create(
        library=bupt, name="<img src=x onerror=alert(1)>", note="<script>alert(2)</script>", state=ReaderState.PENDING
    )
    client.force_login(home_librarian)
    for page in (QUEUE, page_of(evil), page_of(evil, "identity")):
        text = client.get(page).content.decode()
        assert "<img src=x" not in text
        assert "<script>alert(2)" not in text
    text = client.post(page_of(evil, "approve"), follow=True).content.decode()
    assert "<img src=x" not in text


def test_bulk_approval_names_what_could_not_be_approved(
    client: Client, home_librarian: User, waiting: Reader, reader: Reader, stranger: Reader
) -> None:
    client.force_login(home_librarian)
    page = client.post(
        QUEUE,
        {"action": "approve_selected", "_selected_action": [waiting.pk, reader.pk, stranger.pk]},
        follow=True,
    )
    text = page.content.decode()
    assert "已通过 1 位读者：赵磊" in text
    assert "林晓 已审查过" in text
    assert "钱进" not in text
    states = dict(Reader.objects.values_list("pk", "state"))
    assert states == {waiting.pk: "approved", reader.pk: "approved", stranger.pk: "pending"}


def test_identity_is_corrected_on_a_page_of_its_own(client: Client, home_librarian: User, waiting: Reader) -> None:
    client.force_login(home_librarian)
    typed = {
        "name": "赵雷", "certificate_type": "staff_card", "certificate_number": "77", "gender": "male",
        "birth_date": "1980-01-02",
    }  # fmt: skip
    assert 'value="赵磊"' in client.get(page_of(waiting, "identity")).content.decode()
    response = client.post(page_of(waiting, "identity"), typed)
    assert response.headers["Location"] == page_of(waiting)
    waiting.refresh_from_db()
    assert (waiting.name, waiting.reader_barcode, waiting.state) == ("赵雷", "21113077", ReaderState.PENDING)


def test_a_correction_that_collides_is_told_in_the_form(
    client: Client, home_librarian: User, waiting: Reader, reader: Reader
) -> None:
    client.force_login(home_librarian)
    typed = {"name": "赵磊", "certificate_type": "library_card", "certificate_number": reader.certificate_number}
    page = client.post(page_of(waiting, "identity"), typed)
    assert "已在本馆注册" in page.content.decode()
    waiting.refresh_from_db()
    assert waiting.certificate_number == "2026A"
