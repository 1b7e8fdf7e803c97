"""The order of hits: a number for each, of which the smallest comes first."""

import numpy as np
import numpy.typing as npt

from catalog.search.facts import Facts, holder_count, rank
from catalog.search.rows import Rows

# Bits of a sort key from the lowest: 32 of the id, then what a smaller number puts first.
_MOST_RANK = 128 << 12
_LAST_YEAR = 4095


def order(rows: Rows, sort: str) -> npt.NDArray[np.int64]:
    """A number for each row; the smallest comes first, no two are equal."""
    facts = rows.facts
    ids = facts["id"].astype(np.int64)
    if sort == "title":
        placed = np.array(sorted(range(len(ids)), key=lambda i: (rows.titles[i], ids[i])), np.int64)
        places = np.empty(len(ids), np.int64)
        places[placed] = np.arange(len(ids))
        return places
    if sort == "year":
        return by_year(facts)
    by_rank = ((_MOST_RANK - rank(facts)) << 32) + ids
    return by_rank if sort == "holdings" else by_rank + (rows.tiers.astype(np.int64) << 56)


def by_year(facts: Facts) -> npt.NDArray[np.int64]:
    """Sort keys from the newest to the oldest, then by holdings and id."""
    years = (_LAST_YEAR - facts["year"].astype(np.int64)) << 40
    return years + ((255 - holder_count(facts)) << 32) + facts["id"].astype(np.int64)


def first(keys: npt.NDArray[np.int64], number: int) -> npt.NDArray[np.intp]:
    """Places of the smallest keys, in order."""
    if len(keys) > 4 * number:
        places = np.argpartition(keys, number)[:number]
        return places[np.argsort(keys[places])]
    return np.argsort(keys)[:number]


def highest(facts: Facts, number: int) -> Facts:
    """The best-ranked ones, best first."""
    return facts[first(((_MOST_RANK - rank(facts)) << 32) + facts["id"].astype(np.int64), number)]
