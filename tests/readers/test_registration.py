"""登录与注册: a person chooses a library, fills in the form, and waits for that library's review."""

from datetime import date, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from catalog.models import MemberLibrary, PauseKind, ServicePause
from readers.actors import Actor
from readers.errors import RegistrationRefused
from readers.models import CertificateType, Reader, ReaderState, User
from readers.registration.decisions import refuse_reader
from readers.registration.services import register_reader
from readers.signals import reader_registered
from tests.factories import MemberLibraryFactory, ReaderFactory, UserFactory

CHOOSE = "/readers/register/"
FORM = "/readers/register/211130/"


def pause(library: MemberLibrary, **kwargs: Any) -> None:
    kwargs.setdefault("starts_on", timezone.localdate())
    ServicePause.objects.create(library=library, **kwargs)


# --- Choosing the library ---------------------------------------------------------------------------


def test_only_members_that_borrow_are_offered_by_category(
    client: Client, bupt: MemberLibrary, bnu: MemberLibrary, nlc: MemberLibrary
) -> None:
    page = client.get(CHOOSE)
    groups = {group.label: [choice.library for choice in group.choices] for group in page.context["groups"]}
    assert groups == {"工科类": [bupt], "师范类": [bnu]}
    text = page.content.decode()
    assert "确定" in text
    assert "返回" in text
    assert "重填" in text


def test_a_library_that_has_left_is_not_offered(client: Client, bupt: MemberLibrary, bnu: MemberLibrary) -> None:
    MemberLibrary.objects.filter(pk=bnu.pk).update(left_on=date(2025, 1, 1))
    assert "北京师范大学" not in client.get(CHOOSE).content.decode()
    assert client.get("/readers/register/211260/").status_code == 404


@pytest.mark.parametrize("query", ["北京邮电", "北邮", "bjyd", "BeiJingYouDian", "211130", "郵電", "ｂｊｙｄ"])
def test_the_list_is_searched_by_name_short_name_pinyin_and_code(
    client: Client, bupt: MemberLibrary, bnu: MemberLibrary, query: str
) -> None:
    text = client.get(CHOOSE, {"q": query}).content.decode()
    assert "北京邮电大学图书馆" in text
    assert "北京师范大学图书馆" not in text


def test_a_search_without_result_says_what_to_do(client: Client, bupt: MemberLibrary) -> None:
    assert "没有找到这个图书馆" in client.get(CHOOSE, {"q": "霍格沃茨"}).content.decode()


def test_choosing_leads_to_the_form_of_that_library(client: Client, bupt: MemberLibrary) -> None:
    page = client.get(CHOOSE, {"library": "211130", "confirm": "1"}, follow=True)
    assert page.redirect_chain == [(FORM, 302)]
    assert "北京邮电大学图书馆" in page.content.decode()


def test_choosing_nothing_is_told(client: Client, bupt: MemberLibrary) -> None:
    assert "请选择要注册的图书馆" in client.get(CHOOSE, {"confirm": "1"}).content.decode()


def test_the_number_of_queries_does_not_grow_with_the_libraries(
    client: Client, bupt: MemberLibrary, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(10) as few:
        client.get(CHOOSE)
    MemberLibraryFactory.create_batch(20)
    with django_assert_max_num_queries(len(few)):
        client.get(CHOOSE)


def test_a_paused_library_is_shown_and_cannot_be_chosen(
    client: Client, bupt: MemberLibrary, typed: dict[str, str]
) -> None:
    pause(bupt, kind=PauseKind.BOTH, reason="馆舍改造")
    text = client.get(CHOOSE).content.decode()
    assert "暂停服务" in text
    assert "馆舍改造" in text
    assert 'value="211130" disabled' in text
    assert "不能注册" in client.get(CHOOSE, {"library": "211130"}).content.decode()
    page = client.post(FORM, typed, follow=True)
    assert page.redirect_chain == [(CHOOSE, 302)]
    assert not Reader.objects.exists()


def test_a_library_that_pauses_only_lending_still_registers(
    client: Client, bupt: MemberLibrary, typed: dict[str, str]
) -> None:
    pause(bupt, kind=PauseKind.LENDING)
    client.post(FORM, typed)
    assert Reader.objects.count() == 1


def test_a_pause_that_is_over_is_no_pause(client: Client, bupt: MemberLibrary, typed: dict[str, str]) -> None:
    today = timezone.localdate()
    pause(bupt, kind=PauseKind.BOTH, starts_on=today - timedelta(days=9), ends_on=today - timedelta(days=1))
    client.post(FORM, typed)
    assert Reader.objects.count() == 1


def test_the_service_too_refuses_a_paused_library(bupt: MemberLibrary) -> None:
    pause(bupt, kind=PauseKind.BORROWING)
    with pytest.raises(RegistrationRefused, match="暂停服务"):
        register(bupt)


def test_national_library_registers_nobody(client: Client, nlc: MemberLibrary) -> None:
    assert client.get("/readers/register/110001/").status_code == 404
    with pytest.raises(RegistrationRefused, match="不办理读者注册"):
        register(nlc)


# --- The form ----------------------------------------------------------------------------------------

LABELS = {
    "读者姓名", "读者登录名", "证件类型", "证件号码", "密码", "密码确认", "读者性别", "出生日期", "联系电话",
    "所属院系", "职称", "学历", "E-mail", "通信地址", "邮政编码", "备注", "照片",
}  # fmt: skip
REQUIRED = {
    "name", "username", "certificate_type", "certificate_number", "password1", "password2", "phone", "department",
    "job_title", "education", "email",
}  # fmt: skip


def test_the_form_has_every_field_of_the_old_portal(client: Client, bupt: MemberLibrary) -> None:
    form = client.get(FORM).context["form"]
    assert {str(field.label) for field in form} == LABELS
    assert {field.name for field in form if field.field.required} == REQUIRED


def test_registering_leads_to_the_waiting_page(client: Client, bupt: MemberLibrary, typed: dict[str, str]) -> None:
    page = client.post(FORM, typed, follow=True)
    assert page.redirect_chain == [("/readers/registration/", 302)]
    text = page.content.decode()
    assert "等待本馆审查" in text
    assert "wangqian@bupt.example" in text
    assert "010-62281970" in text

    reader = Reader.objects.get()
    assert (reader.library, reader.state) == (bupt, ReaderState.PENDING)
    assert reader.reader_barcode == "2111302026110042"
    assert reader.user.username == "wangqian830"
    assert reader.user.check_password("一年读一百本书 and walk home")
    assert not reader.user.is_staff
    assert reader.birth_date == date(2003, 5, 17)
    for field in ("name", "phone", "department", "job_title", "education", "address", "postcode", "note", "gender"):
        assert getattr(reader, field) == typed[field]


def test_registering_does_not_log_in(client: Client, bupt: MemberLibrary, typed: dict[str, str]) -> None:
    client.post(FORM, typed)
    assert "_auth_user_id" not in client.session


def test_nobody_sees_a_waiting_page_without_having_registered(client: Client, bupt: MemberLibrary) -> None:
    assert client.get("/readers/registration/").headers["Location"] == "/readers/login/"


def test_registration_is_announced_once(client: Client, bupt: MemberLibrary, typed: dict[str, str]) -> None:
    heard: list[Reader] = []

    def listen(sender: object, reader: Reader, **kwargs: object) -> None:
        heard.append(reader)

    reader_registered.connect(listen)
    try:
        client.post(FORM, typed)
        client.post(FORM, typed)  # the same again is a duplicate, not a second registration
    finally:
        reader_registered.disconnect(listen)
    assert heard == [Reader.objects.get()]


def test_a_listener_that_fails_takes_the_registration_with_it(bupt: MemberLibrary) -> None:
    def fail(**kwargs: object) -> None:
        raise RuntimeError("the outbox is full")

    reader_registered.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            register(bupt)
    finally:
        reader_registered.disconnect(fail)
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "这个字段是必填项"),
        ("username", "wang qian", "不能使用空格"),
        ("username", "wang_qian", "a-z、A-Z、0-9"),
        ("username", "王茜", "a-z、A-Z、0-9"),
        ("certificate_number", "123456789012345", "14"),
        ("certificate_number", "2026-42", "只能由字母和数字组成"),
        ("password2", "something else", "两次输入的密码不一致"),
        ("email", "wangqian", "输入一个有效的 Email 地址"),
        ("phone", "没有电话", "请填写能打通的电话号码"),
        ("postcode", "海淀", "邮政编码"),
        ("birth_date", "2199-01-01", "请核对出生日期"),
        ("birth_date", "1850-01-01", "请核对出生日期"),
        ("job_title", "船长", "船长"),
        ("education", "", "这个字段是必填项"),
        ("address", "长" * 201, "200"),
        ("note", "长" * 101, "100"),
    ],
)
def test_a_mistake_is_told_at_its_field_and_keeps_what_was_typed(
    client: Client, bupt: MemberLibrary, typed: dict[str, str], field: str, value: str, sentence: str
) -> None:
    page = client.post(FORM, typed | {field: value})
    assert page.status_code == 200
    form = page.context["form"]
    assert list(form.errors) == [field]
    assert sentence in str(form.errors[field])
    kept = "department" if field != "department" else "name"
    assert f'value="{typed[kept]}"' in page.content.decode()
    assert typed["password1"] not in page.content.decode()
    assert not Reader.objects.exists()


@pytest.mark.parametrize(
    ("password", "ok"),
    [
        ("short", False),
        ("password", False),
        ("wangqian830", False),
        ("only lower case letters", True),
        ("长口令" * 80, True),
    ],
)
def test_passwords_are_judged_by_length_and_commonness_only(
    client: Client, bupt: MemberLibrary, typed: dict[str, str], password: str, ok: bool
) -> None:
    client.post(FORM, typed | {"password1": password, "password2": password})
    assert Reader.objects.exists() == ok


def test_a_short_password_is_told_in_chinese_beside_a_repetition_that_differs(
    client: Client, bupt: MemberLibrary, typed: dict[str, str]
) -> None:
    page = client.post(FORM, typed | {"password1": "short", "password2": "shorter"})
    assert page.context["form"].errors["password1"] == ["密码太短，至少要8个字符。"]
    assert page.context["form"].errors["password2"] == ["两次输入的密码不一致。"]


def test_full_width_digits_of_an_input_method_are_understood(
    client: Client, bupt: MemberLibrary, typed: dict[str, str]
) -> None:
    client.post(FORM, typed | {"certificate_number": " ２０２６ａ１ ", "phone": "１３８００００１２３４"})
    reader = Reader.objects.get()
    assert (reader.certificate_number, reader.phone) == ("2026A1", "13800001234")


def test_what_is_typed_is_text_never_markup(client: Client, bupt: MemberLibrary, typed: dict[str, str]) -> None:
    evil = "<script>alert(1)</script>"
    page = client.post(FORM, typed | {"name": evil, "note": evil, "email": "broken"})
    assert evil not in page.content.decode()
    page = client.post(FORM, typed | {"name": evil}, follow=True)
    assert "等待本馆审查" in page.content.decode()
    assert evil not in page.content.decode()


def test_a_reader_who_is_logged_in_does_not_register_again(client: Client, reader: Reader) -> None:
    client.force_login(reader.user)
    assert client.get(FORM).headers["Location"] == "/readers/profile/"


# --- Duplicates ---------------------------------------------------------------------------------------


def register(library: MemberLibrary, **kwargs: Any) -> Reader:
    values: dict[str, Any] = {
        "username": "zhaolei", "password": "library-2026", "email": "zhaolei@example.org", "name": "赵磊",
        "certificate_number": "2026110001", "certificate_type": CertificateType.LIBRARY_CARD, "phone": "62280000",
        "department": "理学院", "job_title": "讲师", "education": "博士",
    }  # fmt: skip
    return register_reader(library=library, **(values | kwargs))


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (ReaderState.PENDING, "正在等待审查，不需要再次注册"),
        (ReaderState.APPROVED, "请直接登录"),
        (ReaderState.CORRECTION, "请登录后更正"),
    ],
)
def test_the_same_certificate_at_the_same_library_is_told_with_a_way_out(
    client: Client, bupt: MemberLibrary, typed: dict[str, str], state: str, sentence: str
) -> None:
    ReaderFactory.create(library=bupt, certificate_number="2026110042", state=state)
    page = client.post(FORM, typed)
    assert sentence in str(page.context["form"].errors["certificate_number"])
    text = page.content.decode()
    assert 'href="/readers/login/"' in text
    assert "ill@bupt.example" in text
    assert Reader.objects.count() == 1


def test_letters_of_a_certificate_ignore_case(bupt: MemberLibrary) -> None:
    register(bupt, certificate_number="a2026x")
    with pytest.raises(RegistrationRefused, match="证件号码"):
        register(bupt, certificate_number="A2026X", username="other", email="other@example.org")


def test_the_same_certificate_at_another_library_is_another_reader(bupt: MemberLibrary, bnu: MemberLibrary) -> None:
    register(bupt)
    register(bnu, username="zhaolei2")
    assert Reader.objects.count() == 2


def test_a_login_name_is_taken_everywhere_and_in_any_case(
    client: Client, bupt: MemberLibrary, typed: dict[str, str]
) -> None:
    UserFactory.create(username="WangQian830")
    page = client.post(FORM, typed)
    assert "已有人使用" in str(page.context["form"].errors["username"])


def test_an_email_counts_once_per_library(
    client: Client, bupt: MemberLibrary, bnu: MemberLibrary, typed: dict[str, str]
) -> None:
    ReaderFactory.create(library=bnu, user=UserFactory.create(email=typed["email"]))
    there = client.post(FORM, typed)
    assert there.status_code == 302
    again = typed | {"username": "other", "certificate_number": "77", "email": typed["email"].upper()}
    page = client.post(FORM, again)
    assert "已在本馆注册" in str(page.context["form"].errors["email"])


def test_after_a_refusal_one_registers_again_with_the_same_certificate(
    bupt: MemberLibrary, home_librarian: User
) -> None:
    first = register(bupt)
    refuse_reader(reader=first, reason="姓名与证件不符", by=Actor.of_librarian(home_librarian, bupt))
    second = register(bupt, username="zhaolei2")
    assert second.state == ReaderState.PENDING
    assert second.reader_barcode == first.reader_barcode


def test_duplicates_that_slip_past_the_check_are_told_by_the_database(
    bupt: MemberLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(bupt)
    monkeypatch.setattr("readers.registration.services.registration_conflicts", lambda **kwargs: {})
    with pytest.raises(RegistrationRefused) as same_name:
        register(bupt, username="ZhaoLei", certificate_number="1")
    with pytest.raises(RegistrationRefused) as same_certificate:
        register(bupt, username="other")
    assert set(same_name.value.errors) == {"username"}
    assert set(same_certificate.value.errors) == {"certificate_number"}
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("same", ["certificate_number", "username", "email"])
def test_two_registrations_at_the_same_moment_have_one_winner(
    bupt: MemberLibrary, typed: dict[str, str], same: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("celery.app.base.Celery.send_task", lambda *args, **kwargs: None)  # mails are not the point
    others = {"certificate_number": "99", "username": "other", "email": "other@bupt.example"}
    second = typed | {field: value for field, value in others.items() if field != same}
    start, statuses = Barrier(2), []

    def submit(values: dict[str, str]) -> None:
        try:
            start.wait(timeout=10)
            statuses.append(Client().post(FORM, values).status_code)
        finally:
            connection.close()

    threads = [Thread(target=submit, args=(values,)) for values in (typed, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(statuses) == [200, 302]
    assert Reader.objects.count() == User.objects.count() == 1
