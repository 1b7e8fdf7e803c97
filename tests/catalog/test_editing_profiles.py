"""The holdings profile on its page: what is refused, how records would be read before saving, and what is logged."""

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.backoffice.profile_forms import Rules, rule_row
from catalog.backoffice.profile_rows import formset_data
from catalog.importing import import_file
from catalog.marc.holdings import DEFAULT_RULES, invalid_rules
from catalog.marc.profile_templates import TEMPLATES, Template
from catalog.marc.record import Field
from catalog.marc.writer import write_iso2709
from catalog.models import CatalogChange, ChangeKind, CirculationStatus, Holding, HoldingsProfile, MemberLibrary
from readers.models import User
from tests.catalog.records import cnmarc_book, iso_file

RULE = {"field": "997", "copies": "field", "barcode": "b", "call_number": "s", "status": "x"}
STORED = [{"field": "997", "copies": "field", "barcode": "b", "call_number": ["s"], "status": "x"}]
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


def form(
    profile: HoldingsProfile, *rules: dict[str, str], words: tuple[tuple[str, str], ...] = (), **values: object
) -> dict[str, object]:
    """The page's form as a browser posts it: the rules (RULE where none is given) and the words row by row."""
    rows = rules or (RULE,)
    data = formset_data(rows, "rules") | formset_data([{"word": w, "status": s} for w, s in words], "words")
    return {"library": profile.library_id, "do": "save", "sample_token": "", **data, **values}


def test_a_preview_reads_the_librarys_last_records_and_saves_nothing(
    profile: HoldingsProfile, address: str, lending_librarian: User
) -> None:
    html = login(lending_librarian).post(address, form(profile, do="preview")).content.decode()
    for text in ("高等数学k1", "C77", "C78", "O13/04", "2 条记录，2 册，0 条没有读出复本", "还没有保存", "997 $b C77"):
        assert text in html, text
    profile.refresh_from_db()
    assert not profile.rules
    assert not CatalogChange.objects.exists()


def test_words_nobody_knows_are_pointed_out_and_added_by_a_button(
    profile: HoldingsProfile, address: str, lending_librarian: User
) -> None:
    client = login(lending_librarian)
    html = client.post(address, form(profile, do="preview")).content.decode()
    assert "不认识" in html
    assert 'value="word-荐购"' in html
    html = client.post(address, form(profile, do="word-荐购")).content.decode()
    assert 'name="words-0-word" value="荐购"' in html
    mapped = client.post(address, form(profile, do="preview", words=(("荐购", "processing"),))).content.decode()
    assert "不认识" not in mapped
    assert "编目中" in mapped


def test_a_sample_file_is_read_instead_and_need_not_be_chosen_again(
    profile: HoldingsProfile, address: str, lending_librarian: User, center_admin: User
) -> None:
    client = login(lending_librarian)
    records = write_iso2709(book("s1", "S100", "可借"), "gb18030")
    sample = SimpleUploadedFile("样本.iso.gz", gzip.compress(records))
    html = client.post(address, form(profile, do="preview", sample=sample)).content.decode()
    assert "S100" in html
    assert "样本.iso.gz" in html
    assert "C77" not in html
    token = re.search(r'name="sample_token" value="([^"]+)"', html)[1]
    assert "S100" in client.post(address, form(profile, do="add-rules", sample_token=token)).content.decode()
    others = login(center_admin).post(address, form(profile, do="preview", sample_token=token)).content.decode()
    assert "S100" not in others


@pytest.mark.parametrize(("content", "words"), [
    (b"%PDF-1.7 no records here", "既不是 ISO 2709，也不是 MARCXML"), (b"Rar!....", "RAR 压缩包不能读取"),
])  # fmt: skip
def test_a_sample_that_is_no_file_of_records_says_so_and_keeps_the_form(
    profile: HoldingsProfile, address: str, lending_librarian: User, content: bytes, words: str
) -> None:
    sample = SimpleUploadedFile("书单.bin", content)
    html = login(lending_librarian).post(address, form(profile, do="preview", sample=sample)).content.decode()
    assert words in html
    assert 'name="rules-0-field" value="997"' in html


def test_a_saved_profile_is_logged_and_rules_the_next_import(
    profile: HoldingsProfile, address: str, lending_librarian: User, tmp_path: Path
) -> None:
    client = login(lending_librarian)
    words = (("荐购", "processing"), ("可借", "available"))
    assert (
        client.post(address, form(profile, RULE, {"copies": "field"}, words=words)).status_code == 302
    )  # an empty row is no rule
    profile.refresh_from_db()
    assert profile.rules == STORED
    assert profile.status_words == {"荐购": "processing", "可借": "available"}
    assert [c.field for c in CatalogChange.objects.filter(kind=ChangeKind.PROFILE)] == ["status_words", "rules"]
    import_file(path=iso_file(tmp_path, book("k1", "C77", "荐购")), library=profile.library)
    assert Holding.objects.get(barcode="C77").circulation_status == "processing"
    html = client.get(address).content.decode()
    assert 'value="荐购"' in html
    assert "修改馆藏字段配置" in html


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"field": ""}, "字段号是3个字母或数字"),
        ({"field": "九零五"}, "字段号是3个字母或数字"),
        ({"barcode": "", "call_number": ""}, "条形码和索书号至少写明一个"),
        ({"barcode": "b c"}, "只能写一个子字段"),
        ({"location": "总馆"}, "子字段是一个字母或数字"),
        ({"call_number": "s, d+e"}, "不是子字段的组合"),
        ({"starts": "a"}, "才需要写"),
        ({"where": "211260"}, "没有写成：子字段=内容"),
        ({"where": "a~("}, "不是正则表达式"),
        ({"flags": "q=gone"}, "右边只能是：在架"),
    ],
)
def test_what_could_not_be_used_is_refused_beside_its_field_and_kept(
    profile: HoldingsProfile, address: str, lending_librarian: User, rule: dict[str, str], said: str
) -> None:
    response = login(lending_librarian).post(address, form(profile, RULE | rule))
    assert response.status_code == 200
    html = response.content.decode()
    [(name, typed)] = list(rule.items())[:1]
    assert said in html
    assert f'name="rules-0-{name}" value="{typed}"' in html
    profile.refresh_from_db()
    assert not profile.rules


@pytest.mark.parametrize(("words", "said"), [
    ((("可借", "available"), ("可借", "lost")), "这个词已经写过"), ((("", "lost"),), "写出本馆系统里的用词"),
])  # fmt: skip
def test_words_are_written_once_and_not_left_empty(
    profile: HoldingsProfile, address: str, lending_librarian: User, words: tuple[tuple[str, str], ...], said: str
) -> None:
    response = login(lending_librarian).post(address, form(profile, words=words))
    assert response.status_code == 200
    assert said in response.content.decode()


def test_rows_are_added_and_removed_without_a_script_and_lose_nothing(
    profile: HoldingsProfile, address: str, lending_librarian: User
) -> None:
    client = login(lending_librarian)
    second = RULE | {"field": "998", "call_number": "not yet/"}  # what is typed so far need not be right
    html = client.post(address, form(profile, RULE, second, do="add-rules")).content.decode()
    for text in ('name="rules-TOTAL_FORMS" value="3"', 'name="rules-1-call_number" value="not yet/"'):
        assert text in html
    html = client.post(address, form(profile, RULE, second, do="remove-rules-0")).content.decode()
    assert 'name="rules-TOTAL_FORMS" value="1"' in html
    assert 'name="rules-0-field" value="998"' in html
    html = client.post(
        address, form(profile, words=(("甲", "lost"), ("乙", "lost")), do="remove-words-0")
    ).content.decode()
    assert 'name="words-0-word" value="乙"' in html
    assert 'name="rules-0-field" value="997"' in html


def test_a_form_that_arrives_cut_off_does_not_empty_the_profile(
    profile: HoldingsProfile, address: str, lending_librarian: User
) -> None:
    client = login(lending_librarian)
    client.post(address, form(profile))
    response = client.post(address, {"library": profile.library_id, "do": "save"})
    assert "表单没有传完整" in response.content.decode()
    profile.refresh_from_db()
    assert profile.rules == STORED


def test_templates_and_json_replace_the_rules(profile: HoldingsProfile, address: str, lending_librarian: User) -> None:
    client = login(lending_librarian)
    html = client.post(address, form(profile, do="template", template="alma")).content.decode()
    assert 'name="rules-0-field" value="AVA"' in html
    assert 'name="words-0-word" value="available"' in html
    pasted = '[{"field": "952", "barcode": "p", "where": {"a": "^x$"}}]'
    html = client.post(address, form(profile, do="json", json=pasted)).content.decode()
    assert 'name="rules-0-where" value="a=x"' in html
    for wrong, said in (('[{"field": "905",}]', "第1行第18列附近写法不对"), ('{"field": "905"}', "规则应是一个列表"),
                        ('[{"copies": "field"}]', "没有写明字段")):  # fmt: skip
        html = client.post(address, form(profile, do="json", json=wrong)).content.decode()
        assert said in html
        assert 'name="rules-0-field" value="997"' in html
    profile.refresh_from_db()
    assert not profile.rules


def test_a_first_profile_is_made_for_the_own_library(
    lending_librarian: User, cumtb: MemberLibrary, bnu: MemberLibrary
) -> None:
    client = login(lending_librarian)
    listed = reverse("admin:catalog_holdingsprofile_changelist")
    assert client.get(listed).url == ADD
    new = HoldingsProfile(library=cumtb)
    assert client.post(ADD, form(new, library=bnu.pk)).status_code == 200
    assert client.post(ADD, form(new)).status_code == 302
    made = HoldingsProfile.objects.get()
    assert made.library == cumtb
    assert client.get(listed).url == reverse("admin:catalog_holdingsprofile_change", args=[made.pk])


def test_the_center_chooses_the_library_and_sees_what_each_profile_reads(
    center_admin: User, profile: HoldingsProfile, bnu: MemberLibrary, bupt: MemberLibrary
) -> None:
    client = login(center_admin)
    assert "先选成员馆" in client.get(ADD).content.decode()
    assert "这个字段是必填项" in client.post(ADD, form(profile, library="")).content.decode()
    assert client.post(ADD, form(profile, library=bnu.pk)).status_code == 302
    html = client.get(reverse("admin:catalog_holdingsprofile_changelist")).content.decode()
    assert "997" in html
    assert "自动识别" in html


def test_the_profile_of_another_library_does_not_exist(
    profile: HoldingsProfile, address: str, strange_librarian: User
) -> None:
    client = login(strange_librarian)
    assert client.get(address).status_code == 404
    assert client.post(address, form(profile)).status_code == 404


# --- Rows and rules ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("chosen", TEMPLATES, ids=lambda one: one.key)
def test_every_template_survives_its_way_through_the_form(chosen: Template) -> None:
    assert through_the_form(chosen.rules) == chosen.rules
    assert invalid_rules(chosen.rules) == ""
    assert set(chosen.status_words.values()) <= set(CirculationStatus.values)


def test_the_default_rules_do_too() -> None:
    assert through_the_form(DEFAULT_RULES) == DEFAULT_RULES


_code = st.sampled_from("abcdefghij0123XYZ")
_codes = st.lists(_code, min_size=1, max_size=3, unique=True).map(" ".join)
_choice = st.lists(_code, min_size=1, max_size=3).flatmap(
    lambda codes: st.sampled_from(["/", " "]).map(lambda s: s.join(codes))
)
_text = st.text("ab 0馆(.*$^\\-", min_size=1, max_size=6).map(str.strip).filter(bool)
_rules = st.fixed_dictionaries(
    {"field": st.sampled_from(["905", "AVA", "86B"]), "barcode": _code},
    optional={
        "call_number": st.lists(_choice, min_size=1, max_size=3), "location": _codes, "shelf": _codes, "status": _codes,
        "note": _codes, "flags": st.dictionaries(_code, st.sampled_from(CirculationStatus.values), min_size=1),
        "where": st.dictionaries(_code, _text.map(lambda text: f"^{re.escape(text)}$"), min_size=1, max_size=3),
    },
)  # fmt: skip


@given(rule=_rules, starts=st.sampled_from(["", "a"]))
@settings(deadline=None)
def test_any_rule_survives_its_way_through_the_form(rule: dict[str, Any], starts: str) -> None:
    rule = rule | ({"copies": "group", "starts": starts} if starts else {"copies": "barcodes"})
    assert through_the_form([rule]) == [rule]


def through_the_form(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    formset = Rules(formset_data([rule_row(rule) for rule in rules], "rules"), prefix="rules")
    assert formset.is_valid(), formset.errors
    return [row.rule() for row in formset.filled()]
