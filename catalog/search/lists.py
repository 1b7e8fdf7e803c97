"""Which editions have each frequent word, made every night: what a search reads instead of gathering them row by row.

    ids             of every frequent token, as a Roaring bitmap
    facts, titles   of those that so few editions have that all their hits are counted, in the order of the ids

A search whose words are all frequent, one of them with facts, takes these and keeps what all the bitmaps have. What
changed since the count is left out and read from the entries; where too much changed, there is no list.
"""

from array import array

import numpy as np
from pyroaring import BitMap

from catalog.search import tiers
from catalog.search.classes import MOST_EXACT
from catalog.search.database import rows_of
from catalog.search.facts import Facts, Mask, unpack
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
    condition = plan.condition
    if plan.further or condition.phrases or condition.syllables:
        return None
    tokens = sorted(condition.tokens, key=lambda token: known.editions.get(token, 0))
    if not 0 < known.editions.get(tokens[0], 0) <= MOST_EXACT:
        return None
    exact = tiers.exact_ids(plan) if with_tiers and plan.whole else []
    statement = _LIST.format(
        titles="titles" if exact else "token",
        titles_now=tiers.TITLES if exact else "NULL",
        exact="".join(f", {sql}" for sql, _values in exact),
        up_to_date=UP_TO_DATE,
    )  # fmt: skip
    several = tokens if len(tokens) > 1 else []
    of_titles = [value for _sql, values in exact for value in values]
    found = rows_of(statement, [several, *of_titles, tokens, tokens[0]], binary=True)
    if not found:
        return None
    listed, titles, packed, changed, now, titles_now, *ids_of_titles = found[0]
    if len(packed or ()) < len(several):  # counted anew in this moment
        return None
    facts = unpack(listed)
    if several:
        places = np.flatnonzero(_in_all(facts, packed))
        facts = facts[places]
        if exact:
            all_titles = titles.split(tiers.BETWEEN_TITLES)
            titles = tiers.BETWEEN_TITLES.join([all_titles[place] for place in places.tolist()])
    rows = Rows(facts, tiers.tiers_of(plan, facts, [titles, *ids_of_titles] if exact else []), [])
    if changed:
        facts = unpack(now)
        added = Rows(facts, tiers.tiers_of(plan, facts, [titles_now, *ids_of_titles] if exact else []), [])
        rows = rows.without(changed) + added
    return rows


def _in_all(facts: Facts, packed: list[bytes]) -> Mask:
    """Which of these, in the order of their ids, are in every bitmap."""
    common = BitMap.intersection(*map(BitMap.deserialize, packed))
    mask = np.zeros(len(facts), np.bool_)
    mask[np.searchsorted(facts["id"], np.frombuffer(common.to_array(), np.uintc))] = True
    return mask
