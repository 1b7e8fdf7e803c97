"""Copies out of records: the shapes that libraries use, by rules that are data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.marc.holdings import copies_of, expand, invalid_rules
from catalog.marc.reader import read_file
from catalog.marc.record import Field, Record

F = Field.data_field


def copies(*fields: Field, profile: dict | None = None) -> list[tuple[str, str]]:
    return [(c.barcode, c.call_number) for c in copies_of(Record(" " * 24, list(fields)), profile)]


def test_one_905_per_copy():
    assert copies(
        F("905", " ", " ", [("a", "BNU"), ("b", "001"), ("s", "F124/26")]),
        F("905", " ", " ", [("a", "BNU"), ("b", "002"), ("d", "F124"), ("e", "27")]),
    ) == [("001", "F124/26"), ("002", "F124/27")]


@pytest.mark.parametrize("subfields", [
    [("a", "BNU"), ("b", "001"), ("s", "F1"), ("b", "002"), ("s", "F2")],
    [("a", "BNU"), ("s", "F1"), ("b", "001"), ("s", "F2"), ("b", "002")],
])  # fmt: skip
def test_one_905_with_the_group_repeated(subfields):
    assert copies(F("905", " ", " ", subfields)) == [("001", "F1"), ("002", "F2")]


def test_one_905_with_only_the_barcode_repeated():
    field = F("905", " ", " ", [("a", "BNU"), ("b", "001"), ("b", "002"), ("d", "F1"), ("e", "2")])
    assert copies(field) == [("001", "F1/2"), ("002", "F1/2")]


def test_a_call_number_without_barcodes_is_one_copy():
    assert copies(F("905", " ", " ", [("a", "BNU"), ("d", "F124"), ("e", "26")])) == [("", "F124/26")]


def test_the_same_barcode_in_two_fields_is_one_copy_and_905_lends_its_call_number():
    assert copies(
        F("905", " ", " ", [("a", "BNU"), ("s", "F124/26")]),
        F("906", " ", " ", [("a", "211260"), ("b", "1683011")]),
        F("906", " ", " ", [("a", "211260"), ("b", "1683012"), ("d", "F124"), ("e", "26.2")]),
        F("935", " ", " ", [("a", "211260"), ("b", "1683011-3"), ("d", "F124"), ("e", "26")]),
    ) == [("1683011", "F124/26"), ("1683012", "F124/26.2"), ("1683013", "F124/26")]


def test_935_of_another_kind_is_no_copy():
    assert copies(F("935", " ", " ", [("a", "MC"), ("b", "xyz")])) == []


def test_852_with_location_and_alma_ava():
    [copy] = copies_of(Record(" " * 24, [
        F("852", "8", " ", [("b", "总馆"), ("c", "中文借阅区"), ("h", "O13"), ("i", "Z50"), ("p", "A01")]),
    ]))  # fmt: skip
    assert (copy.call_number, copy.location, copy.barcode, copy.status) == ("O13 Z50", "中文借阅区", "A01", "unknown")
    [copy] = copies_of(Record(" " * 24, [
        F("AVA", " ", " ", [("a", "86BNU"), ("b", "MAIN"), ("c", "普通文献"), ("d", "F124 26"), ("e", "available")]),
    ]))  # fmt: skip
    assert (copy.call_number, copy.location, copy.status) == ("F124 26", "普通文献", "available")


@pytest.mark.parametrize(("flag", "status", "loanable"), [
    ([], "unknown", True),
    ([("q", "2026-03-01")], "on_loan", True),
    ([("7", "1")], "reference", False),
    ([("7", "0")], "unknown", True),
    ([("1", "1")], "lost", False),
])  # fmt: skip
def test_koha_952(flag, status, loanable):
    [copy] = copies_of(Record(" " * 24, [F("952", " ", " ", [("o", "QA76"), ("p", "K1"), ("c", "STACKS"), *flag])]))
    assert (copy.barcode, copy.call_number, copy.status, copy.loanable) == ("K1", "QA76", status, loanable)


@pytest.mark.parametrize(("word", "status"), [
    ("可借", "available"), ("在架", "available"), ("已借出", "on_loan"), ("Checked Out", "on_loan"),
    ("阅览", "reference"), ("编目中", "processing"), ("丢失", "lost"), ("", "unknown"), ("没见过的词", "unknown"),
    ("密集书库可约", "available"),
])  # fmt: skip
def test_words_of_a_library_become_our_circulation_status(word, status):
    profile = {
        "rules": [{"field": "907", "barcode": "b", "call_number": ["s"], "location": "c", "status": "t"}],
        "status_words": {"密集书库可约": "available"},
    }
    field = F("907", " ", " ", [("b", "1"), ("s", "F1"), ("c", "密集库"), ("t", word)])
    [copy] = copies_of(Record(" " * 24, [field]), profile)
    assert (copy.status, copy.location) == (status, "密集库")


@pytest.mark.parametrize(("text", "barcodes"), [
    ("20295403-5408", ["20295403", "20295404", "20295405", "20295406", "20295407", "20295408"]),
    ("1683011-3", ["1683011", "1683012", "1683013"]),
    ("C0098-101", ["C0098", "C0099", "C0100", "C0101"]),
    ("1683013-1", ["1683013-1"]),
    ("10-200000", ["10-200000"]),
    ("1000000-9999999", ["1000000-9999999"]),
    ("B-2019-7", ["B-2019-7"]),
    (" 123 ", ["123"]),
])  # fmt: skip
def test_ranges_of_barcodes(text, barcodes):
    assert expand(text) == barcodes


@given(st.text(max_size=30))
def test_no_barcode_becomes_more_than_three_hundred(text):
    assert len(expand(text)) <= 300


@pytest.mark.parametrize(("rules", "word"), [
    ({}, "列表"), ([{}], "字段"), ([{"field": "905", "copies": "many"}], "copies"),
    ([{"field": "905", "barcod": "b"}], "barcod"), ([{"field": "905", "where": {"a": "("}}], "正则"),
    ([{"field": "905", "call_number": "s"}], "call_number"),
])  # fmt: skip
def test_rules_that_cannot_be_used_are_explained(rules, word):
    assert word in invalid_rules(rules)


@pytest.mark.shared_data
@pytest.mark.parametrize("name", ["bnu_first5_utf8.iso", "bnu_first5_gb18030.iso", "bnu_cnmarcxml_first5.xml"])
def test_the_copies_of_the_beijing_normal_records(shared_data, name):
    found = [[c.barcode for c in copies_of(r.record)] for r in read_file(shared_data / "cnmarc" / name)]
    assert found == [
        ["1683011", "1683012", "1683013"], ["1708903", "1805012"], ["1731854", "1736772", "1805013", "1865841"], [],
        ["1805014"],
    ]  # fmt: skip
