"""MARC21: which field feeds which attribute of an edition. Field 880 in original script comes before romanisation."""

import re

from catalog.marc import values
from catalog.marc.mapping import (
    Row,
    Tagged,
    every,
    first,
    invalid_isbns,
    valid_isbns,
    valid_issn,
)
from catalog.marc.record import Field, Record
from catalog.marc.values import clean, unique, without_isbd

_LINK = re.compile(r"^(\d{3})-(\d{2})")
_ELECTRONIC = re.compile(r"electronic|computer file|电子|online", re.IGNORECASE)
_ONLY_ONCE = ("100", "110", "111", "245", "250", "260", "264", "300")
_CLC = re.compile(r"^[A-KN-VXZ][A-Z]?\d")
_BY_TYPE = {
    "c": "score", "d": "score", "e": "map", "f": "map", "g": "audiovisual", "i": "audiovisual", "j": "audiovisual",
    "k": "other", "m": "other", "o": "other", "p": "other", "r": "other",
}  # fmt: skip


class Paired(Tagged):
    """Fields with their 880 in original script: `get` gives the original script, `romanised` what it replaced."""

    romanised: dict[int, Field]  # id of the field in original script → the romanised field


def prepare(record: Record) -> Paired:
    """Pair every 880 with its field by $6.

    An 880 that names no partner (`00`, or a number nobody has) stands for the field of its tag if that can occur only
    once, and counts as a further field otherwise.
    """
    linked: dict[tuple[str, str], Field] = {}
    alone: list[Field] = []
    present = {(field.tag, link.group(2)) for field in record.fields if (link := _LINK.match(field.first("6")))}
    for field in record.fields:
        link = _LINK.match(field.first("6")) if field.tag == "880" else None
        if link is None:
            continue
        own = Field(link.group(1), field.ind1, field.ind2, field.subfields)
        if link.group(2) != "00" and (own.tag, link.group(2)) in present:
            linked[own.tag, link.group(2)] = own
        else:
            alone.append(own)
    fields: list[Field] = []
    romanised: dict[int, Field] = {}
    for field in record.fields:
        if field.tag == "880":
            continue
        link = _LINK.match(field.first("6"))
        partner = linked.pop((field.tag, link.group(2)), None) if link and link.group(1) == "880" else None
        if partner is None and link is None and field.tag in _ONLY_ONCE:
            partner = next((other for other in alone if other.tag == field.tag), None)
            alone = [other for other in alone if other is not partner]
        if partner is None:
            fields.append(field)
            continue
        romanised[id(partner)] = field
        fields.append(partner)
        if field.tag.startswith("6"):  # subject headings are found in both languages
            fields.append(field)
    paired = Paired(record.leader, fields + list(linked.values()) + alone)
    paired.romanised = romanised
    return paired


def title_parts(tagged: Tagged, _sources: list[tuple[str, str]]) -> dict[str, object]:
    """Field 245, whose $b holds the subtitle after `:`, the parallel title after `=`, further titles after `;`."""
    field = next(iter(tagged.get("245")), None)
    if field is None:
        return {}
    parts: dict[str, list[str]] = {"title": [], "sub": [], "parallel": [], "number": [], "name": [], "resp": []}
    before = ""
    for code, raw in field.subfields:
        value, mark = without_isbd(clean(raw)), raw.rstrip()[-1:]
        # A `=` inside $b starts the parallel title even where no subfield ends with it.
        if code == "b" and " = " in value and before != "=":
            value, _equals, parallel = value.partition(" = ")
            parts["parallel"].append(parallel)
        place = {"a": "title", "n": "number", "p": "name", "c": "resp"}.get(code)
        if code == "b":
            place = "parallel" if before == "=" else "sub"
        if place and value:
            parts[place].append(value)
        if code in "abnp":
            before = mark
    other = [clean(" ".join(f.all("abnp"))) for f in tagged.get("246", "240", "130", "247", "740")]
    if isinstance(tagged, Paired) and id(field) in tagged.romanised:
        other.insert(0, without_isbd(clean(" ".join(tagged.romanised[id(field)].all("abnp")))))
    return {
        "title": " ".join(parts["title"]),
        "subtitle": " ".join(parts["sub"]),
        "volume": " ".join(parts["number"] + parts["name"]),
        "volume_number": " ".join(parts["number"]),
        "parallel_title": " ".join(parts["parallel"]),
        "other_titles": unique([without_isbd(title) for title in other]),
        "responsibility": " ".join(parts["resp"]),
    }


def _name(field: Field) -> str:
    codes = "abcq" if field.tag.endswith("00") else "abn"
    return without_isbd(clean(" ".join(field.all(codes))))


def names(tagged: Tagged, sources: list[tuple[str, str]]) -> list[str]:
    """Persons and bodies, original script first: 陈方竞 (Chen, Fangjing). Entries with a title are works."""
    found = []
    for field in tagged.get(*(tag for tag, _codes in sources)):
        if field.first("t"):
            continue
        name = _name(field)
        if isinstance(tagged, Paired) and id(field) in tagged.romanised:
            name = f"{name} ({_name(tagged.romanised[id(field)])})"
        found.append(name)
    return unique(found)


def _publication(tagged: Tagged) -> list[Field]:
    """264 of publication if there is one, else 260, else any 264."""
    published = [f for f in tagged.get("264") if f.ind2 == "1"]
    return published or tagged.get("260") or tagged.get("264")


def publication(tagged: Tagged, _sources: list[tuple[str, str]]) -> dict[str, object]:
    """Place, publisher and year; the coded date of 008/07-10 where the text has no year."""
    fields = _publication(tagged)[:1]
    values_of = {code: [without_isbd(clean(v)) for f in fields for v in f.all(code)] for code in "abc"}
    text = " ".join(values_of["c"])
    coded = tagged.data("008")[7:11]
    return {
        "place": " ; ".join(values_of["a"]).strip("[]"),
        "publisher": " ; ".join(values_of["b"]).strip("[]"),
        "year_text": text or (coded if coded.isdigit() else ""),
        "year": values.year(text) or values.year(coded),
    }


def language(tagged: Tagged, sources: list[tuple[str, str]]) -> str:
    return values.language(tagged.data("008")[35:38]) or values.language(first(tagged, sources))


def country(tagged: Tagged, _sources: list[tuple[str, str]]) -> str:
    return values.marc21_country(tagged.data("008")[15:18])


def trimmed(codes_joined_by: str):  # type: ignore[no-untyped-def]
    """The first field found, its subfields as one text without the final ISBD punctuation."""

    def rule(tagged: Tagged, sources: list[tuple[str, str]]) -> str:
        for tag, codes in sources:
            for field in tagged.of(tag):
                if found := [clean(value) for value in field.all(codes)]:
                    return without_isbd(codes_joined_by.join(found))
        return ""

    return rule


def series(tagged: Tagged, _sources: list[tuple[str, str]]) -> dict[str, object]:
    for field in tagged.get("490", "440", "830"):
        title = " ; ".join(without_isbd(clean(v)) for v in field.all("anp")[:3])
        if title:
            volume = without_isbd(clean(field.first("v")))
            return {"series": f"{title} ; {volume}" if volume else title}
    return {}


def subjects(tagged: Tagged, sources: list[tuple[str, str]]) -> list[str]:
    return unique(
        [
            "--".join(without_isbd(clean(value)) for value in field.all(codes))
            for tag, codes in sources
            for field in tagged.of(tag)
        ]
    )


def clc(tagged: Tagged, _sources: list[tuple[str, str]]) -> str:
    """093 of the National Library of China, or 084 that names the classification in $2."""
    for field in tagged.get("093", "084"):
        scheme = field.first("2").lower()
        value = clean(field.first("a"))
        if _CLC.match(value) and (field.tag == "093" or scheme.startswith(("clc", "ztf", "cc"))):
            return value
    return ""


def call_number(tagged: Tagged, _sources: list[tuple[str, str]]) -> str:
    for field in tagged.get("090", "050", "084", "082"):
        if value := clean(" ".join(field.all("ab"))):
            return value
    return ""


def material(tagged: Tagged, _sources: list[tuple[str, str]]) -> dict[str, object]:
    kind, level = tagged.leader[6], tagged.leader[7]
    form = tagged.data("008")[29:30] if kind in "ef" else tagged.data("008")[23:24]
    electronic = (
        (form in ("o", "q", "s") and form != "")
        or bool(_ELECTRONIC.search(first(tagged, [("245", "h")])))
        or tagged.data("007")[:1] == "c"
        or any(value == "cr" for value in every(tagged, [("338", "b")]))
    )
    if level in "si":
        material_type = "serial"
    elif kind in _BY_TYPE:
        material_type = _BY_TYPE[kind]
    elif tagged.has("502"):
        material_type = "thesis"
    else:
        material_type = "ebook" if electronic else "book"
    return {"material_type": material_type, "electronic": electronic}


TABLE = [
    #   attribute            fields and subfields                      how they are read
    Row("isbns",             "020 a",                                  valid_isbns),
    Row("invalid_isbns",     "020 a",                                  invalid_isbns),
    Row("price",             "020 c | 365 b",                          first),
    Row("issn",              "022 a",                                  valid_issn),
    Row("foreign_ids",       "035 a | 010 a",                          every),
    Row("language",          "041 a",                                  language, always=True),
    Row("country",           "008",                                    country),
    Row("title",             "245 abcnp",                              title_parts),
    Row("material_type",     "245 h | 338 b",                          material, always=True),
    Row("edition_statement", "250 ab",                                 trimmed(" ")),
    Row("place",             "264 abc | 260 abc",                      publication, always=True),
    Row("extent",            "300 abce",                               trimmed(" ")),
    Row("series",            "490 anpv | 440 anpv | 830 anpv",         series),
    Row("notes",             "500 a | 501 a | 502 a | 504 a | 505 agrt | 508 a | 511 a | 515 a | 518 a | 521 a "
                             "| 525 a | 530 a | 533 a | 534 a | 538 a | 546 a | 550 a", every),
    Row("abstract",          "520 a",                                  trimmed(" ")),
    Row("subjects",          "600 abcdtxyzv | 610 abxyzv | 611 axyzv | 630 axyzv | 650 axyzv | 651 axyzv | 653 a",
                                                                       subjects),
    Row("clc",               "093 a | 084 a",                          clc),
    Row("call_number",       "090 ab | 050 ab | 084 a | 082 a",        call_number),
    Row("authors",           "100 abcq | 110 abn | 111 abn | 700 abcq | 710 abn | 711 abn", names),
]  # fmt: skip
