"""When two records are one edition: keys, vetoes and acceptance, each rule shown by a pair of books."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.merge import PAIRS, BadPairs, figures, judged, read_pairs
from catalog.marc.bibliographic import Bibliographic
from catalog.merging import (
    Keys,
    Verdict,
    author_key,
    edition_key,
    judge,
    keys_of,
    publisher_key,
    split_title,
    unified_key,
    volume_key,
)

ISBN, OTHER_ISBN = "9787040396638", "9787040396621"


def book(**said: object) -> Keys:
    described: dict[str, object] = {
        "title": "高等数学", "responsibility": "同济大学数学系编", "publisher": "高等教育出版社", "year": 2014,
        "language": "chi", "extent": "379页",
    }  # fmt: skip
    return keys_of(Bibliographic(**(described | said)))  # type: ignore[arg-type]


def verdict(a: Keys, b: Keys) -> Verdict:
    assert judge(a, b).verdict == judge(b, a).verdict, "a judgement does not depend on the order"
    return judge(a, b).verdict


# --- Keys --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("written", "title", "tail"), [
    ("高等数学(上册)", "高等数学", "上册"), ("高等数学 上", "高等数学", "上"), ("资本论第一卷", "资本论", "第一卷"),
    ("三国演义（全二册）", "三国演义", "全二册"), ("Calculus vol. 2", "calculus", "vol. 2"),
    ("大学英语4", "大学英语", "4"),
    ("天下", "天下", ""), ("水下", "水下", ""), ("1984", "1984", ""),
    ("论语", "论语", ""), ("红与黑(插图本)", "红与黑(插图本)", ""),
])  # fmt: skip
def test_the_volume_at_the_end_of_a_title(written, title, tail):
    assert split_title(written) == (title, tail)


@pytest.mark.parametrize(("forms", "key"), [
    (["第二卷", "第2卷", "2", "vol. 2", "Vol.2", "II", "Ⅱ", "第二册", "(2)", "Bd. 2"], "2"),
    (["VI", "vol. VI", "第六卷", "6"], "6"),
    (["上", "上册", "上卷", "(上)"], "上"),
    (["全三册", "上中下", "上、下册", "全2卷"], "set"),
    (["东南亚篇"], "|东南亚篇"),
])  # fmt: skip
def test_one_volume_in_many_spellings(forms, key):
    assert {volume_key(form, form) for form in forms} == {key}


def test_number_and_name_of_a_volume():
    assert volume_key("第二卷", "第二卷 东南亚篇") == "2|东南亚篇"
    assert volume_key("第2卷", "第2卷 第3册") == "2.3"


@pytest.mark.parametrize(("forms", "key"), [
    (["(法)儒勒·凡尔纳著", "儒勒·凡尔纳", "〔法〕儒勒·凡尔纳 著"], "儒勒凡尔纳"),
    (["Shakespeare, William", "William Shakespeare", "by William Shakespeare"], "shakespeare william"),
    (["[清]曹雪芹著", "曹雪芹", "(清) 曹雪芹撰"], "曹雪芹"),
    (["陈方竞 (Chen, Fangjing)", "陳方競著"], "陈方竞"),
])  # fmt: skip
def test_one_author_in_many_spellings(forms, key):
    assert {author_key(form) for form in forms} == {key}


@pytest.mark.parametrize(("forms", "key"), [
    (["北京大学出版社", "北京大学出版社有限公司", "北京大學出版社", "北京大学出版社 ; 另一家"], "北京大学"),
    (["Penguin Books Ltd.", "Penguin", "Penguin Publishing Group"], "penguin"),
    (["商务印书馆"], "商务印书馆"),
])  # fmt: skip
def test_one_publisher_in_many_spellings(forms, key):
    assert {publisher_key(form) for form in forms} == {key}


@pytest.mark.parametrize(("statement", "key"), [
    ("第3版", "3"), ("第三版", "3"), ("3版", "3"), ("3rd ed.", "3"), ("Third edition", "3"),
    ("第3版(修订本)", "3 revised"), ("修订本", "revised"), ("", ""), ("第1版", "1"),
])  # fmt: skip
def test_the_number_of_an_edition(statement, key):
    assert edition_key(statement) == key


def test_unified_numbers_with_any_dot_are_equal():
    assert unified_key("13071·58") == unified_key("13071.58") == "13071.58"
    assert unified_key("无") == ""


def test_the_edition_may_stand_in_the_title():
    assert book(title="高等数学(第七版)").edition == "7"
    assert book(title="高等数学(第七版)").title == book().title


def test_keys_survive_the_way_through_the_database():
    keys = book(isbns=[ISBN], volume="上册", edition_statement="第7版")
    assert Keys.from_json(keys.as_json()) == keys


# --- Same --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("a", "b", "rule"), [
    ({"isbns": [ISBN]}, {"isbns": [ISBN], "title": "高等數學", "publisher": "高教社", "year": 2015}, "isbn"),
    ({"isbns": [ISBN]}, {"isbns": [ISBN], "subtitle": "工科类", "responsibility": ""}, "isbn"),
    ({"isbns": [ISBN], "volume": "上册"}, {"isbns": [ISBN], "title": "高等数学(上)"}, "isbn"),
    ({"unified_number": "13071·58"}, {"unified_number": "13071.58", "extent": ""}, "unified"),
    ({"foreign_ids": ["(OCoLC)ocn654818061"]}, {"foreign_ids": ["(OCoLC)654818061"], "year": 2013}, "foreign"),
    ({}, {"isbns": [ISBN], "extent": "v, 380页", "publisher": "高等教育出版社有限公司"}, "description"),
    ({"extent": ""}, {"responsibility": "同济大学数学系"}, "description"),
    ({"isbns": [ISBN], "year": 2014, "edition_statement": "第7版"},
     {"isbns": [ISBN], "year": 2019, "edition_statement": "第7版 2019年第9次印刷"}, "isbn"),
])  # fmt: skip
def test_one_edition_described_by_two_libraries(a, b, rule):
    result = judge(book(**a), book(**b))
    assert (result.verdict, result.rule) == (Verdict.SAME, rule)
    assert verdict(book(**a), book(**b)) is Verdict.SAME


# --- Different ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("a", "b"), [
    ({"volume": "上册"}, {"volume": "下册"}),
    ({"volume": "上册"}, {"volume": "全二册"}),
    ({"volume": "东南亚篇"}, {"volume": "俄罗斯篇"}),
    ({"volume": "微观经济学分册"}, {"volume": "宏观经济学分册"}),
    ({"volume": "卷I"}, {"volume": "卷II"}),
    ({"volume": "卷一"}, {"volume": "第二卷"}),
    ({"edition_statement": "第6版"}, {"edition_statement": "第7版"}),
    ({}, {"electronic": True, "material_type": "ebook"}),
    ({}, {"language": "eng"}),
    ({}, {"edition_statement": "影印本"}),
    ({"year": 2014}, {"year": 2018}),
    ({}, {"material_type": "serial"}),
])  # fmt: skip
def test_a_veto_counts_even_with_the_same_isbn(a, b):
    assert verdict(book(isbns=[ISBN], **a), book(isbns=[ISBN], **b)) is Verdict.DIFFERENT
    assert verdict(book(**a), book(**b)) is Verdict.DIFFERENT


@pytest.mark.parametrize(("a", "b"), [
    ({"extent": "在线资源(379页)"}, {}),
    ({"edition_statement": "Kindle edition"}, {}),
    ({"volume": "第10卷"}, {"extent": "12册"}),
    ({"material_type": "serial", "issn": "1000-5919"}, {"material_type": "serial", "issn": "0479-8023"}),
])  # fmt: skip
def test_the_carrier_the_set_and_the_number_tell_apart(a, b):
    assert verdict(book(**a), book(**b)) is Verdict.DIFFERENT


def test_what_comes_with_a_book_does_not_make_it_electronic():
    assert not book(extent="379页 + 1 electronic resource (CD-ROM)").electronic


@pytest.mark.parametrize("title", [
    "高等代数", "高等数学习题全解", "高等数学实验", "高等数学(英文版)", "高等数学2000题", "中等数学", "高等数学史",
])  # fmt: skip
def test_one_isbn_does_not_make_one_book_of_two_titles(title):
    assert verdict(book(isbns=[ISBN]), book(isbns=[ISBN], title=title)) is not Verdict.SAME


@pytest.mark.parametrize(("a", "b"), [
    ({"title": "世界通史", "volume": "第三卷 东南亚篇"}, {"title": "东南亚篇", "series": "世界通史 ; 第三卷"}),
    ({"title": "资本论 : 政治经济学批判"}, {"title": "资本论", "subtitle": "政治经济学批判"}),
    ({"title": "The C programming language"}, {"title": "C Programming Language"}),
    ({"title": "概率论与数理统计"}, {"title": "概率论和数理统计"}),
    ({"title": "大学英语", "volume": "精读 第4册"}, {"title": "大学英语精读", "volume": "第四册"}),
    ({"title": "高等数学(第七版)上册"}, {"volume": "上", "edition_statement": "第7版"}),
])  # fmt: skip
def test_one_title_written_in_two_ways(a, b):
    assert verdict(book(isbns=[ISBN], **a), book(isbns=[ISBN], **b)) is Verdict.SAME


@pytest.mark.parametrize("change", [
    {"responsibility": "刘浩荣编", "publisher": "同济大学出版社"},
    {"responsibility": "刘浩荣编", "extent": "298页"},
    {"extent": "120页"},
    {"year": 2013, "edition_statement": "第7版"},
])  # fmt: skip
def test_an_isbn_used_twice_waits_for_a_person(change):
    assert verdict(book(isbns=[ISBN]), book(isbns=[ISBN], **change)) is Verdict.DOUBT


def test_two_volumes_that_share_the_number_of_their_set_wait_for_a_person():
    set_isbn = "9787503717444"
    upper, lower = book(isbns=[ISBN, set_isbn]), book(isbns=[OTHER_ISBN, set_isbn], extent="351页")
    assert verdict(upper, lower) is Verdict.DOUBT


@pytest.mark.parametrize("change", [
    {"title": "线性代数"}, {"publisher": "科学出版社"}, {"year": 2013}, {"isbns": [OTHER_ISBN]}, {"title": "C语言"},
])  # fmt: skip
def test_other_books(change):
    assert verdict(book(isbns=[ISBN] if "isbns" in change else []), book(**change)) is Verdict.DIFFERENT


def test_c_and_its_relatives_are_three_languages():
    titles = [book(title=title) for title in ("C程序设计", "C++程序设计", "C#程序设计")]
    assert len({keys.title for keys in titles}) == 3


# --- In doubt ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("a", "b"), [
    ({"isbns": [ISBN], "volume": "上册"}, {"isbns": [ISBN]}),
    ({"isbns": [ISBN], "volume": "第2卷"}, {"isbns": [ISBN], "volume": "东南亚篇"}),
    ({"isbns": [ISBN]}, {"isbns": [ISBN], "title": "普通物理学教程"}),
    ({"isbns": [ISBN], "subtitle": "古代卷"}, {"isbns": [ISBN], "subtitle": "当代史"}),
    ({}, {"year": None}), ({}, {"publisher": ""}), ({}, {"edition_statement": "第7版"}),
    ({}, {"responsibility": "张三编"}), ({}, {"extent": "120页"}), ({"subtitle": "甲编"}, {"subtitle": "乙编"}),
    ({"year": 1465}, {"year": 1465}),
])  # fmt: skip
def test_what_is_not_certain_waits_for_a_person(a, b):
    assert verdict(book(**a), book(**b)) is Verdict.DOUBT


_words = st.sampled_from(["", "高等数学", "高等数学(上)", "线性代数", "第2版", "上册", "下册", "3"])
_keys = st.builds(
    lambda t, v, e, y, p, i: keys_of(
        Bibliographic(title=t, volume=v, edition_statement=e, year=y, publisher=p, isbns=i)
    ),
    _words, _words, _words, st.sampled_from([None, 1999, 2000, 2010]), _words,
    st.sampled_from([[], [ISBN], [OTHER_ISBN]]),
)  # fmt: skip


@given(_keys, _keys)
def test_the_order_of_two_records_never_matters(a, b):
    assert judge(a, b).verdict == judge(b, a).verdict


@given(_keys)
def test_a_record_never_contradicts_itself(keys):
    assert judge(keys, keys).verdict is not Verdict.DIFFERENT or not keys.title


# --- The labelled set ----------------------------------------------------------------------------------------


def test_the_labelled_pairs_are_decided_as_the_design_demands():
    pairs = read_pairs(PAIRS)
    same = sum(pair.same for pair in pairs)
    assert same >= 250
    assert len(pairs) - same >= 250
    assert all(pair.kind for pair in pairs)
    for chosen in (pairs, [pair for pair in pairs if pair.held_out]):
        found = figures(judged(chosen))
        assert found.precision >= 0.995
        assert found.recall >= 0.90


def test_a_pair_in_doubt_counts_as_not_merged(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text(
        "label,a_title,b_title,a_isbns,b_isbns,a_volume\n"
        f"same,高等数学,高等数学,{ISBN},{ISBN},\n"
        f"same,高等数学,高等数学,{ISBN},{ISBN},上册\n"
        f"different,高等数学,线性代数,{ISBN},{OTHER_ISBN},\n"
    )
    found = figures(judged(read_pairs(path)))
    assert (found.pairs, found.found, found.missed, found.wrong) == (3, 1, 1, 0)
    assert (found.precision, found.recall) == (1.0, 0.5)


@pytest.mark.parametrize(("content", "complaint"), [
    ("label,a_title,b_title,a_colour\nsame,甲,甲,red\n", "unknown columns: a_colour"),
    ("label,a_title\nsame,甲\n", "columns missing: b_title"),
    ("label,a_title,b_title\nmaybe,甲,甲\n", "line 2: label is 'maybe'"),
    ("label,a_title,b_title\nsame,甲,\n", "line 2: a record without title"),
    ("label,a_title,b_title\nsame,甲,乙,丙\n", "line 2: more values than columns"),
])  # fmt: skip
def test_a_file_in_another_format_is_refused_with_the_reason(tmp_path, content, complaint):
    path = tmp_path / "pairs.csv"
    path.write_text(content)
    with pytest.raises(BadPairs, match=complaint):
        read_pairs(path)
