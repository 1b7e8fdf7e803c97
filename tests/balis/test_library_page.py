"""本馆设置: what a library decides for itself, on one page, with who changed what when."""

from typing import Any

from django.test import Client
from django.utils import timezone

from catalog.models import MemberLibrary, ServicePause, SettingChange
from notices.models import Announcement
from readers.models import User
from requests_app.models import Closure, LendingPolicy

PAGE = "/backoffice/library/"
CONTACTS = f"{PAGE}contacts/"
POLICY: dict[str, Any] = {
    "loan_days": 21, "counts_from": "hand_out", "answer_days": 2, "dispatch_days": 2, "pickup_days": 5,
    "recall_notice_days": 3, "material_types": ["book"], "fine_per_day": "0.50", "fine_grace_days": 0,
    "reminder_days": "-3,0,1", "vacation_shift": "on", "valid_from": "2026-01-01",
}  # fmt: skip


def changes(library: MemberLibrary) -> list[tuple[str, str, str, str]]:
    """Subject, field, before and after, oldest first."""
    rows = SettingChange.objects.of(library).order_by("pk")
    return list(rows.values_list("subject", "field", "before", "after"))


def test_the_page_leads_to_everything_a_library_decides(
    client: Client, lending_librarian: User, cumtb: MemberLibrary, center_admin: User
) -> None:
    Closure.objects.create(library=cumtb, starts_on=timezone.localdate(), ends_on=timezone.localdate(), reason="停电")
    client.force_login(lending_librarian)
    page = client.get(PAGE)
    assert [section.title for section in page.context["sections"]] == [
        "联系方式与开馆", "出借政策", "借入政策", "闭馆", "暂停服务", "公告信息", "馆藏字段配置", "注册与办证规则",
        "读者类型", "读者名单",
    ]  # fmt: skip
    assert "停电" in page.content.decode()
    for section in page.context["sections"]:
        assert client.get(section.address, follow=True).status_code == 200, section.title
    client.force_login(center_admin)
    assert client.get(PAGE).status_code == 404
    assert client.get(CONTACTS).status_code == 404


def test_contacts_are_the_librarys_own_and_what_changes_is_written_down(
    client: Client, lending_librarian: User, cumtb: MemberLibrary
) -> None:
    client.force_login(lending_librarian)
    typed = {
        "phone": "010-62331234", "email": "ill@cumtb.example", "opening_hours": "8:00–17:00",
        "closed_weekdays": ["5", "6"], "catalogue_url": "opac.cumtb.example", "name": "别的馆",
    }  # fmt: skip
    assert client.post(CONTACTS, typed)["Location"] == PAGE
    cumtb.refresh_from_db()
    assert (cumtb.phone, cumtb.closed_weekdays, cumtb.catalogue_url) == (
        "010-62331234", [5, 6], "https://opac.cumtb.example",
    )  # fmt: skip
    assert cumtb.name == "中国矿业大学（北京）图书馆"
    assert changes(cumtb) == [
        ("成员馆", "馆际互借联系电话", "", "010-62331234"), ("成员馆", "开放时间", "", "8:00–17:00"),
        ("成员馆", "每周闭馆日", "", "星期六、星期日"), ("成员馆", "本馆目录网址", "", "https://opac.cumtb.example"),
    ]  # fmt: skip
    page = client.get(PAGE).content.decode()
    assert "最近修改" in page
    assert "星期六、星期日" in page


def test_wrong_contacts_are_refused_and_what_was_typed_is_kept(
    client: Client, lending_librarian: User, cumtb: MemberLibrary
) -> None:
    client.force_login(lending_librarian)
    every_day = [str(day) for day in range(7)]
    response = client.post(CONTACTS, {"phone": "010-1", "email": "nobody", "closed_weekdays": every_day})
    assert response.status_code == 400
    assert 'value="010-1"' in response.content.decode()
    assert "每周至少有一天开馆；" in client.post(CONTACTS, {"closed_weekdays": every_day}).content.decode()
    assert changes(cumtb) == []


def test_every_setting_tells_who_changed_it_from_what_to_what(
    client: Client, lending_librarian: User, center_admin: User, cumtb: MemberLibrary
) -> None:
    LendingPolicy.objects.create(library=cumtb, loan_days=30, answer_days=2)
    client.force_login(lending_librarian)
    policy = LendingPolicy.objects.get()
    client.post(f"/backoffice/requests_app/lendingpolicy/{policy.pk}/change/", POLICY)
    assert ("出借政策", "借期（天）", "30", "21") in changes(cumtb)
    assert not any(subject == "出借政策" and field == "答复期限（工作日）" for subject, field, *_ in changes(cumtb))

    closure = {"starts_on": "2026-07-15", "ends_on": "2026-08-20", "reason": "暑假"}
    client.post("/backoffice/requests_app/closure/add/", closure)
    row = Closure.objects.get()
    client.post(f"/backoffice/requests_app/closure/{row.pk}/change/", closure | {"ends_on": "2026-08-25"})
    client.post(f"/backoffice/requests_app/closure/{row.pk}/delete/", {"post": "yes"})
    assert ("闭馆", "截止日期", "2026-08-20", "2026-08-25") in changes(cumtb)
    assert [field for subject, field, *_ in changes(cumtb) if subject == "闭馆" and field in ("新增", "删除")] == [
        "新增", "删除",
    ]  # fmt: skip

    client.post("/backoffice/notices/announcement/add/", {
        "title": "寒假安排", "text": "", "published_at_0": "2026-01-05", "published_at_1": "08:00",
    })  # fmt: skip
    assert Announcement.objects.get().library == cumtb
    assert ("公告信息", "新增", "", "寒假安排") in changes(cumtb)
    assert set(SettingChange.objects.values_list("by", flat=True)) == {str(lending_librarian)}

    client.force_login(center_admin)
    pause = {"library": cumtb.pk, "kind": "lending", "starts_on": "2026-02-01", "ends_on": "2026-02-20"}
    client.post("/backoffice/catalog/servicepause/add/", pause)
    assert ServicePause.objects.get().library == cumtb
    last = SettingChange.objects.first()
    assert last is not None
    assert (last.subject, last.desk, last.by) == ("暂停服务", None, str(center_admin))


def test_the_history_shows_no_other_librarys_changes(
    client: Client, strange_librarian: User, lending_librarian: User
) -> None:
    client.force_login(lending_librarian)
    client.post(CONTACTS, {"phone": "010-62331234"})
    client.force_login(strange_librarian)
    assert "010-62331234" not in client.get(PAGE).content.decode()
