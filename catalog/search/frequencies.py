"""Which tokens are frequent: known to every process, so that a search can choose its path before it asks."""

import threading
import time
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from catalog.models import FrequentToken, SearchChange, SearchState
from catalog.search.facts import Counts


@dataclass(frozen=True)
class Frequencies:
    """`editions`: token → how many editions have it, estimated; a token that is not in it is rare."""

    editions: dict[int, int]
    counted_at: datetime | None = None
    looked_at: float = 0.0

    def least(self, tokens: tuple[int, ...] | list[int]) -> int:
        """At most so many editions have all these tokens; 0 where one of them is rare."""
        return min((self.editions.get(token, 0) for token in tokens), default=0)


_known = Frequencies({})
_lock = threading.Lock()


def frequencies() -> Frequencies:
    """The frequencies of the last count; asks for a newer one after SEARCH["LOOK_AGAIN_SECONDS"]."""
    global _known
    now = time.monotonic()
    if _known.looked_at and now - _known.looked_at < settings.SEARCH["LOOK_AGAIN_SECONDS"]:
        return _known
    with _lock:
        counted_at = SearchState.objects.values_list("counted_at", flat=True).first()
        editions = _known.editions
        if counted_at != _known.counted_at or counted_at is None:
            editions = dict(FrequentToken.objects.values_list("token", "editions")) if counted_at else {}
        _known = Frequencies(editions, counted_at, now)
    return _known


def counted(token: int) -> tuple[Counts, bool] | None:
    """All counts of a very frequent token, and whether nothing has changed since they were made; or None."""
    changed = SearchChange.objects.order_by()[:1]
    found = FrequentToken.objects.filter(pk=token, counts__isnull=False).values_list("counts", flat=True).first()
    return (Counts.from_json(found), not changed.exists()) if found else None
