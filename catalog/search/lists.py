"""Which editions have each frequent word, made every night: what a search reads instead of gathering them row by row.

    ids             of every frequent token, as a Roaring bitmap
    facts, titles   of those that so few editions have that all their hits are counted, in the order of the ids

A search whose words are all frequent keeps what all the bitmaps have; where one word has facts, it takes them from
there, else from the entries of the few editions that are left. What changed since the count is read from the entries;
where too much changed, there is no list.
"""

from array import array
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from catalog.search import tiers
from catalog.search.champions import Kept
from catalog.search.classes import MOST_EXACT
from catalog.search.database import as_array, rows_of
from catalog.search.facts import Facts, unpack
from catalog.search.frequencies import UP_TO_DATE, Frequencies
from catalog.search.plan import Plan
from catalog.search.rows import Rows

FEW_TOGETHER = 2_500  # editions that have several very frequent words: so many are read one by one and not estimated
_MOST_BY_ID = 20_000  # entries read by their ids; more are gathered faster by the index
_SHORT = 2_000  # editions of a word whose list is read whole, however few of them have the other words too
_MOST_OF_A_LIST = 0.1  # up to this share of it is read by ids rather than with the list

_LIST = """
SELECT {facts}, {titles},
    (SELECT array_agg(ids) FROM catalog_frequenttoken WHERE token = ANY(%s::int4[]) AND ids <> ''::bytea),
    changed.ids, now.*{exact}
FROM catalog_frequenttoken AS list
CROSS JOIN LATERAL (SELECT array_agg(edition_id) AS ids FROM catalog_searchbefore) AS changed
CROSS JOIN LATERAL (
    SELECT string_agg(facts, ''::bytea), {titles_of_entries} FROM catalog_searchentry
    WHERE edition_id = ANY(changed.ids) AND arraycontains(tokens, %s::int4[])
) AS now
WHERE list.token = %s AND {facts} IS NOT NULL AND {up_to_date}
"""
_BY_ID = """
SELECT string_agg(facts, ''::bytea), {titles_of_entries} FROM catalog_searchentry
WHERE edition_id = ANY(%s::text::bigint[])
"""
_IDS = "SELECT token, ids FROM catalog_frequenttoken WHERE token = ANY(%s::int4[]) AND ids <> ''::bytea"
Ids = npt.NDArray[np.uintc]


def packed_ids(facts: Facts) -> bytes:
    """The ids of these facts as `ids` keeps them."""
    return bytes(_bitmap(facts).serialize())


def _bitmap(facts: Facts) -> BitMap:
    return BitMap(array("I", facts["id"].tobytes()))


def fetch(plan: Plan, known: Frequencies, *, with_tiers: bool) -> Rows | None:
    """All entries that meet the plan, as catalog.search.statement.fetch() gives them; None where no list tells them."""
    tokens = _tokens(plan, known)
    is_listed = bool(tokens) and known.editions[tokens[0]] <= MOST_EXACT
    if not is_listed and len(tokens) < 2:
        return None
    with_titles = with_tiers and bool(plan.whole)
    by_list = is_listed and not (len(plan.words) > 1 and _are_seldom_together(tokens, known))
    found, common = _read(plan, tokens, "facts" if by_list else "", with_titles=with_titles)
    if common is not None and is_listed and not by_list and len(common) > known.editions[tokens[0]] * _MOST_OF_A_LIST:
        by_list = True
        found, common = _read(plan, tokens, "facts", with_titles=with_titles)
    if found is None:
        return None
    ids = None if common is None else _ids(common)

    def rows(packed: bytes | None, titles: str | bytes | None, among: Ids | None = None) -> Rows:
        facts, places = unpack(packed), None
        if among is not None and len(among) < len(facts):
            places = np.searchsorted(facts["id"], among)
            facts = facts[places]
        of_titles = [titles, *found.exact_ids] if with_titles else []
        return Rows(facts, tiers.tiers_of(plan, facts, of_titles, places), [])

    if by_list:
        hits = rows(found.facts, found.titles, among=ids)
    elif ids is None or len(ids) > _MOST_BY_ID:
        return None
    else:
        hits = rows(*_entries(ids, with_titles=with_titles))
    return hits.without(found.changed) + rows(found.facts_now, found.titles_now) if found.changed else hits


def together(plan: Plan, known: Frequencies) -> Kept | None:
    """How many editions have all the words of the plan, and those of the sample of its rarest word that do; None where
    it is one word, or no list tells it."""
    tokens = _tokens(plan, known)
    found, common = _read(plan, tokens, "sample", with_titles=False) if len(tokens) > 1 else (None, None)
    if found is None or common is None or not found.facts:
        return None
    sample, now, changed = unpack(found.facts), unpack(found.facts_now), found.changed or []
    drawn = sample[np.searchsorted(sample["id"], _ids(common & _bitmap(sample)))]
    return Kept(
        total=len(common - BitMap(changed)) + len(now),
        counts=None,
        exact=True,
        champions=drawn[:0],
        sample=drawn[~np.isin(drawn["id"], changed)] if changed else drawn,
        scale=len(common) / max(1, len(drawn)),
        beside=now,
    )


class _Found(NamedTuple):
    facts: bytes  # in the order of the ids
    titles: bytes | None  # catalog.search.tiers.packed()
    changed: list[int] | None  # editions, of which those that meet the plan now are these:
    facts_now: bytes | None
    titles_now: str | None
    exact_ids: list[list[int] | None]


def _read(
    plan: Plan, tokens: list[int], column: str, *, with_titles: bool
) -> tuple[_Found, BitMap | None] | tuple[None, None]:
    """With what all tokens have, where there are several. `column`: which facts of the rarest word are wanted,
    if any; its `facts` come with their titles."""
    exact = tiers.exact_ids(plan) if with_titles else []
    statement = _LIST.format(
        facts=f"list.{column}" if column else "''::bytea",
        titles="list.titles" if column == "facts" and with_titles else "NULL",
        titles_of_entries=tiers.TITLES if with_titles else "NULL",
        exact="".join(f", {sql}" for sql, _values in exact),
        up_to_date=UP_TO_DATE,
    )
    several = tokens if len(tokens) > 1 else []
    of_titles = [value for _sql, values in exact for value in values]
    answer = rows_of(statement, [several, *of_titles, tokens, tokens[0]], binary=True)
    if not answer:
        return None, None
    facts, titles, bitmaps, changed, facts_now, titles_now, *exact_ids = answer[0]
    if len(bitmaps or ()) < len(several):  # counted anew in this moment, and one is no longer frequent
        return None, None
    return _Found(facts, titles, changed, facts_now, titles_now, exact_ids), _in_all(bitmaps) if bitmaps else None


def _entries(ids: Ids, *, with_titles: bool) -> tuple[bytes | None, str | None]:
    statement = _BY_ID.format(titles_of_entries=tiers.TITLES if with_titles else "NULL")
    [(facts, titles)] = rows_of(statement, [as_array(ids.tolist())], binary=True)
    return facts, titles


def numbers(wanted: Sequence[Sequence[int]], known: Frequencies) -> list[int | None]:
    """How many editions had all of these tokens when the lists were made, for each; None where no list tells it."""
    tokens = {token for tokens in wanted if known.all_frequent(tokens) for token in tokens}
    found = rows_of(_IDS, [list(tokens)], binary=True) if tokens else []
    bitmaps = {token: BitMap.deserialize(ids) for token, ids in found}
    return [
        len(BitMap.intersection(*(bitmaps[token] for token in tokens))) if bitmaps.keys() >= set(tokens) else None
        for tokens in wanted
    ]


def _are_seldom_together(tokens: list[int], known: Frequencies) -> bool:
    """Whether it is worth asking how many editions have all of them before a long list is read."""
    rarest, second = (known.editions[token] for token in tokens[:2])
    return rarest > _SHORT and second <= known.most * _MOST_OF_A_LIST


def _tokens(plan: Plan, known: Frequencies) -> list[int]:
    """The tokens that a hit must have, the rarest first; none where more is asked, or where one is not frequent."""
    condition = plan.condition
    if plan.further or condition.phrases or condition.syllables or not known.all_frequent(condition.tokens):
        return []
    return sorted(condition.tokens, key=known.editions.__getitem__)


def _in_all(packed: list[bytes]) -> BitMap:
    """What is in every bitmap."""
    return BitMap.intersection(*map(BitMap.deserialize, packed))


def _ids(bitmap: BitMap) -> Ids:
    """In their order."""
    return np.frombuffer(bitmap.to_array(), np.uintc)
