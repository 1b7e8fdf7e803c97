"""Nothing garbled gets in silently: text that was spoilt before it reached us is called so, sound text never."""

import csv
import io
from pathlib import Path

import pytest

from catalog.marc.encodings import garbled, garbled_title
from catalog.marc.reader import ReadRecord, read_file, read_stream
from catalog.marc.record import Field
from catalog.marc.writer import write_iso2709, write_marcxml
from tests.catalog.records import cnmarc_book

TITLES = ["高等数学", "中国发展报告研究", "红楼梦", "概率论与数理统计", "计算机网络原理", "时间简史"]


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize(("was", "read_as"), [
    ("utf-8", "latin-1"), ("utf-8", "cp1252"), ("utf-8", "gb18030"), ("gb18030", "latin-1"), ("gb18030", "cp1252"),
])  # fmt: skip
def test_a_title_that_was_once_read_in_the_wrong_encoding_is_called_garbled(title, was, read_as):
    assert garbled_title(title.encode(was).decode(read_as, "replace"))
    lossy = title.encode(was).decode(read_as, "ignore")
    assert garbled_title(lossy)


@pytest.mark.parametrize("text", [
    "锟斤拷锟斤拷", "中国\ufffd报告", "衙薹蹦迵杅燴苀數", "????：????", "??C++????",
])  # fmt: skip
def test_other_traces_of_lost_text(text):
    assert garbled_title(text)


@pytest.mark.parametrize("text", [
    "中国发展报告", "香港華資工業出品展覽會特刋", "東海道五十三次", "노동 의 새벽 : 박 노해 詩集", "Vie d’Émile Zola",
    "Война и мир", "Преступление и наказание", "Sobranie sochineniĭ︠", "‘94中国发展报告—©2004", "龘䶮集韻研究",
    "نجيب محفوظ",
    "①②③ α→β", "Tōkaidō gojūsantsugi emaki", "Introducción a la generación del 98", "饕餮魑魅魍魉",
    "What is to be done?",
    "Was nun??", "是谁？谁？？", "Œuvres complètes", "こころ", "家",
])  # fmt: skip
def test_sound_text_in_any_script_is_not(text):
    assert garbled(text) == ""
    assert garbled_title(text) == ""


@pytest.mark.parametrize("write", [write_iso2709, lambda record: b"".join(write_marcxml([record]))])
def test_a_garbled_title_is_not_hidden_by_a_long_sound_record(write):
    note = Field.data_field(
        "330", " ", " ", [("a", "本书系统介绍高等数学的基本概念、理论和方法，可作为高等院校教材。" * 4)]
    )
    record = cnmarc_book(title="高等数学".encode().decode("latin-1"), more=[note])
    [result] = read_stream(io.BytesIO(write(record)))
    assert result.garbled


def test_too_few_characters_to_tell_the_encoding_are_not_guessed():
    """三体 alone, in GBK: the bytes could as well be Big5. With more of the file it is read."""
    alone = cnmarc_book(title="三体", author="", publisher="", pages="", year="")
    alone.fields = [f for f in alone.fields if f.tag in ("001", "200")]
    [result] = read_stream(io.BytesIO(write_iso2709(alone, "gb18030")))
    assert result.garbled
    both = write_iso2709(alone, "gb18030") + write_iso2709(cnmarc_book("2"), "gb18030")
    assert [(r.record.first("200", "a"), r.garbled) for r in read_stream(io.BytesIO(both))] == [
        ("三体", ""), ("中国发展报告", ""),
    ]  # fmt: skip


def test_a_few_latin_letters_of_utf8_stay_what_they_are_in_a_file_of_utf8():
    price = cnmarc_book("1", title="Maps", author="", publisher="", pages="1ʺ = 2,000ʹ")
    price.fields = [f for f in price.fields if f.tag != "210"]
    file = write_iso2709(price) + write_iso2709(cnmarc_book("2"))
    first, _second = read_stream(io.BytesIO(file))
    assert (first.record.first("215", "a"), first.garbled) == ("1ʺ = 2,000ʹ", "")


@pytest.mark.shared_data
def test_no_field_of_any_real_record_is_called_garbled(shared_data: Path):
    fields = 0
    for path in sorted(p for folder in ("cnmarc", "marc21", "marc8") for p in (shared_data / folder).glob("*.*")):
        if path.suffix not in (".iso", ".mrc", ".marc", ".xml"):
            continue
        for read in read_file(path):
            if isinstance(read, ReadRecord):
                assert not read.garbled
                for field in read.record.fields:
                    text = " ".join(value for _code, value in field.subfields)
                    assert (path.name, text, garbled_title(text)) == (path.name, text, "")
                    fields += 1
    assert fields > 30_000


@pytest.mark.shared_data
def test_the_index_of_the_real_cjk_sample_names_the_titles_that_are_read(shared_data: Path):
    with (shared_data / "marc21/cjk_open_sample_index.csv").open(encoding="utf-8-sig") as lines:
        rows = list(csv.DictReader(lines))
    records = [r for r in read_file(shared_data / "marc21/cjk_open_sample_utf8.mrc") if isinstance(r, ReadRecord)]
    assert len(rows) == len(records)
    for row, read in zip(rows, records, strict=True):
        assert read.record.first("001") == row["f001"].strip()
        assert " ".join(v for f in read.record.get("245") for c, v in f.subfields if c != "6").startswith(
            row["title_245"].strip()[:20]
        )
