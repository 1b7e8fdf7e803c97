"""The first hits of very many: from the classes of the best-ranked rows, step by step in the order asked for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from django.utils import timezone

from catalog.search.classes import BEST, CLASSES, EVERYTHING, MOST_EXACT, Class
from catalog.search.facts import DTYPE, Counts, Facts
from catalog.search.frequencies import Frequencies
from catalog.search.narrowing import Narrowing
from catalog.search.order import by_year, first, highest
from catalog.search.plan import Plan, title_grams
from catalog.search.rows import Rows
from catalog.search.statement import Branch, fetch
from catalog.search.tiers import TIERS_OF_A_TEXT
from catalog.search.tokens import token

_MARGIN = 1.5  # how many times what is needed a rank class should be expected to hold
_RARE = 1_000  # editions expected of a token that is not frequent (catalog/search/maintenance.py counts from here)
_USUAL_HOLDERS = 4  # libraries that hold a book of no special rank, at most
_MOST_APART = 0.5  # share of the rows that few libraries hold, up to which they are asked for library by library


@dataclass(frozen=True)
class Step:
    """Rows of one tier (None: of all), each of which has the grams of one of the alternatives."""

    tier: int | None
    alternatives: tuple[tuple[str, ...], ...]

    def is_rare(self, known: Frequencies) -> bool:
        """Whether few rows have the grams of any alternative, in the whole catalogue."""
        return all(not known.all_frequent(map(token, having)) for having in self.alternatives)

    def is_part_of(self, other: "Step") -> bool:
        return all(any(set(few) <= set(many) for few in other.alternatives) for many in self.alternatives)

    def of(self, rows: Rows) -> Facts:
        return rows.facts if self.tier is None else rows.facts[rows.tiers == self.tier]


@dataclass(frozen=True)
class BestRanked:
    """Of the `expected` rows that match a plan, what is wanted (about `counts.total`), best first."""

    plan: Plan
    narrowing: Narrowing
    known: Frequencies
    expected: int
    counts: Counts

    def first(self, number: int) -> Facts:
        """The first `number` hits in the order asked for.

        One statement asks for all steps, each in the narrowest class of rows that should have enough of it. What was
        too little is asked for again, all together, in wider classes.
        """
        if self.narrowing.query.sort == "year":
            return self._newest(number)
        steps = list(self._tiers())
        within = {step: self._narrowest(step, number) for step in steps}
        found: dict[Step, Facts] = {}
        asked = steps
        while asked:
            rows = self._fetch({step: within[step] for step in asked})
            found |= {step: step.of(rows) for step in asked}
            asked = _too_few(found, within, number)
            within |= {step: EVERYTHING if step.is_rare(self.known) else _from(within[step])[1] for step in asked}
        pages: list[Facts] = [np.zeros(0, DTYPE)]
        for step in steps:
            pages.append(highest(found[step], number - sum(map(len, pages))))
        return np.concatenate(pages)

    def _tiers(self) -> Iterator[Step]:
        """Tiers as catalog/search/tiers.py numbers them, each with grams that all its titles have."""
        tier = 0
        if self.plan.whole and self.narrowing.query.sort != "holdings":
            for texts in ((self.plan.whole,), self.plan.words):
                if texts:
                    yield Step(tier, tuple(("=" + text,) for text in texts))
                    yield Step(tier + 1, tuple(("^" + text[:2], *title_grams(text)) for text in texts))
                    yield Step(tier + 2, tuple(title_grams(text) for text in texts))
                    tier += TIERS_OF_A_TEXT
        yield Step(tier or None, ((),))

    def _newest(self, number: int) -> Facts:
        """Year by year from the newest, best-ranked first; at last those before the oldest decade, and of unknown year.

        A decade that has no hit in the counts may have some all the same (a sample misses few, a new book is not
        counted yet): its ten years are asked for together.
        """
        decades = set(map(int, self.counts.facets["decade"])) - {0}
        newest = max({*decades, timezone.localdate().year // 10 * 10 + 10})
        oldest = min({*decades, newest})
        pages: list[Facts] = [np.zeros(0, DTYPE)]
        for decade in range(newest, oldest - 1, -10):
            years = range(decade + 9, decade - 1, -1)
            for together in [[year] for year in years] if decade in decades else [years]:
                missing = number - sum(map(len, pages))
                if missing <= 0:
                    return np.concatenate(pages)
                step = Step(None, tuple((f"y{year}",) for year in together))
                for within in _from(self._narrowest(step, missing)) if len(together) == 1 else [EVERYTHING]:
                    facts = self._fetch({step: within}).facts
                    if len(facts) >= missing:
                        break
                pages.append(facts[first(by_year(facts), missing)])
        missing = number - sum(map(len, pages))
        if missing > 0:
            facts = self._fetch({Step(None, ((),)): EVERYTHING}).facts
            facts = facts[facts["year"] < oldest]
            pages.append(facts[first(by_year(facts), missing)])
        return np.concatenate(pages)

    def _narrowest(self, step: Step, number: int) -> Class:
        """The narrowest class of rows that should have enough of this step."""
        expected = self.expected
        if having := [grams for grams in step.alternatives if grams]:
            if step.is_rare(self.known) and all(grams[0].startswith("=") for grams in having):
                return EVERYTHING  # a handful of titles
            expected = min(expected, max(self.known.least(list(map(token, grams))) or _RARE for grams in having))
        enough = [one for one in BEST if expected * self._share(one) / one.share >= number * _MARGIN]
        if enough:
            return enough[-1]
        return BEST[0] if expected > MOST_EXACT else EVERYTHING

    def _share(self, one: Class) -> float:
        """Which share of the matching rows of a class is wanted; what very many libraries hold is so the likelier."""
        likelier = max(1.0, self.known.holders_of(one) / _USUAL_HOLDERS) if self.narrowing.slots else 1.0
        return min(1.0, self.counts.total / max(1, self.expected) * likelier)

    def _fetch(self, within: dict[Step, Class]) -> Rows:
        branches = [
            Branch(one, having + library)
            for step, one in _needed(within)
            for having in step.alternatives
            for library in self._apart(step, one)
        ]
        return self.narrowing.apply(fetch(self.plan, self.known, branches))

    def _apart(self, step: Step, one: Class) -> Sequence[tuple[str, ...]]:
        """Grams of the libraries, each to be asked for by itself, where that leaves most other rows aside."""
        few = one is EVERYTHING and step.is_rare(self.known)
        return ((),) if few or self._share(one) > _MOST_APART else self.narrowing.apart


def _too_few(found: dict[Step, Facts], within: dict[Step, Class], number: int) -> list[Step]:
    """The steps that must be asked for in a wider class before the page is full."""
    too_few, missing = [], number
    for step, facts in found.items():
        if missing > len(facts) and within[step] is not EVERYTHING:
            too_few.append(step)
        missing -= len(facts)
        if missing <= 0:
            break
    return too_few


def _needed(within: dict[Step, Class]) -> list[tuple[Step, Class]]:
    """Without the steps whose rows a later one asks for as well: in the same class or a wider one, with fewer grams."""
    steps = list(within.items())
    return [
        (step, one)
        for place, (step, one) in enumerate(steps)
        if not any(wider.share <= one.share and step.is_part_of(later) for later, wider in steps[place + 1 :])
    ]


def _from(narrowest: Class) -> Sequence[Class]:
    """That class of CLASSES and all wider ones, narrowest first."""
    narrowest_first = sorted(CLASSES, key=lambda one: -one.share)
    return narrowest_first[narrowest_first.index(narrowest) :]
