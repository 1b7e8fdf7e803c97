"""Which editions have each frequent word, made every night: what a search reads instead of gathering them row by row.

    ids             of every frequent token, and of those less rare, as a Roaring bitmap
    facts, titles   of frequent ones that so few editions have that all their hits are counted, in the order of the ids

A search whose words are all listed keeps what all the bitmaps have; where one word has facts, it takes them from
there, else from the entries of the few editions that are left. What changed since the count is read from the entries;
where too much changed, there is no list.
"""

from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
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
from catalog.search.stored import MOST_COMPARED, TEXTS, Stored
from catalog.search.tokens import library_gram, token

FEW_TOGETHER = 2_500  # editions that have several very frequent words: so many are read one by one and not estimated
_MOST_BY_ID = 20_000  # entries read by their ids; more are gathered faster by the index
_LONG = 100_000  # editions of a word whose bitmap is long: it is not read where the other words leave few
_LONG_BESIDE = 20  # the same, as so many times the editions of the rarest word
_SHORT = 2_000  # editions of a word whose list is read whole, however few of them have the other words too
_MOST_OF_A_RARE_WORD = 0.4  # of its editions; more are gathered faster by the index
_MOST_OF_A_LIST = 0.1  # up to this share of it is read by ids rather than with the list

_LIST = """
SELECT {facts}, {titles},
    (SELECT array_agg(ids) FROM catalog_frequenttoken WHERE token = ANY(%s::text::int4[]) AND ids <> ''::bytea),
    changed.ids, now.*{exact}
FROM catalog_frequenttoken AS list
CROSS JOIN LATERAL (SELECT array_agg(edition_id) AS ids FROM catalog_searchbefore) AS changed
CROSS JOIN LATERAL (
    SELECT string_agg(facts, ''::bytea), {titles_of_entries} FROM catalog_searchentry
    WHERE edition_id = ANY(changed.ids) AND arraycontains(tokens, %s::text::int4[])
) AS now
WHERE list.token = %s AND {facts} IS NOT NULL AND {up_to_date}
"""
_BY_ID = """
SELECT string_agg(facts, ''::bytea), {titles}, {texts} FROM catalog_searchentry
WHERE edition_id = ANY(%s::text::bigint[]){beside}
"""
_IDS = "SELECT token, ids FROM catalog_frequenttoken WHERE token = ANY(%s::text::int4[]) AND ids <> ''::bytea"
Ids = npt.NDArray[np.uintc]


def packed_ids(facts: Facts) -> bytes:
    """The ids of these facts as `ids` keeps them."""
    return bytes(_bitmap(facts).serialize())


def _bitmap(facts: Facts) -> BitMap:
    return BitMap(array("I", facts["id"].tobytes()))


def fetch(plan: Plan, known: Frequencies, stored: Stored, *, with_tiers: bool) -> Rows | None:
    """All entries that meet the plan, as catalog.search.statement.fetch() gives them; None where no list tells them."""
    tokens = _tokens(plan, known)
    is_rare = bool(tokens) and tokens[0] not in known.editions
    with_facts = bool(tokens) and not is_rare and known.editions[tokens[0]] <= MOST_EXACT
    # Grams of one word are mostly together: the rows of the rarest are gathered anyhow.
    if (not with_facts and len(tokens) < 2) or (is_rare and len(plan.words) < 2):
        return None
    with_titles = with_tiers and bool(plan.whole)
    by_list = with_facts and not (len(plan.words) > 1 and _are_seldom_together(tokens, known))
    found = _read(plan, known, tokens, "facts" if by_list else "", with_titles=with_titles)
    if found and with_facts and not by_list and len(found.common) > known.editions[tokens[0]] * _MOST_OF_A_LIST:
        by_list = True
        found = _read(plan, known, tokens, "facts", with_titles=with_titles)
    if found is None:
        return None
    if not by_list:
        most = known.listed[tokens[0]] * _MOST_OF_A_RARE_WORD if is_rare else _MOST_BY_ID
        return _by_ids(plan, found, stored, with_titles=with_titles) if len(found.common) <= most else None
    facts, places = unpack(found.facts), None
    if len(tokens) > 1:
        places = np.searchsorted(facts["id"], _ids(found.common))
        facts = facts[places]
    of_titles = [found.titles, *found.exact_ids] if with_titles else []
    return found.brought_up_to_date(plan, Rows(facts, tiers.tiers_of(plan, facts, of_titles, places), []))


def together(plan: Plan, known: Frequencies, stored: Stored, *, with_tiers: bool) -> Kept | Rows | None:
    """How many editions have all the words of the plan, and those of the sample of its rarest word that do; all of them
    where they are few; None where it is one word, or no list tells it."""
    tokens = _tokens(plan, known)
    with_titles = with_tiers and bool(plan.whole)
    found = _read(plan, known, tokens, "sample", with_titles=with_titles) if len(tokens) > 1 else None
    if found is None or not found.facts:
        return None
    if len(found.common) <= FEW_TOGETHER:
        return _by_ids(plan, found, stored, with_titles=with_titles)
    sample, now, changed = unpack(found.facts), unpack(found.facts_now), found.changed or []
    drawn = sample[np.searchsorted(sample["id"], _ids(found.common & _bitmap(sample)))]
    return Kept(
        total=len(found.common - BitMap(changed)) + len(now),
        counts=None,
        exact=True,
        champions=drawn[:0],
        sample=drawn[~np.isin(drawn["id"], changed)] if changed else drawn,
        scale=len(found.common) / max(1, len(drawn)),
        beside=now,
    )


def held(plan: Plan, known: Frequencies, slots: Collection[int], stored: Stored, *, with_tiers: bool) -> Rows | None:
    """All entries that meet the plan and that one of these libraries holds; None where they are many, or no list tells
    them. Of what changed since the night all that meets the plan."""
    tokens = _tokens(plan, known)
    with_titles = with_tiers and bool(plan.whole)
    found = _read(plan, known, tokens, "", with_titles=with_titles, with_bitmaps=True) if tokens else None
    if found is None:
        return None
    libraries = _bitmaps([token(library_gram(slot)) for slot in slots])
    common = found.common & BitMap.union(*libraries.values()) if libraries else BitMap()
    if len(libraries) < len(slots) or len(common) > FEW_TOGETHER:
        return None
    return _by_ids(plan, found._replace(common=common), stored, with_titles=with_titles)


class _Found(NamedTuple):
    facts: bytes  # in the order of the ids
    titles: bytes | None  # catalog.search.tiers.packed()
    changed: list[int] | None  # editions, of which those that meet the plan now are these:
    facts_now: bytes | None
    titles_now: str | None
    exact_ids: list[list[int] | None]
    common: BitMap  # editions that have all the words, but for those of `beside`; empty where there is one word
    beside: list[int]

    def brought_up_to_date(self, plan: Plan, rows: Rows) -> Rows:
        if not self.changed:
            return rows
        now = unpack(self.facts_now)
        of_titles = [self.titles_now, *self.exact_ids] if self.exact_ids else []
        return rows.without(self.changed) + Rows(now, tiers.tiers_of(plan, now, of_titles), [])


def _read(
    plan: Plan,
    known: Frequencies,
    tokens: list[int],
    column: str,
    *,
    with_titles: bool,
    with_bitmaps: bool | None = None,
) -> _Found | None:
    """`column`: which facts of the rarest word are wanted, if any; its `facts` come with their titles. Bitmaps come
    where there are several words, or as is said."""
    exact = tiers.exact_ids(plan) if with_titles else []
    statement = _LIST.format(
        facts=f"list.{column}" if column else "''::bytea",
        titles="list.titles" if column == "facts" and with_titles else "NULL",
        titles_of_entries=tiers.TITLES if with_titles else "NULL",
        exact="".join(f", {sql}" for sql, _values in exact),
        up_to_date=UP_TO_DATE,
    )
    of_titles = [value for _sql, values in exact for value in values]
    joined = tokens if (len(tokens) > 1 if with_bitmaps is None else with_bitmaps) else []
    longest = min(_LONG, known.listed[tokens[0]] * _LONG_BESIDE)
    short = [one for place, one in enumerate(joined) if place < 2 or known.listed[one] <= longest]
    answer = rows_of(statement, [as_array(short), *of_titles, as_array(tokens), tokens[0]], binary=True)
    if not answer:
        return None
    facts, titles, bitmaps, changed, facts_now, titles_now, *exact_ids = answer[0]
    if len(bitmaps or ()) < len(short):  # counted anew in this moment, and one is no longer frequent
        return None
    common = _in_all(map(BitMap.deserialize, bitmaps or ()))
    beside = joined[len(short) :]
    if beside and (column == "facts" or len(common) > FEW_TOGETHER):
        further = _bitmaps(beside)
        if len(further) < len(beside):
            return None
        common, beside = _in_all([common, *further.values()]), []
    return _Found(facts, titles, changed, facts_now, titles_now, exact_ids, common, beside)


def _by_ids(plan: Plan, found: _Found, stored: Stored, *, with_titles: bool) -> Rows:
    """The entries that have all the words, read one by one."""
    statement = _BY_ID.format(
        titles=tiers.TITLES if with_titles else "NULL",
        texts=TEXTS if len(found.common) <= MOST_COMPARED else "NULL",
        beside=" AND arraycontains(tokens, %s::text::int4[])" if found.beside else "",
    )
    ids = as_array(_ids(found.common).tolist())
    [(packed, titles, texts)] = rows_of(
        statement, [ids, as_array(found.beside)] if found.beside else [ids], binary=True
    )
    facts = unpack(packed)
    stored.add_texts(facts["id"].tolist(), texts)
    of_titles = [titles, *found.exact_ids] if with_titles else []
    return found.brought_up_to_date(plan, Rows(facts, tiers.tiers_of(plan, facts, of_titles), []))


class Bitmaps:
    """Of tokens that are still listed, each read once. `known`: token → bitmap."""

    def __init__(self) -> None:
        self.known: dict[int, BitMap] = {}

    def read(self, tokens: Collection[int]) -> None:
        self.known |= _bitmaps([one for one in tokens if one not in self.known])


def numbers(wanted: Sequence[Sequence[int]], known: Frequencies, bitmaps: Bitmaps) -> list[int | None]:
    """How many editions had all of these tokens when the lists were made, for each; None where no list tells it."""
    listed = [tokens if known.all_listed(tokens) else () for tokens in wanted]
    bitmaps.read({one for tokens in listed for one in tokens if known.listed[one] <= _LONG})
    bitmaps.read({one for tokens in listed if _number(bitmaps.known, tokens) is None for one in tokens})
    return [_number(bitmaps.known, tokens) for tokens in listed]


def _number(bitmaps: Mapping[int, BitMap], tokens: Sequence[int]) -> int | None:
    """How many are in all of them; None where the bitmap of one is missing and the others leave some."""
    known = [bitmaps[one] for one in tokens if one in bitmaps]
    common = _in_all(known)
    return len(common) if known and (not common or len(known) == len(tokens)) else None


def _bitmaps(tokens: Collection[int]) -> dict[int, BitMap]:
    """Of those that are still frequent."""
    found = rows_of(_IDS, [as_array(tokens)], binary=True) if tokens else []
    return {one: BitMap.deserialize(ids) for one, ids in found}


def _are_seldom_together(tokens: list[int], known: Frequencies) -> bool:
    """Whether it is worth asking how many editions have all of them before a long list is read."""
    rarest, second = (known.listed[one] for one in tokens[:2])
    return rarest > _SHORT and second <= known.most * _MOST_OF_A_LIST


def _tokens(plan: Plan, known: Frequencies) -> list[int]:
    """The tokens that a hit must have, the rarest first; none where more is asked, or where one is not listed."""
    condition = plan.condition
    if plan.further or condition.phrases or condition.syllables or not known.all_listed(condition.tokens):
        return []
    return sorted(condition.tokens, key=known.listed.__getitem__)


def _in_all(bitmaps: Iterable[BitMap]) -> BitMap:
    """What is in every bitmap."""
    first, *others = [*bitmaps] or [BitMap()]
    return first.intersection(*others) if others else first


def _ids(bitmap: BitMap) -> Ids:
    """In their order."""
    return np.frombuffer(bitmap.to_array(), np.uintc)
