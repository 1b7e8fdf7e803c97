"""What the night keeps of each frequent word, from which a search for that one word is answered.

    counts      of all hits, per library and per value of each facet
    champions   the first hits of the word in the order of relevance
    sample      some of its editions, to estimate by what is narrowed to libraries, years or facets

What changed since is read from the entries; where too much changed, the counts are estimates and the rest is not known.
(A champion list is what information retrieval calls the best documents of a term, kept beside its posting list.)
"""

import json
from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from catalog.models import Edition
from catalog.search import tiers
from catalog.search.database import rows_of
from catalog.search.facts import DTYPE, Counts, Facts, corrected, count, unpack
from catalog.search.frequencies import UP_TO_DATE
from catalog.search.index import indexed
from catalog.search.narrowing import Narrowing
from catalog.search.order import first, order
from catalog.search.plan import RANKED_BY_TITLE, Condition, Plan
from catalog.search.rows import Rows
from catalog.search.tokens import pieces_by_route, texts_of, token

CHAMPIONS = 1_000
SAMPLE = 4_096
_NONE: Facts = np.zeros(0, DTYPE)

# --- By night ------------------------------------------------------------------------------------------


class Selection:
    """Chooses the champions and the sample of a word from all its editions, of which a part at a time is shown."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.plan = plan_of(word) if word else None
        self.has_tiers = self.plan is not None and bool(self.plan.whole)
        self._exact_ids: list[Any] = []
        if self.plan is not None and self.has_tiers:
            [(sql, values)] = tiers.exact_ids(self.plan)
            self._exact_ids = list(rows_of(f"SELECT {sql}", values)[0])
        self._best = Rows(_NONE, np.zeros(0, np.uint8), [])
        self._sample = _NONE

    def add(self, facts: Facts, titles: str | None) -> None:
        """`titles` of the facts as catalog.search.tiers.TITLES gives them, where there are tiers."""
        self._sample = _sampled(np.concatenate([self._sample, facts]))
        if self.plan is not None:
            found = [titles, *self._exact_ids] if self.has_tiers else []
            rows = self._best + Rows(facts, tiers.tiers_of(self.plan, facts, found), [])
            self._best = rows.at(first(order(rows, "relevance"), CHAMPIONS))

    @property
    def champions(self) -> bytes:
        return self._best.facts.tobytes()

    @property
    def champion_tiers(self) -> bytes:
        return self._best.tiers.tobytes()

    @property
    def sample(self) -> bytes:
        return self._sample[np.argsort(self._sample["id"])].tobytes()


def _sampled(facts: Facts) -> Facts:
    """SAMPLE of them: those of the smallest hashes, so every night the same as long as they are there."""
    mixed = facts["id"].astype(np.uint32)  # MurmurHash3's finalizer: neighbouring ids end far apart
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        mixed ^= mixed >> np.uint32(shift)
        mixed *= np.uint32(factor)
    return facts[first(mixed.astype(np.int64), SAMPLE)]


def plan_of(word: str) -> Plan:
    """How a search for a gram alone looks for it."""
    route, text = word[0], word[1:]
    return Plan("words", Condition((word,), route), whole=text if route in RANKED_BY_TITLE else "")


def word_of(frequent: int, edition_ids: Collection[int]) -> str:
    """The gram behind a token that these editions have; none where no reader's word is it (years, pinyin, ISBN)."""
    for edition in indexed(Edition.objects.filter(pk__in=edition_ids)):
        found = pieces_by_route(edition, texts_of(edition))
        for route in "xtasp":
            for piece in found[route]:
                if token(route + piece) == frequent:
                    return route + piece
    return ""


# --- In a search ---------------------------------------------------------------------------------------

_KEPT = f"""
SELECT counts, editions, up_to_date, EXISTS (SELECT FROM catalog_searchbefore),
    CASE WHEN up_to_date AND word = %s THEN champions END, CASE WHEN up_to_date AND word = %s THEN champion_tiers END,
    CASE WHEN up_to_date AND %s::bool THEN sample END
FROM catalog_frequenttoken, (SELECT {UP_TO_DATE} AS up_to_date) AS counted
WHERE token = %s AND counts IS NOT NULL
"""
# Of the editions changed since: their ids; what was counted of them; what has the token now, with its titles.
_CHANGED = """
WITH before AS (SELECT DISTINCT ON (edition_id) * FROM catalog_searchbefore ORDER BY edition_id, id)
SELECT (SELECT array_agg(edition_id) FROM before),
    (SELECT string_agg(facts, ''::bytea) FROM before WHERE arraycontains(tokens, ARRAY[%s::int4])),
    now.*{exact}
FROM (
    SELECT string_agg(entry.facts, ''::bytea), {titles}
    FROM before JOIN catalog_searchentry AS entry USING (edition_id)
    WHERE arraycontains(entry.tokens, ARRAY[%s::int4])
) AS now
"""


class Kept(NamedTuple):
    """Of one word, or of several together (catalog.search.lists.together). `exact`: whether it is so now. `champions`
    are in order; where they are not known, there are none."""

    total: int
    counts: Counts | None  # of several words only the total is known
    exact: bool
    champions: Facts
    sample: Facts
    scale: float  # so many editions each of the sample stands for
    beside: Facts  # the editions of the word that are not sampled, since they changed

    def first(self, narrowing: Narrowing, number: int) -> Facts | None:
        """The first hits in the order of relevance; None where the champions do not tell so many."""
        found = narrowing.apply_to_facts(self.champions)
        return found[:number] if len(found) >= number else None

    def estimate(self, narrowing: Narrowing, enough: int) -> Counts | None:
        """Counts from the sample; None where not enough of it is wanted."""
        if len(narrowing.apply_to_facts(self.sample)) < enough:
            return None
        estimated = narrowing.count(self.sample, self.scale)
        if len(self.beside):
            estimated = corrected(estimated, without=Counts(), plus=narrowing.count(self.beside))
        if self.counts and not narrowing.query.is_narrowed:
            estimated.per_slot = self.counts.per_slot
        if not narrowing.is_narrow:
            estimated.total = self.total
        return estimated


def kept(plan: Plan, *, with_sample: bool) -> Kept | None:
    """What is kept of a plan's one token; None where it is not frequent."""
    [wanted] = plan.condition.tokens
    own = plan_of(plan.grams[0])  # two grams may share a token
    word = own.grams[0] if (plan.grams, plan.whole, plan.words) == (own.grams, own.whole, ()) else ""
    answer = rows_of(_KEPT, [word, word, with_sample, wanted], binary=True)
    if not answer:
        return None
    stored, editions, up_to_date, is_changed, champions, champion_tiers, sample = answer[0]
    counts = Counts.from_json(stored if isinstance(stored, dict) else json.loads(stored))
    best = Rows(unpack(champions), np.frombuffer(champion_tiers or b"", np.uint8), [])
    sampled, beside = unpack(sample), _NONE
    scale = editions / max(1, len(sampled))
    if up_to_date and is_changed:
        changed, before, now = _changes(plan, wanted)
        beside = now.facts
        counts = corrected(counts, without=count(before), plus=count(beside))
        best = _merged(best, changed, now)
        sampled = sampled[~np.isin(sampled["id"], changed)]
    return Kept(counts.total, counts, up_to_date, best.facts, sampled, scale, beside)


def _changes(plan: Plan, wanted: int) -> tuple[list[int], Facts, Rows]:
    exact = tiers.exact_ids(plan) if plan.whole else []
    statement = _CHANGED.format(
        titles=tiers.TITLES if plan.whole else "NULL", exact="".join(f", {sql}" for sql, _values in exact)
    )
    of_titles = [value for _sql, values in exact for value in values]
    changed, before, now, titles, *exact_ids = rows_of(statement, [wanted, *of_titles, wanted], binary=True)[0]
    facts = unpack(now)
    return changed, unpack(before), Rows(facts, tiers.tiers_of(plan, facts, [titles, *exact_ids] if exact else []), [])


def _merged(best: Rows, changed: list[int], now: Rows) -> Rows:
    """The champions as of now: none that comes behind the last of the night, for what stands there is not known."""
    if not len(best.facts):
        return best
    last: npt.NDArray[np.int64] = order(best, "relevance")[-1]
    rows = best.without(changed) + now
    keys = order(rows, "relevance")
    return rows.at(np.argsort(keys)[: int((keys <= last).sum())])
