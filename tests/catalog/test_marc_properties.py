"""Properties of the reader: what is written in any encoding is read back, and no damage stops it or fills memory."""

import io
import time
import tracemalloc
import unicodedata
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pymarc.marc8_mapping import CODESETS

from catalog.marc.encodings import ENCODINGS, decode
from catalog.marc.iso2709 import MalformedRecord
from catalog.marc.marcxml import RefusedXml
from catalog.marc.reader import ReadRecord, Rejected, UnreadableFile, read_again, read_stream
from catalog.marc.record import Field, Record
from catalog.marc.writer import RecordTooLong, write_iso2709, write_marcxml
from tests.catalog.records import CNMARC_LEADER, MARC21_LEADER, cnmarc_book


def read(data: bytes, **choices: str) -> list[ReadRecord | Rejected]:
    return list(read_stream(io.BytesIO(data), **choices))


# --- Every encoding, written and read back -----------------------------------------------------------------

_EACC = {character: code for code, (character, combining) in CODESETS[0x31].items() if not combining}
_ANSEL = {character: (code, combining) for code, (character, combining) in CODESETS[0x45].items()}


def marc8(text: str) -> bytes:
    """The text in MARC-8: accents before their letters, each Chinese character in its own escape sequence."""
    written, accents = b"", []
    for character in reversed(unicodedata.normalize("NFD", text)):
        if character.isascii():
            written, accents = b"".join([*accents, character.encode()]) + written, []
        elif ord(character) in _ANSEL:
            code, combining = _ANSEL[ord(character)]
            if combining:
                accents.insert(0, bytes([code]))
            else:
                written = bytes([code]) + written
        else:
            written = b"\x1b$1" + _EACC[ord(character)].to_bytes(3, "big") + b"\x1b(B" + written
    return written


_ANY = st.text(st.characters(min_codepoint=0x20, exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)
_CHINESE = "中国发展报告研究与的文学史 ABCabc,.-0123（）·"
_TRADITIONAL = "中國發展報告研究與的文學史 ABCabc,.-0123（）"
_texts = {
    "utf-8": _ANY,
    "gb18030": _ANY,
    "big5hkscs": st.text(_TRADITIONAL, min_size=1, max_size=40),
    "marc-8": st.text("中國發展報告文學史ABCabcéàüñç,.-0123", min_size=1, max_size=40),
}
_TAGS = st.integers(10, 999).map(lambda n: f"{n:03d}")


def _records(text: st.SearchStrategy[str]) -> st.SearchStrategy[Record]:
    subfields = st.lists(st.tuples(st.sampled_from("abcdefghij0123456789"), text), min_size=1, max_size=6)
    indicator = st.sampled_from(" 012")
    fields = st.lists(st.tuples(_TAGS, indicator, indicator, subfields), min_size=1, max_size=8)
    return fields.map(lambda fs: Record(CNMARC_LEADER, [Field.data_field(*f) for f in fs]))


def _written(record: Record, encoding: str) -> bytes:
    if encoding != "marc-8":
        return write_iso2709(record, encoding)
    # The writer knows Python's codecs alone: the bytes go through it as Latin-1.
    through = [
        Field.data_field(f.tag, f.ind1, f.ind2, [(code, marc8(v).decode("latin-1")) for code, v in f.subfields])
        for f in record.fields
    ]
    return write_iso2709(Record(record.leader, through), "latin-1")


@pytest.mark.parametrize("encoding", sorted(_texts))
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read_back(encoding, data):
    records = data.draw(st.lists(_records(_texts[encoding]), min_size=1, max_size=4))
    try:
        raw = b"".join(_written(record, encoding) for record in records)
    except RecordTooLong:
        return
    results = read(raw, encoding=encoding.removesuffix("hkscs"), syntax="cnmarc")
    assert [r.record.fields for r in results] == [r.fields for r in records]
    again = [read_again(r.raw, syntax=r.syntax, encoding=r.encoding).fields for r in results]
    assert again == [r.fields for r in records]


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_what_is_written_as_xml_is_read_back(data):
    text = st.text(st.characters(min_codepoint=0x20, exclude_categories=["Cs", "Cc", "Cn"]), min_size=1, max_size=40)
    records = data.draw(st.lists(_records(text), min_size=1, max_size=4))
    results = read(b"".join(write_marcxml(records)), syntax="cnmarc")
    assert [r.record.fields for r in results] == [r.fields for r in records]


_CHARACTERS = (
    "中国文学历史研究经济发展高等数学教程计算机网络原理北京上海大学出版社科学技术社会主义现代管理设计红楼三国唐诗宋词全集法律"
    "基础物理化学实验英语词典中医本草环境工程建筑艺术音乐概论导论手册"
)
_TO_TRADITIONAL = str.maketrans("国学历经济发数计机网络会义论现设红楼诗词鲁全法础验语药环艺乐导册实书编业",
                                "國學歷經濟發數計機網絡會義論現設紅樓詩詞魯全法礎驗語藥環藝樂導冊實書編業")  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "big5hkscs"])
@pytest.mark.parametrize("leader", [CNMARC_LEADER, MARC21_LEADER, "00000nam  2200000 a 4500"])
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_the_encoding_of_a_file_of_titles_is_found_by_its_bytes(encoding, leader, data):
    """Nothing but titles of two to ten characters, leaders that say nothing true: each is read as written.

    Two characters say little: 手樂 in Big5 are the bytes of 也贾 in GBK. A file of a double-byte encoding has twenty
    different titles here.
    """
    fewest = 1 if encoding == "utf-8" else 20
    title = st.text(_CHARACTERS, min_size=2, max_size=10)
    titles = data.draw(st.lists(title, min_size=fewest, max_size=30, unique=fewest > 1))
    if encoding == "big5hkscs":
        titles = [title.translate(_TO_TRADITIONAL) for title in titles]
    tag = "200" if leader == CNMARC_LEADER else "245"
    raw = b""
    for title in titles:
        try:
            raw += write_iso2709(Record(leader, [Field.data_field(tag, "1", " ", [("a", title)])]), encoding)
        except UnicodeEncodeError:
            return
    results = read(raw)
    for result, title in zip(results, titles, strict=True):
        assert result.garbled or result.record.first(tag, "a") == title
        # Two characters that no title has, 樂樓, may look spoilt in Big5; they wait for a person then.
        assert not result.garbled or encoding == "big5hkscs" or sum(map(len, titles)) < 40


# --- Damage ------------------------------------------------------------------------------------------------


@given(data=st.binary(max_size=60), encoding=st.sampled_from(ENCODINGS))
@example(
    data="书名，".encode("gb18030") + b"\xe41\x1ea", encoding="gb18030"
)  # half a character, a digit, the field's end
@example(data=b"\x81\x30\x81\x1f", encoding="gb18030")
@example(data=b"\x1b$1!\x1e", encoding="marc-8")
@settings(max_examples=400, deadline=None)
def test_separators_survive_every_decoding(data, encoding):
    text = decode(data, encoding)
    for separator in "\x1d\x1e\x1f":
        assert text.count(separator) == data.count(separator.encode())


def test_half_a_character_at_the_end_of_a_field_costs_no_file():
    """A system cut 书名 in the middle of a character and wrote a digit behind it: quarantined, the rest goes on."""
    broken = write_iso2709(cnmarc_book("1", title="PLACEHOLDER"), "gb18030").replace(b"PLACEHOLDER", b"\xca\xe9\xe41")
    results = read(broken + write_iso2709(cnmarc_book("2"), "gb18030"), encoding="gb18030")
    assert [bool(r.garbled) for r in results] == [True, False]
    assert results[0].record.first("210", "c") == "中国统计出版社"


_written_titles = {
    "utf-8": "中国发展报告", "gb18030": "中国发展报告", "big5hkscs": "中國發展報告", "marc-8": "中國發展報告é",
}  # fmt: skip
_sound = {
    encoding: b"".join(
        _written(cnmarc_book(str(n), title=f"{title}{n}", author="", publisher="", pages=""), encoding)
        for n in range(3)
    )
    for encoding, title in _written_titles.items()
}
_sound["xml"] = b"".join(write_marcxml([cnmarc_book(str(n)) for n in range(3)]))
_places = st.integers(0, max(map(len, _sound.values())))
_cuts = st.lists(st.tuples(_places, st.integers(0, 40), st.binary(max_size=12)), max_size=6)
_digits = st.lists(st.tuples(_places, st.sampled_from([b"00000", b"99999", b"-0001", b"7", b"\x1e", b"\x1d", b"\x1f"])),
                   max_size=6)  # fmt: skip


@pytest.mark.parametrize("form", sorted(_sound))
@given(cuts=_cuts, digits=_digits, end=_places)
@settings(max_examples=120, deadline=None)
def test_damage_never_stops_the_reader(form, cuts, digits, end):
    """Bytes lost, strewn in, lengths overwritten, the file cut short: every piece is read or rejected with a reason."""
    data = _sound[form]
    for at, length, stray in cuts:
        data = data[:at] + stray + data[at + length :]
    for at, wrong in digits:
        data = data[:at] + wrong + data[at + len(wrong) :]
    try:
        results = read(data[: end or None])
    except (UnreadableFile, RefusedXml):
        return
    assert all(isinstance(r, ReadRecord) or r.reason for r in results)
    assert [r.position for r in results] == list(range(1, len(results) + 1))
    for result in results:
        if isinstance(result, ReadRecord):  # what is kept can be read again, in whatever encoding staff choose
            for encoding in ENCODINGS:
                with suppress(MalformedRecord):
                    read_again(result.raw, syntax=result.syntax, encoding=encoding)


class Endless(io.RawIOBase):
    """A file that begins with `head` and repeats `filling` up to `size` bytes, without being anywhere in memory."""

    def __init__(self, head: bytes, filling: bytes, size: int) -> None:
        self.head, self.filling, self.size, self.at = head, filling * (1 + (1 << 20) // len(filling)), size, 0

    def read(self, size: int = -1) -> bytes:
        before = self.head[self.at :]
        size = max(0, min(size, self.size - self.at))
        self.at += size
        return (before + self.filling[: max(0, size - len(before))])[:size]

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = offset
        return offset


_book = write_iso2709(cnmarc_book())


def _read_through(head: bytes, filling: bytes, megabytes: int) -> None:
    with suppress(UnreadableFile):
        for result in read_stream(Endless(head, filling, megabytes << 20)):  # type: ignore[arg-type]
            assert isinstance(result, ReadRecord) or result.reason


@pytest.mark.parametrize(("head", "filling"), [
    (_book, b"no separator anywhere "), (_book, b"\x1e\x1f"), (b"<collection><record>", b"<never closed> "),
    (b"<collection><record><![CDATA[", b"text "),
], ids=["no separator", "field ends", "open record", "open cdata"])  # fmt: skip
def test_no_file_however_broken_fills_memory(head, filling):
    tracemalloc.start()
    _read_through(head, filling, megabytes=40)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 24 << 20


@pytest.mark.parametrize(("head", "filling"), [
    (_book, b"\x1d"), (_book, bytes(range(256))), (_book, _book[:40]), (b"<collection>", b"<record>"),
    (b"<collection><!-- ", b"<record></record> "), (b"<collection>", b"<record a='"),
    (b"<collection>", b"<record></record>"),
], ids=["record ends", "all bytes", "leaders", "nested", "comment", "open tags", "empty records"])  # fmt: skip
def test_no_file_however_broken_takes_for_ever(head, filling):
    """A megabyte in seconds of processor time: what grows with the square of a file would take minutes."""
    began = time.process_time()
    _read_through(head, filling, megabytes=1)
    assert time.process_time() - began < 40
