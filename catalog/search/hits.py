"""Which editions a plan finds, how many where, and those of the page asked for: exact where few match, else estimated.

    exact     the facts of all entries that match are fetched and counted
    hot       one frequent token: its counts were made last night
    sample    many match: counted in a random sample

Where many match, the page comes from the best-ranked entries (catalog/search/classes.py), which is exact as well.
Where a few libraries are chosen, what they hold is asked for by itself (catalog.search.tokens.library_gram).
"""

from dataclasses import dataclass, field, replace

import numpy as np

from catalog.search import champions, lists
from catalog.search.best import BestRanked
from catalog.search.champions import Kept
from catalog.search.classes import EVERYTHING, MOST_EXACT, SAMPLES
from catalog.search.facts import DTYPE, Counts, Facts, count
from catalog.search.frequencies import Frequencies, frequencies
from catalog.search.narrowing import Narrowing
from catalog.search.order import first, order
from catalog.search.plan import Plan
from catalog.search.query import SearchQuery
from catalog.search.rows import Rows
from catalog.search.statement import Branch, expected_rows, fetch
from catalog.search.stored import MOST_COMPARED, Stored
from catalog.search.verify import aliens_among

MOST_SORTED = 100_000  # the same for the order by title, which needs them all
FURTHEST = 10_000  # hits that can be paged through where not all are fetched

# A sample is large enough with so many chosen hits; a smaller one will do where the next would read too many rows.
_ENOUGH, _FEW, _MOST_READ = 400, 100, 12_000
_ENOUGH_OF_FEW_LIBRARIES = 100  # the same for what a few libraries hold; where they hold less, all of it is fetched
_MOST_ROUNDS = 4  # without the aliens of the round before; one is all but always enough


@dataclass
class Hits:
    """`counts.per_slot` ignores the choice of libraries, the rest obeys it. `page` are the facts of the page's hits."""

    counts: Counts = field(default_factory=Counts)
    page: Facts = field(default_factory=lambda: np.zeros(0, DTYPE))
    path: str = "exact"  # exact, hot, sample
    exact: bool = True
    reachable: int = 0  # hits that can be paged through
    reordered: bool = False  # too many for the order asked for: by relevance instead


def find(plan: Plan, query: SearchQuery, stored: Stored, *, slots: frozenset[int], limit: int, offset: int) -> Hits:
    """Run one plan. `slots` narrows to editions that one of these libraries holds."""
    known = frequencies()
    narrowing = Narrowing(query, slots)
    expected = expected_rows(plan, known)
    if _is_fetched_whole(plan, narrowing, expected):
        return _exact(plan, narrowing, known, stored, limit, offset)
    # What few libraries hold of many hits is counted apart, after what all of them do; not where all hits are counted.
    apart = narrowing.to_few_libraries and expected > MOST_EXACT and not query.count
    kept: Kept | Rows | None = None
    if plan.is_one_token:
        kept = champions.kept(plan, with_sample=narrowing.is_narrow)
    elif not query.count and query.sort != "title":
        kept = lists.together(plan, known, stored, with_tiers=query.sort == "relevance")
    if isinstance(kept, Rows):
        return _of_all(plan, narrowing, kept, stored, limit, offset)
    told = _counted(plan, Narrowing(query) if apart else narrowing, known, expected, kept)
    if told is None:
        return _exact(plan, narrowing, known, stored, limit, offset)
    if apart:
        found = _of_few_libraries(plan, narrowing, known, told, kept, stored, limit, offset)
        if isinstance(found, Hits):
            return found
        told = found
    counts, path, exact = told
    number = min(offset + limit, FURTHEST)
    first_hits = kept.first(narrowing, number) if kept and query.sort == "relevance" else None
    if first_hits is None:
        first_hits = BestRanked(plan, narrowing, known, expected, counts).first(number)
    # Beyond the last hit their number is known, and the estimate was too high.
    counts.total = len(first_hits) if 0 < offset >= len(first_hits) else max(counts.total, len(first_hits))
    page = first_hits[offset:]
    aliens = aliens_among(plan, page, stored)
    page = page[~np.isin(page["id"], list(aliens))] if aliens else page
    return Hits(counts, page, path, exact, min(counts.total, FURTHEST), reordered=query.sort == "title")


def _is_fetched_whole(plan: Plan, narrowing: Narrowing, expected: int) -> bool:
    """Whether so few match, or the order asked for is such, that the page comes from everything that does."""
    query = narrowing.query
    if not expected or (query.sort == "title" and (query.count or expected <= MOST_SORTED)):
        return True
    return expected <= MOST_EXACT and (query.count or narrowing.is_narrow or not plan.is_one_token)


def _counted(
    plan: Plan, narrowing: Narrowing, known: Frequencies, expected: int, kept: Kept | None
) -> "_Counts | None":
    """Counts where so many match that their page is better had from the best-ranked; None where it is not."""
    if narrowing.query.count:
        return narrowing.count(fetch(plan, known, with_tiers=False).facts), "exact", True
    if kept and kept.counts and not narrowing.is_narrow and (kept.exact or expected > MOST_EXACT):
        return kept.counts, "hot", kept.exact
    if expected <= MOST_EXACT:
        return None
    if kept and (estimated := kept.estimate(narrowing, _FEW)):
        return estimated, "sample", False
    return _sampled(plan, narrowing, known, expected)


# --- Everything that matches ---------------------------------------------------------------------------


def _exact(plan: Plan, narrowing: Narrowing, known: Frequencies, stored: Stored, limit: int, offset: int) -> Hits:
    sort = narrowing.query.sort
    with_tiers, with_titles = sort == "relevance", sort == "title"
    rows = None if with_titles else lists.fetch(plan, known, stored, with_tiers=with_tiers)
    rows = rows or fetch(plan, known, with_tiers=with_tiers, with_titles=with_titles, stored=stored)
    return _of_all(plan, narrowing, rows, stored, limit, offset)


def _of_all(plan: Plan, narrowing: Narrowing, rows: Rows, stored: Stored, limit: int, offset: int) -> Hits:
    """From all rows that match the plan."""
    rows, page = _in_order(plan, narrowing, rows.only(narrowing.by_facets(rows.facts)), stored, limit, offset)
    counts = count(rows.facts, narrowing.by_libraries(rows.facts))
    return Hits(counts, page, reachable=counts.total)


def _in_order(
    plan: Plan, narrowing: Narrowing, rows: Rows, stored: Stored, limit: int, offset: int
) -> tuple[Rows, Facts]:
    """The page from all rows, and the rows without the aliens that were seen among them."""
    if len(rows.facts) <= MOST_COMPARED:
        rows = rows.without(aliens_among(plan, rows.facts, stored))
    for _round in range(_MOST_ROUNDS):
        chosen = rows.only(narrowing.by_libraries(rows.facts))
        page = chosen.facts[first(order(chosen, narrowing.query.sort), offset + limit)[offset:]]
        if len(rows.facts) <= MOST_COMPARED:
            break
        aliens = aliens_among(plan, page, stored)
        if not aliens:
            break
        rows = rows.without(aliens)
    else:  # still some: a short page rather than one with aliens
        page = page[~np.isin(page["id"], list(aliens))]
    return rows, page


def _of_few_libraries(
    plan: Plan,
    narrowing: Narrowing,
    known: Frequencies,
    everywhere: "_Counts",
    kept: Kept | None,
    stored: Stored,
    limit: int,
    offset: int,
) -> "Hits | _Counts":
    """All that the chosen libraries hold, where it is little; else what a sample of it says."""
    counts, path, exact = everywhere
    if kept and (theirs := kept.estimate(narrowing, _ENOUGH_OF_FEW_LIBRARIES)):
        return _within_sums(theirs, counts, narrowing), path, False
    number = sum(counts.per_slot.get(slot, 0) for slot in narrowing.slots)
    samples = [one for one in SAMPLES if number >= _ENOUGH_OF_FEW_LIBRARIES * one.share]
    within = samples[-1] if samples else EVERYTHING
    branches = [Branch(within, having) for having in narrowing.apart]
    by_title = narrowing.query.sort == "title"
    all_of_it = None
    if not samples and not by_title:
        all_of_it = lists.held(plan, known, narrowing.slots, stored, with_tiers=True)
    rows = all_of_it or fetch(plan, known, branches, with_tiers=not samples, with_titles=by_title and not samples)
    rows = narrowing.apply(rows)
    if not samples:
        rows, page = _in_order(plan, narrowing, rows, stored, limit, offset)
    theirs = count(rows.facts, scale=within.share)
    if not samples:
        theirs.per_slot = counts.per_slot | {slot: theirs.per_slot.get(slot, 0) for slot in narrowing.slots}
        return Hits(theirs, page, path, exact, theirs.total)
    return _within_sums(theirs, counts, narrowing), path, False


def _within_sums(theirs: Counts, everywhere: Counts, narrowing: Narrowing) -> Counts:
    """Together they hold no less than the one that holds most, and no more than the sum."""
    each = [everywhere.per_slot.get(slot, 0) for slot in narrowing.slots]
    return replace(theirs, total=min(max(theirs.total, max(each)), sum(each)), per_slot=everywhere.per_slot)


# --- Counts without fetching everything ----------------------------------------------------------------

_Counts = tuple[Counts, str, bool]  # with the path, and whether they are exact


def _sampled(plan: Plan, narrowing: Narrowing, known: Frequencies, expected: int) -> _Counts | None:
    """Counts from the smallest sample that says enough; None where so few match that all can be fetched."""
    large_enough = [one for one in SAMPLES if expected >= _ENOUGH * one.share]
    for sample in reversed(SAMPLES[: max(1, len(large_enough))]):
        rows = fetch(plan, known, [Branch(sample)], with_tiers=False)
        matching = len(rows.facts)
        if matching * sample.share <= MOST_EXACT // 2:
            return None
        chosen = len(narrowing.apply(rows).facts)
        if chosen >= _ENOUGH or (chosen >= _FEW and matching * 4 > _MOST_READ):
            break
    if matching * sample.share <= MOST_EXACT or (not chosen and matching * sample.share <= MOST_SORTED):
        return None
    return narrowing.count(rows.facts, sample.share), "sample", False
