"""Pages of lists that may hold millions of rows: nobody counts them all, and nobody turns a thousand pages."""

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet


class CappedPaginator(Paginator):
    """Counts up to `most`; `has_more` says that there are others, which no page shows: one searches or filters."""

    template_name = "unfold/helpers/pagination_capped.html"
    most = 10_000

    @cached_property
    def counted(self) -> int:
        """How many there are, `most` + 1 for any number above."""
        rows: Any = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        return rows.order_by().values("pk")[: self.most + 1].count()

    @property
    def count(self) -> int:  # a cached property there
        return min(self.counted, self.most)

    @property
    def has_more(self) -> bool:
        return self.counted > self.most
