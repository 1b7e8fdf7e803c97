"""Coded values on a card: standard numbers with their qualification and price, languages, classification schemes."""

import re
from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.isbn import hyphenate, to_isbn13
from catalog.marc import values
from catalog.marc.values import clean
from catalog.vocabulary import language_label

_IN_PARENTHESES = re.compile(r"[(（]([^()（）]+)[)）]")

# Relator codes of UNIMARC $4; Chinese records mostly write the word itself.
ROLES = {
    "010": gettext_lazy("改编"),
    "070": gettext_lazy("著"),
    "080": gettext_lazy("序"),
    "100": gettext_lazy("原著"),
    "110": gettext_lazy("装订"),
    "160": gettext_lazy("发行"),
    "205": gettext_lazy("合著"),
    "220": gettext_lazy("编"),
    "230": gettext_lazy("作曲"),
    "300": gettext_lazy("导演"),
    "340": gettext_lazy("编"),
    "440": gettext_lazy("绘"),
    "650": gettext_lazy("出版"),
    "651": gettext_lazy("主编"),
    "675": gettext_lazy("评"),
    "710": gettext_lazy("修订"),
    "727": gettext_lazy("导师"),
    "730": gettext_lazy("译"),
}


def number_and_price(number: str, qualification: str = "", price: str = "", *, kind: str = "") -> str:
    """`978-7-5037-1744-4 (精装) : CNY79.00`; a number that is not valid stays as it was written."""
    number = clean(number)
    isbn = to_isbn13(number) if not kind else None
    if isbn:
        noted = _IN_PARENTHESES.search(number)
        qualification = qualification or (noted.group(1) if noted else "")
        number = hyphenate(isbn)
    elif number and kind:
        number = f"{kind} {number}"
    qualification = clean(qualification).strip("()（） ")
    text = " ".join(part for part in (number, f"({qualification})" if qualification else "") if part)
    return " : ".join(part for part in (text, clean(price)) if part)


def language_line(codes: Sequence[str], *, original: Sequence[str] = (), intermediate: Sequence[str] = ()) -> str:
    """中文 ; 英文 (译自法文): languages of the text, and of the original where it is a translation."""
    said = _words(codes)
    if not said:
        return ""
    notes = []
    if original_words := _words(original):
        notes.append(_("译自%(language)s") % {"language": original_words})
    if intermediate_words := _words(intermediate):
        notes.append(_("经%(language)s转译") % {"language": intermediate_words})
    return f"{said} ({' ; '.join(notes)})" if notes else said


def _words(codes: Sequence[str]) -> str:
    known = [values.language(code) for code in codes]
    return " ; ".join(dict.fromkeys(language_label(code) for code in known if code))


def class_line(number: str, scheme: str) -> str:
    return f"{clean(number)} ({scheme})" if clean(number) else ""


def role(text: str) -> str:
    """What a person did, in words; an unknown code says nothing."""
    text = clean(text)
    return str(ROLES.get(text, "")) if text.isascii() else text
