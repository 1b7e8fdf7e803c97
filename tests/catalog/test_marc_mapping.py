"""What the two field tables make of records: every attribute of an edition, faithful to the record."""

import csv

import pytest

from catalog.marc import cnmarc, marc21, values
from catalog.marc.bibliographic import Bibliographic
from catalog.marc.mapping import ATTRIBUTES, describe
from catalog.marc.reader import read_file
from catalog.marc.record import Field, Record
from catalog.merging import plain
from tests.catalog.records import CNMARC_LEADER, MARC21_LEADER

F = Field.data_field


def cnmarc_says(*fields: Field, leader: str = CNMARC_LEADER) -> Bibliographic:
    return describe(Record(leader, list(fields)), "cnmarc")


def marc21_says(*fields: Field, leader: str = MARC21_LEADER) -> Bibliographic:
    return describe(Record(leader, list(fields)), "marc21")


def test_every_row_of_the_tables_names_an_attribute_that_exists():
    assert {row.attribute for row in cnmarc.TABLE + marc21.TABLE} <= ATTRIBUTES


# --- CNMARC ------------------------------------------------------------------------------------------------


def test_title_subtitle_volume_and_parallel_title_by_the_order_of_200():
    book = cnmarc_says(F("200", "1", " ", [
        ("a", "“一带一路”国家国情"), ("A", "yi dai yi lu"), ("f", "总主编刘作奎"), ("h", "第二卷"), ("i", "俄罗斯"),
        ("b", "专著"), ("e", "政治、经济、文化"), ("d", "= One belt and one road"), ("i", "Russia"),
        ("f", "主编李晶"), ("z", "eng"),
    ]))  # fmt: skip
    assert book.title == "“一带一路”国家国情"
    assert book.subtitle == "政治、经济、文化"
    assert book.volume == "第二卷 俄罗斯"
    assert book.parallel_title == "One belt and one road : Russia"
    assert book.responsibility == "总主编刘作奎 ; 主编李晶"


def test_a_title_is_kept_as_it_is():
    assert cnmarc_says(F("200", "1", " ", [("a", "'94中国发展报告")])).title == "'94中国发展报告"


def test_names_come_without_their_roles_and_pinyin():
    book = cnmarc_says(
        F("701", " ", "0", [("a", "叶震"), ("A", "Ye Zhen"), ("4", "主编")]),
        F("701", " ", "1", [("a", "莎士比亚"), ("b", "W."), ("f", "1564-1616"), ("4", "著")]),
        F("702", " ", "0", [("a", "朱生豪"), ("4", "译")]),
        F("711", "0", "2", [("a", "国家统计局"), ("b", "社会司")]),
    )
    assert book.authors == ["叶震", "莎士比亚, W.", "国家统计局 社会司", "朱生豪"]


def test_only_valid_isbns_count_and_010_without_a_is_legal():
    book = cnmarc_says(
        F("010", " ", " ", [("a", "7-5037-1744-0"), ("b", "精装"), ("d", "CNY79.00 (含光盘)")]),
        F("010", " ", " ", [("a", "7-5037-1744-1")]),
        F("010", " ", " ", [("d", "￥0.40")]),
    )
    assert (book.isbns, book.invalid_isbns) == (["9787503717444"], ["7-5037-1744-1"])
    assert book.price == "CNY79.00 (含光盘)"


@pytest.mark.parametrize(("written", "year"), [
    ("1994", 1994), ("2016.05", 2016), ("[1994]", 1994), ("民国二十三年[1934]", 1934), ("民国23年", 1934),
    ("民國36年", 1947),
    ("一九八二", 1982), ("1998-2003", 1998), ("", 2002),
])  # fmt: skip
def test_the_year_is_read_from_any_date_and_from_the_coded_date_if_there_is_none(written, year):
    book = cnmarc_says(F("100", " ", " ", [("a", "20020204d2002    em y0chiy0120    ea")]),
                       F("210", " ", " ", [("a", "北京"), ("c", "中华书局"), ("d", written)]))  # fmt: skip
    assert book.year == year
    assert book.year_text == (written or "2002")


def test_fill_characters_of_100_are_no_date():
    assert cnmarc_says(F("100", " ", " ", [("a", "20190611d########u##y0chiy50######ea")])).year is None


def test_the_rest_of_the_description():
    book = cnmarc_says(
        F("091", " ", " ", [("a", "13071·58"), ("d", "1.50元")]),
        F("101", "1", " ", [("a", "chi"), ("c", "fre")]),
        F("102", " ", " ", [("a", "CN"), ("b", "110000")]),
        F("205", " ", " ", [("a", "新2版"), ("b", "增订本")]),
        F("210", " ", " ", [("a", "北京"), ("c", "甲出版社"), ("a", "上海"), ("c", "乙出版社"), ("d", "2017")]),
        F("215", " ", " ", [("a", "320页"), ("c", "图"), ("d", "27cm"), ("e", "光盘1张")]),
        F("225", "2", " ", [("a", "智库丛书"), ("i", "中东欧系列"), ("v", "3")]),
        F("300", " ", " ", [("a", "有书目。")]),
        F("330", " ", " ", [("a", "本书介绍……")]),
        F("517", "1", " ", [("a", "又名")]),
        F("606", "0", " ", [("a", "中外关系"), ("A", "pinyin"), ("x", "文化交流"), ("x", "研究"), ("y", "欧洲")]),
        F("610", "0", " ", [("a", "丝路"), ("a", "外交")]),
        F("690", " ", " ", [("a", "D820"), ("v", "5")]),
    )
    assert (book.unified_number, book.language, book.country) == ("13071·58", "chi", "CN")
    assert book.edition_statement == "新2版, 增订本"
    assert (book.place, book.publisher) == ("北京 ; 上海", "甲出版社 ; 乙出版社")
    assert book.extent == "320页 : 图 ; 27cm + 光盘1张"
    assert book.series == "智库丛书. 中东欧系列 ; 3"
    assert (book.notes, book.abstract, book.other_titles) == (["有书目。"], "本书介绍……", ["又名"])
    assert book.subjects == ["中外关系-文化交流-研究-欧洲", "丝路", "外交"]
    assert book.clc == "D820"


def test_the_set_of_461_gives_the_number_of_the_volume():
    book = cnmarc_says(F("200", "1", " ", [("a", "且介亭杂文")]),
                       F("461", " ", "0", [("1", "2001 "), ("a", "鲁迅全集"), ("v", "第六卷")]))  # fmt: skip
    assert (book.series, book.series_volume) == ("鲁迅全集 ; 第六卷", "第六卷")


@pytest.mark.parametrize(("leader", "fields", "material", "electronic"), [
    ("00000nam0 2200000   450 ", [], "book", False),
    ("00000nlm0 2200000   450 ", [], "ebook", True),
    ("00000nam0 2200000   450 ", [F("200", "1", " ", [("a", "书"), ("b", "电子资源")])], "ebook", True),
    ("00000nam0 2200000   450 ", [F("135", " ", " ", [("a", "drbn#---auaua")])], "ebook", True),
    ("00000nas0 2200000   450 ", [], "serial", False),
    ("00000ncm0 2200000   450 ", [], "score", False),
    ("00000nem0 2200000   450 ", [], "map", False),
    ("00000njm0 2200000   450 ", [], "audiovisual", False),
    ("00000nam0 2200000   450 ", [F("328", " ", " ", [("a", "博士论文")])], "thesis", False),
    ("-----nam0 22-----   450 ", [], "book", False),
])  # fmt: skip
def test_the_material_of_cnmarc(leader, fields, material, electronic):
    book = cnmarc_says(*fields, leader=leader)
    assert (book.material_type, book.electronic) == (material, electronic)


def test_control_characters_never_reach_the_database():
    assert cnmarc_says(F("200", "1", " ", [("a", "中\x00国\x1b 报告")])).title == "中 国 报告"


# --- MARC21 ------------------------------------------------------------------------------------------------


def test_punctuation_that_announces_the_next_subfield_is_dropped():
    book = marc21_says(
        F("020", " ", " ", [("a", "080442957X (pbk.) :"), ("c", "$12.00")]),
        F("100", "1", " ", [("a", "Shakespeare, William,"), ("d", "1564-1616.")]),
        F("245", "1", "0", [("a", "Hamlet :"), ("b", "a tragedy /"), ("c", "by W. Shakespeare.")]),
        F("250", " ", " ", [("a", "2nd ed.")]),
        F("260", " ", " ", [("a", "London :"), ("b", "Penguin,"), ("c", "c1999.")]),
        F("300", " ", " ", [("a", "300 p. ;"), ("c", "20 cm.")]),
        F("650", " ", "0", [("a", "Princes"), ("z", "Denmark"), ("v", "Drama.")]),
    )
    assert (book.title, book.subtitle, book.responsibility) == ("Hamlet", "a tragedy", "by W. Shakespeare")
    assert (book.authors, book.isbns) == (["Shakespeare, William"], ["9780804429573"])
    assert (book.place, book.publisher, book.year) == ("London", "Penguin", 1999)
    assert book.subjects == ["Princes--Denmark--Drama"]


def test_original_script_of_880_comes_first_and_romanisation_is_kept():
    book = marc21_says(
        F("100", "1", " ", [("6", "880-01"), ("a", "Chen, Fangjing.")]),
        F("245", "1", "0", [("6", "880-02"), ("a", "Lu Xun yu Zhe dong wen hua /"), ("c", "Chen Fangjing zhu.")]),
        F("260", " ", " ", [("6", "880-03"), ("a", "Changchun :"), ("b", "Jilin da xue chu ban she,"), ("c", "1999.")]),
        F("880", "1", " ", [("6", "100-01/$1"), ("a", "陈方竞.")]),
        F("880", "1", "0", [("6", "245-02/$1"), ("a", "鲁迅与浙东文化 /"), ("c", "陈方竞著.")]),
        F("880", " ", " ", [("6", "260-03/$1"), ("a", "长春 :"), ("b", "吉林大学出版社,"), ("c", "1999.")]),
        F("880", " ", " ", [("6", "500-00/$1"), ("a", "没有对应字段的附注")]),
    )
    assert (book.title, book.other_titles) == ("鲁迅与浙东文化", ["Lu Xun yu Zhe dong wen hua"])
    assert (book.authors, book.responsibility) == (["陈方竞 (Chen, Fangjing)"], "陈方竞著")
    assert (book.publisher, book.notes) == ("吉林大学出版社", ["没有对应字段的附注"])


def test_parts_and_parallel_titles_of_245():
    book = marc21_says(F("245", "1", "0", [
        ("a", "Physics."), ("n", "Part 2,"), ("p", "Optics ="), ("b", "Physik : Optik /"), ("c", "X."),
    ]))  # fmt: skip
    assert (book.title, book.volume, book.parallel_title) == ("Physics", "Part 2 Optics", "Physik : Optik")


def test_264_of_publication_comes_before_260_and_before_copyright():
    book = marc21_says(
        F("260", " ", " ", [("b", "Old,"), ("c", "1950.")]),
        F("264", " ", "4", [("c", "©2001")]),
        F("264", " ", "1", [("a", "New York :"), ("b", "Knopf,"), ("c", "2000.")]),
    )
    assert (book.publisher, book.year) == ("Knopf", 2000)


@pytest.mark.parametrize(("fixed", "language", "country"), [
    ("990804s1999    cc            000 0 chi  ", "chi", "CN"),
    ("990804s1999    nyu           000 0 eng  ", "eng", "US"),
    ("990804s1999    enk           000 0 eng  ", "eng", "GB"),
    ("990804s1999    ch            000 0 zho  ", "chi", "TW"),
    ("990804s1999    |||           000 0 |||  ", "", ""),
])  # fmt: skip
def test_language_and_country_of_008(fixed, language, country):
    book = marc21_says(Field.control("008", fixed))
    assert (book.language, book.country, book.year) == (language, country, 1999)


@pytest.mark.parametrize(("fields", "leader", "material"), [
    ([], MARC21_LEADER, "book"),
    ([Field.control("008", "990804s1999    cc      o     000 0 chi  ")], MARC21_LEADER, "ebook"),
    ([F("245", "1", "0", [("a", "x"), ("h", "[electronic resource]")])], MARC21_LEADER, "ebook"),
    ([F("502", " ", " ", [("a", "Thesis")])], MARC21_LEADER, "thesis"),
    ([], "00000nas a2200000 a 4500", "serial"),
    ([], "00000ngm a2200000 a 4500", "audiovisual"),
])  # fmt: skip
def test_the_material_of_marc21(fields, leader, material):
    assert marc21_says(*fields, leader=leader).material_type == material


def test_an_lc_call_number_is_no_clc():
    assert marc21_says(F("050", " ", "0", [("a", "TP312 .A5")])).clc == ""
    assert marc21_says(F("084", " ", " ", [("a", "TP312"), ("2", "clc")])).clc == "TP312"
    assert marc21_says(F("093", " ", " ", [("a", "TP312")])).clc == "TP312"


@pytest.mark.parametrize(
    ("text", "value"), [("十", 10), ("二十三", 23), ("廿三", 23), ("一百零五", 105), ("一九", 19), ("12", 12)]
)
def test_chinese_numbers(text, value):
    assert values.number(text) == value


# --- Real files --------------------------------------------------------------------------------------------


@pytest.mark.shared_data
def test_the_three_forms_of_the_beijing_normal_records_say_the_same(shared_data):
    forms = ("bnu_first5_utf8.iso", "bnu_first5_gb18030.iso", "bnu_cnmarcxml_first5.xml")
    books = [[describe(r.record, r.syntax) for r in read_file(shared_data / "cnmarc" / form)] for form in forms]
    assert books[0] == books[1] == books[2]
    first, ebook = books[0][0], books[0][3]
    assert (first.title, first.year, first.publisher) == ("'94中国发展报告", 1994, "中国统计出版社")
    assert first.isbns == ["9787503717444"]
    assert (ebook.material_type, ebook.extent) == ("ebook", "在线资源(393页)")


@pytest.mark.shared_data
def test_original_script_titles_of_real_marc21_records(shared_data):
    records = {r.record.first("001"): r for r in read_file(shared_data / "marc21/cjk_open_sample_utf8.mrc")}
    with (shared_data / "marc21/cjk_open_sample_index.csv").open(encoding="utf-8-sig") as rows:
        expected = {
            row["f001"].strip(): row["vernacular_title"] for row in csv.DictReader(rows) if row["vernacular_title"]
        }
    assert len(expected) > 20
    for number, title in expected.items():
        book = describe(records[number].record, records[number].syntax)
        assert plain(book.title) in plain(title), number
