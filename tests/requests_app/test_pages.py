"""The reader's pages: nothing retyped, one request per confirmation, and nobody else's request."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from catalog.models import Holding, MemberLibrary, PauseKind, ServicePause
from readers.actors import Actor
from readers.models import Reader, User
from requests_app.models import BorrowingPolicy, LendingPolicy, LoanRequest
from requests_app.services.moves import move
from requests_app.states import State
from tests.factories import HoldingFactory, ReaderFactory
from tests.requests_app.conftest import MORNING, WAYS

RequestAt = Callable[..., LoanRequest]


@pytest.fixture
def portal(client: Client, reader: Reader) -> Client:
    """The reader's browser, logged in."""
    client.force_login(reader.user)
    return client


def typed(response: Any) -> dict[str, str]:
    """What the form on the page would send if the reader only pressed 提交."""
    form = response.context["form"]
    return {name: str(form[name].value() or "") for name in form.fields}


# --- the form ----------------------------------------------------------------------------------------


def test_nothing_is_retyped_when_the_form_comes_from_a_holding(portal: Client, copy: Holding) -> None:
    response = portal.get(f"/requests/new/?holding={copy.pk}")

    assert typed(response) == {
        "title": "高等数学辅导 上册",
        "language": "chi",
        "year": "1982",
        "author": "石福庆",
        "publisher": "中国铁道出版社",
        "isbn": "",
        "call_number": "O13/04/1",
        "material_type": "book",
        "lender": "232060",
        "recipient_name": "林晓",
        "email": "linxiao@bupt.example",
        "phone": "010-00000000",
        "note": "",
    }
    first = "书刊名称 文种 出版年 文章作者 出版社 ISBN/ISSN 索书号 资料类型 选择出借馆"
    second = "读者条码 读者姓名 收件人姓名 E-mail 电话/传真 申请单备注 提交 重写"
    for label in (first + " " + second).split():
        assertContains(response, label)
    assertContains(response, "各院校图书馆根据自身情况设置是否开通，请读者在下一页选择图书获取方式。")
    assertContains(response, "您还可申请3册（最多同时3册，已占用0册）。")
    for rule in (
        "矿大（北京）的出借规定",
        "借期30天，自取书日起算，不续借",
        "只借中文图书",
        "出借馆没有开展自取自还服务",
    ):
        assertContains(response, rule)
    assertContains(response, "建议选择中国矿业大学（北京）图书馆：在架1册，共1册")


def test_an_edition_and_a_lender_find_the_copy_on_the_shelf(
    portal: Client, copy: Holding, cumtb: MemberLibrary
) -> None:
    Holding.objects.filter(pk=copy.pk).update(out_on_request="KD00000099")
    on_shelf = HoldingFactory.create(edition=copy.edition, library=cumtb, barcode="C6024999", call_number="O13/04/2")
    response = portal.get(f"/requests/new/?edition={copy.edition_id}&lender=232060")
    assert typed(response)["call_number"] == "O13/04/2"
    assert response.context["holding"] == on_shelf


def test_a_blank_form_for_a_book_outside_the_catalogue(portal: Client, cumtb: MemberLibrary) -> None:
    response = portal.get("/requests/new/")
    assertContains(response, "直接填写馆际互借申请单")
    filled = typed(response) | {"title": "一本罕见的书", "year": "1998", "lender": "232060"}
    assertContains(portal.post("/requests/new/", filled, follow=True), "确认申请单")


def test_the_lenders_are_grouped_those_with_the_book_first(portal: Client, copy: Holding, bnu: MemberLibrary) -> None:
    response = portal.get(f"/requests/new/?edition={copy.edition_id}")
    groups = [label for label, _ in response.context["form"].fields["lender"].widget.choices]
    assert groups == ["", "收藏本书的成员馆", "师范类"]
    assertContains(response, "中国矿业大学（北京）图书馆 · 在架1册，共1册")
    assertNotContains(response, '<option value="211130"')  # the own library


def test_a_paused_lender_is_shown_and_cannot_be_chosen(portal: Client, copy: Holding, cumtb: MemberLibrary) -> None:
    ServicePause.objects.create(library=cumtb, kind=PauseKind.LENDING, starts_on="2020-01-01")
    response = portal.get(f"/requests/new/?holding={copy.pk}")
    assertContains(response, "（暂停服务）")
    assert re.search(r'<option value="232060"[^>]* disabled', response.content.decode())
    assertContains(
        portal.post(f"/requests/new/?holding={copy.pk}", typed(response)), "暂停借出服务，请选择其他出借馆。"
    )


def test_errors_keep_what_was_typed(portal: Client, copy: Holding) -> None:
    filled = typed(portal.get(f"/requests/new/?holding={copy.pk}")) | {"email": "没有", "note": "给导师用"}
    response = portal.post(f"/requests/new/?holding={copy.pk}", filled)
    assertContains(response, "还没有提交，请看下面标红的各项")
    assertContains(response, "给导师用")
    assert not LoanRequest.objects.exists()


def test_the_fourth_request_finds_a_disabled_button_and_the_rule(
    portal: Client, submit: RequestAt, copy: Holding
) -> None:
    for _ in range(3):
        submit()
    response = portal.get(f"/requests/new/?holding={copy.pk}")
    assertContains(response, "每位读者最多同时申请和借阅3册，您现有3册。")
    assert re.search(r'<button[^>]*type="submit" disabled[^>]*>提交', response.content.decode())
    posted = portal.post(f"/requests/new/?holding={copy.pk}", typed(response))
    assertContains(posted, "每位读者最多同时申请和借阅3册")
    assert LoanRequest.objects.count() == 3


def test_the_own_library_holds_the_book_too(portal: Client, copy: Holding, bupt: MemberLibrary) -> None:
    HoldingFactory.create(edition=copy.edition, library=bupt)
    assertContains(portal.get(f"/requests/new/?holding={copy.pk}"), "北京邮电大学图书馆也收藏这本书（1册）")


@pytest.mark.parametrize(
    "query", ["holding=999999", "holding=abc", "edition=0", "lender=000000", "edition=" + "9" * 40]
)
def test_what_does_not_exist_is_not_found(portal: Client, query: str) -> None:
    assert portal.get(f"/requests/new/?{query}").status_code == 404


# --- the confirmation --------------------------------------------------------------------------------


@pytest.fixture
def confirmation(portal: Client, copy: Holding) -> Any:
    """确认申请单 for the cast's copy, reached through the form."""
    address = f"/requests/new/?holding={copy.pk}"
    return portal.post(address, typed(portal.get(address)) | {"note": "请发上册"}, follow=True)


def confirm(portal: Client, confirmation: Any, **changes: str) -> Any:
    draft = confirmation.context["draft"].token
    return portal.post("/requests/confirm/", {"draft": draft, "delivery_method": "logistics"} | changes, follow=True)


def test_the_confirmation_shows_everything_read_only(confirmation: Any) -> None:
    labels = "出借馆代码 出借馆名称 出借馆分类号 出借馆索书号 读者获取方式 自定义申请单号 确认提交 返回修改"
    values = "232060 中国矿业大学（北京）图书馆 O13 O13/04/1 物流传送 21113013005129002550 请发上册"
    for text in (labels + " " + values + " 出借馆没有开展自取自还服务").split():
        assertContains(confirmation, text)
    assertNotContains(confirmation, 'name="title"')


@pytest.mark.parametrize("offered", [False, True])
def test_pick_up_is_offered_where_the_lender_offers_it(
    portal: Client, copy: Holding, cumtb: MemberLibrary, offered: bool
) -> None:
    LendingPolicy.objects.create(library=cumtb, self_pickup=offered)
    address = f"/requests/new/?holding={copy.pk}"
    response = portal.post(address, typed(portal.get(address)), follow=True)
    assert ("出借馆没有开展自取自还服务" in response.content.decode()) is not offered
    assert ('value="self_pickup"' in response.content.decode()) is offered


def test_going_back_keeps_what_was_typed(portal: Client, confirmation: Any, copy: Holding) -> None:
    draft = confirmation.context["draft"].token
    response = portal.get(f"/requests/new/?draft={draft}")
    assert typed(response)["note"] == "请发上册"
    assert response.context["holding"] == copy
    again = portal.post(f"/requests/new/?draft={draft}", typed(response) | {"note": "改了"}, follow=True)
    assertContains(again, "改了")
    assert again.context["draft"].token == draft


def test_confirming_gives_the_number_large_with_the_deadline(portal: Client, confirmation: Any, copy: Holding) -> None:
    with time_machine.travel(MORNING, tick=False):
        response = confirm(portal, confirmation, own_reference="课题3")

    request = LoanRequest.objects.get()
    assertRedirects(response, f"/requests/{request.number}/receipt/")
    assertContains(response, f'<div class="number-large">{request.number}</div>')
    assertContains(response, "您可以在10:00之前撤销这张申请单")
    assertContains(response, 'data-deadline="2026-03-10T10:00:00+08:00"')
    assert (request.holding, request.own_reference, request.note) == (copy, "课题3", "请发上册")
    assert request.state == State.SUBMITTED


def test_confirming_twice_or_reloading_makes_one_request(portal: Client, confirmation: Any) -> None:
    first = confirm(portal, confirmation)
    second = confirm(portal, confirmation)
    reloaded = portal.get(f"/requests/confirm/?draft={confirmation.context['draft'].token}", follow=True)
    number = LoanRequest.objects.get().number
    for response in (first, second, reloaded):
        assertRedirects(response, f"/requests/{number}/receipt/")


def test_two_presses_that_both_still_find_the_draft_make_one_request(
    portal: Client, confirmation: Any, reader: Reader
) -> None:
    before = dict(portal.session["request_drafts"])
    confirm(portal, confirmation)
    session = portal.session
    session["request_drafts"] = before
    session.save()
    confirm(portal, confirmation)
    assert LoanRequest.objects.count() == 1


def test_a_confirmation_that_is_refused_says_why_and_keeps_the_draft(
    portal: Client, confirmation: Any, cumtb: MemberLibrary
) -> None:
    ServicePause.objects.create(library=cumtb, kind=PauseKind.BOTH, starts_on="2020-01-01")
    response = confirm(portal, confirmation)
    assertContains(response, "暂停借出服务，请选择其他出借馆。")
    assertContains(response, "返回修改")
    assert not LoanRequest.objects.exists()


@pytest.mark.parametrize("token", ["", "x", "00000000-0000-0000-0000-000000000000"])
def test_a_forgotten_draft_is_told_so(portal: Client, token: str) -> None:
    assertContains(portal.get(f"/requests/confirm/?draft={token}", follow=True), "已经失效，请重新填写")


# --- the list ----------------------------------------------------------------------------------------


def test_the_list_has_the_columns_of_the_deck(portal: Client, request_at: RequestAt) -> None:
    request = request_at(State.ON_LOAN)
    response = portal.get("/requests/")
    columns = "申请单信息 续借信息 申请单号 申请时间 图书获取方式 申请单状态 应还日期 借出馆"
    around = "起始日期 截止日期 数据刷新 续借申请"
    for label in (columns + " " + around).split():
        assertContains(response, label)
    assertContains(response, request.number)
    assertContains(response, '<span><span class="nowrap">2026-03-10</span> 09:00</span>')
    assertContains(response, "读者获取图书")
    assertContains(response, "2026-04-10")
    assertContains(response, "共 1 条数据")
    assertContains(response, "外借图书不能续借")


def test_enter_in_a_tick_box_of_the_list_prints_and_does_not_cancel(portal: Client, request_at: RequestAt) -> None:
    """A browser presses the first button of the form that the box stands in."""
    number = request_at(State.SUBMITTED).number
    page = portal.get("/requests/").content.decode()
    [form] = [one for one in re.findall(r"<form.*?</form>", page, re.DOTALL) if f'value="{number}"' in one]
    first, *others = re.findall(r"<button[^>]*type=\"submit\"[^>]*>", form)
    assert "formaction" not in first
    assert re.search(r'<form[^>]*action="/requests/print/"', form)
    assert any('formaction="/requests/cancel/"' in one for one in others), "撤销 is there, for whoever presses it"


def test_the_tabs(portal: Client, request_at: RequestAt) -> None:
    lent = request_at(State.ON_LOAN, holding=None)
    over = request_at(State.CANCELLED)
    waiting = request_at(State.SUBMITTED)
    for tab, expected in {"open": {waiting}, "on_loan": {lent}, "done": {over}, "all": {waiting, lent, over}}.items():
        assert set(portal.get(f"/requests/?tab={tab}").context["page"]) == expected, tab
    assert portal.get("/requests/?tab=mine").status_code == 404


def allow_many(reader: Reader) -> None:
    BorrowingPolicy.objects.create(library=reader.library, max_open_requests=100)


def test_days_are_days_in_beijing_and_both_ends_count(portal: Client, submit: RequestAt, reader: Reader) -> None:
    allow_many(reader)
    march = MORNING.replace(hour=15, minute=59)
    minute = timedelta(minutes=1)
    moments = [march.replace(day=8), march.replace(day=8) + minute, march, march + minute]
    made = [submit(at=at) for at in moments]
    shown = portal.get("/requests/?first=2026-03-09&last=2026-03-10").context["page"]
    assert set(shown) == set(made[1:3])


def test_dates_the_wrong_way_round_are_told_so(portal: Client, db: None) -> None:
    assertContains(portal.get("/requests/?first=2026-03-10&last=2026-03-09"), "截止日期早于起始日期。")


@pytest.mark.parametrize("text", ["KD0000", "高等数学", "课题3", "矿业"])
def test_a_request_is_found_by_what_the_reader_remembers(portal: Client, submit: RequestAt, text: str) -> None:
    request = submit(own_reference="课题3")
    assert list(portal.get("/requests/", {"q": text}).context["page"]) == [request]
    assert not portal.get("/requests/", {"q": "天文"}).context["page"].object_list


def test_fifty_per_page_and_the_queries_do_not_grow(
    portal: Client, submit: RequestAt, reader: Reader, django_assert_max_num_queries: Any
) -> None:
    allow_many(reader)
    for minute in range(51):
        submit(at=MORNING + timedelta(minutes=minute))
    with django_assert_max_num_queries(12):
        response = portal.get("/requests/?page=1")
    assert len(response.context["page"].object_list) == 50
    assertContains(response, "第 1 页，共 2 页　显示 1 到 50，共 51 条数据")
    assert len(portal.get("/requests/?page=2").context["page"].object_list) == 1


def test_an_empty_list_says_what_to_do(portal: Client) -> None:
    assertContains(portal.get("/requests/"), "您还没有申请单")


# --- one request -------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", WAYS)
def test_every_state_has_its_page(portal: Client, request_at: RequestAt, state: State) -> None:
    request = request_at(state)
    response = portal.get(f"/requests/{request.number}/")
    assertContains(response, request.state_label)
    if request.next_step:
        assertContains(response, f'<span class="timeline-what">{request.next_step}')
        assert response.context["next"].what == request.next_step
    else:
        assert response.context["next"] is None


def test_the_timeline_tells_who_did_what(portal: Client, request_at: RequestAt) -> None:
    request = request_at(State.ON_LOAN)
    response = portal.get(f"/requests/{request.number}/")
    entries = [(entry.what, entry.who, entry.more) for entry in response.context["timeline"]]
    assert entries == [
        ("读者获取图书", "本馆 北京邮电大学图书馆", "应还日期：2026-04-10"),
        ("文献到馆", "本馆 北京邮电大学图书馆", "取书期限：2026-03-18"),
        ("出借馆发出图书", "出借馆 中国矿业大学（北京）图书馆", "预计应还日期：2026-04-09"),
        ("出借馆受理申请", "出借馆 中国矿业大学（北京）图书馆", ""),
        ("提交申请", "您", ""),
    ]


def test_stations_that_were_skipped_are_named(portal: Client, request_at: RequestAt, cast: dict[str, Actor]) -> None:
    request = request_at(State.ARRIVED)
    move(request=request, verb="take_back", by=cast["H"])
    assertContains(portal.get(f"/requests/{request.number}/"), "补记：读者获取图书")


def test_a_refusal_shows_its_reason_and_note(portal: Client, request_at: RequestAt) -> None:
    response = portal.get(f"/requests/{request_at(State.UNFILLED).number}/")
    assertContains(response, "未满足，架上未找到")
    assertContains(response, "已登记查找")


def test_another_readers_request_does_not_exist(client: Client, request_at: RequestAt, bupt: MemberLibrary) -> None:
    number = request_at(State.SUBMITTED).number
    client.force_login(ReaderFactory.create(library=bupt).user)
    for address in (f"/requests/{number}/", f"/requests/{number}/receipt/", f"/requests/{number}/cancel/"):
        assert client.get(address).status_code == 404
    assert client.post(f"/requests/{number}/cancel/").status_code == 404
    assert not client.get("/requests/").context["page"].object_list


@pytest.mark.parametrize("address", ["/requests/", "/requests/new/", "/requests/confirm/", "/requests/KD00000001/"])
def test_strangers_log_in_first_and_librarians_have_no_such_pages(
    client: Client, lending_librarian: User, address: str
) -> None:
    assert client.get(address).status_code == 302
    client.force_login(lending_librarian)
    assert client.get(address).status_code == 404


# --- cancelling --------------------------------------------------------------------------------------


def test_cancelling_asks_once_more_and_does_it(portal: Client, request_at: RequestAt) -> None:
    request = request_at(State.ACCEPTED)
    with time_machine.travel(MORNING + timedelta(minutes=59, seconds=59), tick=False):
        assertContains(portal.get(f"/requests/{request.number}/"), f'href="/requests/{request.number}/cancel/"')
        question = portal.get(f"/requests/{request.number}/cancel/")
        assertContains(question, "确认撤销")
        assert LoanRequest.objects.get().state == State.ACCEPTED
        response = portal.post(f"/requests/{request.number}/cancel/", {"version": str(request.version)}, follow=True)
    assertContains(response, f"申请单{request.number}已撤销。")
    assertContains(response, "申请已撤销")
    assert LoanRequest.objects.get().state == State.CANCELLED


def test_after_the_hour_the_button_is_disabled_with_the_rule(portal: Client, request_at: RequestAt) -> None:
    request = request_at(State.SUBMITTED)
    with time_machine.travel(MORNING + timedelta(hours=1), tick=False):
        assertContains(portal.get(f"/requests/{request.number}/"), "满60分钟后不能直接撤销")
        assertRedirects(portal.get(f"/requests/{request.number}/cancel/"), f"/requests/{request.number}/")
        response = portal.post(f"/requests/{request.number}/cancel/", follow=True)
    assertContains(response, "满60分钟后不能直接撤销")
    assert LoanRequest.objects.get().state == State.SUBMITTED


def test_a_page_that_is_stale_does_not_cancel(portal: Client, request_at: RequestAt, cast: dict[str, Actor]) -> None:
    request = request_at(State.SUBMITTED)
    shown = request.version
    move(request=request, verb="accept", by=cast["L"], at=MORNING, barcode="C6024202")
    with time_machine.travel(MORNING + timedelta(minutes=5), tick=False):
        response = portal.post(f"/requests/{request.number}/cancel/", {"version": str(shown)}, follow=True)
    assertContains(response, "已由矿大（北京）于03-10 09:00办理“受理”")
    assert LoanRequest.objects.get().state == State.ACCEPTED


def test_the_token_of_the_list_goes_with_a_post_alone(client: Client, request_at: RequestAt, reader: Reader) -> None:
    """打印 is a GET: what stands in the form stands in its address."""
    request_at(State.SUBMITTED)
    client.force_login(reader.user)
    page = client.get("/requests/").content.decode()
    form = page[page.index('action="/requests/print/"') : page.index("续借申请</button>")]
    assert 'type="hidden"' not in form
    assert 'formmethod="post" formaction="/requests/cancel/" name="csrfmiddlewaretoken"' in form


@pytest.mark.parametrize("offers", [True, False])
def test_to_fetch_it_is_offered_where_another_library_hands_out(
    client: Client, request_at: RequestAt, reader: Reader, copy: Holding, bnu: MemberLibrary, offers: bool
) -> None:
    HoldingFactory.create(edition=copy.edition, library=bnu)
    LendingPolicy.objects.create(library=bnu, self_pickup=offers)
    request = request_at(State.UNFILLED)
    client.force_login(reader.user)
    page = client.get(f"/requests/{request.number}/forward/").content.decode()
    assert 'value="logistics"' in page
    assert ('value="self_pickup"' in page) == offers


def test_the_reader_reads_why_a_book_went_back(
    client: Client, request_at: RequestAt, cast: dict[str, Actor], reader: Reader
) -> None:
    request = request_at(State.ARRIVED)
    at = MORNING + timedelta(days=2)
    move(request=request, verb="refuse_arrival", by=cast["H"], at=at, reason="wrong_volume", note="寄来的是下册")
    client.force_login(reader.user)
    page = client.get(f"/requests/{request.number}/")
    assertContains(page, "<p>原因：卷册不符（寄来的是下册）</p>", html=True)
    assertNotContains(page, "<dt>应还日期</dt>", html=True)
