"""Reads the field tables of catalog/marc/cnmarc.py and catalog/marc/marc21.py: which field feeds which attribute."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from functools import cached_property, lru_cache
from typing import Any

from catalog.isbn import to_isbn13, to_issn
from catalog.marc.bibliographic import Bibliographic
from catalog.marc.encodings import CNMARC
from catalog.marc.record import Field, Record
from catalog.marc.values import clean, unique

# A field and the codes of the subfields that count.
Source = tuple[str, str]


class Tagged:
    """A record's fields by tag."""

    def __init__(self, leader: str, fields: list[Field]) -> None:
        self.leader = f"{leader:24}"
        self._by_tag: dict[str, list[Field]] = {}
        for f in fields:
            self._by_tag.setdefault(f.tag, []).append(f)

    def get(self, *tags: str) -> list[Field]:
        """Fields of these tags, in the order of the tags given."""
        return [f for tag in tags for f in self.of(tag)]

    def of(self, tag: str) -> Sequence[Field]:
        """Fields of this tag."""
        return self._by_tag.get(tag, ())

    @property
    def tags(self) -> frozenset[str]:
        return frozenset(self._by_tag)

    def among(self, sources: Sequence[Source]) -> list[Source]:
        """Those of these fields and subfields whose field the record has."""
        return [source for source in sources if source[0] in self._by_tag]

    def data(self, tag: str) -> str:
        """Text of a control field; empty if there is none."""
        found = self._by_tag.get(tag)
        return found[0].data if found else ""

    def has(self, tag: str) -> bool:
        return tag in self._by_tag


Rule = Callable[[Tagged, list[Source]], Any]


@dataclass(frozen=True)
class Row:
    """`source` lists fields and subfields in order of preference: `205 ab | 250 a`; `rule` says how they are read, and
    is asked `always` where it knows something without them."""

    attribute: str
    source: str
    rule: Rule
    always: bool = False

    @cached_property
    def sources(self) -> list[Source]:
        """`source` taken apart; `008` alone means its subfield a."""
        pairs = (part.split() for part in self.source.split("|") if part.strip())
        return [(pair[0], pair[1] if len(pair) > 1 else "a") for pair in pairs]


def first(tagged: Tagged, sources: list[Source]) -> str:
    """The first value found."""
    for tag, codes in sources:
        for f in tagged.of(tag):
            if value := clean(f.first(codes)):
                return value
    return ""


def every(tagged: Tagged, sources: list[Source]) -> list[str]:
    """Every subfield's value, each once."""
    return unique([clean(v) for tag, codes in sources for f in tagged.of(tag) for v in f.all(codes)])


def each_field(separator: str) -> Rule:
    """One value per field: its subfields in record order, joined."""

    def rule(tagged: Tagged, sources: list[Source]) -> list[str]:
        return unique([clean(separator.join(f.all(codes))) for tag, codes in sources for f in tagged.of(tag)])

    return rule


def joined(separator: str) -> Rule:
    """All values of the first source that has any, as one text."""

    def rule(tagged: Tagged, sources: list[Source]) -> str:
        for tag, codes in sources:
            if values := [clean(v) for f in tagged.of(tag) for v in f.all(codes)]:
                return separator.join(values)
        return ""

    return rule


def of_first_field(separator: str) -> Rule:
    """The subfields of the first field found, in record order, as one text."""

    def rule(tagged: Tagged, sources: list[Source]) -> str:
        for tag, codes in sources:
            for f in tagged.of(tag):
                if values := [clean(v) for v in f.all(codes)]:
                    return separator.join(values)
        return ""

    return rule


def valid_isbns(tagged: Tagged, sources: list[Source]) -> list[str]:
    return unique([to_isbn13(value) or "" for value in every(tagged, sources)])


def invalid_isbns(tagged: Tagged, sources: list[Source]) -> list[str]:
    return [value for value in every(tagged, sources) if any(c.isdigit() for c in value) and not to_isbn13(value)]


def valid_issn(tagged: Tagged, sources: list[Source]) -> str:
    return next((issn for value in every(tagged, sources) if (issn := to_issn(value))), "")


def describe(record: Record, syntax: str) -> Bibliographic:
    """What the record says, by the table of its syntax. Never fails on odd content: what is not there is empty."""
    tagged = _module_of(syntax).prepare(record)
    book = Bibliographic()
    for attribute, rule, sources in _rules_for(syntax, tagged.tags):
        value = rule(tagged, sources)
        if not value:
            continue
        if isinstance(value, dict):
            for name, part in value.items():
                setattr(book, name, part)
        else:
            setattr(book, attribute, value)
    return book


def _module_of(syntax: str) -> Any:
    from catalog.marc import cnmarc, marc21  # their tables use the rules of this module

    return cnmarc if syntax == CNMARC else marc21


@lru_cache(maxsize=512)  # most records of a file have one of a few sets of fields
def _rules_for(syntax: str, tags: frozenset[str]) -> list[tuple[str, Rule, list[Source]]]:
    """The rows of the table that say something of a record of these fields, with those of their sources it has."""
    table = _module_of(syntax).TABLE
    present = [(row, [source for source in row.sources if source[0] in tags]) for row in table]
    return [(row.attribute, row.rule, sources) for row, sources in present if sources or row.always]


ATTRIBUTES = frozenset(f.name for f in dataclass_fields(Bibliographic))
