"""ISBN and ISSN are taken only when valid, whatever stands around them."""

import pytest

from catalog.isbn import hyphenate, to_isbn13, to_issn


@pytest.mark.parametrize(("text", "isbn"), [
    ("7-5037-1744-0", "9787503717444"),
    ("7503717440", "9787503717444"),
    ("978-7-5037-1744-4", "9787503717444"),
    ("978 7 5037 1744 4", "9787503717444"),
    ("ISBN 7－5037－1744－0：￥3", "9787503717444"),
    ("7-5037-1744-0 (精装)", "9787503717444"),
    ("0-8044-2957-x (pbk.)", "9780804429573"),
    ("978-7-5037-1744-0", None),
    ("7-5037-1744-1", None),
    ("97875037174444", None),
    ("CNY68.00", None),
    ("", None),
])  # fmt: skip
def test_isbn(text, isbn):
    assert to_isbn13(text) == isbn


def test_the_hyphens_follow_the_ranges_of_the_agencies():
    assert hyphenate("9787503717444") == "978-7-5037-1744-4"


@pytest.mark.parametrize(
    ("text", "issn"), [("0317-8471", "0317-8471"), ("ISSN 03178471", "0317-8471"), ("0317-8472", None)]
)
def test_issn(text, issn):
    assert to_issn(text) == issn
