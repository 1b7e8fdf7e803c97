"""What all batches of one import have in common."""

from dataclasses import dataclass, field
from datetime import datetime

from catalog.importing.report import ImportReport
from catalog.models import MemberLibrary


@dataclass
class Target:
    """`started_at` is the run's time: copies that carry it as `as_of` have been met in this run."""

    library: MemberLibrary
    started_at: datetime
    report: ImportReport
    seen: set[int] = field(default_factory=set)  # hashes of the record numbers met so far
