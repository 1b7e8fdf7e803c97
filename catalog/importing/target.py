"""What all batches of one import have in common."""

from dataclasses import dataclass
from datetime import datetime

from catalog.importing.report import ImportReport
from catalog.models import MemberLibrary


@dataclass
class Target:
    """`started_at` is the run's time: what carries it as `seen_at` or `as_of` has been met in this run.

    With `index_later` search entries are not written batch by batch; the run writes them at its end.
    """

    library: MemberLibrary
    started_at: datetime
    report: ImportReport
    index_later: bool = False
