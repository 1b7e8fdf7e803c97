"""Which tokens are frequent, and which are listed: every process knows it, so a search can choose its path at once."""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.conf import settings

from catalog.models import FrequentToken, SearchState
from catalog.search.classes import BEST, Class
from catalog.search.facts import holders_in


@dataclass(frozen=True)
class Frequencies:
    """`editions`: token → how many editions have it, estimated; a token that is not in it is rare. `listed`: the same
    of all tokens of which it is known which editions have them, the frequent ones and those that are less rare.
    `rank_cutoffs`: the smallest rank of each rank class, widest first."""

    editions: dict[int, int]
    listed: dict[int, int] = field(default_factory=dict)
    rank_cutoffs: tuple[int, ...] = ()
    counted_at: datetime | None = None
    looked_at: float = 0.0

    @cached_property
    def most(self) -> int:
        """So many editions have the most frequent token: not much fewer than there are."""
        return max(self.editions.values(), default=0)

    def least(self, tokens: tuple[int, ...] | list[int]) -> int:
        """At most so many editions have all these tokens; 0 where one of them is rare."""
        return min((self.editions.get(token, 0) for token in tokens), default=0)

    def holders_of(self, one: Class) -> int:
        """How many libraries at least hold an edition of this rank class."""
        cutoffs = dict(zip(BEST, self.rank_cutoffs, strict=False))
        return holders_in(cutoffs.get(one, 0))

    def all_listed(self, tokens: Iterable[int]) -> bool:
        return all(token in self.listed for token in tokens)

    def all_frequent(self, tokens: Iterable[int]) -> bool:
        return all(token in self.editions for token in tokens)


_known = Frequencies({})
_lock = threading.Lock()


def frequencies() -> Frequencies:
    """The frequencies of the last count; asks for a newer one after SEARCH["LOOK_AGAIN_SECONDS"]."""
    global _known
    now = time.monotonic()
    if _known.looked_at and now - _known.looked_at < settings.SEARCH["LOOK_AGAIN_SECONDS"]:
        return _known
    with _lock:
        counted_at, cutoffs = SearchState.objects.values_list("counted_at", "rank_cutoffs").first() or (None, ())
        editions, listed = _known.editions, _known.listed
        if counted_at != _known.counted_at or counted_at is None:
            kept = FrequentToken.objects.all() if counted_at else FrequentToken.objects.none()
            listed = dict(kept.values_list("token", "editions"))
            editions = dict(kept.filter(counts__isnull=False).values_list("token", "editions"))
        _known = Frequencies(editions, listed, tuple(cutoffs), counted_at, now)
    return _known


_MOST_CORRECTED = 1000  # changes; with more, what was counted says only how much there was
# Whether what was counted last night can be brought up to date: all changes since were kept, and they are few.
UP_TO_DATE = f"""
(SELECT coalesce(bool_and(kept), true) FROM catalog_searchchange)
AND (SELECT count(*) FROM (SELECT FROM catalog_searchbefore LIMIT {_MOST_CORRECTED + 1}) AS kept) <= {_MOST_CORRECTED}
"""
