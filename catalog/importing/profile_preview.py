"""How some records would be read with a holdings profile, before it is saved."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from typing import Any

from catalog.marc.holdings import DEFAULT_RULES, Copy, copies_of, status_words_of
from catalog.marc.mapping import describe
from catalog.marc.reader import ReadRecord, read_stream
from catalog.marc.record import Record
from catalog.models import CirculationStatus, MemberLibrary, SourceRecord
from catalog.records import readable

RECORDS = 20  # as many are shown
SAMPLE_BYTES = 500_000  # as much of an uploaded file is read and kept for the next look


@dataclass(frozen=True)
class PreviewCopy:
    copy: Copy

    @property
    def status_label(self) -> str:
        return str(CirculationStatus(self.copy.status).label)


@dataclass(frozen=True)
class PreviewRow:
    """A record: its title, the fields its copies are in, and the copies read from them."""

    title: str
    fields: list[str]
    copies: list[PreviewCopy]


@dataclass
class Preview:
    rows: list[PreviewRow] = field(default_factory=list)
    words: list[tuple[str, int, str]] = field(default_factory=list)  # word, how often, read as (empty: not known)

    @property
    def copy_count(self) -> int:
        return sum(len(row.copies) for row in self.rows)

    @property
    def without_copies(self) -> int:
        return sum(not row.copies for row in self.rows)


def records_of_library(library: MemberLibrary) -> list[tuple[Record, str]]:
    """The records of the library that came in last, with their syntax."""
    sources = SourceRecord.objects.filter(library=library, deleted=False).order_by("-pk")[:RECORDS]
    return [(record, source.syntax) for source in sources if (record := readable(source)) is not None]


def records_of_sample(data: bytes, encoding: str = "auto") -> list[tuple[Record, str]]:
    """The first records of a sample file. Raises UnreadableFile, RefusedXml."""
    read = (one for one in read_stream(BytesIO(data), encoding=encoding) if isinstance(one, ReadRecord))
    return [(one.record, one.syntax) for one in islice(read, RECORDS)]


def preview(records: Iterable[tuple[Record, str]], profile: dict[str, Any]) -> Preview:
    """Read the copies of these records with the profile, whose rules have been checked."""
    tags = {str(rule["field"]) for rule in profile.get("rules") or DEFAULT_RULES}
    shown = Preview()
    words: Counter[tuple[str, str]] = Counter()
    for record, syntax in records:
        copies = [PreviewCopy(copy) for copy in copies_of(record, profile)]
        fields = [_line(f) for f in record.fields if f.tag in tags]
        shown.rows.append(PreviewRow(describe(record, syntax).title, fields, copies))
        words.update(status_words_of(record, profile))
    shown.words = [
        (word, number, "" if status == "unknown" else str(CirculationStatus(status).label))
        for (word, status), number in words.most_common()
    ]
    return shown


def _line(f: Any) -> str:
    return f"{f.tag} " + " ".join(f"${code} {value}" for code, value in f.subfields)
