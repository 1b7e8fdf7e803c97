"""What an import brought, as the numbers of one run and the records that a person must look at."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

_MOST_LISTED = 1000  # rejected and quarantined records kept one by one; all of them are counted


@dataclass
class ImportReport:
    """`position` in the lists counts the file's records from 1, `offset` its bytes from 0."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    quarantined_count: int = 0
    rejected_count: int = 0
    merged: int = 0
    copies: int = 0
    withdrawn: int = 0
    records_withdrawn: int = 0
    kept_out_count: int = 0
    kept_out: list[dict[str, Any]] = field(default_factory=list)
    quarantined: list[dict[str, Any]] = field(default_factory=list)
    rejected: list[dict[str, Any]] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)
    encodings: Counter[str] = field(default_factory=Counter)
    syntaxes: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def reject(self, *, position: int, offset: int, reason: str, title: str) -> None:
        self.rejected_count += 1
        if len(self.rejected) < _MOST_LISTED:
            self.rejected.append({"position": position, "offset": offset, "reason": reason, "title": title})

    def quarantine(self, *, position: int, offset: int, reason: str, title: str) -> None:
        self.quarantined_count += 1
        if len(self.quarantined) < _MOST_LISTED:
            self.quarantined.append({"position": position, "offset": offset, "reason": reason, "title": title})

    def keep_out(self, *, barcode: str, call_number: str, request: str) -> None:
        """A copy that the file has no more stays, because a reader has it on this request."""
        self.kept_out_count += 1
        if len(self.kept_out) < _MOST_LISTED:
            self.kept_out.append({"barcode": barcode, "call_number": call_number, "request": request})

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON: the keys of the interface first, figures that help a person behind."""
        return {
            "read": self.read,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "deleted": self.deleted,
            "quarantined": self.quarantined,
            "rejected": self.rejected,
            "encoding": _usual(self.encodings),
            "syntax": _usual(self.syntaxes),
            "seconds": round(self.seconds, 2),
            "quarantined_count": self.quarantined_count,
            "rejected_count": self.rejected_count,
            "merged": self.merged,
            "copies": self.copies,
            "withdrawn": self.withdrawn,
            "records_withdrawn": self.records_withdrawn,
            "kept_out": self.kept_out,
            "kept_out_count": self.kept_out_count,
            "warnings": dict(self.warnings.most_common(50)),
            "encodings": dict(self.encodings),
            "syntaxes": dict(self.syntaxes),
        }


def _usual(seen: Counter[str]) -> str:
    return seen.most_common(1)[0][0] if seen else ""
