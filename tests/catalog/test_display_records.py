"""MARC for readers: the card made of a record, the record's fields, and the record as a file; nothing private leaks."""

from io import BytesIO
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from catalog.display.card import items_of
from catalog.display.public import public_record
from catalog.importing import import_file
from catalog.marc.reader import ReadRecord, read_stream
from catalog.marc.record import Field
from catalog.marc.writer import write_marcxml
from catalog.models import Edition, MemberLibrary, SourceRecord
from catalog.records import readable
from tests.catalog.records import cnmarc_book, iso_file

SECRET = "采购自个人，勿外传"


@pytest.fixture
def imported(cumtb: MemberLibrary, tmp_path: Path) -> SourceRecord:
    """A GBK record with a cataloguer's note, a local field and two copies."""
    book = cnmarc_book(
        "k/1", title="高等数学", volume="上册", isbn="7-5037-1744-0", edition="第2版",
        copies=[("C6024202", "O13/04"), ("C6024203", "O13/04")],
        more=[Field.data_field("830", " ", " ", [("a", SECRET)]), Field.data_field("998", " ", " ", [("a", SECRET)]),
              Field.data_field("690", " ", " ", [("a", "O13"), ("v", "4")])],
    )  # fmt: skip
    import_file(path=iso_file(tmp_path, book, encoding="gb18030"), library=cumtb)
    return SourceRecord.objects.get()


def read_back(content: bytes) -> ReadRecord:
    (read,) = read_stream(BytesIO(content))
    assert isinstance(read, ReadRecord)
    return read


def test_the_card_is_made_of_the_record_with_its_punctuation(client: Client, imported: SourceRecord) -> None:
    html = client.get(reverse("catalog:edition", args=[imported.edition_id])).content.decode()
    for text in ("978-7-5037-1744-4", "高等数学. 上册 / 国家统计局编", "第2版", "北京 : 中国统计出版社, 1994",
                 "320页 ; 27cm", "O13 (中图法第4版)", "国家统计局 编",
                 "著录据中国矿业大学（北京）图书馆的记录"):  # fmt: skip
        assert text in html, text
    assert SECRET not in html


def test_isbns_of_the_other_records_follow_those_of_the_best(imported: SourceRecord) -> None:
    edition = Edition.objects.get()
    edition.isbns.append("9787301000014")
    items = dict(items_of(edition, readable(imported), imported.syntax))
    assert [str(label) for label in items][:3] == ["ISBN/价格", "作品语种", "题名责任者项"]
    assert next(iter(items.values())) == ["978-7-5037-1744-4", "978-7-301-00001-4"]


def test_every_library_of_an_edition_links_to_its_own_record(client: Client, imported: SourceRecord) -> None:
    html = client.get(reverse("catalog:edition", args=[imported.edition_id])).content.decode()
    assert f'href="{reverse("catalog:record", args=[imported.pk])}" rel="nofollow">MARC' in html


def test_the_record_is_shown_field_by_field_without_what_is_private(client: Client, imported: SourceRecord) -> None:
    response = client.get(reverse("catalog:record", args=[imported.pk]))
    html = response.content.decode()
    for text in ("CNMARC", "200", "1_", "高等数学", "上册", "k/1"):
        assert text in html, text
    assert "noindex, nofollow" in html
    for private in (SECRET, "C6024202", "905", "998"):
        assert private not in html, private


@pytest.mark.parametrize("view", ["record_file", "edition_file"])
@pytest.mark.parametrize(("form", "content_type"), [("mrc", "application/marc"), ("xml", "application/marcxml+xml")])
def test_a_download_is_the_record_in_utf8(
    client: Client, imported: SourceRecord, view: str, form: str, content_type: str
) -> None:
    pk = imported.pk if view == "record_file" else imported.edition_id
    response = client.get(reverse(f"catalog:{view}", args=[pk, form]))
    assert response.headers["Content-Type"] == content_type
    assert response.headers["Content-Disposition"] == f'attachment; filename="232060-k-1.{form}"'
    assert "nofollow" in response.headers["X-Robots-Tag"]
    read = read_back(response.content)
    assert (read.encoding, read.syntax) == ("utf-8", "cnmarc")
    assert read.record.first("200", "a") == "高等数学"
    assert {f.tag for f in read.record.fields}.isdisjoint({"830", "905", "998"})


@pytest.mark.parametrize("change", [{"deleted": True}, {"quarantine_reason": "乱码"}])
def test_a_deleted_or_quarantined_record_does_not_exist_for_readers(
    client: Client, imported: SourceRecord, change: dict[str, object]
) -> None:
    SourceRecord.objects.update(**change)
    addresses = [reverse("catalog:record", args=[imported.pk])]
    addresses += [reverse("catalog:record_file", args=[imported.pk, form]) for form in ("mrc", "xml")]
    addresses += [reverse("catalog:edition_file", args=[imported.edition_id, form]) for form in ("mrc", "xml")]
    assert [client.get(address).status_code for address in addresses] == [404] * 5


def test_records_of_hidden_editions_and_of_libraries_outside_the_joint_search_are_not_shown(
    client: Client, imported: SourceRecord
) -> None:
    address = reverse("catalog:record", args=[imported.pk])
    Edition.objects.update(hidden=True)
    assert client.get(address).status_code == 404
    Edition.objects.update(hidden=False)
    MemberLibrary.objects.update(in_joint_search=False)
    assert client.get(address).status_code == 404


def test_a_merged_id_leads_to_the_survivors_file(client: Client, imported: SourceRecord) -> None:
    old = Edition.objects.create(title="旧", merged_into_id=imported.edition_id)
    response = client.get(reverse("catalog:edition_file", args=[old.pk, "mrc"]))
    assert response.status_code == 301
    assert response["Cache-Control"] == "no-cache", "a merge can be taken back: no browser may remember it"
    assert response.headers["Location"] == reverse("catalog:edition_file", args=[imported.edition_id, "mrc"])


def test_a_record_too_long_for_iso_2709_is_offered_as_xml(client: Client, cumtb: MemberLibrary, tmp_path: Path) -> None:
    notes = [Field.data_field("300", " ", " ", [("a", "长" * 3000)]) for _n in range(12)]
    path = tmp_path / "long.xml"
    path.write_bytes(b"".join(write_marcxml([cnmarc_book("k2", more=notes)])))
    import_file(path=path, library=cumtb)
    source = SourceRecord.objects.get()
    refused = client.get(reverse("catalog:record_file", args=[source.pk, "mrc"]))
    assert refused.status_code == 422
    assert "MARCXML" in refused.content.decode()
    assert client.get(reverse("catalog:record_file", args=[source.pk, "xml"])).status_code == 200


def test_bytes_that_cannot_be_read_are_said_so(client: Client, imported: SourceRecord) -> None:
    SourceRecord.objects.update(raw=b"")
    page = client.get(reverse("catalog:record", args=[imported.pk]))
    assert "这条记录现在读不出来" in page.content.decode()
    assert client.get(reverse("catalog:record_file", args=[imported.pk, "mrc"])).status_code == 404
    assert client.get(reverse("catalog:edition", args=[imported.edition_id])).status_code == 200


def test_an_880_goes_with_the_field_it_stands_for() -> None:
    record = cnmarc_book()
    record.fields += [
        Field.data_field("880", " ", " ", [("6", "541-01"), ("a", SECRET)]),
        Field.data_field("880", " ", " ", [("6", "245-02"), ("a", "题名")]),
        Field.data_field("OWN", " ", " ", [("a", "BNU")]),
    ]
    kept = public_record(record, "marc21")
    assert [f.first("a") for f in kept.get("880")] == ["题名"]
    assert not kept.has("OWN")


def test_the_pages_refuse_writes(client: Client, imported: SourceRecord) -> None:
    for address in (
        reverse("catalog:record", args=[imported.pk]),
        reverse("catalog:record_file", args=[imported.pk, "mrc"]),
        reverse("catalog:edition_file", args=[imported.edition_id, "xml"]),
    ):
        assert client.post(address).status_code == 405
