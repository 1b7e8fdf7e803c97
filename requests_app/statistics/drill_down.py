"""The link from a number of the monthly page to the list of the requests it counts."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from catalog.models import MemberLibrary
from requests_app.models import LoanRequest
from requests_app.statistics.selectors import Figure, Side, requests_behind


def month_of(text: str) -> date | None:
    """`2026-11` as the first day of that month, or None; only years of which a year before and after exist."""
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return month if date.min.year + 1 < month.year < date.max.year else None


@dataclass(frozen=True)
class FigureLink:
    """One number, as it stands in an address: filled.2026-11.lender.232060, or filled.2026-11 for all libraries."""

    figure: Figure
    month: date
    side: Side | None = None
    library_code: str = ""

    @classmethod
    def parse(cls, text: str) -> "FigureLink | None":
        """None when the text names no number."""
        parts = text.split(".")
        month = month_of(parts[1]) if len(parts) in (2, 4) else None
        if month is None or parts[0] not in list(Figure):
            return None
        if len(parts) == 2:
            return cls(Figure(parts[0]), month)
        return cls(Figure(parts[0]), month, Side(parts[2]), parts[3]) if parts[2] in list(Side) else None

    def __str__(self) -> str:
        parts = [self.figure.value, f"{self.month:%Y-%m}"]
        if self.side is not None:
            parts += [self.side.value, self.library_code]
        return ".".join(parts)

    @property
    def title(self) -> str:
        """What the list shows, for its heading."""
        names = {
            Figure.REQUESTS: _("请求"),
            Figure.FILLED: _("满足"),
            Figure.UNFILLED: _("未满足"),
            Figure.EXPIRED: _("超时"),
            Figure.PROCESSED: _("处理"),
        }
        month = _("%(year)d年%(month)d月") % {"year": self.month.year, "month": self.month.month}
        if self.side is None:
            return f"{month} {names[self.figure]}"
        side = _("作为出借馆") if self.side is Side.LENDER else _("作为借入馆")
        return f"{month} {self.library_code} {side} {names[self.figure]}"

    def requests(self, among: QuerySet[LoanRequest] | None = None) -> QuerySet[LoanRequest]:
        """The requests that the number counts, chosen from `among` (default: from all)."""
        library = MemberLibrary.objects.of_code(self.library_code).first() if self.side else None
        if self.side is not None and library is None:
            return LoanRequest.objects.none()
        return requests_behind(self.figure, self.month, side=self.side, library=library, among=among)
