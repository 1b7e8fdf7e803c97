"""A library's roster: read with an error for every bad line, previewed, confirmed, and then approved by."""

import io
import zipfile
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook
from pytest_django import Settings

from catalog.models import MemberLibrary
from notices.models import Email
from readers.actors import Actor
from readers.errors import RosterRefused
from readers.models import (
    Assignment,
    Reader,
    ReaderState,
    ReaderType,
    RegistrationPolicy,
    Role,
    RosterEntry,
    RosterUpload,
    User,
)
from readers.registration.roster import store_roster
from readers.registration.roster_file import RosterRow, read_roster
from readers.registration.verification import verification_token, verify_email
from tests.factories import UserFactory
from tests.readers.test_registration import register

UPLOAD = "/backoffice/readers/rosterentry/upload/"


def csv(text: str, encoding: str = "utf-8", name: str = "roster.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode(encoding))


def xlsx(rows: list[list[object]]) -> SimpleUploadedFile:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return SimpleUploadedFile("roster.xlsx", out.getvalue())


GOOD = "证件号码,姓名,读者类型,有效期至\n2026110001,赵磊,教师,2027-06-30\n a2026x , 林 晓 ,,\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_as_libraries_export_it(encoding: str, delimiter: str) -> None:
    roster = read_roster(csv(GOOD.replace(",", delimiter), encoding))
    assert roster.errors == []
    assert roster.rows == [
        RosterRow("2026110001", "赵磊", "教师", date(2027, 6, 30)),
        RosterRow("A2026X", "林 晓", "", None),
    ]


def test_xlsx_with_figures_and_real_dates() -> None:
    roster = read_roster(
        xlsx(
            [
                ["学号*", "姓 名", "备注", "有效期"],
                [2026110001, "赵磊", "x", date(2027, 6, 30)],
                [2026110002.0, "王五", None, None],
            ]
        )
    )
    assert roster.rows == [
        RosterRow("2026110001", "赵磊", "", date(2027, 6, 30)),
        RosterRow("2026110002", "王五"),
    ]


def test_every_bad_line_has_its_number_and_reason() -> None:
    text = (
        GOOD
        + ",没有号\n2026-11,横线\n2026110003,\n2026110001,重复\n\n2026110004,好,,何时\n2026110005,好,,2027年6月30日\n"
    )
    roster = read_roster(csv(text))
    assert [(error.line, error.reason) for error in roster.errors] == [
        (4, "没有证件号码"),
        (5, "证件号码只能由字母和数字组成，14字符为限"),
        (6, "没有姓名，或姓名太长"),
        (7, "证件号码与第2行重复"),
        (9, "有效期看不懂，请写成2027-06-30"),
    ]
    assert len(roster.rows) == 3


def bomb() -> SimpleUploadedFile:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(5):
            archive.writestr(f"xl/part{number}.xml", bytes(100 * 1024 * 1024))
    return SimpleUploadedFile("bomb.xlsx", out.getvalue())


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: csv(""), "文件是空的"),
        (lambda: csv("2026110001,赵磊\n"), "第一行应是表头"),
        (lambda: SimpleUploadedFile("a.xls", b"\xd0\xcf\x11\xe0" + bytes(100)), "旧的XLS文件"),
        (lambda: SimpleUploadedFile("a.xlsx", b"PK\x03\x04 nonsense"), "不是可用的表格"),
        (lambda: SimpleUploadedFile("a.csv", b"\xff\xfe\xff\xff\x80\x80"), "编码无法识别"),
        (bomb, "展开后太大"),
    ],
)
def test_a_file_of_no_use_is_refused_in_words(make, sentence: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(RosterRefused, match=sentence):
        read_roster(make())


def test_a_file_over_the_limit(settings: Settings) -> None:
    settings.READERS = {**settings.READERS, "ROSTER_MAX_MB": 0}
    with pytest.raises(RosterRefused, match="不能超过"):
        read_roster(csv(GOOD))


def test_upload_look_and_confirm(client: Client, home_librarian: User, bupt: MemberLibrary) -> None:
    client.force_login(home_librarian)
    answer = client.post(UPLOAD, {"file": csv(GOOD + "2026-11,横线\n=HYPERLINK(1),<script>x</script>\n")}, follow=True)
    text = answer.content.decode()
    assert "2026110001" in text
    assert "14字符为限" in text
    assert "<script>x" not in text
    assert not RosterEntry.objects.exists(), "nothing is written before the confirmation"
    kept = RosterUpload.objects.get()
    client.post(f"{UPLOAD}{kept.pk}/", {"replace": "1"})
    assert RosterEntry.objects.filter(library=bupt).count() == 2
    assert RosterEntry.objects.get(name="赵磊").reader_type == ReaderType.objects.get(library=bupt, name="教师")
    assert not RosterUpload.objects.exists()


def test_a_mistake_in_the_file_is_told_on_the_page(client: Client, home_librarian: User) -> None:
    client.force_login(home_librarian)
    assert "第一行应是表头" in client.post(UPLOAD, {"file": csv("a,b\n")}).content.decode()
    assert client.post(UPLOAD, {}).status_code == 200


def test_replacing_forgets_and_adding_keeps(bupt: MemberLibrary, home_librarian: User) -> None:
    by = Actor.of_librarian(home_librarian, bupt)
    store_roster(library=bupt, rows=[RosterRow("1", "甲"), RosterRow("2", "乙")], replace=True, by=by)
    assert store_roster(library=bupt, rows=[RosterRow("2", "乙乙"), RosterRow("3", "丙")], replace=False, by=by) == 3
    assert RosterEntry.objects.get(certificate_number="2").name == "乙乙"
    assert store_roster(library=bupt, rows=[RosterRow("3", "丙")], replace=True, by=by) == 1


def test_a_roster_of_another_library_does_not_exist(
    client: Client, home_librarian: User, lending_librarian: User, bupt: MemberLibrary, cumtb: MemberLibrary
) -> None:
    upload = RosterUpload.objects.create(
        library=bupt, uploaded_by=home_librarian, file_name="a", rows=[["1", "甲", "", ""]], errors=[]
    )
    client.force_login(lending_librarian)
    for way in ("", "discard/"):
        assert client.post(f"{UPLOAD}{upload.pk}/{way}", {"replace": "1"}).status_code == 404
    with pytest.raises(RosterRefused):
        store_roster(library=bupt, rows=[], replace=True, by=Actor.of_librarian(lending_librarian, cumtb))


# --- Approving by it --------------------------------------------------------------------------------------


@pytest.fixture
def on_roster(bupt: MemberLibrary) -> RosterEntry:
    kind = ReaderType.objects.create(library=bupt, name="教师", max_open_requests=5)
    return RosterEntry.objects.create(
        library=bupt, certificate_number="2026110001", name="赵 磊", reader_type=kind, expires_on=date(2199, 6, 30)
    )


def test_a_verified_registration_on_the_roster_is_approved(bupt: MemberLibrary, on_roster: RosterEntry) -> None:
    RegistrationPolicy.objects.create(library=bupt, approves_by_roster=True)
    reader = register(bupt)
    assert reader.state == ReaderState.PENDING
    verify_email(token=verification_token(reader))
    reader.refresh_from_db()
    assert (reader.state, reader.decided_by) == (ReaderState.APPROVED, None)
    assert (reader.reader_type, reader.expires_on) == (on_roster.reader_type, date(2199, 6, 30))
    kinds = set(Email.objects.values_list("kind", flat=True))
    assert kinds == {"registered_reader", "registration_approved_reader"}


@pytest.mark.parametrize(
    ("chosen", "change"), [(False, {}), (True, {"name": "赵蕾"}), (True, {"certificate_number": "2026110009"})]
)
def test_otherwise_the_librarian_looks(
    bupt: MemberLibrary, on_roster: RosterEntry, chosen: bool, change: dict[str, str]
) -> None:
    RegistrationPolicy.objects.create(library=bupt, approves_by_roster=chosen)
    reader = register(bupt, **change)
    verify_email(token=verification_token(reader))
    reader.refresh_from_db()
    assert reader.state == ReaderState.PENDING
    assert Email.objects.filter(kind="registered_home").exists()


def test_a_new_roster_approves_who_waits(client: Client, bupt: MemberLibrary, home_librarian: User) -> None:
    RegistrationPolicy.objects.create(library=bupt, approves_by_roster=True)
    waits, unverified = (
        register(bupt),
        register(bupt, username="x", certificate_number="A2026X", name="林晓", email="x@y.example"),
    )
    verify_email(token=verification_token(waits))
    client.force_login(home_librarian)
    client.post(UPLOAD, {"file": csv(GOOD)})
    kept = RosterUpload.objects.get()
    assert "1位等待审查" in client.get(f"{UPLOAD}{kept.pk}/").content.decode()
    client.post(f"{UPLOAD}{kept.pk}/", {"replace": "1"})
    states = dict(Reader.objects.values_list("pk", "state"))
    assert states == {waits.pk: ReaderState.APPROVED, unverified.pk: ReaderState.PENDING}


def test_where_there_is_a_supervisor_the_rules_are_theirs(
    client: Client, home_librarian: User, bupt: MemberLibrary
) -> None:
    policy = RegistrationPolicy.objects.create(library=bupt)
    page = f"/backoffice/readers/registrationpolicy/{policy.pk}/change/"
    client.force_login(home_librarian)
    assert client.post(page, {"approves_by_roster": "on", "card_days": "100"}).status_code == 302
    chief = UserFactory.create(username="chief", is_staff=True)
    Assignment.objects.create(user=chief, library=bupt, role=Role.SUPERVISOR)
    assert client.get(page).status_code == 200, "read it may everybody"
    assert client.post(page, {"card_days": "1"}).status_code == 403
    assert client.get(UPLOAD).status_code == 404
    client.force_login(chief)
    assert client.get(UPLOAD).status_code == 200
    assert client.post(page, {"card_days": "200"}).status_code == 302
    policy.refresh_from_db()
    assert (policy.card_days, policy.approves_by_roster) == (200, False)
