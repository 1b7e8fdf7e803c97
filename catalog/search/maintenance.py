"""The nightly count: which tokens are frequent, how often the most frequent stand where, and who ranks best.

Readers never wait for it: what they read is replaced in one transaction at the end.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from catalog.models import FrequentToken, SearchBefore, SearchChange, SearchEntry, SearchState
from catalog.search.champions import Selection, word_of
from catalog.search.classes import BEST, MOST_EXACT
from catalog.search.facts import DTYPE, PLACE_OF_HOLDERS, PLACE_OF_YEAR, count, unpack
from catalog.search.index import flush_pending
from catalog.search.lists import packed_ids
from catalog.search.rebuild import alone, salted
from catalog.search.tiers import TITLES, packed
from catalog.search.tokens import LIBRARY_TOKENS

FREQUENT = 1_000  # editions from which on a token is counted
_MOST_RARE = 2_000  # in a catalogue of more than FREQUENT * _MOST_RARE editions: so small a share of it
LISTED = 1_250  # editions from which on it is kept which ones have it, though it may not be frequent in a large one
_SAMPLED_FROM = 500_000  # entries; in a larger catalogue tokens are counted in every 16th entry
_TOLERANCE = 1.5  # how many times too large or too small a rank class may grow, and an estimate may be
_BATCH = 20_000  # editions whose class is looked at in one transaction
_PART = 500_000  # so many ids are looked through together
_BATCH_OF_TOKENS = 20  # whose lists are in memory together
_BATCH_OF_LISTED = 500  # the same of those of which only the ids are kept

_TABLE = SearchEntry._meta.db_table
_RANK = (
    f"(bit_count(substring(facts FROM {PLACE_OF_HOLDERS + 1})) * 4096"
    f" + get_byte(facts, {PLACE_OF_YEAR}) + get_byte(facts, {PLACE_OF_YEAR + 1}) * 256)"
)


def maintain() -> None:
    """Count anew. Safe to run twice. Raises catalog.search.rebuild.Busy."""
    with alone():
        total = SearchEntry.objects.count()
        _move_cutoffs(total)
        _count_frequent(total)


def _move_cutoffs(total: int) -> None:
    """Bring the rank classes back to their share of the catalogue where they have outgrown it."""
    state, _created = SearchState.objects.get_or_create()
    wanted = [max(1, total // one.share) for one in BEST] if total > MOST_EXACT else []
    if len(state.rank_cutoffs) == len(wanted) and all(
        size / _TOLERANCE <= has <= size * _TOLERANCE
        for has, size in zip(_sizes(state.rank_cutoffs), wanted, strict=True)
    ):
        return
    shares = [1 - size / total for size in wanted]
    found = _execute(f"SELECT percentile_disc(%s::float8[]) WITHIN GROUP (ORDER BY {_RANK}) FROM {_TABLE}", [shares])
    cutoffs = list(map(int, found[0][0] or []))
    state.rank_cutoffs = cutoffs
    state.save(update_fields=["rank_cutoffs"])
    _reclassify(cutoffs)


def _sizes(cutoffs: Sequence[int]) -> tuple[int, ...]:
    if not cutoffs:
        return ()
    columns = ", ".join(f"count(*) FILTER (WHERE {_RANK} >= {least})" for least in cutoffs)
    return _execute(f"SELECT {columns} FROM {_TABLE}")[0]


def _reclassify(cutoffs: Sequence[int]) -> None:
    """Give every entry the tokens of the rank classes it belongs to now."""
    right = " + ".join(["0", *(f"({_RANK} >= {least})::int" for least in cutoffs)])
    ranks = "".join(
        f" || CASE WHEN {_RANK} >= {least} THEN {salted(one.salt)} ELSE '{{}}' END"
        for least, one in zip(cutoffs, BEST, strict=False)
    )
    last = SearchEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    for start in range(0, last + 1, _BATCH):
        _execute(
            f"UPDATE {_TABLE} SET rank_class = {right},"
            f" tokens = tokens[1:cardinality(tokens) - grams * rank_class]{ranks}"
            f" WHERE edition_id >= %s AND edition_id < %s AND rank_class <> {right}",
            [start, start + _BATCH],
        )
        flush_pending()


def _count_frequent(total: int) -> None:
    """Everything from one snapshot: what is committed meanwhile stands in SearchBefore as it was counted."""
    with transaction.atomic(), connection.cursor() as cursor:
        if len(connection.savepoint_ids) == 0:  # a test's own transaction has begun long ago
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        words = dict(FrequentToken.objects.exclude(word="").values_list("token", "word"))
        SearchChange.objects.all().delete()
        SearchBefore.objects.all().delete()
        FrequentToken.objects.all().delete()
        tokens, least = _tokens_in_use(total)
        frequent = (one for one in tokens.items() if one[1] >= least or one[0] in LIBRARY_TOKENS)
        while batch := list(islice(frequent, _BATCH_OF_TOKENS)):
            FrequentToken.objects.bulk_create(row_of(token, number, words.get(token)) for token, number in batch)
        listed = (token for token, number in tokens.items() if number < least and token not in LIBRARY_TOKENS)
        while batch_of_listed := list(islice(listed, _BATCH_OF_LISTED)):
            FrequentToken.objects.bulk_create(rows_of_listed(batch_of_listed))
        SearchState.objects.update(counted_at=timezone.now())


def row_of(frequent: int, expected: int, word: str | None = None) -> FrequentToken:
    """What is to be known of a token, which about `expected` editions have; its `word` where that is known already."""
    in_order = expected <= MOST_EXACT * _TOLERANCE
    selection, parts = None, []
    for found, titles in _entries_with(frequent, in_order=in_order):
        facts = unpack(found)
        word = word_of(frequent, facts["id"][:1].tolist()) if word is None else word
        selection = selection or Selection(word)
        selection.add(facts, titles)
        parts.append(facts)
    facts = np.concatenate([np.zeros(0, DTYPE), *parts])
    row = FrequentToken(token=frequent, editions=len(facts), counts=count(facts).as_json(), ids=packed_ids(facts))
    if selection:
        row.word, row.champions, row.champion_tiers = selection.word, selection.champions, selection.champion_tiers
        row.sample = selection.sample if len(facts) > MOST_EXACT else b""  # of fewer all hits are counted
    if in_order and 0 < len(facts) <= MOST_EXACT:
        row.facts, row.titles = facts.tobytes(), packed(titles)
    return row


def rows_of_listed(tokens: Sequence[int]) -> list[FrequentToken]:
    """What is to be known of tokens that are not frequent: only which editions have them."""
    rows = []
    for token, packed_facts in _execute(_FACTS_OF_EACH, [list(tokens)]):
        facts = unpack(packed_facts)
        rows.append(FrequentToken(token=token, editions=len(facts), ids=packed_ids(facts)))
    return rows


_FACTS_OF_EACH = f"""
SELECT token, (SELECT string_agg(facts, ''::bytea) FROM {_TABLE} WHERE tokens @> ARRAY[token])
FROM unnest(%s::int4[]) AS token
"""


def _entries_with(frequent: int, *, in_order: bool) -> Iterator[tuple[bytes, str]]:
    """Facts and titles of all entries with this token: all together in the order of their ids, or else in parts, as
    large as memory may take."""
    entries = f"SELECT edition_id, facts, folded_title FROM {_TABLE} WHERE tokens @> %s::int4[]"
    order, parts = ("ORDER BY edition_id", "") if in_order else ("", f"GROUP BY edition_id / {_PART}")
    with connection.cursor() if in_order else connection.chunked_cursor() as cursor:
        cursor.execute(
            f"SELECT string_agg(facts, ''::bytea), {TITLES} FROM ({entries} {order}) AS entry {parts}", [[frequent]]
        )
        while part := cursor.fetchone():
            yield part


def _tokens_in_use(total: int) -> tuple[dict[int, int], int]:
    """Tokens that are frequent or LISTED, and those of the libraries: about how many editions have them, by a sample in
    a large catalogue; and from how many on they are frequent."""
    share = 16 if total > _SAMPLED_FROM else 1
    least = max(FREQUENT, total // _MOST_RARE)
    sample = f"TABLESAMPLE BERNOULLI ({100 / share})" if share > 1 else ""
    found = _execute(
        f"SELECT token, count(*) * {share} FROM (SELECT tokens[1:grams] AS own FROM {_TABLE} {sample}) AS entry,"
        f" unnest(own) AS token GROUP BY token HAVING count(*) >= %s OR token = ANY(%s)",
        [min(least, LISTED) // share, list(LIBRARY_TOKENS)],
    )
    return dict(found), least


def _execute(statement: str, params: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []
