"""What a record says about a book, in the words of our own model, whichever MARC it came from."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Bibliographic:
    """Attributes of catalog.models.Edition plus what only merging needs. Lists keep record order, without repeats."""

    title: str = ""
    subtitle: str = ""
    volume: str = ""
    volume_number: str = ""
    parallel_title: str = ""
    other_titles: list[str] = field(default_factory=list)
    responsibility: str = ""
    authors: list[str] = field(default_factory=list)
    edition_statement: str = ""
    place: str = ""
    publisher: str = ""
    year: int | None = None
    year_text: str = ""
    extent: str = ""
    series: str = ""
    series_volume: str = ""
    language: str = ""
    country: str = ""
    isbns: list[str] = field(default_factory=list)
    invalid_isbns: list[str] = field(default_factory=list)
    issn: str = ""
    unified_number: str = ""
    foreign_ids: list[str] = field(default_factory=list)
    price: str = ""
    subjects: list[str] = field(default_factory=list)
    clc: str = ""
    call_number: str = ""
    notes: list[str] = field(default_factory=list)
    abstract: str = ""
    material_type: str = "book"
    electronic: bool = False
