"""Which libraries have a catalogue in the demo world, what they collect, and how each of them catalogues.

The habits differ on purpose: merging the same edition from libraries that write it differently is what the union
catalogue has to do. Barcodes, call numbers and locations are invented in the manner of real libraries.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

# 流通情况 as the demo world thinks of it; a library may have other words for it (Shelf.words).
ON_SHELF, LENT, READING_ROOM, IN_PROCESS = "在架", "借出", "阅览", "编目中"


class Volume(Enum):
    """Where a library writes the volume of a set."""

    SUBFIELD = "200 $h"
    TITLE = "behind the title"


class Holdings(Enum):
    """In which shape a library keeps its copies inside its records."""

    COPY_905 = "one 905 per copy"
    BARCODES_905 = "one 905, $b repeated"
    COPY_906 = "906 per copy beside a 905 for the title"
    COPY_852 = "MARC21 852 per copy"
    KOHA_952 = "Koha's 952 per copy"


class Numbering(Enum):
    """How books of one class are told apart in the call number."""

    AUTHOR = "initial of the author and a number: O13/T734"
    SERIAL = "serial of the class: O13/04, volumes /1 /2"


@dataclass(frozen=True)
class Shelf:
    """One library's catalogue file; `library` is the library's request prefix (libraries.csv).

    collects: weights by main class of the Chinese Library Classification ("" for all others); size scales all.
    barcode: prefix, then a number of `digits` digits.
    """

    library: str
    size: float
    collects: dict[str, float]
    barcode: str
    digits: int
    locations: tuple[str, ...]
    marc21: bool = False
    xml: bool = False
    encoding: str = "utf-8"
    holdings: Holdings = Holdings.COPY_905
    numbering: Numbering = Numbering.AUTHOR
    volume: Volume = Volume.SUBFIELD
    isbn_style: str = "hyphens"  # hyphens, plain, or isbn10 where the number has such a form
    brackets: str = "()"  # around the nation or dynasty of an author
    rule_of_three: bool = False  # four authors and more: the first and 等
    bare_edition: bool = False  # 7版 instead of 第7版
    spaced_latin: bool = False  # C++ Primer 中文版 instead of C++ Primer中文版
    subtitle_in_title: bool = False
    pinyin: bool = False
    words: dict[str, str] = field(default_factory=dict)  # its own words for 流通情况

    def status_word(self, status: str) -> str:
        return self.words.get(status, status)


ALL = {"": 1.0}
ENGINEERING = {"T": 2.0, "O": 1.6, "U": 1.2, "V": 1.0, "X": 1.0, "P": 0.8, "N": 0.8, "I": 0.5, "F": 0.5, "": 0.35}
HUMANITIES = {"I": 1.8, "K": 1.8, "B": 1.8, "H": 1.5, "D": 1.2, "C": 1.2, "G": 1.2, "J": 1.0, "F": 0.8, "": 0.3}
ECONOMY = {"F": 2.5, "D": 1.2, "C": 1.2, "O": 0.6, "H": 0.7, "I": 0.4, "": 0.2}
LAW = {"D": 3.0, "C": 1.2, "B": 1.0, "K": 1.0, "I": 0.6, "F": 0.6, "": 0.15}
LANGUAGES = {"H": 3.0, "I": 2.2, "K": 1.0, "G": 1.0, "B": 0.6, "": 0.2}
MEDICINE = {"R": 4.0, "Q": 1.6, "B": 0.4, "O": 0.4, "": 0.08}
NATURE = {"S": 4.0, "Q": 2.0, "X": 1.5, "P": 1.0, "O": 0.6, "F": 0.5, "": 0.15}
ARTS = {"J": 4.0, "I": 1.2, "K": 0.6, "B": 0.5, "G": 0.5, "": 0.08}

UNIVERSITY_STACKS = ("中心书库(二层)", "社科阅览室", "科技阅览室", "流通部", "教材参考书库")

# 国家图书馆 catalogues Chinese books in CNMARC and foreign ones, which it lends as well, in a MARC21 file.
NATIONAL_SHELF = Shelf(
    "NLC", 2.2, ALL, "31100", 9, ("中文图书基藏库", "北区中文图书区", "保存本库"), pinyin=True
)  # fmt: skip
FOREIGN_SHELF = Shelf(
    "NLC", 2.0, ALL, "32200", 9, ("外文图书基藏库", "外文文献阅览室"), marc21=True, holdings=Holdings.COPY_852
)  # fmt: skip

SHELVES: tuple[Shelf, ...] = (
    NATIONAL_SHELF,
    Shelf("ST", 1.4, HUMANITIES, "546", 11, ("普通外借室", "参考外借室", "保存本书库"), encoding="gb18030",
          brackets="（）", isbn_style="plain", words={ON_SHELF: "归还", LENT: "流通中"}),
    Shelf("QH", 1.6, ALL, "C0", 7, ("北馆三层", "逸夫馆二层", "人文馆三层", "文科图书馆"), marc21=True, xml=True,
          holdings=Holdings.COPY_852),
    Shelf("BD", 1.8, ALL, "211010", 9, ("主馆阅览区二层", "主馆阅览区三层", "保存本阅览室", "昌平储存馆"),
          pinyin=True),
    Shelf("BDYX", 0.7, MEDICINE, "M", 7, ("开架书库", "教学参考书库"), encoding="gb18030", volume=Volume.TITLE),
    Shelf("BSD", 1.3, {**HUMANITIES, "G": 2.5, "O": 1.0}, "20", 6, ("主馆四层", "主馆五层", "教育学分馆"),
          holdings=Holdings.COPY_906, pinyin=True),
    Shelf("SSD", 0.9, HUMANITIES, "S", 8, ("流通书库", "文科阅览室"), encoding="gb18030", rule_of_three=True),
    Shelf("BUPT", 1.3, {**ENGINEERING, "F": 0.9}, "T", 8,
          ("中文图书借阅区(三层)", "中文图书借阅区(四层)", "沙河校区图书馆"), spaced_latin=True),
    Shelf("BH", 1.0, {**ENGINEERING, "V": 3.0}, "H", 7, UNIVERSITY_STACKS, holdings=Holdings.BARCODES_905),
    Shelf("BLG", 1.0, ENGINEERING, "B", 7, UNIVERSITY_STACKS, encoding="gb18030", bare_edition=True),
    Shelf("BJD", 0.9, {**ENGINEERING, "U": 3.0}, "JD", 7, ("三层借阅区", "四层借阅区", "五层借阅区"), marc21=True,
          holdings=Holdings.KOHA_952),
    Shelf("BGD", 0.8, ENGINEERING, "G", 7, UNIVERSITY_STACKS, isbn_style="isbn10"),
    Shelf("BHG", 0.8, ENGINEERING, "HG", 6, ("流通部", "科技书库", "社科书库"), encoding="gb18030",
          volume=Volume.TITLE),
    Shelf("HD", 0.7, {**ENGINEERING, "T": 2.4}, "DL", 6, ("一校区流通部", "主楼书库"), subtitle_in_title=True),
    Shelf("KD", 1.1, {**ENGINEERING, "P": 1.6}, "C6", 6, ("流通部", "科技阅览室", "社科阅览室"), encoding="gb18030",
          numbering=Numbering.SERIAL, rule_of_three=True),
    Shelf("SY", 0.7, {**ENGINEERING, "P": 1.8}, "SY", 7, ("流通书库", "工具书阅览室"), numbering=Numbering.SERIAL),
    Shelf("BW", 0.9, LANGUAGES, "W", 7, ("中文书库", "外文书库", "教学参考书阅览室"), brackets="[]"),
    Shelf("BYY", 0.7, LANGUAGES, "YY", 6, ("流通书库", "社科阅览室"), encoding="gb18030"),
    Shelf("DWJM", 0.8, ECONOMY, "JM", 7, ("中文图书借阅室", "经贸专业阅览室"), rule_of_three=True),
    Shelf("BL", 0.7, NATURE, "L", 7, ("自然科学借阅室", "社会科学借阅室"), encoding="gb18030",
          holdings=Holdings.BARCODES_905),
    Shelf("NDD", 0.8, NATURE, "N", 7, ("东区中文书库", "东区阅览室")),
    Shelf("CM", 0.7, ARTS, "CM", 7, ("中文图书阅览区", "艺术阅览室"), bare_edition=True),
    Shelf("SYK", 0.7, MEDICINE, "Y", 7, ("流通书库", "医学阅览室"), isbn_style="plain"),
    Shelf("RD", 1.2, {**HUMANITIES, "F": 2.0, "D": 2.0}, "RD", 8, ("中文图书借阅区", "藏书馆", "保存本书库"),
          pinyin=True),
    Shelf("FD", 0.7, LAW, "Z", 7, ("昌平校区流通部", "学院路校区书库"), brackets="（）"),
    Shelf("XKX", 0.5, ENGINEERING, "XK", 6, ("小营校区流通部",), numbering=Numbering.SERIAL),
    Shelf("XKJ", 0.4, ENGINEERING, "JX", 6, ("健翔桥校区流通部",), numbering=Numbering.SERIAL),
)  # fmt: skip

_RULE_905 = {"field": "905", "copies": "group", "barcode": "b", "call_number": ["s", "d/e"], "location": "l",
             "status": "k"}  # fmt: skip
_RULE_852 = {"field": "852", "copies": "field", "barcode": "p", "call_number": ["h/i"], "location": "b", "status": "z"}
_RULE_952 = {"field": "952", "copies": "field", "barcode": "p", "call_number": ["o"], "location": "c", "status": "7",
             "flags": {"q": "on_loan"}}  # fmt: skip

# Holdings profiles of the libraries that the importer's default does not understand (catalog/marc/holdings.py).
PROFILES: dict[str, dict[str, Any]] = {
    "NLC": {"rules": [_RULE_905, _RULE_852], "status_words": {}},
    "ST": {"rules": [_RULE_905], "status_words": {"归还": "available", "流通中": "on_loan"}},
    "QH": {"rules": [_RULE_852], "status_words": {}},
    "BJD": {"rules": [_RULE_952], "status_words": {"0": "available", "1": "reference", "-1": "processing"}},
}
