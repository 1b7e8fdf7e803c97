"""Copies out of a MARC record, by rules that are data: each library keeps them in another field.

A profile is a dict {"rules": [rule, …], "status_words": {word: circulation status}}. A rule is a dict:

    field        tag, e.g. "905"
    copies       how copies repeat: "field" (one per field), "group" (a new copy begins when `barcode`, or the code
                 named in `starts`, comes again) or "barcodes" (each repeated barcode is a copy, the rest is common)
    barcode      subfield code; ranges such as 20295403-5408 and 1683011-3 are expanded
    call_number  list of choices, the first that is there wins; "d/e" joins two subfields with a slash
    location, shelf, status, note    subfield codes, each optional; "c b" means $c, or $b where there is no $c
    where        {code: regular expression}, all of which must match, e.g. {"a": "^\\d{6}$"}
    flags        {code: circulation status} for subfields such as Koha's 952 $q (due date): any value but 0 counts

Copies of several rules are one set: the same barcode in two fields is one copy, and what one field leaves empty the
other fills. Rules without barcodes count only where no rule of the record gives a barcode.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from catalog.marc.record import Field, Record
from catalog.marc.values import clean

_RANGE = re.compile(r"^([A-Za-z]{0,6})(\d{2,})-[A-Za-z]{0,6}(\d+)$")
_LONGEST_RANGE = 300

# Used for libraries without a profile of their own; see docs/marc.md for where each shape was met.
DEFAULT_RULES: list[dict[str, Any]] = [
    {"field": "952", "copies": "field", "barcode": "p", "call_number": ["o"], "location": "c", "shelf": "j",
     "note": "z", "flags": {"q": "on_loan", "1": "lost", "7": "reference", "0": "lost", "4": "missing"}},
    {"field": "906", "copies": "barcodes", "barcode": "b", "call_number": ["s", "h", "d/e"], "location": "l",
     "status": "k", "where": {"a": r"^(\d{6})?$"}},
    {"field": "935", "copies": "barcodes", "barcode": "b", "call_number": ["s", "d/e"], "where": {"a": r"^\d{6}$"}},
    {"field": "905", "copies": "group", "barcode": "b", "call_number": ["s", "d/e", "c/d/e", "d"], "location": "l",
     "shelf": "m", "status": "k"},
    {"field": "986", "copies": "group", "barcode": "a", "call_number": ["c", "b"], "location": "d"},
    {"field": "852", "copies": "group", "barcode": "p", "call_number": ["h i", "k h i", "j"], "location": "c b",
     "note": "z"},
    {"field": "AVA", "copies": "field", "call_number": ["d"], "location": "c q b", "status": "e"},
]  # fmt: skip

# 流通情况 in the words of the systems we met; a profile's own words come first. Compared in lower case.
STATUS_WORDS = {
    "available": "available", "在架": "available", "在馆": "available", "可借": "available", "入藏": "available",
    "可外借": "available", "on shelf": "available", "item in place": "available", "正常": "available",
    "on_loan": "on_loan", "on loan": "on_loan", "checked out": "on_loan", "借出": "on_loan", "已借出": "on_loan",
    "外借": "on_loan", "已外借": "on_loan", "unavailable": "on_loan", "预约到书": "on_loan",
    "reference": "reference", "阅览": "reference", "不外借": "reference", "馆内阅览": "reference",
    "仅供阅览": "reference", "保存本": "reference", "not for loan": "reference", "样本": "reference",
    "processing": "processing", "编目中": "processing", "加工中": "processing", "订购": "processing",
    "on order": "processing", "in process": "processing", "采访中": "processing", "待上架": "processing",
    "missing": "missing", "待查": "missing", "架上未找到": "missing", "查找中": "missing",
    "lost": "lost", "遗失": "lost", "丢失": "lost", "剔除": "lost", "注销": "lost", "withdrawn": "lost",
}  # fmt: skip
_RULE_KEYS = {
    "field", "copies", "starts", "barcode", "call_number", "location", "shelf", "status", "note", "where",
    "flags",
}  # fmt: skip
NOT_LOANABLE = {"reference", "lost"}


@dataclass(slots=True)
class Copy:
    """One copy as its record states it; `status` is a circulation status or `unknown` where nothing is said."""

    call_number: str = ""
    barcode: str = ""
    location: str = ""
    shelf: str = ""
    status: str = "unknown"
    note: str = ""

    @property
    def loanable(self) -> bool:
        return self.status not in NOT_LOANABLE


def copies_of(record: Record, profile: dict[str, Any] | None = None) -> list[Copy]:
    """Every copy the record lists, in its order; an empty list where it lists none."""
    profile = profile or {}
    words = _status_words(profile)
    with_barcode: dict[str, Copy] = {}
    without: dict[str, list[Copy]] = {}
    tags = {field.tag for field in record.fields}
    for rule in profile.get("rules") or DEFAULT_RULES:
        tag = str(rule["field"])
        for field in record.get(tag) if tag in tags else ():
            for copy in _copies_of_field(field, rule, words):
                if copy.barcode in with_barcode:
                    _complete(with_barcode[copy.barcode], copy)
                elif copy.barcode:
                    with_barcode[copy.barcode] = copy
                elif copy.call_number or copy.location:
                    without.setdefault(tag, []).append(copy)
    if with_barcode:
        common = next((c.call_number for group in without.values() for c in group if c.call_number), "")
        for copy in with_barcode.values():
            copy.call_number = copy.call_number or common
        return list(with_barcode.values())
    # Two fields that both describe copies without barcodes describe the same ones: the first rule is believed.
    return next(iter(without.values()), [])


def _complete(known: Copy, other: Copy) -> None:
    """What the first field left empty is taken from the next that names the same barcode."""
    for name in ("call_number", "location", "shelf", "note"):
        if not getattr(known, name):
            setattr(known, name, getattr(other, name))
    if known.status == "unknown":
        known.status = other.status


def _copies_of_field(field: Field, rule: dict[str, Any], words: dict[str, str]) -> list[Copy]:
    if any(not re.search(pattern, field.first(code)) for code, pattern in (rule.get("where") or {}).items()):
        return []
    copies = []
    for group in _groups(field, rule):
        template = Copy(
            call_number=_call_number(group, rule.get("call_number") or []),
            location=_first_of(group, rule.get("location", "")),
            shelf=_first_of(group, rule.get("shelf", "")),
            note=_first_of(group, rule.get("note", "")),
            status=_status(group, rule, words),
        )
        codes = str(rule.get("barcode", ""))
        barcodes = [code for value in group.all(codes) for code in expand(value)] if codes else []
        for barcode in barcodes or [""]:
            copies.append(Copy(template.call_number, barcode, template.location, template.shelf, template.status,
                               template.note))  # fmt: skip
    return copies


def _status_words(profile: dict[str, Any]) -> dict[str, str]:
    """What words for circulation mean, the profile's own first."""
    own = profile.get("status_words")
    return STATUS_WORDS | {str(word).lower(): str(status) for word, status in own.items()} if own else STATUS_WORDS


def status_words_of(record: Record, profile: dict[str, Any] | None = None) -> list[tuple[str, str]]:
    """The library's own words for circulation in this record, each with what it is read as (`unknown`: not known)."""
    profile = profile or {}
    words = _status_words(profile)
    found = []
    for rule in profile.get("rules") or DEFAULT_RULES:
        for field in record.get(str(rule["field"])):
            for group in _groups(field, rule):
                if word := _first_of(group, rule.get("status", "")):
                    found.append((word, words.get(word.lower(), "unknown")))
    return found


def _groups(field: Field, rule: dict[str, Any]) -> list[Field]:
    """The field as it is, or cut where a repeated `starts` (or barcode) subfield begins the next copy."""
    starts = str(rule.get("starts") or rule.get("barcode") or "")
    if rule.get("copies") != "group" or not starts or len(field.all(starts)) < 2:
        return [field]
    repeated = {code for code, _value in field.subfields if len(field.all(code)) > 1} - set(starts)
    if not repeated:  # only the barcode is repeated: the rest is common to all copies
        return [field]
    # A group may open with a call number before its barcode, so it opens where the first repeated code stands.
    opener = next(code for code, _value in field.subfields if code in repeated or code in starts)
    groups: list[Field] = []
    for code, value in field.subfields:
        if code == opener or not groups:
            # What stands before the first group (the holding library) belongs to all of them.
            groups.append(Field(field.tag, field.ind1, field.ind2, []))
        groups[-1].subfields.append(Field.data_field("", "", "", [(code, value)]).subfields[0])
    return groups


def expand(text: str) -> list[str]:
    """Barcodes of one subfield: 20295403-5408 is six, 1683011-3 is three; anything else stays as it is."""
    text = clean(text)
    match = _RANGE.match(text)
    if not match:
        return [text] if text else []
    letters, first, suffix = match.groups()
    if len(suffix) > len(first):
        return [text]
    last = first[: len(first) - len(suffix)] + suffix
    count = int(last) - int(first) + 1
    if not 1 <= count <= _LONGEST_RANGE:
        return [text]
    return [f"{letters}{int(first) + n:0{len(first)}d}" for n in range(count)]


def _call_number(group: Field, choices: list[str]) -> str:
    for choice in choices:
        slash = "/" in choice
        codes = choice.split("/") if slash else choice.split()
        values = [clean(group.first(code)) for code in codes]
        if all(values) if slash else any(values):
            return ("/" if slash else " ").join(value for value in values if value)
    return ""


def _first_of(group: Field, codes: str) -> str:
    """`c b` means $c, or $b where there is no $c."""
    return next((value for code in codes.split() if (value := clean(group.first(code)))), "")


def _status(group: Field, rule: dict[str, Any], words: dict[str, str]) -> str:
    for code, status in (rule.get("flags") or {}).items():
        if group.first(code) not in ("", "0"):
            return str(status)
    return words.get(_first_of(group, rule.get("status", "")).lower(), "unknown")


def invalid_rules(rules: Any) -> str:
    """Why a profile's rules cannot be used, for the person who wrote them; empty if they can."""
    if not isinstance(rules, list):
        return _("规则应是一个列表。")
    for position, rule in enumerate(rules, start=1):
        place = {"position": position}
        if not isinstance(rule, dict) or not str(rule.get("field", "")):
            return _("第%(position)d条规则没有写明字段（field）。") % place
        if rule.get("copies", "field") not in ("field", "group", "barcodes"):
            return _("第%(position)d条规则的 copies 只能是 field、group 或 barcodes。") % place
        unknown = set(rule) - _RULE_KEYS
        if unknown:
            return _("第%(position)d条规则有不认识的项：%(unknown)s") % {
                "position": position,
                "unknown": ", ".join(sorted(unknown)),
            }
        call_number = rule.get("call_number", [])
        if not isinstance(call_number, list) or not all(isinstance(choice, str) for choice in call_number):
            return _("第%(position)d条规则的 call_number 应是一个列表。") % place
        for name in ("field", "starts", "barcode", "location", "shelf", "status", "note"):
            if not isinstance(rule.get(name, ""), str):
                return _("第%(position)d条规则的 %(name)s 应写成带引号的文字。") % (place | {"name": name})
        flags = rule.get("flags") or {}
        if not isinstance(flags, dict) or not set(flags.values()) <= set(STATUS_WORDS.values()):
            return _("第%(position)d条规则的 flags 右边只能是流通情况的代码。") % place
        try:
            for pattern in (rule.get("where") or {}).values():
                re.compile(pattern)
        except (re.error, TypeError, AttributeError):
            return _("第%(position)d条规则的 where 不是正则表达式。") % place
    return ""
