"""Which editions have each frequent word, made every night: what a search reads instead of gathering them row by row.

    ids             of every frequent token, as a Roaring bitmap
    facts, titles   of those that so few editions have that all their hits are counted, in the order of the ids

A search whose words are all frequent, one of them with facts, takes these and keeps what all the bitmaps have. What
changed since the count is left out and read from the entries; where too much changed, there is no list.
"""

from array import array

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from catalog.search import tiers
from catalog.search.classes import MOST_EXACT
from catalog.search.database import rows_of
from catalog.search.facts import Facts, unpack
from catalog.search.frequencies import UP_TO_DATE, Frequencies
from catalog.search.plan import Plan
from catalog.search.rows import Rows

_LIST = """
SELECT list.facts, list.{titles},
    (SELECT array_agg(ids) FROM catalog_frequenttoken WHERE token = ANY(%s::int4[])),
    changed.ids, now.*{exact}
FROM catalog_frequenttoken AS list
CROSS JOIN LATERAL (SELECT array_agg(edition_id) AS ids FROM catalog_searchbefore) AS changed
CROSS JOIN LATERAL (
    SELECT string_agg(facts, ''::bytea), {titles_now} FROM catalog_searchentry
    WHERE edition_id = ANY(changed.ids) AND arraycontains(tokens, %s::int4[])
) AS now
WHERE list.token = %s AND list.facts IS NOT NULL AND {up_to_date}
"""


def packed_ids(facts: Facts) -> bytes:
    """The ids of these facts as `ids` keeps them."""
    return bytes(BitMap(array("I", facts["id"].tobytes())).serialize())


def fetch(plan: Plan, known: Frequencies, *, with_tiers: bool) -> Rows | None:
    """All entries that meet the plan, as catalog.search.statement.fetch() gives them; None where no list tells them."""
    tokens = _tokens(plan, known)
    if not tokens:
        return None
    several = tokens if len(tokens) > 1 else []
    exact = tiers.exact_ids(plan) if with_tiers and plan.whole else []
    statement = _LIST.format(
        titles="titles" if exact else "token",
        titles_now=tiers.TITLES if exact else "NULL",
        exact="".join(f", {sql}" for sql, _values in exact),
        up_to_date=UP_TO_DATE,
    )
    of_titles = [value for _sql, values in exact for value in values]
    found = rows_of(statement, [several, *of_titles, tokens, tokens[0]], binary=True)
    if not found:
        return None
    listed, titles, packed, changed, now, titles_now, *ids_of_titles = found[0]
    facts = unpack(listed)
    if several:
        if len(packed or ()) < len(several):  # counted anew in this moment, and one is no longer frequent
            return None
        places = np.searchsorted(facts["id"], _in_all(packed))
        facts = facts[places]
        titles = _chosen(titles, places) if exact else None

    def rows(facts: Facts, titles: str) -> Rows:
        return Rows(facts, tiers.tiers_of(plan, facts, [titles, *ids_of_titles] if exact else []), [])

    return rows(facts, titles).without(changed) + rows(unpack(now), titles_now) if changed else rows(facts, titles)


def _tokens(plan: Plan, known: Frequencies) -> list[int]:
    """The tokens that a hit must have, the rarest first; none where more is asked, or where one has no list."""
    condition = plan.condition
    if plan.further or condition.phrases or condition.syllables or not known.all_frequent(condition.tokens):
        return []
    tokens = sorted(condition.tokens, key=known.editions.__getitem__)
    return tokens if tokens and known.editions[tokens[0]] <= MOST_EXACT else []


def _in_all(packed: list[bytes]) -> npt.NDArray[np.uintc]:
    """The ids that are in every bitmap, in their order."""
    return np.frombuffer(BitMap.intersection(*map(BitMap.deserialize, packed)).to_array(), np.uintc)


def _chosen(titles: str, places: npt.NDArray[np.intp]) -> str:
    each = titles.split(tiers.BETWEEN_TITLES)
    return tiers.BETWEEN_TITLES.join([each[place] for place in places.tolist()])
