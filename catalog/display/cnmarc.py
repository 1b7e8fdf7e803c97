"""CNMARC as a card: which subfields each area shows and the mark before each of them."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from catalog.display.coded import class_line, language_line, number_and_price, role
from catalog.display.punctuation import Area, write, write_field
from catalog.marc import cnmarc, values
from catalog.marc.mapping import Tagged
from catalog.marc.record import Field
from catalog.marc.values import clean
from catalog.vocabulary import country_label

prepare = cnmarc.prepare

_TITLE_MARKS = {"a": " ; ", "c": ". ", "d": " = ", "e": " : ", "h": ". ", "i": ". "}
_STATED_AGAIN = {(before, code): " ; " for before in "fg" for code in "fg"}

TITLE = Area(_TITLE_MARKS, after={("h", "i"): ", "})
TITLE_AREA = Area(
    _TITLE_MARKS | {"b": " ", "f": " / ", "g": " / "},
    after={("h", "i"): ", "} | _STATED_AGAIN,
    wrapped={"b": "[{}]"},
)
RESPONSIBILITY = Area({"f": " ; ", "g": " ; "})
OTHER_TITLE = Area({"a": " ; ", "d": " = ", "e": " : ", "h": ". ", "i": ". "}, after={("h", "i"): ", "})
EDITION = Area({"a": "", "b": ", ", "d": " = ", "f": " / ", "g": " / "}, after=_STATED_AGAIN)
MATHEMATICAL = Area({"a": ". ", "b": ". ", "c": " ; ", "d": " ; ", "e": " ; ", "f": " ; "}, bracketed="def")
NUMBERING = Area({"a": " ; "})
MUSIC = Area({"a": " ; ", "d": " = "})
ELECTRONIC = Area({"a": " ; "})
PUBLICATION = Area(
    {"a": " ; ", "c": " : ", "d": ", ", "e": " ; ", "g": " : ", "h": ", "},
    bracketed="egh",
)
PHYSICAL = Area({"a": " ; ", "c": " : ", "d": " ; ", "e": " + "})
SERIES = Area(
    {"a": ". ", "d": " = ", "e": " : ", "f": " / ", "g": " / ", "h": ". ", "i": ". ", "v": " ; ", "x": ", ISSN "},
    after={("h", "i"): ", "} | _STATED_AGAIN,
)
LINKED_SERIES = Area({"a": ". ", "t": ". ", "h": ". ", "i": ". ", "v": " ; "}, after={("h", "i"): ", "})
SUBJECT = Area({"a": "-", "h": ". ", "i": ". ", "t": ". ", "j": "-", "x": "-", "y": "-", "z": "-"})
SUBJECT_NAME = Area(
    {"a": "-", "b": ", ", "c": " ", "f": " ", "t": ". ", "j": "-", "x": "-", "y": "-", "z": "-"},
    wrapped={"c": "({})", "f": "({})"},
)
PERSON = Area({"a": "", "b": ", ", "c": " ", "f": " ", "4": " "}, wrapped={"c": "({})", "f": "({})"})
BODY = Area(
    {"a": "", "b": ". ", "c": " ", "d": " ; ", "f": " ; ", "e": " ; ", "4": " "}, bracketed="dfe", wrapped={"c": "({})"}
)

# Notes by their tags; 327 (contents) and 330 (abstract) have places of their own, 830 is the cataloguer's.
NOTES = (
    "300", "301", "302", "303", "304", "305", "306", "307", "308", "310", "311", "312", "313", "314", "315", "320",
    "321", "322", "323", "324", "325", "326", "328", "333", "334", "336", "337",
)  # fmt: skip
CLASSIFICATIONS = {
    "690": "中图法", "692": "科图法", "694": "其他分类法", "675": "UDC", "676": "DDC", "680": "LCC", "686": "",
}  # fmt: skip


def each(area: Area, *tags: str, pattern: str = "{}") -> Callable[[Tagged], list[str]]:
    """One line for every field of these tags."""

    def writer(tagged: Tagged) -> list[str]:
        return [pattern.format(line) for field in tagged.get(*tags) if (line := write_field(field, area))]

    return writer


def joined(area: Area, *tags: str) -> Callable[[Tagged], list[str]]:
    """One line for all fields of these tags, as parts of one area."""

    def writer(tagged: Tagged) -> list[str]:
        return [". ".join(each(area, *tags)(tagged))]

    return writer


def _numbers(tagged: Tagged) -> list[str]:
    isbns = [number_and_price(f.first("a"), " ; ".join(f.all("b")), f.first("d")) for f in tagged.get("010")]
    issns = [
        number_and_price(f.first("a"), f.first("b"), f.first("d"), kind="ISSN")
        for f in tagged.get("011")
        if f.first("a")
    ]
    unified = [
        number_and_price(f.first("a"), f.first("b"), f.first("d"), kind=_("统一书号"))
        for f in tagged.get("091")
        if f.first("a")
    ]
    return isbns + issns + unified


def _language(tagged: Tagged) -> list[str]:
    return [language_line(f.all("a"), original=f.all("c"), intermediate=f.all("b")) for f in tagged.get("101")[:1]]


def _country(tagged: Tagged) -> list[str]:
    codes = [values.country(code) for field in tagged.get("102") for code in field.all("a")]
    return [" ; ".join(country_label(code) for code in dict.fromkeys(codes) if code)]


def _pinyin(tagged: Tagged) -> list[str]:
    """Pinyin of the title proper: $9, or the capital letter that repeats a subfield ($A)."""
    return [field.first("9") or field.first("A") for field in tagged.get("200")]


def _material_specific(tagged: Tagged) -> list[str]:
    areas = {"206": MATHEMATICAL, "207": NUMBERING, "208": MUSIC, "230": ELECTRONIC}
    return [write_field(field, areas[field.tag]) for field in tagged.get(*areas)]


def _series(tagged: Tagged) -> list[str]:
    """225 as transcribed; without it the linked series, or the set this volume belongs to."""
    return each(SERIES, "225", pattern="({})")(tagged) or each(LINKED_SERIES, "410", "461", "462", pattern="({})")(
        tagged
    )


def _plain(*tags: str) -> Callable[[Tagged], list[str]]:
    def writer(tagged: Tagged) -> list[str]:
        return [clean(value) for field in tagged.get(*tags) for value in field.all("a")]

    return writer


def _subjects(tagged: Tagged) -> list[str]:
    names = each(SUBJECT_NAME, "600", "601", "602", "604")(tagged)
    return names + each(SUBJECT, "605", "606", "607")(tagged) + _plain("610")(tagged)


def _classes(tagged: Tagged) -> list[str]:
    lines = []
    for field in tagged.get(*CLASSIFICATIONS):
        scheme = CLASSIFICATIONS[field.tag] or clean(field.first("2")) or _("其他分类法")
        if field.tag in ("690", "692") and (version := clean(field.first("v"))):
            scheme += _("第%(version)s版") % {"version": version} if version.isdigit() else version
        lines += [class_line(number, scheme) for number in field.all("a")]
    return lines


def _names(tagged: Tagged) -> list[str]:
    persons = [write(_with_roles(field), PERSON) for field in tagged.get("700", "701", "702", "730")]
    bodies = [write(_with_roles(field), BODY) for field in tagged.get("710", "711", "712")]
    return persons + bodies


def _with_roles(field: Field) -> list[tuple[str, str]]:
    return [(code, role(value) if code == "4" else value) for code, value in field.subfields]


WRITERS: dict[str, Callable[[Tagged], list[str]]] = {
    "isbn_price": _numbers,
    "language": _language,
    "country": _country,
    "title_area": each(TITLE_AREA, "200"),
    "title": each(TITLE, "200"),
    "titlepinyin": _pinyin,
    "author": each(RESPONSIBILITY, "200"),
    "other_titles": each(OTHER_TITLE, "500", "510", "512", "513", "514", "515", "516", "517", "518", "540", "541"),
    "edition_area": joined(EDITION, "205"),
    "material_specific_area": _material_specific,
    "publication_area": each(PUBLICATION, "210"),
    "publishtime": each(Area({"d": ", "}), "210"),
    "physical_area": each(PHYSICAL, "215"),
    "series_area": _series,
    "notes_area": _plain(*NOTES),
    "abstract": _plain("330"),
    "contents": _plain("327"),
    "subjects": _subjects,
    "classes": _classes,
    "names": _names,
}
