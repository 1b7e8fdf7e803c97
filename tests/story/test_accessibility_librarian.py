"""axe finds nothing to object to on the pages where a librarian loads, corrects and looks through the catalogue."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from playwright.sync_api import Page

from catalog import jobs
from catalog.marc.writer import write_iso2709
from catalog.models import Edition, Holding, HoldingsProfile, ImportRun, MemberLibrary, SourceRecord
from readers.models import User
from tests.catalog.records import cnmarc_book
from tests.story.test_accessibility import violations
from tests.story.test_one_book import log_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def imported(cumtb: MemberLibrary, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> ImportRun:
    """An import with a record of each kind: taken in, garbled, broken."""
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(jobs, "send", lambda run_id: None)
    good = write_iso2709(cnmarc_book("1", title="高等数学", isbn="978-7-5037-1744-1", copies=[("C1", "O13/1")]))
    garbled = write_iso2709(cnmarc_book("2", title="锟斤拷锟斤拷"))
    run = _received(cumtb, b"99999" + good[5:] + garbled + good[:40] + b"\x1d")
    jobs.start(run=run, syntax="auto", encoding="auto", by="cumtb")
    jobs.perform(run_id=run.pk)
    return ImportRun.objects.get(pk=run.pk)


def _received(library: MemberLibrary, content: bytes) -> ImportRun:
    return jobs.receive(library=library, upload=SimpleUploadedFile("馆藏.iso", content), by="cumtb")


def test_the_pages_of_the_catalogue_have_no_violations_and_fit_a_phone(
    person: Callable[..., Page], lending_librarian: User, imported: ImportRun, cumtb: MemberLibrary
) -> None:
    waiting = _received(cumtb, b"".join(write_iso2709(cnmarc_book(str(n))) for n in range(3)))
    queued = _received(cumtb, write_iso2709(cnmarc_book("9")))
    jobs.start(run=queued, syntax="auto", encoding="auto", by="cumtb")
    rule = {"field": "905", "copies": "field", "barcode": "b", "call_number": ["s"], "status": "k"}
    profile, _made = HoldingsProfile.objects.update_or_create(
        library=cumtb, defaults={"rules": [rule], "status_words": {"荐购": "processing"}}
    )
    holding, record = Holding.objects.get(barcode="C1"), SourceRecord.objects.get(local_id="1")
    edition = Edition.objects.get(pk=holding.edition_id)

    def admin(name: str, *args: object) -> str:
        return reverse(f"admin:catalog_{name}", args=args)

    pages = [
        admin("importrun_changelist"), admin("importrun_add"), admin("importrun_change", waiting.pk),
        admin("importrun_change", queued.pk), admin("importrun_change", imported.pk), admin("importrun_quarantine"),
        admin("holdingsprofile_change", profile.pk), admin("holding_changelist"), admin("holding_change", holding.pk),
        admin("holding_add"), f"{admin('holding_add')}?isbn=9787503717441", f"{admin('holding_add')}?by_hand=1",
        admin("edition_changelist"), admin("edition_change", edition.pk), admin("sourcerecord_changelist"),
        admin("sourcerecord_change", record.pk), admin("catalogchange_changelist"),
        reverse("catalog:edition", args=[edition.pk]), reverse("catalog:record", args=[record.pk]),
    ]  # fmt: skip
    found: list[str] = []
    for width in (390, 1280):
        page = person(viewport={"width": width, "height": 900})
        log_in(page, lending_librarian.username, "library-2026")
        page.wait_for_url("**/backoffice/")
        for path in pages:
            response = page.goto(path)
            assert response is not None
            assert response.status == 200, path
            page.wait_for_function("!document.documentElement.hasAttribute('x-cloak')")
            found += violations(page)
            overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if overflow > 0:
                found.append(f"{path} scrolls sideways by {overflow} px at {width} px")
    assert not found, "\n".join(found)


def test_the_profile_is_written_row_by_row_with_its_preview_beside_it(
    person: Callable[..., Page], lending_librarian: User, imported: ImportRun
) -> None:
    page = person(viewport={"width": 1280, "height": 900})
    log_in(page, lending_librarian.username, "library-2026")
    page.wait_for_url("**/backoffice/")
    page.goto(reverse("admin:catalog_holdingsprofile_changelist"))
    page.click("text=添加一条规则")
    page.fill("[name=rules-0-field]", "905")
    page.fill("[name=rules-0-barcode]", "b")
    page.fill("[name=rules-0-call_number]", "$s")
    page.press("[name=rules-0-call_number]", "Tab")
    page.wait_for_selector("#preview :text('C1')")
    page.click("button:text-is('保存')")
    page.wait_for_selector("text=已保存")
    assert HoldingsProfile.objects.get().rules == [
        {"field": "905", "copies": "field", "barcode": "b", "call_number": ["s"]}
    ]
