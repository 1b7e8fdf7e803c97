"""MARC21 as a card: the punctuation that the subfields bring is taken off and written anew, alike for all records."""

import re
from collections.abc import Callable

from catalog.display.coded import class_line, language_line, number_and_price
from catalog.display.punctuation import Area, write
from catalog.marc import marc21, values
from catalog.marc.mapping import Tagged
from catalog.marc.marc21 import Paired
from catalog.marc.record import Field
from catalog.marc.values import clean, without_isbd
from catalog.vocabulary import country_label

prepare = marc21.prepare

_MARKS = re.compile(r"[\s/:;,=+]+$")
_HAN_STOP = re.compile(r"(?<=[\u3400-\u9fff])\.$")
_ABBREVIATED = ("250", "300")  # `2nd ed.`, `320 p.`, `ill.`: here a full stop belongs to the word

# 245 $b is three things; `=` and `;` stand for the $b that follows such a mark.
_TITLE_MARKS = {"a": " ; ", "b": " : ", "=": " = ", ";": " ; ", "n": ". ", "p": ". "}
TITLE = Area(_TITLE_MARKS, after={("n", "p"): ", "})
TITLE_AREA = Area(_TITLE_MARKS | {"h": " ", "c": " / "}, after={("n", "p"): ", "})
RESPONSIBILITY = Area({"c": " ; "})
OTHER_TITLE = Area({"a": "", "b": " : ", "n": ". ", "p": ". ", "l": ". "}, after={("n", "p"): ", "})
EDITION = Area({"a": ". ", "b": " / ", "=": " = "})
MATHEMATICAL = Area({"a": ". ", "b": " ; ", "c": " ; ", "d": " ; ", "e": " ; "}, bracketed="cde")
NUMBERING = Area({"a": " ; "})
PUBLICATION = Area({"a": " ; ", "b": " : ", "c": ", ", "e": " ; ", "f": " : ", "g": ", "}, bracketed="efg")
PHYSICAL = Area({"a": " ; ", "b": " : ", "c": " ; ", "e": " + "})
SERIES = Area({"a": ". ", "n": ". ", "p": ". ", "x": ", ISSN ", "v": " ; "}, after={("n", "p"): ", "})
SUBJECT = Area({"a": "--", "b": ". ", "c": ", ", "d": ", ", "t": ". ", "v": "--", "x": "--", "y": "--", "z": "--"})

NOTES = (
    "500", "501", "502", "504", "508", "511", "515", "518", "521", "525", "530", "533", "534", "538", "546", "550",
    "586", "588",
)  # fmt: skip
CLASSIFICATIONS = {"093": "中图法", "084": "", "050": "LCC", "082": "DDC", "080": "UDC"}


def _parts(field: Field) -> list[tuple[str, str]]:
    """The subfields without the punctuation written for the next one; $b after `=` or `;` gets that as its code."""
    parts, mark = [], ""
    for code, raw in field.subfields:
        value = clean(raw)
        value = _MARKS.sub("", value) if field.tag in _ABBREVIATED else without_isbd(value)
        value = _HAN_STOP.sub("", value)
        if code == "b" and mark in ("=", ";") and field.tag in ("245", "250"):
            code = mark if field.tag == "245" or mark == "=" else code
        if code in "efgcd" and field.tag in ("255", "260", "264"):
            value = value.removeprefix("(").removesuffix(")") if value.startswith("(") or code in "efg" else value
        parts.append((code, value))
        mark = clean(raw)[-1:]
    return parts


def _written(tagged: Tagged, field: Field, area: Area, pattern: str = "{}") -> list[str]:
    """The field's line, and the romanised line of a field in original script behind it."""
    fields = [field]
    if isinstance(tagged, Paired) and id(field) in tagged.romanised:
        fields.append(tagged.romanised[id(field)])
    return [pattern.format(line) for one in fields if (line := write(_parts(one), area))]


def each(area: Area, *tags: str, pattern: str = "{}") -> Callable[[Tagged], list[str]]:
    def writer(tagged: Tagged) -> list[str]:
        return [line for field in tagged.get(*tags) for line in _written(tagged, field, area, pattern)]

    return writer


def _published(tagged: Tagged) -> list[Field]:
    """264 of publication if there is one, else 260, else any 264."""
    return [f for f in tagged.get("264") if f.ind2 == "1"] or tagged.get("260") or tagged.get("264")


def _publication(tagged: Tagged) -> list[str]:
    return [line for field in _published(tagged) for line in _written(tagged, field, PUBLICATION)]


def _publication_time(tagged: Tagged) -> list[str]:
    return [write(_parts(field), Area({"c": ", "})) for field in _published(tagged)]


def _numbers(tagged: Tagged) -> list[str]:
    isbns = [
        number_and_price(f.first("a"), " ; ".join(f.all("q")), without_isbd(f.first("c"))) for f in tagged.get("020")
    ]
    issns = [number_and_price(f.first("a"), kind="ISSN") for f in tagged.get("022") if f.first("a")]
    return isbns + issns


def _language(tagged: Tagged) -> list[str]:
    """The coded language, then 041: further languages, and the original of a translation."""
    fields = tagged.get("041")
    stated = [code for field in fields for value in field.all("a") for code in _codes(value)]
    original = [code for field in fields for value in field.all("h") for code in _codes(value)]
    return [language_line([tagged.data("008")[35:38], *stated], original=original)]


def _codes(value: str) -> list[str]:
    """Older records write several codes without a space between: engfre."""
    return [value[i : i + 3] for i in range(0, len(value), 3)]


def _country(tagged: Tagged) -> list[str]:
    return [country_label(values.marc21_country(tagged.data("008")[15:18]))]


def _material_specific(tagged: Tagged) -> list[str]:
    return each(MATHEMATICAL, "255")(tagged) + each(NUMBERING, "362")(tagged)


def _series(tagged: Tagged) -> list[str]:
    return each(SERIES, "490", "440", pattern="({})")(tagged) or each(SERIES, "830", pattern="({})")(tagged)


def _plain(codes: str, *tags: str) -> Callable[[Tagged], list[str]]:
    def writer(tagged: Tagged) -> list[str]:
        return [clean(" ".join(field.all(codes))) for field in tagged.get(*tags)]

    return writer


def _classes(tagged: Tagged) -> list[str]:
    lines = []
    for field in tagged.get(*CLASSIFICATIONS):
        scheme = CLASSIFICATIONS[field.tag] or clean(field.first("2"))
        number = field.first("a").replace("/", "") if field.tag == "082" else field.first("a")
        lines.append(class_line(number, scheme) if scheme else clean(number))
    return lines


def _names(tagged: Tagged) -> list[str]:
    return marc21.names(tagged, [(tag, "") for tag in ("100", "110", "111", "700", "710", "711")])


WRITERS: dict[str, Callable[[Tagged], list[str]]] = {
    "isbn_price": _numbers,
    "language": _language,
    "country": _country,
    "title_area": each(TITLE_AREA, "245"),
    "title": each(TITLE, "245"),
    "author": each(RESPONSIBILITY, "245"),
    "other_titles": each(OTHER_TITLE, "130", "240", "246", "247", "740"),
    "edition_area": each(EDITION, "250"),
    "material_specific_area": _material_specific,
    "publication_area": _publication,
    "publishtime": _publication_time,
    "physical_area": each(PHYSICAL, "300"),
    "series_area": _series,
    "notes_area": _plain("a", *NOTES),
    "abstract": _plain("ab", "520"),
    "contents": _plain("agrt", "505"),
    "subjects": each(SUBJECT, "600", "610", "611", "630", "650", "651", "653"),
    "classes": _classes,
    "names": _names,
}
