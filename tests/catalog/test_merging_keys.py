"""The keys that records are compared by: titles taken apart, volumes, editions, names, each in many spellings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.marc.bibliographic import Bibliographic
from catalog.merging import (
    Keys,
    author_key,
    edition_key,
    keys_of,
    publisher_key,
    split_title,
    unified_key,
    volume_key,
)

ISBN = "9787040396638"


def book(**said: object) -> Keys:
    described: dict[str, object] = {
        "title": "高等数学", "responsibility": "同济大学数学系编", "publisher": "高等教育出版社", "year": 2014,
        "language": "chi", "extent": "379页",
    }  # fmt: skip
    return keys_of(Bibliographic(**(described | said)))  # type: ignore[arg-type]


@pytest.mark.parametrize(("written", "title", "tail"), [
    ("高等数学(上册)", "高等数学", "上册"), ("高等数学 上", "高等数学", "上"), ("资本论第一卷", "资本论", "第一卷"),
    ("三国演义（全二册）", "三国演义", "全二册"), ("Calculus vol. 2", "calculus", "vol. 2"),
    ("大学英语4", "大学英语", "4"),
    ("语文 七年级上册", "语文", "七年级上册"), ("资本论(第一卷 上册)", "资本论", "第一卷 上册"),
    ("史记(一)", "史记", "一"), ("鲁迅全集 卷上", "鲁迅全集", "卷上"),
    ("量子力学 卷Ⅱ", "量子力学", "卷ii"), ("物理 必修 第二册", "物理", "必修 第二册"),
    ("Calculus. Part A", "calculus", "part a"),
    ("Война и мир. Т. 1-2", "война и мир", "т. 1-2"), ("Tirol. Zweites Buch", "tirol", "zweites buch"),
    ("天下", "天下", ""), ("水下", "水下", ""), ("1984", "1984", ""), ("1Q84", "1q84", ""), ("MP3", "mp3", ""),
    ("Sur le Parti", "sur le parti", ""), ("Age of TV", "age of tv", ""),
    ("论语", "论语", ""), ("红与黑(插图本)", "红与黑(插图本)", ""), ("晚清史 1800-1911年", "晚清史 1800-1911年", ""),
])  # fmt: skip
def test_the_volume_at_the_end_of_a_title(written, title, tail):
    assert split_title(written) == (title, tail)


@pytest.mark.parametrize(("forms", "key"), [
    (["第二卷", "第2卷", "2", "vol. 2", "Vol.2", "II", "Ⅱ", "第二册", "(2)", "Bd. 2"], "2"),
    (["VI", "vol. VI", "第六卷", "6"], "6"),
    (["上", "上册", "上卷", "(上)"], "上"),
    (["全三册", "上中下", "上、下册", "全2卷"], "set"),
    (["东南亚篇"], "|东南亚篇"),
    (["第二十一卷", "第廿一卷", "21", "第21分册"], "21"),
    (["第三卷", "第叁卷", "卷三", "三", "第三部分"], "3"),
    (["Volume Three", "Third volume", "tome 3", "Teil 3", "часть третья", "卷III"], "3"),
    (["七年级上册", "七年级 上", "7年级上册"], "7.上"),
    (["必修1", "必修一", "必修第1册"], "1|必修"),
    (["卷上", "上卷"], "上"),
    (["Part A", "A"], "a"),
    (["1893-1949", "一八九三——一九四九"], "|18931949"),
])  # fmt: skip
def test_one_volume_in_many_spellings(forms, key):
    assert {volume_key(form, form) for form in forms} == {key}


def test_number_and_name_of_a_volume():
    assert volume_key("第二卷", "第二卷 东南亚篇") == "2|东南亚篇"
    assert volume_key("第2卷", "第2卷 第3册") == "2.3"


@pytest.mark.parametrize(("title", "key", "volume"), [
    ("水工设计手册. 第八卷, 水电站建筑物", "水工设计手册", "8|水电站建筑物"),
    ("追忆似水年华 2 在少女们身旁", "追忆似水年华", "2|在少女们身旁"),
    ("三体Ⅱ·黑暗森林", "三体", "2|黑暗森林"),
    ("民国社会调查丛编(二编)·乡村经济卷(上)", "民国社会调查丛编", "2.上|乡村经济卷"),
    ("The art of programming. Volume two, sorting", "artofprogramming", "2|sorting"),
    ("2011中国年度诗歌", "中国年度诗歌", "2011"),
    ("'94中国发展报告", "中国发展报告", "1994"),
    ("2005年:中国经济形势分析与预测", "中国经济形势分析与预测", "2005"),
    ("Age of TV heroes", "ageoftvheroes", ""), ("Symphony no. 4 in E minor", "symphonyno4ineminor", ""),
])  # fmt: skip
def test_a_volume_inside_a_title(title, key, volume):
    keys = book(title=title)
    assert (keys.title, keys.volume) == (key, volume)


@pytest.mark.parametrize(("title", "key"), [
    ("红楼梦 [专著]", "红楼梦"), ("高等数学 / 同济大学数学系编", "高等数学"),
    ("高等数学=Advanced mathematics", "高等数学"),
    ("Bingchuan yu dongtu shuiwenxue 冰川与冻土水文学", "冰川与冻土水文学"), ("The eye (The wheel, #1)", "eye"),
    ("十三經注疏(附校勘記)", "十三经注疏"), ("中國文化史導論（修訂本）", "中国文化史导论"),
    ("十三经注疏(附校勘记)", "十三经注疏"), ("Calculus, 8th edition", "calculus"), ("Calculus 7e", "calculus"),
    ("现代汉语词典(第7版)精装", "现代汉语词典"), ("西方经济学(微观部分·第7版)", "西方经济学微观部分"),
    ("药典 2020年版", "药典"),
])  # fmt: skip
def test_what_is_no_part_of_a_title(title, key):
    assert book(title=title).title == key


@pytest.mark.parametrize(("extent", "pages"), [
    ("251, 8 p.", 251), ("3, 7, 244 pages", 244), ("xx, 618页", 618), ("310 c.", 310), ("2册", None),
])  # fmt: skip
def test_the_longest_count_of_pages_is_that_of_the_text(extent, pages):
    assert book(extent=extent).pages == pages


@pytest.mark.parametrize(("forms", "key"), [
    (["(法)儒勒·凡尔纳著", "儒勒·凡尔纳", "〔法〕儒勒·凡尔纳 著"], "儒勒凡尔纳"),
    (["Shakespeare, William", "William Shakespeare", "by William Shakespeare"], "shakespeare william"),
    (["[清]曹雪芹著", "曹雪芹", "(清) 曹雪芹撰"], "曹雪芹"),
    (["陈方竞 (Chen, Fangjing)", "陳方競著"], "陈方竞"), (["이기백 지음", "이기백"], "이기백"),
])  # fmt: skip
def test_one_author_in_many_spellings(forms, key):
    assert {author_key(form) for form in forms} == {key}


@pytest.mark.parametrize(("forms", "key"), [
    (["北京大学出版社", "北京大学出版社有限公司", "北京大學出版社", "北京大学出版社 ; 另一家"], "北京大学"),
    (["Penguin Books Ltd.", "Penguin", "Penguin Publishing Group"], "penguin"),
    (["商务印书馆", "上海商务印书馆"], "商务印书馆"),
    (["三联书店(北京)", "生活·读书·新知三联书店"], "生活读书新知三联书店"),
    (["Cambridge U.P.", "Cambridge Univ. Pr.", "Cambridge University Press"], "cambridge university"),
    (["编者", "编者刊", "The Association", "the author"], "自印"),
])  # fmt: skip
def test_one_publisher_in_many_spellings(forms, key):
    assert {publisher_key(form) for form in forms} == {key}


@pytest.mark.parametrize(("statement", "key"), [
    ("第3版", "3"), ("第三版", "3"), ("3版", "3"), ("3rd ed.", "3"), ("Third edition", "3"),
    ("第3版(修订本)", "3 revised"), ("修订本", "revised"), ("", ""), ("第1版", "1"), ("初版", "1"),
    ("Twelfth edition", "12"), ("Ed. 2", "2"), ("2e éd.", "2"), ("2d ed.", "2"), ("Izd. 2-e", "2"),
    ("Wyd. 1", "1"), ("초판", "1"),
    ("6., neu bearbeitete Aufl.", "6"), ("2. überarb. und erw. Aufl.", "2 revised enlarged"),
    ("4., überarb. Aufl.", "4 revised"),
    ("2020年版", "2020"), ("修订第二版", "r2 revised"),
    ("第2版(原书第8版)", "2 o8"), ("修订增补版", "revised enlarged"), ("精装", "bound"),
])  # fmt: skip
def test_the_number_of_an_edition(statement, key):
    assert edition_key(statement) == key


def test_unified_numbers_with_any_dot_are_equal():
    assert unified_key("13071·58") == unified_key("13071.58") == "13071.58"
    assert unified_key("10036·0120") == unified_key("10036.120")
    assert unified_key("无") == ""


def test_the_edition_may_stand_in_the_title():
    assert book(title="高等数学(第七版)").edition == "7"
    assert book(title="高等数学(第七版)").title == book().title


_PIECES = """
高等数学 第 二 12 版 册 上 ( ) . ： = / ； 修订 再版 初版 ed. 2nd vol iv [专著] #3 年 2015 著 等 出版社 三百 第百 廿
大字本 — '94 № Ⅻ ² ٣
"""
_said = st.lists(st.sampled_from([*_PIECES.split(), " "]), max_size=8).map("".join)


@given(_said, _said, _said, _said, _said)
def test_no_text_is_too_odd_to_have_keys(title, volume, edition, names, extent):
    said = Bibliographic(
        title=title, subtitle=volume, volume=volume, edition_statement=edition, responsibility=names, publisher=names,
        extent=extent, series=title, series_volume=volume, unified_number=volume, notes=[edition],
    )  # fmt: skip
    assert Keys.from_json(keys_of(said).as_json()) == keys_of(said)


def test_keys_survive_the_way_through_the_database():
    keys = book(isbns=[ISBN], volume="上册", edition_statement="第7版")
    assert Keys.from_json(keys.as_json()) == keys
