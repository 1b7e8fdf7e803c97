"""What a reader is asked about before a new request: no rule forbids it, but is it meant?

A warning is confirmed by its key. A request that goes on from another one (转馆) is not asked about the same book.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from catalog.models import CirculationStatus, Edition, Holding
from requests_app.errors import SubmissionRefused
from requests_app.models import LoanRequest
from requests_app.submission_rules import Submission


@dataclass(frozen=True)
class Warned:
    """One thing to confirm: `key` for the form, `text` for the reader."""

    key: str
    text: str


class WarningsUnconfirmed(SubmissionRefused):
    """Nothing was written; the reader has to say that the warnings were read."""

    def __init__(self, warnings: list[Warned]) -> None:
        super().__init__(_("请先确认下面的提示，再提交。"), rule="warnings")
        self.warnings = warnings


def asked_for_lately(submission: Submission) -> str:
    """The same reader asked for the same book within the last day."""
    hours = int(settings.ILL["DUPLICATE_HOURS"])
    lately = LoanRequest.objects.of_reader(submission.reader).filter(
        created_at__gt=submission.at - timedelta(hours=hours), created_at__lte=submission.at
    )
    if submission.edition is not None:
        lately = lately.filter(edition=submission.edition)
    else:
        lately = lately.filter(title__iexact=submission.title)
    earlier = lately.first()
    if earlier is None or submission.forwarded_from is not None:
        return ""
    return _("%(hours)d小时内您已申请过这本书，申请单号%(number)s（%(state)s）。") % {
        "hours": hours,
        "number": earlier.number,
        "state": earlier.state_text,
    }


def home_has_it(submission: Submission) -> str:
    """The home library owns the book."""
    copies = _copies(submission.edition).filter(library=submission.home).count() if submission.edition else 0
    if not copies:
        return ""
    return _("%(library)s也收藏这本书（%(copies)d册），可以先到本馆借阅。") % {
        "library": submission.home.name,
        "copies": copies,
    }


def nothing_on_shelf(submission: Submission) -> str:
    """The lender has copies, and none of them on the shelf."""
    if submission.edition is None:
        return ""
    copies = list(_copies(submission.edition).filter(library=submission.lender))
    # A library that does not tell whether a copy is there has told nothing.
    told = [copy for copy in copies if copy.shown_status != CirculationStatus.UNKNOWN]
    if not told or len(told) < len(copies) or any(copy.is_on_shelf for copy in copies):
        return ""
    return _("%(library)s的%(copies)d册现在都不在架，申请可能不能满足。") % {
        "library": submission.lender.name,
        "copies": len(copies),
    }


WARNINGS: tuple[Callable[[Submission], str], ...] = (asked_for_lately, home_has_it, nothing_on_shelf)


def warnings_of(submission: Submission) -> list[Warned]:
    """What the reader should be asked about now."""
    found = [(warning.__name__, warning(submission)) for warning in WARNINGS]
    return [Warned(key, text) for key, text in found if text]


def check_confirmed(submission: Submission, confirmed: Collection[str]) -> None:
    """Raises WarningsUnconfirmed where something is to be asked that is not among the confirmed keys."""
    warnings = warnings_of(submission)
    if any(warning.key not in confirmed for warning in warnings):
        raise WarningsUnconfirmed(warnings)


def _copies(edition: Edition) -> QuerySet[Holding]:
    return Holding.objects.present().filter(edition=edition)
