"""CNMARC (UNIMARC family): which field feeds which attribute of an edition."""

import re

from catalog.marc import values
from catalog.marc.mapping import (
    Row,
    Tagged,
    each_field,
    every,
    first,
    invalid_isbns,
    joined,
    of_first_field,
    valid_isbns,
    valid_issn,
)
from catalog.marc.record import Field, Record
from catalog.marc.values import clean, unique

_ELECTRONIC = re.compile("电子|网络|数据库|electronic", re.IGNORECASE)
_THESIS = re.compile("学位论文|博士论文|硕士论文")
# Leader/06 (type of record) where it alone decides; text is told apart by leader/07.
_BY_TYPE = {
    "c": "score", "d": "score", "e": "map", "f": "map", "g": "audiovisual", "i": "audiovisual", "j": "audiovisual",
    "k": "other", "m": "other", "r": "other",
}  # fmt: skip


# Titles beside the main one; they join what field 200 itself brings ($c, titles by other authors).
OTHER_TITLES = (
    ("500", "ahi"), ("501", "a"), ("503", "a"), ("510", "a"), ("512", "a"), ("513", "a"), ("514", "a"), ("515", "a"),
    ("516", "a"), ("517", "aehi"), ("518", "a"), ("520", "a"), ("530", "a"), ("531", "a"), ("532", "a"), ("540", "a"),
    ("541", "a"),
)  # fmt: skip
_other_titles = each_field(" ")


def title_parts(tagged: Tagged, _sources: list[tuple[str, str]]) -> dict[str, object]:
    """Field 200, whose subfields mean what their order says: what follows $d belongs to the parallel title."""
    field = next(iter(tagged.of("200")), Field("200"))
    parts: dict[str, list[str]] = {key: [] for key in ("title", "sub", "number", "name", "parallel", "resp", "other")}
    in_parallel = False
    for code, raw in field.subfields:
        value = clean(raw)
        if not value:
            continue
        if code == "d":
            in_parallel = True
            parts["parallel"].append(value.removeprefix("=").strip())
        elif code in "fg":
            parts["resp"].append(value)
            in_parallel = in_parallel and code != "f"
        elif in_parallel and code in "ehi":
            parts["parallel"].append(value.removeprefix("=").strip())
        elif code in "aehic":
            parts[{"a": "title", "e": "sub", "h": "number", "i": "name", "c": "other"}[code]].append(value)
    responsibility = " ; ".join(parts["resp"]).replace(" ; =", " =")
    return {
        "title": " ; ".join(parts["title"]),
        "subtitle": " : ".join(parts["sub"]),
        "volume": " ".join(parts["number"] + parts["name"]),
        "volume_number": " ".join(parts["number"]),
        "parallel_title": " : ".join(parts["parallel"]),
        "other_titles": unique(parts["other"] + _other_titles(tagged, tagged.among(OTHER_TITLES))),
        "responsibility": responsibility,
    }


def _name(field: Field) -> str:
    """Heading of a person or body: entry element, then the rest of the name (Western) or the subordinate body."""
    entry, rest = clean(field.first("a")), clean(field.first("b"))
    if not rest:
        return entry
    return f"{entry}, {rest}" if field.tag.startswith("70") else f"{entry} {rest}"


def names(tagged: Tagged, sources: list[tuple[str, str]]) -> list[str]:
    return unique([_name(field) for tag, _codes in sources for field in tagged.of(tag)])


def publication_year(tagged: Tagged, _sources: list[tuple[str, str]]) -> dict[str, object]:
    """210$d as it stands and as a number; the coded date of 100$a/9-12 where it says nothing."""
    text = first(tagged, [("210", "d")])
    coded = first(tagged, [("100", "a")]).replace("#", " ")[9:13]
    return {"year_text": text or (coded if coded.isdigit() else ""), "year": values.year(text) or values.year(coded)}


def language(tagged: Tagged, sources: list[tuple[str, str]]) -> str:
    return values.language(first(tagged, sources))


def country(tagged: Tagged, sources: list[tuple[str, str]]) -> str:
    return values.country(first(tagged, sources))


_MARK_BEFORE = {"a": " ; ", "c": " : ", "d": " ; ", "e": " + "}


def extent(tagged: Tagged, _sources: list[tuple[str, str]]) -> str:
    """215 by ISBD: 320页 : 图 ; 27cm + 光盘1张."""
    text = ""
    for field in tagged.of("215"):
        for code, value in field.subfields:
            if code in _MARK_BEFORE and (part := clean(value)):
                text += _MARK_BEFORE[code] + part if text else part
    return text


def series(tagged: Tagged, _sources: list[tuple[str, str]]) -> dict[str, object]:
    """225, or the linked series of 410, or the set of 461/462 with the number of this volume in it."""
    for field in tagged.get("225", "410", "461", "462"):
        title = clean(". ".join(field.all("ahi")[:3]) or field.first("t"))
        if title:
            volume = clean(field.first("v"))
            of_set = volume if field.tag in ("461", "462") else ""
            return {"series": f"{title} ; {volume}" if volume else title, "series_volume": of_set}
    return {}


_with_subdivisions = each_field("-")


def subjects(tagged: Tagged, sources: list[tuple[str, str]]) -> list[str]:
    """Headings with their subdivisions as 主题-复分-地区; the uncontrolled words of 610 stand each for itself."""
    controlled = [source for source in sources if source[0] != "610"]
    return unique(_with_subdivisions(tagged, controlled) + every(tagged, [("610", "a")]))


def material(tagged: Tagged, _sources: list[tuple[str, str]]) -> dict[str, object]:
    kind, level = tagged.leader[6], tagged.leader[7]
    designation = first(tagged, [("200", "b")])
    form = first(tagged, [("106", "a")])
    electronic = kind == "l" or bool(_ELECTRONIC.search(designation)) or form.startswith("s") or tagged.has("135")
    if level == "s" or (tagged.has("011") and not tagged.has("010") and level != "m"):
        material_type = "serial"
    elif kind in _BY_TYPE:
        material_type = _BY_TYPE[kind]
    elif _THESIS.search(designation) or tagged.has("328"):
        material_type = "thesis"
    else:
        material_type = "ebook" if electronic else "book"
    return {"material_type": material_type, "electronic": electronic}


TABLE = [
    #   attribute            fields and subfields                      how they are read
    Row("isbns",             "010 a",                                  valid_isbns),
    Row("invalid_isbns",     "010 a",                                  invalid_isbns),
    Row("price",             "010 d | 011 d | 091 d",                  first),
    Row("issn",              "011 a",                                  valid_issn),
    Row("unified_number",    "091 a",                                  first),
    Row("foreign_ids",       "035 a",                                  every),
    Row("language",          "101 a",                                  language),
    Row("country",           "102 a",                                  country),
    Row("title",             "200 adefghic",                           title_parts, always=True),
    Row("material_type",     "200 b | 106 a | 135 a",                  material, always=True),
    Row("edition_statement", "205 ab",                                 of_first_field(", ")),
    Row("place",             "210 a",                                  joined(" ; ")),
    Row("publisher",         "210 c",                                  joined(" ; ")),
    Row("year",              "210 d | 100 a",                          publication_year),
    Row("extent",            "215 acde",                               extent),
    Row("series",            "225 ahiv | 410 ahiv | 461 atv | 462 atv", series),
    Row("notes",             "300 a | 301 a | 302 a | 303 a | 304 a | 305 a | 306 a | 307 a | 308 a | 310 a | 311 a "
                             "| 312 a | 313 a | 314 a | 315 a | 320 a | 321 a | 322 a | 323 a | 324 a | 325 a "
                             "| 326 a | 327 a | 328 a | 333 a | 336 a | 337 a", every),
    Row("abstract",          "330 a",                                  joined("\n")),
    Row("subjects",          "600 abfxyz | 601 abxyz | 602 axyz | 604 atxyz | 605 axyz | 606 axyz | 607 axyz "
                             "| 610 a",                                subjects),
    Row("clc",               "690 a",                                  first),
    Row("call_number",       "905 s | 096 a | 090 u",                  first),
    Row("authors",           "700 ab | 701 ab | 710 ab | 711 ab | 702 ab | 712 ab", names),
]  # fmt: skip


def prepare(record: Record) -> Tagged:
    return Tagged(record.leader.replace("#", " ").replace("|", " "), record.fields)
