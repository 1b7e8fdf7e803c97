"""The card of a record: areas in the order and with the punctuation of ISBD, from CNMARC and from MARC21."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.display import element_of, elements_of
from catalog.display.public import public_record
from catalog.marc.marc21 import prepare
from catalog.marc.reader import ReadRecord, read_file
from catalog.marc.record import Field, Record


def worksheet(*lines: str) -> Record:
    """A record from a cataloguer's worksheet: the leader, then `2001 ǂa…ǂf…`, `#` or `_` for a blank."""
    leader, *rest = lines
    fields = []
    for line in rest:
        head, *subfields = line.split("ǂ")
        if not subfields:
            fields.append(Field.control(head[:3], head[3:]))
            continue
        indicators = f"{head[3:].replace('#', ' ').replace('_', ' '):>2}"[-2:]
        pairs = [(subfield[0], subfield[1:]) for subfield in subfields]
        fields.append(Field.data_field(head[:3], indicators[0], indicators[1], pairs))
    return Record(f"{leader.replace('_', ' '):24}"[:24], fields)


def cnmarc(*lines: str) -> Record:
    return worksheet("00000nam0 2200000   45__", *lines)


def marc21(*lines: str) -> Record:
    return worksheet("00000nam a2200000 a 4500", *lines)


def lines_of(record: Record, syntax: str, name: str) -> list[str]:
    element = element_of(record, syntax, name)
    return element.lines if element else []


@pytest.mark.shared_data
def test_the_cases_of_another_librarys_displays_come_out_the_same(shared_data: Path) -> None:
    cases = json.loads((shared_data / "cnmarc" / "isbd_display_cases_18.json").read_text(encoding="utf-8"))
    assert len(cases) == 18
    differing = {}
    for case in cases:
        element = element_of(worksheet(*case["worksheet"]), "cnmarc", case["element"])
        shown = [{"label": element.label, "value": element.value, "type": element.name}] if element else []
        if shown != case["expected"]:
            differing[case["name"]] = (shown, case["expected"])
    assert differing == {}


CNMARC_AREAS = [
    # field as written by a cataloguer, element, lines of the card
    ("010  ǂa978-7-5037-1744-1ǂb精装ǂdCNY79.00", "isbn_price", ["978-7-5037-1744-1 (精装) : CNY79.00"]),
    ("010  ǂa7-5037-1744-0 (上册)ǂd￥0.40", "isbn_price", ["978-7-5037-1744-4 (上册) : ￥0.40"]),
    ("010  ǂb平装ǂd0.38元", "isbn_price", ["(平装) : 0.38元"]),
    ("011  ǂa1000-1234ǂdCNY5.00", "isbn_price", ["ISSN 1000-1234 : CNY5.00"]),
    ("091  ǂa13043.77ǂdCNY0.65", "isbn_price", ["统一书号 13043.77 : CNY0.65"]),
    ("1010 ǂachi", "language", ["中文"]),
    ("1011 ǂachiǂceng", "language", ["中文 (译自英文)"]),
    ("1012 ǂachiǂaeng", "language", ["中文 ; 英文"]),
    ("102  ǂaCNǂb110000", "country", ["中国"]),
    ("2001 ǂa高等数学ǂb专著ǂh上册ǂf同济大学编", "title_area", ["高等数学 [专著]. 上册 / 同济大学编"]),
    ("2001 ǂa数学ǂh第3册ǂi几何ǂf甲编ǂg乙译", "title_area", ["数学. 第3册, 几何 / 甲编 ; 乙译"]),
    ("2001 ǂa狂人日记ǂa阿Qǂf鲁迅著", "title_area", ["狂人日记 ; 阿Q / 鲁迅著"]),
    ("205  ǂa第2版ǂf王五修订", "edition_area", ["第2版 / 王五修订"]),
    ("210  ǂa北京ǂc科学出版社ǂd2001ǂe上海ǂg中华印刷厂ǂh2002", "publication_area",
     ["北京 : 科学出版社, 2001 (上海 : 中华印刷厂, 2002)"]),
    ("215  ǂa2册 (320, 280页)ǂc彩图ǂd27cmǂe光盘1张", "physical_area", ["2册 (320, 280页) : 彩图 ; 27cm + 光盘1张"]),
    ("2252 ǂa高校教材ǂh第2辑ǂi数学ǂv5ǂx1000-1234", "series_area", ["(高校教材. 第2辑, 数学 ; 5, ISSN 1000-1234)"]),
    ("410 0ǂ12001 ǂa走向未来丛书ǂv3", "series_area", ["(走向未来丛书 ; 3)"]),
    ("300  ǂa附录：习题", "notes_area", ["附录：习题"]),
    ("327  ǂa第一章 ; 第二章", "contents", ["第一章 ; 第二章"]),
    ("330  ǂa本书介绍……", "abstract", ["本书介绍……"]),
    ("600 0ǂa鲁迅ǂf1881-1936ǂx人物研究", "subjects", ["鲁迅 (1881-1936)-人物研究"]),
    ("610  ǂa微积分ǂa教材", "subjects", ["微积分", "教材"]),
    ("690  ǂaO13ǂv4", "classes", ["O13 (中图法第4版)"]),
    ("701 0ǂa石福庆ǂc女ǂf1933-ǂ4主编", "names", ["石福庆 (女) (1933-) 主编"]),
    ("702 1ǂaKnuthǂbDonald E.ǂ4070", "names", ["Knuth, Donald E. 著"]),
    ("71102ǂa国际数学家大会ǂd第24届ǂf2002ǂe北京ǂ4编", "names", ["国际数学家大会 (第24届 ; 2002 ; 北京) 编"]),
]  # fmt: skip


@pytest.mark.parametrize(("line", "name", "expected"), CNMARC_AREAS)
def test_an_area_of_cnmarc(line: str, name: str, expected: list[str]) -> None:
    assert lines_of(cnmarc(line), "cnmarc", name) == expected


MARC21_AREAS = [
    ("24510ǂaDon Quixote =ǂbDon Kichote : a novel /ǂcCervantes.", "title_area",
     ["Don Quixote = Don Kichote : a novel / Cervantes"]),
    ("24510ǂaHistory.ǂnPart 2,ǂpThe war /ǂcby A. B.", "title_area", ["History. Part 2, The war / by A. B."]),
    ("24500ǂa离散数学ǂb理论与习题ǂc李四编", "title_area", ["离散数学 : 理论与习题 / 李四编"]),
    ("250  ǂa2nd ed. /ǂbrevised by C. Dunn.", "edition_area", ["2nd ed. / revised by C. Dunn."]),
    ("260  ǂaLondon ;ǂaParis :ǂbFaber,ǂc1999ǂe(Leeds :ǂfPrinter,ǂg2000)", "publication_area",
     ["London ; Paris : Faber, 1999 (Leeds : Printer, 2000)"]),
    ("264 1ǂa北京 :ǂb科学出版社,ǂc2001.", "publication_area", ["北京 : 科学出版社, 2001"]),
    ("300  ǂaxii, 320 p. :ǂbill. ;ǂc24 cm +ǂe1 disc.", "physical_area", ["xii, 320 p. : ill. ; 24 cm + 1 disc."]),
    ("4901 ǂaLecture notes ;ǂv12", "series_area", ["(Lecture notes ; 12)"]),
    ("020  ǂa7503717440 (hbk.) :ǂc$12.00", "isbn_price", ["978-7-5037-1744-4 (hbk.) : $12.00"]),
    ("650 0ǂaMathematicsǂxHistoryǂy20th century.", "subjects", ["Mathematics--History--20th century"]),
    ("0820 ǂa515/.3ǂ219", "classes", ["515.3 (DDC)"]),
    ("0410 ǂaengfreǂhger", "language", ["英文 ; 法文 (译自德文)"]),
]  # fmt: skip


@pytest.mark.parametrize(("line", "name", "expected"), MARC21_AREAS)
def test_an_area_of_marc21(line: str, name: str, expected: list[str]) -> None:
    assert lines_of(marc21(line), "marc21", name) == expected


def test_original_script_stands_before_its_romanisation() -> None:
    record = marc21("24510ǂ6880-01ǂaLi san shu xue /ǂcLi Si.", "88010ǂ6245-01/$1ǂa离散数学 /ǂc李四.")
    assert lines_of(record, "marc21", "title_area") == ["离散数学 / 李四", "Li san shu xue / Li Si"]
    assert prepare(record).romanised


def test_the_elements_come_in_the_order_of_a_card_and_only_those_there_are() -> None:
    record = cnmarc("690  ǂaO13", "2001 ǂa高等数学ǂf同济大学编", "210  ǂa北京", "010  ǂa7503717440")
    found = elements_of(record, "cnmarc")
    assert list(found) == ["isbn_price", "title_area", "title", "author", "publication_area", "classes"]
    with pytest.raises(KeyError):
        element_of(record, "cnmarc", "no such element")


@pytest.mark.shared_data
@pytest.mark.parametrize("folder", ["cnmarc", "marc21", "marc8"])
def test_every_real_record_has_a_title_area_without_double_marks(shared_data: Path, folder: str) -> None:
    seen = 0
    for path in sorted((shared_data / folder).glob("*")):
        if path.suffix not in (".iso", ".mrc", ".marc", ".xml"):
            continue
        for read in read_file(path):
            if not isinstance(read, ReadRecord) or read.garbled or not read.record.has("200") | read.record.has("245"):
                continue
            for line in elements_of(read.record, read.syntax)["title_area"].lines:
                assert not any(twice in line for twice in ("/ /", ": :", " ; ;", "= =", " / : ")), line
            seen += 1
    assert seen


_TAGS = st.sampled_from(
    ["001", "008", "010", "011", "020", "041", "082", "091", "101", "102", "200", "205", "206", "210", "215", "225",
     "245", "250", "260", "264", "300", "327", "410", "490", "600", "606", "690", "700", "711", "880", "905", "AVA"]
)  # fmt: skip
_SUBFIELDS = st.lists(st.tuples(st.sampled_from("abcdefghipv46x9A"), st.text(max_size=12)), max_size=6)


@given(
    fields=st.lists(st.tuples(_TAGS, _SUBFIELDS, st.text(max_size=40)), max_size=12),
    syntax=st.sampled_from(["cnmarc", "marc21"]),
)
def test_no_record_however_odd_breaks_a_card(fields: list[tuple[str, list[tuple[str, str]], str]], syntax: str) -> None:
    made = [
        Field.data_field(tag, " ", " ", pairs) if pairs else Field.control(tag, data) for tag, pairs, data in fields
    ]
    for element in elements_of(Record("00000nam0 2200000   45__", made), syntax).values():
        assert element.lines
        assert all(line.strip() for line in element.lines)
    kept = {f.tag for f in public_record(Record("", made), syntax).fields}
    assert kept.isdisjoint({"905", "AVA"})
