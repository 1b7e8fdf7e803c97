"""Script variants are equal in every field, from the bytes of a record to what a reader finds."""

from pathlib import Path

import pytest

from catalog.importing import import_file
from catalog.marc.mapping import describe
from catalog.marc.record import Field, Record
from catalog.merging import Verdict, judge, keys_of
from catalog.models import Edition, MemberLibrary, ReviewPair
from catalog.search import SearchQuery, search
from catalog.variants import pairs
from tests.catalog.records import CNMARC_LEADER, iso_file

SIMPLIFIED = {
    "title": "中国戏剧研究绪论", "subtitle": "宁乡方言与戏剧", "name": "清代剑侠概说", "author": "尚青",
    "body": "国学研究会", "edition": "增订版", "place": "宁乡",
    "publisher": "国乐教育书店", "series": "戏剧研究丛书", "subject": "戏剧研究",
    "abstract": "叙述乡间戏剧，暨清代的宝卷刊本",
}  # fmt: skip
# The same as in books of Taiwan and Hong Kong, and as old printers set it (旧字形, 异体字).
TRADITIONAL = {
    "title": "中國戲劇研究緒論", "subtitle": "寧鄉方言與戲劇", "name": "清代劍俠概說", "author": "尚青",
    "body": "國學研究會", "edition": "增訂版", "place": "寧鄉",
    "publisher": "國樂教育書店", "series": "戲劇研究叢書", "subject": "戲劇研究",
    "abstract": "敘述鄉間戲劇，暨清代的寶卷刊本",
}  # fmt: skip
OLD_PRINT = {
    "title": "中囯戯劇硏究緖論", "subtitle": "甯鄕方言與戯劇", "name": "淸代劒俠槪說", "author": "尙靑",
    "body": "囯學硏究會", "edition": "増訂版", "place": "甯鄕",
    "publisher": "囯楽敎育書店", "series": "戯劇硏究叢書", "subject": "戯劇硏究",
    "abstract": "敍述鄕間戯劇，曁淸代的寳卷刋本",
}  # fmt: skip
SPELLINGS = {"simplified": SIMPLIFIED, "traditional": TRADITIONAL, "old print": OLD_PRINT}


def record(number: str, said: dict[str, str]) -> Record:
    plan = [
        ("101", [("a", "chi")]),
        ("200", [("a", said["title"]), ("e", said["subtitle"]), ("h", "2"), ("i", said["name"])]),
        ("205", [("a", said["edition"])]),
        ("210", [("a", said["place"]), ("c", said["publisher"]), ("d", "1936")]),
        ("215", [("a", "320页")]), ("225", [("a", said["series"])]), ("330", [("a", said["abstract"])]),
        ("606", [("a", said["subject"])]), ("701", [("a", said["author"])]), ("711", [("a", said["body"])]),
        ("905", [("a", "X"), ("b", f"T{number}"), ("s", "J809/S17")]),
    ]  # fmt: skip
    fields = [Field.control("001", number), *(Field.data_field(tag, " ", " ", pairs) for tag, pairs in plan)]
    return Record(CNMARC_LEADER, fields)


def test_every_key_of_every_spelling_is_the_same():
    simplified, *others = (keys_of(describe(record("1", said), "cnmarc")) for said in SPELLINGS.values())
    for other in others:
        assert other == simplified
        assert judge(simplified, other).verdict is Verdict.SAME
    assert simplified.volume == "2|清代剑侠概说"


def test_every_field_says_something_in_another_script():
    for name, text in SIMPLIFIED.items():
        assert OLD_PRINT[name] != text, name


@pytest.mark.parametrize(("variant", "standard"), sorted(pairs().items()))
def test_a_title_in_a_variant_has_the_key_of_the_standard_form(variant, standard):
    one, other = (
        keys_of(describe(record("1", SIMPLIFIED | {"title": f"论{c}与学"}), "cnmarc")) for c in (variant, standard)
    )
    assert one == other


@pytest.mark.django_db
def test_three_libraries_one_edition_found_by_any_spelling_in_every_field(
    cumtb: MemberLibrary, bnu: MemberLibrary, bupt: MemberLibrary, tmp_path: Path
) -> None:
    for library, (name, said) in zip((cumtb, bnu, bupt), SPELLINGS.items(), strict=True):
        import_file(path=iso_file(tmp_path, record(library.code, said), name=f"{name}.iso"), library=library)
    edition = Edition.objects.get()
    assert edition.source_records.count() == 3
    assert not ReviewPair.objects.exists()
    for said in SPELLINGS.values():
        asked = {
            "title": [said["title"], said["subtitle"], said["name"]],
            "author": [said["author"], said["body"]],
            "subject": [said["subject"]],
            "publisher": [said["publisher"]],
            "all": [said["title"], said["author"], said["publisher"], said["subject"]],
        }
        for route, texts in asked.items():
            for text in texts:
                found = [result.edition for result in search(SearchQuery(text, route=route)).results]
                assert found == [edition], (route, text)
