"""A MARC record in memory: leader and fields in their order, all text decoded."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

Subfield = tuple[str, str]  # code and value; a plain tuple, since a file has millions


@dataclass(slots=True)
class Field:
    """A control field (`data`, no subfields) or a data field (indicators and subfields)."""

    tag: str
    ind1: str = " "
    ind2: str = " "
    subfields: list[Subfield] = field(default_factory=list)
    data: str = ""

    @classmethod
    def control(cls, tag: str, data: str) -> "Field":
        return cls(tag, data=data)

    @classmethod
    def data_field(cls, tag: str, ind1: str, ind2: str, subfields: Iterable[tuple[str, str]]) -> "Field":
        return cls(tag, ind1, ind2, list(subfields))

    @property
    def shown_indicators(self) -> str:
        """The indicators with their blanks made visible: `1_`."""
        return f"{self.ind1}{self.ind2}".replace(" ", "_")

    def first(self, codes: str) -> str:
        """Value of the first subfield whose code is in `codes`, stripped; empty if there is none."""
        for code, value in self.subfields:
            if code in codes:
                return value.strip()
        return ""

    def all(self, codes: str) -> list[str]:
        """Values of every subfield whose code is in `codes`, in record order, stripped, without empty ones."""
        return [text for code, value in self.subfields if code in codes and (text := value.strip())]


@dataclass(slots=True)
class Record:
    """`leader` is 24 characters, whatever the file said about lengths."""

    leader: str
    fields: list[Field] = field(default_factory=list)

    def get(self, *tags: str) -> Iterator[Field]:
        """Fields with one of these tags, in record order."""
        return (f for f in self.fields if f.tag in tags)

    def first(self, tag: str, codes: str = "") -> str:
        """First non-empty value of `tag` (and subfield); the data itself for a control field."""
        for f in self.fields:
            if f.tag == tag:
                value = f.first(codes) if f.subfields else f.data.strip()
                if value:
                    return value
        return ""

    def has(self, tag: str) -> bool:
        return any(f.tag == tag for f in self.fields)

    @property
    def status(self) -> str:
        """Leader position 05; `d` deletes the record."""
        return self.leader[5:6]
