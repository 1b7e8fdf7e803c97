"""Reads the field tables of catalog/marc/cnmarc.py and catalog/marc/marc21.py: which field feeds which attribute."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import fields as dataclass_fields
from typing import Any, NamedTuple

from catalog.isbn import to_isbn13, to_issn
from catalog.marc.bibliographic import Bibliographic
from catalog.marc.encodings import CNMARC
from catalog.marc.record import Field, Record
from catalog.marc.values import clean, unique


class Tagged:
    """A record's fields by tag, cleaned of control characters."""

    def __init__(self, leader: str, fields: list[Field]) -> None:
        self.leader = f"{leader:24}"
        self._by_tag: dict[str, list[Field]] = defaultdict(list)
        for f in fields:
            self._by_tag[f.tag].append(f)

    def get(self, *tags: str) -> list[Field]:
        """Fields of these tags, in the order of the tags given."""
        if len(tags) == 1:
            return self._by_tag.get(tags[0], [])
        return [f for tag in tags for f in self._by_tag.get(tag, ())]

    def data(self, tag: str) -> str:
        """Text of a control field; empty if there is none."""
        found = self._by_tag.get(tag)
        return found[0].data if found else ""

    def has(self, tag: str) -> bool:
        return tag in self._by_tag


Rule = Callable[[Tagged, list[tuple[str, str]]], Any]


class Row(NamedTuple):
    """`source` lists fields and subfields in order of preference: `205 ab | 250 a`; `rule` says how they are read."""

    attribute: str
    source: str
    rule: Rule


def first(tagged: Tagged, sources: list[tuple[str, str]]) -> str:
    """The first value found."""
    for tag, codes in sources:
        for f in tagged.get(tag):
            if value := clean(f.first(codes)):
                return value
    return ""


def every(tagged: Tagged, sources: list[tuple[str, str]]) -> list[str]:
    """Every subfield's value, each once."""
    return unique([clean(v) for tag, codes in sources for f in tagged.get(tag) for v in f.all(codes)])


def each_field(separator: str) -> Rule:
    """One value per field: its subfields in record order, joined."""

    def rule(tagged: Tagged, sources: list[tuple[str, str]]) -> list[str]:
        return unique([clean(separator.join(f.all(codes))) for tag, codes in sources for f in tagged.get(tag)])

    return rule


def joined(separator: str) -> Rule:
    """All values of the first source that has any, as one text."""

    def rule(tagged: Tagged, sources: list[tuple[str, str]]) -> str:
        for tag, codes in sources:
            if values := [clean(v) for f in tagged.get(tag) for v in f.all(codes)]:
                return separator.join(values)
        return ""

    return rule


def of_first_field(separator: str) -> Rule:
    """The subfields of the first field found, in record order, as one text."""

    def rule(tagged: Tagged, sources: list[tuple[str, str]]) -> str:
        for tag, codes in sources:
            for f in tagged.get(tag):
                if values := [clean(v) for v in f.all(codes)]:
                    return separator.join(values)
        return ""

    return rule


def valid_isbns(tagged: Tagged, sources: list[tuple[str, str]]) -> list[str]:
    return unique([to_isbn13(value) or "" for value in every(tagged, sources)])


def invalid_isbns(tagged: Tagged, sources: list[tuple[str, str]]) -> list[str]:
    return [value for value in every(tagged, sources) if any(c.isdigit() for c in value) and not to_isbn13(value)]


def valid_issn(tagged: Tagged, sources: list[tuple[str, str]]) -> str:
    return next((issn for value in every(tagged, sources) if (issn := to_issn(value))), "")


def describe(record: Record, syntax: str) -> Bibliographic:
    """What the record says, by the table of its syntax. Never fails on odd content: what is not there is empty."""
    from catalog.marc import cnmarc, marc21  # the tables use the rules of this module

    table, prepare = (cnmarc.TABLE, cnmarc.prepare) if syntax == CNMARC else (marc21.TABLE, marc21.prepare)
    tagged = prepare(record)
    book = Bibliographic()
    for row in table:
        value = row.rule(tagged, _sources(row.source))
        if not value:
            continue
        if isinstance(value, dict):
            for name, part in value.items():
                setattr(book, name, part)
        else:
            setattr(book, row.attribute, value)
    return book


_parsed: dict[str, list[tuple[str, str]]] = {}


def _sources(text: str) -> list[tuple[str, str]]:
    if text not in _parsed:
        pairs = (part.split() for part in text.split("|") if part.strip())
        _parsed[text] = [(pair[0], pair[1] if len(pair) > 1 else "a") for pair in pairs]
    return _parsed[text]


ATTRIBUTES = frozenset(f.name for f in dataclass_fields(Bibliographic))
