"""Which editions a plan finds, how many where, and those of the page asked for: exact where few match, else estimated.

    exact     the facts of all entries that match are fetched and counted
    hot       one frequent token: its counts were made last night
    sample    many match: counted in a random sample

Where many match, the page comes from the best-ranked entries (catalog/search/classes.py), which is exact as well.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from django.utils import timezone

from catalog.search.classes import BEST, CLASSES, EVERYTHING, SAMPLES, Class
from catalog.search.facts import DTYPE, Counts, Facts, Mask, count, held_by, holder_count, narrowed, rank
from catalog.search.frequencies import Frequencies, counted, frequencies
from catalog.search.plan import Plan, title_grams
from catalog.search.query import SearchQuery
from catalog.search.statement import TIERS_OF_A_TEXT, Branch, Rows, Some, fetch
from catalog.search.tokens import token
from catalog.search.verify import aliens_among

MOST_EXACT = 10_000  # entries that may match: up to here everything is fetched and exact
MOST_SORTED = 100_000  # the same for the order by title, which needs them all
MOST_VERIFIED = 200  # up to here every hit is compared with what is stored, not only the page: hashes may collide
FURTHEST = 10_000  # hits that can be paged through where not all are fetched

_PUT_IN_ORDER = 1_000  # entries; of more than so many the tiers of all are dearer than asking for the page apart

# A sample is large enough with so many chosen hits; a smaller one will do where the next would read too many rows.
_ENOUGH, _FEW, _MOST_READ = 400, 100, 12_000
_MARGIN = 3  # how many times what is needed a rank class should be expected to hold
_RARE = 2_000  # editions expected of a token that is not frequent (catalog/search/maintenance.py counts from here)
# Where a library holds too few of the best-ranked, the rest of a page is chosen from so many others, not from all.
_SOME = 200
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


@dataclass(frozen=True)
class Narrowing:
    """What of the rows a query wants: facets and years, and the libraries chosen (their slots; none means all)."""

    query: SearchQuery
    slots: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.slots) or self.query.is_narrowed

    def by_facets(self, facts: Facts) -> Mask | None:
        query = self.query
        first, last = query.year_from, query.year_to
        if query.decade is not None:
            first = max(query.decade, first or 0)
            last = min(query.decade + 9, query.decade + 9 if last is None else last)
        return narrowed(
            facts, language=query.language, material_type=query.material_type, clc=query.clc,
            first_year=first, last_year=last,
        )  # fmt: skip

    def by_libraries(self, facts: Facts) -> Mask | None:
        return held_by(facts, self.slots) if self.slots else None

    def apply(self, rows: Rows) -> Rows:
        rows = rows.only(self.by_facets(rows.facts))
        return rows.only(self.by_libraries(rows.facts))

    def count(self, rows: Rows, scale: int = 1) -> Counts:
        facts = rows.only(self.by_facets(rows.facts)).facts
        return count(facts, self.by_libraries(facts), scale)


def find(plan: Plan, query: SearchQuery, *, slots: frozenset[int], limit: int, offset: int) -> Hits:
    """Run one plan. `slots` narrows to editions that one of these libraries holds."""
    known = frequencies()
    narrowing = Narrowing(query, slots)
    expected = _expected(plan, known)
    counted = _counted(plan, narrowing, known, expected)
    if counted is None:
        return _exact(plan, narrowing, known, limit, offset)
    counts, path, exact = counted
    share = min(1.0, counts.total / max(1, expected))
    number = min(offset + limit, FURTHEST)
    best = _best(plan, narrowing, counts, known, share, number)
    # Beyond the last hit their number is known, and the estimate was too high.
    counts.total = len(best) if 0 < offset >= len(best) else max(counts.total, len(best))
    page = best[offset:]
    aliens = aliens_among(plan, page)
    page = page[~np.isin(page["id"], list(aliens))] if aliens else page
    return Hits(counts, page, path, exact, min(counts.total, FURTHEST), reordered=query.sort == "title")


def _counted(plan: Plan, narrowing: Narrowing, known: Frequencies, expected: int) -> "_Counts | None":
    """Counts where so many match that their page is better had from the rank classes; None where it is not."""
    query = narrowing.query
    if not expected or (query.sort == "title" and (query.count or expected <= MOST_SORTED)):
        return None
    if not query.count and (hot := _hot(plan, narrowing, at_most=expected)):
        return hot
    if query.count or expected <= MOST_EXACT:
        rows = fetch(plan, known, with_tiers=False)
        return (narrowing.count(rows), "exact", True) if len(rows.facts) > _PUT_IN_ORDER else None
    return _sampled(plan, narrowing, known, expected)


def _expected(plan: Plan, known: Frequencies) -> int:
    """How many entries may match, at most; rare tokens count as none."""
    expected = known.least(plan.condition.tokens)
    for operator, condition in plan.further:
        if operator == "and":
            expected = min(expected, known.least(condition.tokens))
        elif operator == "or":
            expected += known.least(condition.tokens)
    return expected


# --- Everything that matches ---------------------------------------------------------------------------


def _exact(plan: Plan, narrowing: Narrowing, known: Frequencies, limit: int, offset: int) -> Hits:
    rows = fetch(plan, known, with_titles=narrowing.query.sort == "title")
    rows = rows.only(narrowing.by_facets(rows.facts))
    if len(rows.facts) <= MOST_VERIFIED:
        rows = rows.without(aliens_among(plan, rows.facts))
    for _round in range(_MOST_ROUNDS):
        chosen = rows.only(narrowing.by_libraries(rows.facts))
        page = chosen.facts[_first(_order(chosen, narrowing.query.sort), offset + limit)[offset:]]
        if len(rows.facts) <= MOST_VERIFIED:
            break
        aliens = aliens_among(plan, page)
        if not aliens:
            break
        rows = rows.without(aliens)
    counts = count(rows.facts, narrowing.by_libraries(rows.facts))
    return Hits(counts, page, reachable=counts.total)


# Bits of a sort key from the lowest: 32 of the id, then what a smaller number puts first.
_MOST_RANK = 128 << 12
_LAST_YEAR = 4095


def _order(rows: Rows, sort: str) -> npt.NDArray[np.int64]:
    """A number for each row; the smallest comes first, no two are equal."""
    facts = rows.facts
    ids = facts["id"].astype(np.int64)
    if sort == "title":
        order = np.array(sorted(range(len(ids)), key=lambda i: (rows.titles[i], ids[i])), np.int64)
        places = np.empty(len(ids), np.int64)
        places[order] = np.arange(len(ids))
        return places
    if sort == "year":
        return _by_year(facts)
    by_rank = ((_MOST_RANK - rank(facts)) << 32) + ids
    return by_rank if sort == "holdings" else by_rank + (rows.tiers.astype(np.int64) << 56)


def _by_year(facts: Facts) -> npt.NDArray[np.int64]:
    """Sort keys from the newest to the oldest, then by holdings and id."""
    years = (_LAST_YEAR - facts["year"].astype(np.int64)) << 40
    return years + ((255 - holder_count(facts)) << 32) + facts["id"].astype(np.int64)


def _first(keys: npt.NDArray[np.int64], number: int) -> npt.NDArray[np.intp]:
    """Places of the smallest keys, in order."""
    if len(keys) > 4 * number:
        places = np.argpartition(keys, number)[:number]
        return places[np.argsort(keys[places])]
    return np.argsort(keys)[:number]


# --- Counts without fetching everything ----------------------------------------------------------------

_Counts = tuple[Counts, str, bool]  # with the path, and whether they are exact


def _hot(plan: Plan, narrowing: Narrowing, *, at_most: int) -> _Counts | None:
    """The counts of last night, brought up to date where few editions changed since.

    Where everything can be fetched (`at_most` entries match), only counts that are exact will do.
    """
    if narrowing or not plan.is_one_token:
        return None
    found = counted(plan.condition.tokens[0])
    if found is None or (not found[1] and at_most <= MOST_EXACT):
        return None
    return found[0], "hot", found[1]


def _sampled(plan: Plan, narrowing: Narrowing, known: Frequencies, expected: int) -> _Counts | None:
    """Counts from the smallest sample that says enough; None where so few match that all can be fetched."""
    large_enough = [one for one in SAMPLES if expected >= _ENOUGH * one.share]
    for sample in _from(large_enough[-1] if large_enough else SAMPLES[0], SAMPLES):
        rows = fetch(plan, known, [Branch(sample)])
        matching = len(rows.facts)
        if matching * sample.share <= MOST_EXACT // 2:
            return None
        chosen = len(narrowing.apply(rows).facts)
        if chosen >= _ENOUGH or (chosen >= _FEW and matching * 4 > _MOST_READ):
            break
    if matching * sample.share <= MOST_EXACT or (not chosen and matching * sample.share <= MOST_SORTED):
        return None
    return narrowing.count(rows, sample.share), "sample", False


# --- The best of very many -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Step:
    """Rows of one tier (None: of all), each of which has the grams of one of the alternatives."""

    tier: int | None
    alternatives: tuple[tuple[str, ...], ...]

    def within(self, one: Class) -> list[Branch]:
        return [Branch(one, having) for having in self.alternatives]


def _best(plan: Plan, narrowing: Narrowing, counts: Counts, known: Frequencies, share: float, number: int) -> Facts:
    """The first `number` hits in the order asked for; `share` of the matching rows is wanted.

    One statement asks for all steps, each in the narrowest class of rows that should have enough of them. Where one
    had too few, that step is taken again in a wider class.
    """
    if narrowing.query.sort == "year":
        return _newest(plan, narrowing, counts, known, share, number)
    steps = list(_tiers(plan, narrowing.query.sort))
    classes = [_narrowest(plan, step, known, share, number) for step in steps]
    branches = [branch for step, one in zip(steps, classes, strict=True) for branch in step.within(one)]
    everything = narrowing.apply(fetch(plan, known, branches))
    pages: list[Facts] = []
    for step, narrowest in zip(steps, classes, strict=True):
        missing = number - sum(map(len, pages))
        if missing <= 0:
            break
        facts = _of_tier(everything, step)
        for wider in _from(narrowest, CLASSES)[1:]:
            if len(facts) >= missing:
                break
            few = narrowing.slots and not narrowing.query.is_narrowed and number <= _SOME // 2
            some = None
            if wider is EVERYTHING and few and _expected(plan, known) > MOST_EXACT:
                some = Some(_SOME, narrowing.slots)
            facts = _of_tier(narrowing.apply(fetch(plan, known, step.within(wider), some=some)), step)
        pages.append(_highest(facts, missing))
    return np.concatenate(pages)


def _tiers(plan: Plan, sort: str) -> Iterator[_Step]:
    """Tiers as catalog.search.statement numbers them, each with grams that all its titles have."""
    tier = 0
    if plan.whole and sort != "holdings":
        for texts in ((plan.whole,), plan.words):
            if texts:
                yield _Step(tier, tuple(("=" + text,) for text in texts))
                yield _Step(tier + 1, tuple(("^" + text[:2], *title_grams(text)) for text in texts))
                yield _Step(tier + 2, tuple(title_grams(text) for text in texts))
                tier += TIERS_OF_A_TEXT
    yield _Step(tier or None, ((),))


def _newest(plan: Plan, narrowing: Narrowing, counts: Counts, known: Frequencies, share: float, number: int) -> Facts:
    """Year by year from the newest, best-ranked first; at last those before the oldest decade, and of unknown year.

    A decade that has no hit in the counts may have some all the same (a sample misses few, a new book is not counted
    yet): its ten years are asked for together.
    """
    decades = set(map(int, counts.facets["decade"])) - {0}
    newest = max({*decades, timezone.localdate().year // 10 * 10 + 10})
    oldest = min({*decades, newest})
    pages: list[Facts] = [np.zeros(0, DTYPE)]
    for decade in range(newest, oldest - 1, -10):
        years = range(decade + 9, decade - 1, -1)
        for together in [[year] for year in years] if decade in decades else [years]:
            missing = number - sum(map(len, pages))
            if missing <= 0:
                return np.concatenate(pages)
            step = _Step(None, tuple((f"y{year}",) for year in together))
            classes = _from(_narrowest(plan, step, known, share, missing), CLASSES)
            for within in classes if len(together) == 1 else [EVERYTHING]:
                facts = narrowing.apply(fetch(plan, known, step.within(within))).facts
                if len(facts) >= missing:
                    break
            pages.append(facts[_first(_by_year(facts), missing)])
    missing = number - sum(map(len, pages))
    if missing > 0:
        facts = narrowing.apply(fetch(plan, known)).facts
        facts = facts[facts["year"] < oldest]
        pages.append(facts[_first(_by_year(facts), missing)])
    return np.concatenate(pages)


def _narrowest(plan: Plan, step: _Step, known: Frequencies, share: float, number: int) -> Class:
    """The narrowest class of rows that should have enough of this step."""
    expected = _expected(plan, known)
    if having := [known.least([token(gram) for gram in grams]) or _RARE for grams in step.alternatives if grams]:
        expected = min(expected, max(having))
    enough = [one for one in BEST if expected * share / one.share >= number * _MARGIN]
    if enough:
        return enough[-1]
    return BEST[0] if expected > MOST_EXACT else EVERYTHING


def _from(first: Class, classes: Sequence[Class]) -> Sequence[Class]:
    """That class and all wider ones, narrowest first."""
    narrowest_first = sorted(classes, key=lambda one: -one.share)
    return narrowest_first[narrowest_first.index(first) :]


def _of_tier(rows: Rows, step: _Step) -> Facts:
    return rows.facts if step.tier is None else rows.facts[rows.tiers == step.tier]


def _highest(facts: Facts, number: int) -> Facts:
    return facts[_first(((_MOST_RANK - rank(facts)) << 32) + facts["id"].astype(np.int64), number)]
