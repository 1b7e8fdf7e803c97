"""The back office pages of imports: upload, preview, start, watch, cancel, report; and whose imports one sees."""

import csv
import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog import jobs
from catalog.import_states import ImportState
from catalog.models import HoldingsProfile, ImportRun, MemberLibrary, SourceRecord
from readers.models import User
from tests.catalog.records import cnmarc_book
from tests.catalog.test_jobs import books, received, started, upload

ADD = reverse("admin:catalog_importrun_add")
LIST = reverse("admin:catalog_importrun_changelist")


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch, settings, tmp_path: Path) -> list[int]:
    settings.MEDIA_ROOT = tmp_path / "media"
    calls: list[int] = []
    monkeypatch.setattr(jobs, "send", calls.append)
    return calls


def at_desk(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(run: ImportRun, name: str = "change", *args: str) -> str:
    return reverse(f"admin:catalog_importrun_{name}", args=[run.pk, *args])


def text(response) -> str:
    return response.content.decode()


def test_a_librarian_uploads_looks_starts_and_reads_the_report(cumtb, lending_librarian):
    client = at_desk(lending_librarian)
    assert "上传并预览" in text(client.get(ADD))
    response = client.post(ADD, {"file": upload(*books(12))})
    run = ImportRun.objects.get()
    assert (run.library, run.by) == (cumtb, "cumtb")
    assert response.url == page(run)

    preview = text(client.get(page(run)))
    for words in ("CNMARC", "GB18030", "约 12 条", "测量学第0讲", "C0000000", "P2/0", "以本馆目录为准"):
        assert words in preview, words
    assert "测量学第10讲" not in preview  # the first ten
    assert not SourceRecord.objects.exists()

    assert client.post(page(run, "start"), {"syntax": "auto", "encoding": "auto"}).url == page(run)
    assert "排队中" in text(client.get(page(run)))
    jobs.perform(run_id=run.pk)
    report = text(client.get(page(run)))
    assert "完成" in report
    assert "重新导入" not in report
    assert client.get(page(run, "report", "json")).json()["created"] == 12


def test_the_preview_reads_copies_by_the_librarys_profile(cumtb, lending_librarian):
    profile = HoldingsProfile.objects.create(
        library=cumtb, rules=[{"field": "905", "barcode": "s", "call_number": ["b"]}]
    )
    run = received(cumtb, *books(1))
    client = at_desk(lending_librarian)
    assert '<td class="bo-number">P2/0</td>' in text(client.get(page(run)))
    profile.delete()
    assert '<td class="bo-number">C0000000</td>' in text(client.get(page(run)))


def test_staff_override_the_encoding_and_what_was_previewed_is_what_is_started(cumtb, lending_librarian):
    run = received(cumtb)
    client = at_desk(lending_librarian)
    assert "测量学第0讲" in text(client.get(page(run)))
    wrong = text(client.get(page(run), {"syntax": "cnmarc", "encoding": "big5"}))
    assert "测量学第0讲" not in wrong
    assert "看来是 GB18030，按 BIG5 读取多半会成为乱码" in wrong
    assert '<input type="hidden" name="encoding" value="big5"' in wrong
    assert client.get(page(run), {"syntax": "cnmarc", "encoding": "klingon"}).status_code == 404


def test_what_cannot_be_read_is_said_in_the_preview_and_cannot_be_started(cumtb, lending_librarian):
    client = at_desk(lending_librarian)
    client.post(ADD, {"file": SimpleUploadedFile("表.csv", b"title,author\n1,2\n")})
    preview = text(client.get(page(ImportRun.objects.get())))
    assert "既不是 ISO 2709，也不是 MARCXML；" in preview
    assert "开始导入" not in preview


def test_garbled_and_broken_records_are_told_before_and_after(cumtb, lending_librarian):
    garbled = cnmarc_book("g1", title="锟斤拷锟斤拷")
    broken = upload(*books(1)).read()
    content = upload(*books(2), garbled).read() + broken[:30] + b"x" + broken[35:]
    client = at_desk(lending_librarian)
    client.post(ADD, {"file": SimpleUploadedFile("a.iso", content)})
    run = ImportRun.objects.get()
    preview = text(client.get(page(run)))
    assert "1 条，将被隔离" in preview
    assert "1 条，将被拒收" in preview
    client.post(page(run, "start"), {"syntax": "auto", "encoding": "auto"})
    jobs.perform(run_id=run.pk)
    report = text(client.get(page(run)))
    assert "此前的转码已丢失文字" in report
    assert "目录区" in report
    rows = list(csv.reader(io.StringIO(text(client.get(page(run, "report", "csv"))).removeprefix("\ufeff"))))
    assert [row[0] for row in rows] == ["结果", "隔离", "拒收"]
    assert rows[1][4] == "锟斤拷锟斤拷"


def test_what_is_odd_about_records_is_counted_in_the_preview(cumtb, lending_librarian):
    content = upload(*books(2)).read()
    client = at_desk(lending_librarian)
    client.post(ADD, {"file": SimpleUploadedFile("a.iso", b"99999" + content[5:])})
    assert "<b>1</b> 记录长度与头标不符" in text(client.get(page(ImportRun.objects.get())))


def test_a_title_does_not_become_a_formula_in_a_spreadsheet(cumtb, lending_librarian):
    run = received(cumtb)
    row = {"position": 1, "offset": 0, "reason": "x", "title": "=HYPERLINK(1)"}
    ImportRun.objects.filter(pk=run.pk).update(state=ImportState.DONE, report={"read": 1, "rejected": [row]})
    assert "'=HYPERLINK(1)" in text(at_desk(lending_librarian).get(page(run, "report", "csv")))


def test_a_long_list_of_rejected_records_has_pages(cumtb, lending_librarian):
    rows = [{"position": n, "offset": n, "reason": f"原因{n:03d}号", "title": ""} for n in range(120)]
    run = received(cumtb)
    ImportRun.objects.filter(pk=run.pk).update(
        state=ImportState.DONE, report={"read": 120, "rejected": rows, "rejected_count": 120}
    )
    client = at_desk(lending_librarian)
    first, last = text(client.get(page(run))), text(client.get(page(run), {"rejected": "6"}))
    assert "原因019号" in first
    assert "原因020号" not in first
    assert "第6页，共6页" in last
    assert "原因119号" in last


def test_the_progress_panel_asks_again_until_the_end_and_then_has_the_page_read_anew(cumtb, lending_librarian):
    run = started(cumtb)
    client = at_desk(lending_librarian)
    waiting = client.get(page(run, "progress"))
    assert 'hx-trigger="every 2s"' in text(waiting)
    assert "HX-Refresh" not in waiting
    jobs.perform(run_id=run.pk)
    ended = client.get(page(run, "progress"))
    assert "hx-trigger" not in text(ended)
    assert ended["HX-Refresh"] == "true"


def test_a_second_import_says_how_many_are_before_it(cumtb, lending_librarian):
    started(cumtb)
    assert "本馆前面还有 1 个导入" in text(at_desk(lending_librarian).get(page(started(cumtb))))


def test_cancel_and_try_again_by_buttons(cumtb, lending_librarian):
    run = started(cumtb)
    client = at_desk(lending_librarian)
    assert "取消导入" in text(client.get(page(run)))
    client.post(page(run, "cancel"))
    cancelled = text(client.get(page(run)))
    assert "已取消" in cancelled
    assert "重新导入" in cancelled
    client.post(page(run, "retry"))
    run.refresh_from_db()
    assert run.state == ImportState.QUEUED
    refused = client.post(page(run, "retry"), follow=True)
    assert "不能再这样做" in text(refused)


def test_only_a_refused_replacement_can_be_forced(cumtb, lending_librarian):
    run = started(cumtb)
    jobs.cancel(run=run, by="cumtb")
    client = at_desk(lending_librarian)
    client.post(page(run, "retry"), {"force": "1"})
    run.refresh_from_db()
    assert not run.force
    jobs.cancel(run=run, by="cumtb")
    ImportRun.objects.filter(pk=run.pk).update(report={"replace_refused": True, "error": "整库替换已停止"})
    assert "强制替换" in text(client.get(page(run)))
    client.post(page(run, "retry"), {"force": "1"})
    run.refresh_from_db()
    assert run.force


def test_a_replacement_says_how_many_records_went(cumtb, lending_librarian):
    run = received(cumtb)
    report = {"read": 5, "updated": 5, "withdrawn": 1650, "records_withdrawn": 1461}
    ImportRun.objects.filter(pk=run.pk).update(state=ImportState.DONE, report=report)
    client = at_desk(lending_librarian)
    for words in ("剔除记录", "1461 条", "剔除馆藏", "1650 件"):
        assert words in text(client.get(page(run))), words
    assert "剔除记录 1461" in text(client.get(reverse("admin:catalog_importrun_changelist")))


STEPS_BY_POST = ("start", "cancel", "retry")


@pytest.mark.parametrize("verb", STEPS_BY_POST)
def test_nothing_is_written_by_get(verb, cumtb, lending_librarian):
    run = received(cumtb)
    assert at_desk(lending_librarian).get(page(run, verb)).status_code == 405
    run.refresh_from_db()
    assert run.state == ImportState.UPLOADED


def test_imports_of_another_library_do_not_exist(cumtb, strange_librarian):
    run = received(cumtb)
    client = at_desk(strange_librarian)
    for address in (page(run), page(run, "progress"), page(run, "report", "json")):
        assert client.get(address).status_code == 404, address
    for verb in STEPS_BY_POST:
        data = {"syntax": "auto", "encoding": "auto"}
        assert client.post(page(run, verb), data).status_code == 404, verb
    run.refresh_from_db()
    assert run.state == ImportState.UPLOADED
    assert "馆藏.iso" not in text(client.get(LIST))


def test_the_center_sees_all_and_chooses_the_library(cumtb, bupt, center_admin, lending_librarian):
    run = received(cumtb)
    client = at_desk(center_admin)
    assert "馆藏.iso" in text(client.get(LIST))
    assert client.get(page(run)).status_code == 200
    assert client.post(ADD, {"file": upload(*books(1))}).status_code == 400
    client.post(ADD, {"file": upload(*books(1)), "library": bupt.pk})
    assert ImportRun.objects.latest("pk").library == bupt
    at_desk(lending_librarian).post(ADD, {"file": upload(*books(1)), "library": bupt.pk})
    assert ImportRun.objects.latest("pk").library == cumtb


def test_a_file_above_the_limit_is_refused_on_the_form(cumtb, lending_librarian, settings):
    settings.IMPORTS = {**settings.IMPORTS, "MAX_MB": 0}
    response = at_desk(lending_librarian).post(ADD, {"file": upload(*books(1))})
    assert response.status_code == 400
    assert "0 MB的上限" in text(response)


def test_strangers_are_sent_to_the_login_page(cumtb, reader):
    run = received(cumtb)
    for client in (Client(), at_desk(reader.user)):
        assert client.get(page(run)).status_code == 302
        assert client.post(page(run, "start")).status_code == 302


def test_the_list_costs_the_same_for_many_imports(cumtb, center_admin):
    client = at_desk(center_admin)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(LIST).status_code == 200
        return len(queries)

    received(cumtb)
    cost()  # what is cached per process is not the list's
    one = cost()
    for _number in range(5):
        received(cumtb)
    assert cost() == one


@pytest.mark.parametrize("address", ["/media/imports/", "/static/imports/"])
def test_uploaded_files_have_no_address(address, cumtb, lending_librarian, client: Client):
    run: ImportRun = received(cumtb)
    library: MemberLibrary = cumtb
    assert run.upload.name.startswith(library.code)
    assert client.get(address + run.upload.name).status_code == 404
