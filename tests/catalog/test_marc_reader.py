"""Every trap of real MARC files that the reader knows, each shown by the bytes that make it."""

import io

import pytest

from catalog.marc.encodings import choose
from catalog.marc.marcxml import RefusedXml
from catalog.marc.reader import ReadRecord, Rejected, UnreadableFile, read_stream
from catalog.marc.record import Field, Record
from catalog.marc.writer import write_iso2709, write_marcxml
from tests.catalog.records import CNMARC_LEADER, MARC21_LEADER, cnmarc_book


def read(data: bytes, **choices: str) -> list[ReadRecord | Rejected]:
    return list(read_stream(io.BytesIO(data), **choices))


def titles(results: list[ReadRecord | Rejected]) -> list[str]:
    return [r.record.first("200", "a") or r.record.first("245", "a") for r in results if isinstance(r, ReadRecord)]


def marc21_book(title: str, *more: Field, leader: str = MARC21_LEADER) -> Record:
    return Record(leader, [Field.control("001", "m1"), Field.data_field("245", "0", "0", [("a", title)]), *more])


# --- Encodings ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_cnmarc_with_a_blank_leader_is_read_in_the_encoding_of_its_bytes(encoding):
    [result] = read(write_iso2709(cnmarc_book(), encoding))
    assert (result.encoding, result.syntax, result.garbled) == (encoding, "cnmarc", "")
    assert titles([result]) == ["中国发展报告"]


def test_big5_is_told_from_gbk():
    [result] = read(
        write_iso2709(cnmarc_book(title="中國經濟發展報告", author="", publisher="聯經", pages="320"), "big5")
    )
    assert (result.encoding, titles([result])) == ("big5", ["中國經濟發展報告"])


def test_leader_09_claims_utf8_and_the_bytes_are_gbk():
    record = marc21_book("中国发展报告", Field.data_field("260", " ", " ", [("b", "中国统计出版社")]))
    [result] = read(write_iso2709(record, "gb18030"))
    assert record.leader[9] == "a"
    assert (result.encoding, titles([result])) == ("gb18030", ["中国发展报告"])


def test_ansel_french_passes_as_gb18030_and_is_not():
    data = write_iso2709(marc21_book("PLACEHOLDER", leader="00000nam  2200000 a 4500"))
    ansel = b"caf\xe2e \xe1a la cr\xe1eme"
    ansel.decode("gb18030")  # strict, and it does not fail
    [result] = read(data.replace(b"PLACEHOLDER", ansel))
    assert (result.encoding, titles([result])) == ("marc-8", ["café à la crème"])


def test_eacc_passes_as_utf8_and_is_not():
    data = write_iso2709(marc21_book("PLACEHOLDER", leader="00000cam  2200000 a 4500"))
    eacc = b"\x1b$1'av\x1b(B  \x1b$1![g\x1b(B  \x1b$1'T2\x1b(B /"
    eacc.decode("utf-8")
    [result] = read(data.replace(b"PLACEHOLDER", eacc))
    assert (result.encoding, titles([result])) == ("marc-8", ["鲁迅与 /"])


def test_two_characters_of_gbk_that_happen_to_be_utf8():
    assert choose("联通".encode("gbk"), syntax="cnmarc").text == "联通"


def test_a_record_that_disagrees_with_its_file_is_read_and_reported():
    many = [write_iso2709(cnmarc_book(f"r{n}"), "gb18030") for n in range(5)]
    results = read(b"".join(many) + write_iso2709(cnmarc_book("odd"), "utf-8"))
    assert [r.encoding for r in results] == ["gb18030"] * 5 + ["utf-8"]
    assert results[-1].warnings


def test_staff_can_say_the_encoding_themselves():
    [result] = read(write_iso2709(cnmarc_book(title="中国"), "gb18030"), encoding="GBK")
    assert titles([result]) == ["中国"]
    with pytest.raises(ValueError, match="unknown encoding"):
        read(b"x\x1e\x1d", encoding="klingon")


# --- Structure ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("between", [b"\r\n", b"\n", b"\r\n\r\n", b"\x1a", b"\x00\x00", b""])
def test_whatever_stands_between_records_ends_no_file(between):
    one, two = (write_iso2709(cnmarc_book(n, title=f"书{n}")) for n in ("1", "2"))
    results = read(b"\xef\xbb\xbf" + one + between + two + between)
    assert titles(results) == ["书1", "书2"]
    assert [r.offset for r in results] == [3, 3 + len(one) + len(between)]


@pytest.mark.parametrize("length", [b"00000", b"99999", b"00123", b"     "])
def test_a_wrong_record_length_does_not_matter(length):
    data = write_iso2709(cnmarc_book())
    assert titles(read(length + data[5:])) == ["中国发展报告"]


def test_lengths_counted_in_characters():
    record = cnmarc_book(copies=[("C1", "F124/26")])
    data = write_iso2709(record)
    start, entries = 0, b""
    for field in record.fields:  # as a system writes them that measures before it encodes
        text = field.data or "  " + "".join(f"$x{value}" for _code, value in field.subfields)
        entries += b"%3s%04d%05d" % (field.tag.encode(), len(text) + 1, start)
        start += len(text) + 1
    [result] = read(b"%05d" % (24 + len(entries) + start) + data[5:24] + entries + data[24 + len(entries) :])
    assert result.record.fields == record.fields


def test_a_leader_with_dashes_is_a_leader():
    data = write_iso2709(cnmarc_book())
    [result] = read(data[:5] + b"nam0-22" + data[12:17] + b"---45--" + data[24:])
    assert (result.syntax, titles([result])) == ("cnmarc", ["中国发展报告"])


def test_gbk_lengths_kept_after_the_text_became_utf8():
    gbk, utf8 = (write_iso2709(cnmarc_book(copies=[("C1", "F124/26")]), e) for e in ("gb18030", "utf-8"))
    base = int(gbk[12:17])
    [result] = read(gbk[:base] + utf8[base:])
    assert titles([result]) == ["中国发展报告"]
    assert result.record.first("905", "s") == "F124/26"


def test_fields_stand_in_the_order_of_their_positions_not_of_the_directory():
    data = write_iso2709(Record(CNMARC_LEADER, [Field.control("001", "x"), Field.control("005", "y")]))
    directory = data[24:48]
    [result] = read(data.replace(directory, directory[12:] + directory[:12]))
    assert [(f.tag, f.data) for f in result.record.fields] == [("001", "x"), ("005", "y")]


def test_tags_need_not_be_digits_and_subfields_may_be_empty():
    record = Record(CNMARC_LEADER, [
        Field.data_field("200", "1", " ", [("a", "书")]), Field.data_field("AVA", " ", " ", [("b", "BNU"), ("d", "")]),
    ])  # fmt: skip
    [result] = read(write_iso2709(record))
    assert result.record.first("AVA", "b") == "BNU"


def test_a_broken_record_is_reported_and_the_file_goes_on():
    good = write_iso2709(cnmarc_book("1")), write_iso2709(cnmarc_book("3", title="第三本"))
    results = read(good[0] + b"00052nam0 2200037   450 rubbish without fields\x1d" + good[1])
    assert titles(results) == ["中国发展报告", "第三本"]
    assert (results[1].position, results[1].offset) == (2, len(good[0]))
    assert results[1].reason


def test_a_file_that_ends_inside_a_record_keeps_what_came_before():
    one, two = write_iso2709(cnmarc_book("1")), write_iso2709(cnmarc_book("2"))
    results = read(one + two[: len(two) - 60])
    assert [type(r) for r in results] == [ReadRecord, Rejected]
    assert results[1].title == "中国发展报告"


def test_a_last_record_without_its_end_mark_is_still_whole():
    assert titles(read(write_iso2709(cnmarc_book())[:-1])) == ["中国发展报告"]


def test_a_record_without_end_mark_does_not_swallow_the_next():
    one, two = write_iso2709(cnmarc_book("1", title="甲书")), write_iso2709(cnmarc_book("2", title="乙书"))
    assert titles(read(one[:-1] + two)) == ["甲书", "乙书"]
    results = read(one[:-40] + two)
    assert titles(results) == ["乙书"]
    assert isinstance(results[0], Rejected)


def test_a_monstrous_record_is_passed_over():
    monster = b"09999nam0 2200037   450 " + b"x" * 5_000_000 + b"\x1d"
    results = read(write_iso2709(cnmarc_book("1")) + monster + write_iso2709(cnmarc_book("2", title="后面的书")))
    assert titles(results) == ["中国发展报告", "后面的书"]
    assert "长度上限" in results[1].reason


@pytest.mark.parametrize("data", [
    b"", b"\r\n\r\n", b"%PDF-1.7 nothing here", b"<html><body>404</body></html>", b"<collection></collection>",
    "<collection><record/></collection>".encode("utf-32"),
])  # fmt: skip
def test_what_is_no_file_of_records_is_refused_with_a_sentence(data):
    with pytest.raises(UnreadableFile):
        read(data)


# --- Syntax ------------------------------------------------------------------------------------------------


def test_cnmarc_and_marc21_are_told_apart_record_by_record():
    results = read(write_iso2709(cnmarc_book()) + write_iso2709(marc21_book("Strategic management")))
    assert [r.syntax for r in results] == ["cnmarc", "marc21"]


# --- MARCXML -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("namespace", [
    "http://www.loc.gov/MARC21/slim", "info:lc/xmlns/marcxchange-v1", "http://www.nlc.cn/", "urn:x",
])  # fmt: skip
def test_marcxml_in_any_namespace(namespace):
    results = read(b"".join(write_marcxml([cnmarc_book("1"), cnmarc_book("2", title="乙书")], namespace)))
    assert titles(results) == ["中国发展报告", "乙书"]


def _record_xml(title: str, prefix: str = "") -> str:
    p = f"{prefix}:" if prefix else ""
    return (f'<{p}record><{p}leader>00000nam0-2200000---4500</{p}leader><{p}datafield tag="200" ind1="1" ind2=" ">'
            f'<{p}subfield code="a">{title}</{p}subfield></{p}datafield></{p}record>')  # fmt: skip


def test_records_inside_the_records_of_an_sru_answer():
    xml = ('<zs:searchRetrieveResponse xmlns:zs="http://www.loc.gov/zing/srw/" xmlns:marc="urn:m"><zs:records>'
           f"<zs:record><zs:recordData>{_record_xml('甲书', 'marc')}</zs:recordData></zs:record>"
           f"<zs:record><zs:recordData>{_record_xml('乙书')}</zs:recordData></zs:record>"
           "</zs:records></zs:searchRetrieveResponse>")  # fmt: skip
    assert titles(read(xml.encode())) == ["甲书", "乙书"]


def test_records_packed_as_strings():
    packed = _record_xml("甲书").replace("<", "&lt;").replace(">", "&gt;")
    assert titles(read(f"<r><record><recordData>{packed}</recordData></record></r>".encode())) == ["甲书"]


def test_comments_and_cdata_hold_no_records():
    cdata = _record_xml("<![CDATA[a < b </record>]]>")
    xml = f"<collection><!-- {_record_xml('旧书')} -->{_record_xml('新书')}{cdata}</collection>"
    assert titles(read(xml.encode())) == ["新书", "a < b </record>"]


def test_a_broken_element_costs_one_record():
    broken = _record_xml("坏书").replace("</subfield>", "</subfeld>")
    results = read(f"<collection>{_record_xml('甲书')}{broken}{_record_xml('乙书')}".encode())
    assert titles(results) == ["甲书", "乙书"]
    assert "XML" in results[1].reason


@pytest.mark.parametrize(("codec", "declared"), [("gb18030", "GB2312"), ("utf-16", "UTF-16"), ("gb18030", "UTF-8")])
def test_other_encodings_of_the_file_even_undeclared(codec, declared):
    xml = f'<?xml version="1.0" encoding="{declared}"?><collection>{_record_xml("中国发展报告")}</collection>'
    assert titles(read(xml.encode(codec))) == ["中国发展报告"]


def test_document_types_and_entities_are_refused(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("秘密")
    xml = f'<!DOCTYPE c [<!ENTITY s SYSTEM "file://{secret}">]><collection>{_record_xml("&s;")}</collection>'
    with pytest.raises(RefusedXml):
        read(xml.encode())
    results = read(f"<collection>{_record_xml('&s;')}</collection>".encode())
    assert titles(results) in ([], [""])


def test_a_large_xml_file_is_cut_right_at_every_chunk():
    xml = "<collection>" + "".join(_record_xml(f"书{n}" + "x" * (n % 97)) for n in range(9000)) + "</collection>"
    results = read(xml.encode())
    assert titles(results) == [f"书{n}" + "x" * (n % 97) for n in range(9000)]


def test_a_record_without_any_field_is_rejected_and_the_next_one_read():
    empty = b"00026nam0 2200025   450 \x1e\x1d"
    rejected, kept = read(empty + write_iso2709(cnmarc_book("1"), "gb18030"))
    assert "没有任何字段" in rejected.reason
    assert isinstance(kept, ReadRecord)


# --- Real files --------------------------------------------------------------------------------------------


@pytest.mark.shared_data
@pytest.mark.parametrize(("name", "count", "syntax", "encodings"), [
    ("cnmarc/bnu_first5_utf8.iso", 5, "cnmarc", {"utf-8"}),
    ("cnmarc/bnu_first5_gb18030.iso", 5, "cnmarc", {"gb18030"}),
    ("cnmarc/bnu_cnmarcxml_first5.xml", 5, "cnmarc", {"utf-8"}),
    ("marc21/cjk_open_sample_utf8.mrc", 38, "marc21", {"utf-8"}),
    ("marc21/lcnetdev_british_library.xml", 99, "marc21", {"utf-8"}),
    ("marc21/lcnetdev_dnb.xml", 99, "marc21", {"utf-8"}),
    ("marc21/lcnetdev_loc_general.xml", 99, "marc21", {"utf-8"}),
    ("marc21/lcnetdev_nlm.xml", 99, "marc21", {"utf-8"}),
    ("marc21/lcnetdev_oclc.xml", 99, "marc21", {"utf-8"}),
    ("marc21/lcnetdev_princeton.xml", 99, "marc21", {"utf-8"}),
    ("marc21/solrmarc_uva_0001-1000.mrc", 1000, "marc21", {"marc-8"}),
    ("marc8/cjk1.marc", 1, "marc21", {"marc-8"}),
    ("marc8/cjk3.marc", 1, "marc21", {"marc-8"}),
])  # fmt: skip
def test_every_real_record_is_read_and_none_is_garbled(shared_data, name, count, syntax, encodings):
    results = read((shared_data / name).read_bytes())
    assert len(results) == count
    assert [r for r in results if isinstance(r, Rejected) or r.garbled] == []
    assert {r.syntax for r in results} == {syntax}
    assert {r.encoding for r in results} == encodings


@pytest.mark.shared_data
def test_holdings_that_are_no_marc_are_rejected_one_by_one(shared_data):
    results = read((shared_data / "cnmarc/bnu_alma_sru_isohold.xml").read_bytes())
    assert len(results) == 10
    assert all("没有MARC字段" in r.reason for r in results)


@pytest.mark.shared_data
def test_files_beside_the_records_are_refused_in_words(shared_data):
    """Dictionaries, tables, a text for reading: none of them becomes a book, none is passed over in silence."""
    refused = []
    for path in sorted(p for folder in ("cnmarc", "marc21", "marc8") for p in (shared_data / folder).rglob("*.*")):
        try:
            results = read(path.read_bytes())
        except UnreadableFile:
            refused.append(path.name)
        else:
            assert results, path
    assert refused == [
        "cnmarc_browse.xml", "cnmarc_keys.xml", "cnmarc_marcdef.xml", "cnmarc_marcvaluelist.xml", "usmarc_browse.xml",
        "usmarc_keys.xml", "usmarc_marcdef.xml", "usmarc_marcvaluelist.xml", "isbd_display_cases_18.json",
        "nlc_aleph_text_sample.txt", "cjk_open_sample_index.csv",
    ]  # fmt: skip
