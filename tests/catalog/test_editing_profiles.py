"""The holdings profile on its page: what is refused, how records would be read before saving, and what is logged."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from catalog.importing import import_file
from catalog.marc.record import Field
from catalog.marc.writer import write_iso2709
from catalog.models import CatalogChange, ChangeKind, Holding, HoldingsProfile, MemberLibrary
from readers.models import User
from tests.catalog.records import cnmarc_book, iso_file

RULE = '[{"field": "997", "copies": "field", "barcode": "b", "call_number": ["s"], "status": "x"}]'
ADD = reverse("admin:catalog_holdingsprofile_add")


def book(number: str, barcode: str, word: str):
    copy = Field.data_field("997", " ", " ", [("b", barcode), ("s", "O13/04"), ("x", word)])
    return cnmarc_book(number, title=f"高等数学{number}", more=[copy])


def login(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def profile(cumtb: MemberLibrary, tmp_path: Path) -> HoldingsProfile:
    import_file(path=iso_file(tmp_path, book("k1", "C77", "荐购"), book("k2", "C78", "可借")), library=cumtb)
    return HoldingsProfile.objects.get_or_create(library=cumtb)[0]


@pytest.fixture
def address(profile: HoldingsProfile) -> str:
    return reverse("admin:catalog_holdingsprofile_change", args=[profile.pk])


def form(profile: HoldingsProfile, **values: object) -> dict[str, object]:
    return {"library": profile.library_id, "rules": RULE, "status_words": "", **values}


def test_a_preview_reads_the_librarys_last_records_and_saves_nothing(
    profile: HoldingsProfile, address: str, lending_librarian: User
) -> None:
    html = login(lending_librarian).post(address, form(profile, preview="1")).content.decode()
    for text in ("高等数学k1", "C77", "C78", "O13/04", "2 条记录，2 册，0 条没有读出复本", "还没有保存", "997 $b C77"):
        assert text in html, text
    profile.refresh_from_db()
    assert not profile.rules
    assert not CatalogChange.objects.exists()


def test_words_nobody_knows_are_pointed_out_until_they_are_mapped(
    profile: HoldingsProfile, address: str, lending_librarian: User
) -> None:
    client = login(lending_librarian)
    assert "不认识，请写进对照" in client.post(address, form(profile, preview="1")).content.decode()
    mapped = client.post(address, form(profile, preview="1", status_words="荐购 = 编目中")).content.decode()
    assert "不认识，请写进对照" not in mapped
    assert "编目中" in mapped


def test_a_sample_file_is_read_instead(profile: HoldingsProfile, address: str, lending_librarian: User) -> None:
    client = login(lending_librarian)
    sample = SimpleUploadedFile("样本.iso", write_iso2709(book("s1", "S100", "可借"), "gb18030"))
    html = client.post(address, form(profile, preview="1", sample=sample)).content.decode()
    assert "S100" in html
    assert "样本.iso" in html
    assert "C77" not in html
    wrong = SimpleUploadedFile("书单.xlsx", b"PK\x03\x04 no records here")
    assert "既不是 ISO 2709，也不是 MARCXML" in client.post(
        address, form(profile, preview="1", sample=wrong)
    ).content.decode()  # fmt: skip


def test_a_saved_profile_is_logged_and_rules_the_next_import(
    profile: HoldingsProfile, address: str, lending_librarian: User, tmp_path: Path
) -> None:
    client = login(lending_librarian)
    assert client.post(address, form(profile, status_words="荐购 = 编目中\n可借＝在架")).status_code == 302
    profile.refresh_from_db()
    assert profile.status_words == {"荐购": "processing", "可借": "available"}
    assert [c.field for c in CatalogChange.objects.filter(kind=ChangeKind.PROFILE)] == ["status_words", "rules"]
    import_file(path=iso_file(tmp_path, book("k1", "C77", "荐购")), library=profile.library)
    assert Holding.objects.get(barcode="C77").circulation_status == "processing"
    html = client.get(address).content.decode()
    assert "荐购 = 编目中" in html
    assert "修改馆藏字段配置" in html


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"rules": '[{"field": "905",}]'}, "第1行第18列附近写法不对"),
        ({"rules": '{"field": "905"}'}, "规则应是一个列表"),
        ({"rules": '[{"copies": "field"}]'}, "没有写明字段"),
        ({"rules": '[{"field": "905", "barcode": 5}]'}, "barcode 应写成带引号的文字"),
        ({"rules": '[{"field": "905", "call_number": [1]}]'}, "call_number 应是一个列表"),
        ({"rules": '[{"field": "905", "flags": {"q": "gone"}}]'}, "flags 右边只能是"),
        ({"rules": '[{"field": "905", "where": {"a": "("}}]'}, "不是正则表达式"),
        ({"status_words": "可借"}, "没有写成"),
        ({"status_words": "可借 = 好"}, "右边只能是"),
        ({"status_words": '{"可借": '}, "检查引号"),
    ],
)
def test_what_could_not_be_used_is_refused_in_words(
    profile: HoldingsProfile, address: str, lending_librarian: User, values: dict[str, str], said: str
) -> None:
    response = login(lending_librarian).post(address, form(profile, **values))
    assert response.status_code == 200
    assert said in response.content.decode()
    profile.refresh_from_db()
    assert not profile.rules


def test_a_first_profile_can_start_from_rules_that_are_there(
    lending_librarian: User, cumtb: MemberLibrary, bnu: MemberLibrary
) -> None:
    client = login(lending_librarian)
    assert "&quot;field&quot;: &quot;952&quot;" in client.get(ADD, {"start": "952"}).content.decode()
    assert client.post(ADD, {"library": bnu.pk, "rules": RULE, "status_words": ""}).status_code == 200
    assert client.post(ADD, {"library": cumtb.pk, "rules": RULE, "status_words": ""}).status_code == 302
    assert HoldingsProfile.objects.get().library == cumtb


def test_the_profile_of_another_library_does_not_exist(
    profile: HoldingsProfile, address: str, strange_librarian: User
) -> None:
    client = login(strange_librarian)
    assert client.get(address).status_code == 404
    assert client.post(address, form(profile)).status_code == 404
