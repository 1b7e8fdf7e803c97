"""When two records are one edition: vetoes, doubts and acceptance, each rule shown by a pair of books."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.merge import PAIRS, BadPairs, figures, judged, read_pairs
from catalog.marc.bibliographic import Bibliographic
from catalog.merging import Keys, Verdict, judge, keys_of
from catalog.review.reasons import reason_text

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
    ({"title": "古小说丛刊. 酉阳杂俎"}, {"title": "酉阳杂俎", "series": "古小说丛刊"}),
    ({"title": "义务教育教科书 语文"}, {"title": "语文", "subtitle": "义务教育教科书"}),
    ({"title": "中国大百科全书·土木工程卷"}, {"title": "中国大百科全书", "volume": "土木工程"}),
    ({"title": "90中国经济总汇"}, {"title": "'90中国经济总汇"}),
    ({"title": "药典 2020"}, {"title": "药典", "edition_statement": "2020年版"}),
    ({"series": "环境科学丛书 ; 3"}, {"series": "环境科学丛书", "series_volume": "3"}),
    ({"title": "信号与系统 = Signals and systems"}, {"title": "Signals and systems"}),
    ({"title": "Zhong yuan nong min gong yan jiu"}, {"title": "中原农民工研究"}),
    ({"title": "Theorie der Zahlkörper"}, {"title": "Theorie der Zahlkoerper"}),
])  # fmt: skip
def test_one_title_written_in_two_ways(a, b):
    assert verdict(book(isbns=[ISBN], **a), book(isbns=[ISBN], **b)) is Verdict.SAME


@pytest.mark.parametrize(("a", "b"), [
    ("中国古代建筑史", "中国古代建筑吏"), ("己亥杂诗注", "已亥杂诗注"), ("苏北平原的疍民", "苏北平原的蛋民"),
    ("有机化学实验与指导", "有机化学实验实验与指导"), ("Elements of aerodynamics", "Elements of aerodynmics"),
])  # fmt: skip
def test_a_slip_of_the_pen_is_no_other_book_where_all_else_agrees(a, b):
    assert verdict(book(isbns=[ISBN], title=a), book(isbns=[ISBN], title=b)) is Verdict.SAME
    assert verdict(book(isbns=[ISBN], title=a), book(isbns=[ISBN], title=b, extent="420页")) is Verdict.DOUBT
    assert verdict(book(title=a), book(title=b)) is Verdict.DIFFERENT


@pytest.mark.parametrize(("a", "b"), [
    ("Principles of microeconomics", "Principles of macroeconomics"), ("Organic chemistry", "Inorganic chemistry"),
    ("Physics for engineers", "Physics for engineers with modern physics"), ("旅游法教程", "旅游学教程"),
    ("统计学原理", "会计学原理"), ("小动物的歌", "小动物的家"), ("理论力学", "理论力学基础"),
    ("Java : how to program, early objects", "Java : how to program, late objects"),
    ("Headway : pre-intermediate", "Headway : upper-intermediate"),
    ("Topics in algebra", "Topics in algebra : student edition"),
    ("Chemistry", "Chemistry : laboratory experiments"), ("Python for kids", "Python for lids"),
])  # fmt: skip
def test_one_word_makes_another_book_even_where_all_else_agrees(a, b):
    assert verdict(book(isbns=[ISBN], title=a), book(isbns=[ISBN], title=b)) is Verdict.DOUBT


@pytest.mark.parametrize(("a", "b"), [
    ({"publisher": "Pearson Prentice Hall"}, {"publisher": "Prentice-Hall"}),
    ({"publisher": "John Wiley & Sons"}, {"publisher": "Wiley"}),
    ({"publisher": "Советский писатель"}, {"publisher": "Сов. писатель"}),
    ({"publisher": "Presses universitaires de France"}, {"publisher": "P.U.F."}),
    ({"publisher": "云南省社会科学院东巴文化研究室"}, {"publisher": "云南省社科院东巴文化研究室"}),
    ({"publisher": "编者刊"}, {"publisher": "[编者]"}),
    ({"publisher": "同济大学数学系"}, {"publisher": "编者"}),
    ({"responsibility": "章炳麟撰"}, {"responsibility": "章太炎讲"}),
    ({"responsibility": "李四光 ; 王五"}, {"responsibility": "李四光等编著"}),
    ({"responsibility": "под ред. М. М. Паламарчука"}, {"responsibility": "[Паламарчук М. М. и др.]"}),
    ({"responsibility": "Jürg Glauser"}, {"responsibility": "Glauser, Juerg"}),
])  # fmt: skip
def test_one_name_written_in_two_ways(a, b):
    assert verdict(book(**a), book(**b)) is Verdict.SAME


@pytest.mark.parametrize("words", ["缩微胶卷", "盲文", "大字本", "large print", "microfiche"])
def test_what_carries_the_text_tells_apart(words):
    assert verdict(book(isbns=[ISBN]), book(isbns=[ISBN], extent=f"379页 ({words})")) is Verdict.DIFFERENT
    assert verdict(book(isbns=[ISBN]), book(isbns=[ISBN], extent="379页, 附光盘1张")) is Verdict.SAME


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
    {"title": "线性代数"}, {"publisher": "科学出版社", "extent": "298页"}, {"year": 2013}, {"title": "C语言"},
    {"isbns": [OTHER_ISBN], "extent": "298页"},
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
    ({}, {"responsibility": "张三编"}), ({}, {"extent": "120页"}), ({"subtitle": "文科类"}, {"subtitle": "工科类"}),
    ({"year": 1465}, {"year": 1465}),
    ({}, {"publisher": "科学出版社"}), ({}, {"publisher": "Higher Education Press"}),
    ({"isbns": [ISBN]}, {"isbns": [OTHER_ISBN]}),
    ({"isbns": [ISBN]}, {"isbns": [ISBN], "edition_statement": "学生版"}),
    ({"isbns": [ISBN], "edition_statement": "修订版"}, {"isbns": [ISBN], "edition_statement": "增订版"}),
    ({"isbns": [ISBN], "edition_statement": "第1版"}, {"isbns": [ISBN], "edition_statement": "修订版"}),
    ({"isbns": [ISBN], "volume": "图片"}, {"isbns": [ISBN], "volume": "tu pian"}),
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


def test_every_doubt_has_words_for_the_person_who_decides():
    doubts = {judgement.rule for _pair, judgement in judged(read_pairs(PAIRS)) if judgement.verdict is Verdict.DOUBT}
    assert len(doubts) > 12
    assert not [rule for rule in doubts if reason_text(rule) == rule]


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
