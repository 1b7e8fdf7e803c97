"""The back office of the catalogue: whose rows a librarian sees, and what may be changed."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.importing import import_file
from catalog.models import Edition, Holding, HoldingsProfile, ImportRun, MemberLibrary, SearchEntry, SourceRecord
from readers.models import User
from tests.catalog.records import cnmarc_book, iso_file
from tests.factories import HoldingFactory

LISTS = ("memberlibrary", "servicepause", "edition", "holding", "holdingsprofile", "importrun", "sourcerecord")


def _login(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def imported(cumtb: MemberLibrary, tmp_path) -> SourceRecord:
    path = iso_file(tmp_path, cnmarc_book("k1", title="高等数学辅导", copies=[("C6024202", "O13/04")]))
    import_file(path=path, library=cumtb, by="test")
    HoldingsProfile.objects.get_or_create(library=cumtb)
    return SourceRecord.objects.get()


@pytest.mark.parametrize("name", LISTS)
def test_every_list_opens_for_librarian_and_center(name, imported, lending_librarian, center_admin):
    for user in (lending_librarian, center_admin):
        assert _login(user).get(reverse(f"admin:catalog_{name}_changelist"), follow=True).status_code == 200


@pytest.mark.parametrize("model", [Holding, ImportRun, SourceRecord, HoldingsProfile])
def test_rows_of_another_library_do_not_exist(model, imported, lending_librarian, strange_librarian, center_admin):
    row = model.objects.get()
    address = reverse(f"admin:catalog_{model._meta.model_name}_change", args=[row.pk])
    assert _login(lending_librarian).get(address).status_code == 200
    assert _login(center_admin).get(address).status_code == 200
    response = _login(strange_librarian).get(address, follow=True)
    assert response.status_code == 404 or "C6024202" not in response.content.decode()
    assert not response.context or "original" not in response.context


def test_a_record_can_be_read_field_by_field(imported, lending_librarian):
    page = _login(lending_librarian).get(reverse("admin:catalog_sourcerecord_change", args=[imported.pk]))
    assert "$a</b> 高等数学辅导" in page.content.decode()


def test_an_edition_is_found_by_title_in_any_script_and_by_isbn(imported, lending_librarian):
    Edition.objects.update(isbns=["9787503717444"])
    client = _login(lending_librarian)
    for query in ("高等數學", "高等 数学", "7-5037-1744-0"):
        page = client.get(reverse("admin:catalog_edition_changelist"), {"q": query})
        assert "高等数学辅导" in page.content.decode(), query
    page = client.get(reverse("admin:catalog_edition_changelist"), {"q": "线性代数"})
    assert "高等数学辅导" not in page.content.decode()


def test_the_center_hides_an_edition_and_search_forgets_it(imported, center_admin, lending_librarian):
    edition = Edition.objects.get()
    address = reverse("admin:catalog_edition_change", args=[edition.pk])
    assert SearchEntry.objects.filter(edition=edition).exists()
    assert _login(lending_librarian).post(address, {"hidden": "on"}).status_code == 403
    _login(center_admin).post(address, {
        "hidden": "on", "holdings-TOTAL_FORMS": "0", "holdings-INITIAL_FORMS": "0",
    })  # fmt: skip
    edition.refresh_from_db()
    assert edition.hidden
    assert edition.title == "高等数学辅导"
    assert not SearchEntry.objects.filter(edition=edition).exists()


def test_a_pause_can_only_be_entered_for_the_own_library(bupt, cumtb, lending_librarian):
    client = _login(lending_librarian)
    address = reverse("admin:catalog_servicepause_add")
    data = {"kind": "lending", "starts_on": "2026-07-10", "ends_on": "2026-08-25", "reason": "暑假"}
    assert 'name="library"' not in client.get(address).text  # there is nothing to choose
    client.post(address, data | {"library": bupt.pk})
    assert not bupt.pauses.exists()
    assert cumtb.pauses.get().reason == "暑假"


def test_the_edition_list_costs_the_same_for_many_rows(imported, center_admin):
    client = _login(center_admin)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("admin:catalog_edition_changelist")).status_code == 200
        return len(queries)

    cost()  # what is cached per process is not the list's
    one_row = cost()
    for n in range(8):
        HoldingFactory.create(edition__title=f"书{n}", library__short_name=f"馆{n}")
    assert cost() == one_row
