"""The buttons of one reader's page, creating a reader on the spot, and decisions on many at once."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from catalog.models import MemberLibrary
from notices.models import Email
from readers.actors import Actor
from readers.models import Reader, ReaderState, ReaderType, RegistrationPolicy, Standing, User
from readers.profile.closing import close_account
from tests.factories import MemberLibraryFactory, ReaderFactory, UserFactory
from tests.readers.test_login import log_in
from tests.readers.test_password_reset import link_of, open_link

QUEUE = "/backoffice/readers/reader/"


def page_of(reader: Reader, act: str = "change") -> str:
    return f"{QUEUE}{reader.pk}/{act}/"


@pytest.fixture
def desk(client: Client, home_librarian: User) -> Client:
    client.force_login(home_librarian)
    return client


# --- Standing -------------------------------------------------------------------------------------------


def test_suspending_tells_the_reader_and_ends_by_itself(desk: Client, reader: Reader) -> None:
    today = timezone.localdate()
    until = today + timedelta(days=10)
    desk.post(page_of(reader, "suspend"), {"reason": "多次逾期不还", "until": until.isoformat()})
    reader.refresh_from_db()
    assert reader.standing() == Standing.SUSPENDED
    assert reader.standing(until) == Standing.SUSPENDED
    assert reader.standing(until + timedelta(days=1)) == Standing.GOOD
    letter = Email.objects.get(kind="suspended_reader")
    assert "多次逾期不还" in letter.text
    assert until.isoformat() in letter.text
    assert "已被本馆暂停至" in log_in(Client(), "linxiao").content.decode()
    assert "多次逾期不还" in desk.get(page_of(reader)).content.decode()

    desk.post(page_of(reader, "lift"))
    assert log_in(Client(), "linxiao").status_code == 302
    assert Email.objects.filter(kind="suspension_lifted_reader").count() == 1
    again = desk.post(page_of(reader, "lift"), follow=True)
    assert "没有被暂停" in again.content.decode()


def test_a_reader_type_of_the_same_name_is_told_not_a_server_error(desk: Client, bupt: MemberLibrary) -> None:
    ReaderType.objects.create(library=bupt, name="教师")
    page = desk.post("/backoffice/readers/readertype/add/", {"name": "教师", "active": "on"})
    assert "本馆已有这个读者类型" in page.content.decode()
    other = ReaderType.objects.create(library=bupt, name="学生")
    page = desk.post(f"/backoffice/readers/readertype/{other.pk}/change/", {"name": "教师", "active": "on"})
    assert "本馆已有这个读者类型" in page.content.decode()
    desk.post("/backoffice/readers/readertype/add/", {"name": "博士后", "active": "on"})
    assert ReaderType.objects.get(name="博士后").library == bupt


def test_a_mistake_keeps_what_was_typed(desk: Client, reader: Reader) -> None:
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    page = desk.post(page_of(reader, "suspend"), {"reason": "丢书未赔", "until": yesterday})
    text = page.content.decode()
    assert "截止日期不能早于今天" in text
    assert 'value="丢书未赔"' in text
    assert '<details class="bo-move" open>' in text
    reader.refresh_from_db()
    assert reader.standing() == Standing.GOOD


def test_type_and_last_day(desk: Client, reader: Reader, bupt: MemberLibrary, bnu: MemberLibrary) -> None:
    own, other = (ReaderType.objects.create(library=library, name="教师") for library in (bupt, bnu))
    desk.post(page_of(reader, "membership"), {"reader_type": own.pk, "expires_on": "2199-06-30"})
    reader.refresh_from_db()
    assert (reader.reader_type, str(reader.expires_on)) == (own, "2199-06-30")
    assert desk.post(page_of(reader, "membership"), {"reader_type": other.pk}).status_code == 200
    ReaderType.objects.update(active=False)
    assert "教师" in desk.get(page_of(reader)).content.decode(), "a type out of use stays with who has it"
    desk.post(page_of(reader, "membership"), {"expires_on": "2020-01-01"})
    assert "已于2020-01-01到期" in log_in(Client(), "linxiao").content.decode()


def test_what_was_done_stands_in_the_log_until_the_reader_goes(desk: Client, reader: Reader) -> None:
    desk.post(page_of(reader, "suspend"), {"reason": "x"})
    assert "林晓" in LogEntry.objects.get().object_repr
    close_account(reader=reader, by=Actor.of_reader(reader))
    assert not LogEntry.objects.exists()


def test_a_waiting_reader_has_no_membership_to_suspend(desk: Client, bupt: MemberLibrary) -> None:
    waiting = ReaderFactory.create(library=bupt, state=ReaderState.PENDING)
    page = desk.post(page_of(waiting, "suspend"), {"reason": "x"})
    assert "只有已通过审查的读者" in page.content.decode()


# --- On the spot ----------------------------------------------------------------------------------------

TYPED = {
    "name": "王茜", "username": "wangqian", "certificate_type": "library_card", "certificate_number": "2026110042",
    "email": "wang@bupt.example", "phone": "13800001234", "department": "理学院",
    "job_title": "学生", "education": "硕士",
}  # fmt: skip


def test_a_reader_made_at_the_desk_borrows_at_once(
    desk: Client, bupt: MemberLibrary, home_librarian: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    RegistrationPolicy.objects.create(library=bupt, membership_days=100)
    kind = ReaderType.objects.create(library=bupt, name="研究生")
    desk.post(QUEUE + "add/", TYPED | {"reader_type": kind.pk})
    made = Reader.objects.get()
    assert (made.state, made.library, made.decided_by) == (ReaderState.APPROVED, bupt, home_librarian)
    assert (made.reader_type, made.expires_on) == (kind, timezone.localdate() + timedelta(days=100))
    assert not made.user.has_usable_password()
    person, letter = Client(), Email.objects.get(kind="account_created_reader")
    form = open_link(person, link_of(letter))
    person.post(form, {"new_password1": "四月 is the kindest", "new_password2": "四月 is the kindest"})
    assert log_in(person, "wangqian", "四月 is the kindest").status_code == 302
    made.refresh_from_db()
    assert made.email_verified_at is not None


def test_duplicates_and_mistakes_are_told_and_nothing_is_lost(desk: Client, reader: Reader) -> None:
    page = desk.post(QUEUE + "add/", TYPED | {"certificate_number": reader.certificate_number})
    assert "已在本馆注册" in page.content.decode()
    assert 'value="王茜"' in page.content.decode()
    assert Reader.objects.count() == 1


def test_the_center_chooses_the_library(client: Client, center_admin: User, bupt: MemberLibrary) -> None:
    client.force_login(center_admin)
    assert client.post(QUEUE + "add/", TYPED).status_code == 200
    client.post(QUEUE + "add/", TYPED | {"library": bupt.pk})
    assert Reader.objects.get().library == bupt


def test_a_forged_library_changes_nothing(desk: Client, bupt: MemberLibrary, bnu: MemberLibrary) -> None:
    desk.post(QUEUE + "add/", TYPED | {"library": bnu.pk})
    assert Reader.objects.get().library == bupt


# --- Many at once ---------------------------------------------------------------------------------------


@pytest.fixture
def three(bupt: MemberLibrary) -> list[Reader]:
    return ReaderFactory.create_batch(3, library=bupt, state=ReaderState.PENDING)


def test_unverified_addresses_are_left_out_of_the_many(desk: Client, three: list[Reader]) -> None:
    Reader.objects.filter(pk=three[0].pk).update(email_verified_at=None)
    chosen = {"action": "approve_selected", "_selected_action": [reader.pk for reader in three]}
    page = desk.post(QUEUE, chosen, follow=True)
    assert "还没有验证" in page.content.decode()
    assert Reader.objects.pending().get() == three[0]


@pytest.mark.parametrize(
    ("action", "words", "state", "kind"),
    [
        ("refuse_selected", {"reason": "不属于本馆服务对象"}, ReaderState.REFUSED, "registration_refused_reader"),
        ("correction_selected", {"note": "请写全称"}, ReaderState.CORRECTION, "correction_asked_reader"),
    ],
)
def test_the_same_words_for_many(
    desk: Client, three: list[Reader], action: str, words: dict[str, str], state: str, kind: str
) -> None:
    chosen = {"action": action, "_selected_action": [reader.pk for reader in three[:2]]}
    page = desk.post(QUEUE, chosen)
    assert 'name="apply"' in page.content.decode()
    assert Reader.objects.pending().count() == 3
    assert desk.post(QUEUE, chosen | {"apply": "1"}).status_code == 200, "without words it asks again"
    desk.post(QUEUE, chosen | {"apply": "1"} | words)
    assert list(Reader.objects.filter(state=state).order_by("pk")) == sorted(three[:2], key=lambda reader: reader.pk)
    assert Email.objects.filter(kind=kind).count() == 2


# --- The queue and the duplicates -----------------------------------------------------------------------


def test_the_queue_is_filtered_by_what_there_is_to_do(desk: Client, three: list[Reader], reader: Reader) -> None:
    def found(query: dict[str, str]) -> set[Reader]:
        return set(desk.get(QUEUE, query).context["cl"].result_list)

    assert found({"todo": "review"}) == set(three)
    assert found({"standing": "good"}) == {reader}
    assert found({"todo": "card"}) == found({"standing": "expired"}) == set()
    assert found({"todo": "nonsense"}) == {*three, reader}


def test_the_same_certificate_at_another_campus_is_shown_as_such(desk: Client, three: list[Reader]) -> None:
    campus = MemberLibraryFactory.create(name="北京邮电大学沙河校区图书馆")
    ReaderFactory.create(library=campus, certificate_number=three[0].certificate_number, name="别的名字")
    text = desk.get(page_of(three[0])).content.decode()
    assert "同一学校的另一个馆" in text
    assert "别的名字" not in text
    row = next(r for r in desk.get(QUEUE).context["cl"].result_list if r.pk == three[0].pk)
    assert row.has_twin


def test_a_password_letter_from_the_desk(desk: Client, reader: Reader) -> None:
    desk.post(page_of(reader, "password"))
    assert Email.objects.get(kind="password_reset").to == "linxiao@bupt.example"
    again = desk.post(page_of(reader, "password"), follow=True)
    assert "刚刚已经发送过" in again.content.decode()


def test_a_librarians_account_is_told_apart(desk: Client, home_librarian: User, bupt: MemberLibrary) -> None:
    both = ReaderFactory.create(library=bupt, user=home_librarian)
    page = desk.post(page_of(both, "close"), {"sure": "on"})
    assert "还有馆员任职" in page.content.decode()
    assert UserFactory._meta.model.objects.get(pk=home_librarian.pk).is_active
