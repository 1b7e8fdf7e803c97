"""The pages on which staff edit the catalogue: whose copies, what is refused, and that nothing happens by GET."""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from catalog.importing import import_file
from catalog.models import CatalogChange, ChangeKind, Edition, Holding, MemberLibrary, SourceRecord
from readers.models import User
from tests.catalog.records import cnmarc_book, iso_file

ADD = reverse("admin:catalog_holding_add")
COPY = {
    "call_number": "O13/05", "barcode": "B1", "location": "三层", "shelf": "", "circulation_status": "available",
    "loanable": "on", "note": "", "reason": "赠书",
}  # fmt: skip


def login(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def holding(cumtb: MemberLibrary, tmp_path: Path) -> Holding:
    book = cnmarc_book("k1", title="高等数学辅导", isbn="7-5037-1744-0", copies=[("C6024202", "O13/04")])
    import_file(path=iso_file(tmp_path, book), library=cumtb)
    return Holding.objects.get()


def page_of(holding: Holding) -> str:
    return reverse("admin:catalog_holding_change", args=[holding.pk])


def test_a_librarian_corrects_an_own_copy_and_the_page_tells_it(holding: Holding, lending_librarian: User) -> None:
    client = login(lending_librarian)
    client.post(page_of(holding), COPY | {"barcode": "C6024299", "circulation_status": "reference", "reason": "核对"})
    holding.refresh_from_db()
    assert (holding.call_number, holding.barcode, holding.circulation_status) == ("O13/05", "C6024299", "reference")
    html = client.get(page_of(holding)).content.decode()
    for text in ("更正：索书号", "O13/04", "O13/05", "核对", "cumtb", "文件里是", "C6024202", "全部恢复为文件里的内容"):
        assert text in html, text


def test_the_list_says_which_copies_have_been_taken_out(holding: Holding, lending_librarian: User) -> None:
    page, client = reverse("admin:catalog_holding_changelist"), login(lending_librarian)
    before = client.get(page).content.decode()  # the filters name both words once
    Holding.objects.update(withdrawn=True)
    after = client.get(page).content.decode()
    assert after.count("已剔除") == before.count("已剔除") + 1
    assert after.count("以本馆目录为准") == before.count("以本馆目录为准") - 1


def test_a_barcode_of_another_copy_is_refused_beside_its_field(holding: Holding, lending_librarian: User) -> None:
    other = Holding.objects.create(edition=holding.edition, library=holding.library, barcode="C1", as_of=holding.as_of)
    response = login(lending_librarian).post(page_of(other), COPY | {"barcode": "C6024202"})
    assert "条形码C6024202已经是本馆另一册书的" in response.content.decode()
    assert not CatalogChange.objects.exists()


def test_corrections_are_given_up_by_post_alone(holding: Holding, lending_librarian: User) -> None:
    client = login(lending_librarian)
    client.post(page_of(holding), COPY | {"barcode": "C6024202"})
    release = reverse("admin:catalog_holding_release", args=[holding.pk])
    assert client.get(release).status_code == 405
    client.post(release)
    holding.refresh_from_db()
    assert (holding.call_number, holding.pinned_fields) == ("O13/04", {})


def test_copies_of_another_library_do_not_exist(holding: Holding, strange_librarian: User) -> None:
    client = login(strange_librarian)
    release = reverse("admin:catalog_holding_release", args=[holding.pk])
    assert [client.get(page_of(holding)).status_code, client.post(page_of(holding), COPY).status_code] == [404, 404]
    assert client.post(release).status_code == 404
    client.post(
        reverse("admin:catalog_holding_changelist"), {"action": "not_for_loan", "_selected_action": [holding.pk]}
    )
    holding.refresh_from_db()
    assert holding.loanable
    assert not CatalogChange.objects.exists()


def test_copies_are_marked_not_for_loan_together(holding: Holding, lending_librarian: User) -> None:
    client = login(lending_librarian)
    address = reverse("admin:catalog_holding_changelist")
    client.post(address, {"action": "not_for_loan", "_selected_action": [holding.pk]})
    holding.refresh_from_db()
    assert not holding.loanable
    assert "按该馆规定，此册不外借。" in Client().get(
        reverse("catalog:edition", args=[holding.edition_id])
    ).content.decode()  # fmt: skip
    client.post(address, {"action": "for_loan", "_selected_action": [holding.pk]})
    holding.refresh_from_db()
    assert holding.loanable
    assert CatalogChange.objects.filter(field="loanable").count() == 2


def test_a_known_isbn_adds_a_copy_to_its_edition(holding: Holding, strange_librarian: User, bnu: MemberLibrary) -> None:
    client = login(strange_librarian)
    html = client.get(ADD, {"isbn": "9787503717444"}).content.decode()
    assert "目录里已有" in html
    assert "高等数学辅导" in html
    address = f"{ADD}?isbn=9787503717444&edition={holding.edition_id}"
    assert "的复本" in client.get(address).content.decode()
    client.post(address, COPY | {"library": bnu.pk})
    added = Holding.objects.get(library=bnu)
    assert (added.edition, added.call_number, added.barcode) == (holding.edition, "O13/05", "B1")
    assert CatalogChange.objects.get().kind == ChangeKind.COPY_ADDED


def test_an_unknown_isbn_leads_to_the_form_and_the_book_into_the_catalogue(
    strange_librarian: User, bnu: MemberLibrary
) -> None:
    client = login(strange_librarian)
    html = client.get(ADD, {"isbn": "7-301-00001-4"}).content.decode()
    assert 'value="7-301-00001-4"' in html
    book = {"title": "离散数学", "author": "李四", "isbn": "7-301-00001-4", "language": "chi", "year": "2001"}
    response = client.post(f"{ADD}?isbn=7-301-00001-4", COPY | book | {"library": bnu.pk})
    added = Holding.objects.get()
    assert response.headers["Location"] == page_of(added)
    assert (added.edition.title, added.edition.isbns, added.edition.year) == ("离散数学", ["9787301000014"], 2001)


def test_what_cannot_be_is_said_beside_its_field(strange_librarian: User, bnu: MemberLibrary) -> None:
    client = login(strange_librarian)
    assert "这不是有效的ISBN" in client.get(ADD, {"isbn": "7-301-00001-1"}).content.decode()
    wrong = {"title": "", "isbn": "123", "language": "chi", "year": "3001", "library": bnu.pk}
    html = client.post(f"{ADD}?by_hand=1", COPY | wrong).content.decode()
    for text in ("这不是有效的ISBN", "出版年在将来"):
        assert text in html, text
    assert not Holding.objects.exists()


def test_a_librarian_adds_for_the_own_library_alone_and_the_center_for_any(
    holding: Holding, strange_librarian: User, center_admin: User
) -> None:
    address = f"{ADD}?isbn=9787503717444&edition={holding.edition_id}"
    login(strange_librarian).post(address, COPY | {"library": holding.library_id})
    assert Holding.objects.count() == 1
    login(center_admin).post(address, COPY | {"library": holding.library_id})
    assert Holding.objects.count() == 2
    assert CatalogChange.objects.get().desk is None


def test_hiding_is_logged_with_its_reason_and_told_on_the_page(
    holding: Holding, center_admin: User, lending_librarian: User
) -> None:
    address = reverse("admin:catalog_edition_change", args=[holding.edition_id])
    management = {"holdings-TOTAL_FORMS": "0", "holdings-INITIAL_FORMS": "0"}
    login(center_admin).post(address, {"hidden": "on", "reason": "重复著录", **management})
    assert Edition.objects.get().hidden
    html = login(lending_librarian).get(address).content.decode()
    assert "不再显示" in html
    assert "重复著录" in html


def test_the_list_of_changes_is_the_own_librarys(
    holding: Holding, lending_librarian: User, strange_librarian: User
) -> None:
    login(lending_librarian).post(page_of(holding), COPY | {"barcode": "C6024202", "reason": "错号"})
    address = reverse("admin:catalog_catalogchange_changelist")
    assert "错号" in login(lending_librarian).get(address).content.decode()
    assert "错号" not in login(strange_librarian).get(address).content.decode()
    change = CatalogChange.objects.first()
    assert login(strange_librarian).get(
        reverse("admin:catalog_catalogchange_change", args=[change.pk])
    ).status_code == 404  # fmt: skip


def test_readers_and_strangers_have_no_business_here(holding: Holding, client: Client) -> None:
    for address in (ADD, page_of(holding), reverse("admin:catalog_holding_release", args=[holding.pk])):
        assert client.get(address).status_code == 302


def test_the_desk_downloads_all_fields_of_its_own_record(
    holding: Holding, lending_librarian: User, strange_librarian: User
) -> None:
    source = SourceRecord.objects.get()
    for form, type_ in (("mrc", "application/marc"), ("xml", "application/marcxml+xml"), ("raw", "octet-stream")):
        address = reverse("admin:catalog_sourcerecord_download", args=[source.pk, form])
        response = login(lending_librarian).get(address)
        assert type_ in response.headers["Content-Type"]
        assert b"C6024202" in response.content
        assert login(strange_librarian).get(address).status_code == 404
    assert login(lending_librarian).get(
        reverse("admin:catalog_sourcerecord_download", args=[source.pk, "exe"])
    ).status_code == 404  # fmt: skip
