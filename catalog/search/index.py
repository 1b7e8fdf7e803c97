"""Keeps the search entries equal to the catalogue: every change of an edition or its copies ends in refresh()."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from catalog import bulk
from catalog.models import (
    Edition,
    MaterialType,
    MemberLibrary,
    SearchChange,
    SearchEntry,
    SearchState,
)
from catalog.search import facts
from catalog.search.classes import rank_class, with_classes
from catalog.search.entries import Entry, write
from catalog.search.pinyin import title_syllables
from catalog.search.token_arrays import Tokens, tokens_of
from catalog.search.tokens import Indexed, Texts, further_pieces, hashes, pinyin_pieces, texts_of


def indexed(editions: QuerySet[Edition]) -> list[Indexed]:
    """The shown ones of these editions, in the order of their ids."""
    shown = editions.filter(hidden=False, merged_into__isnull=True).order_by("pk")
    return list(map(Indexed._make, shown.values_list(*Indexed._fields)))


MOST_KEPT = 50  # editions of one change; after larger ones (imports) the frequent words are counted anew anyway


def refresh(edition_ids: Collection[int], *, flush: bool = True) -> None:
    """Rewrite the search entries of these editions from what the database holds now.

    Runs in the caller's transaction, in a few statements however many ids are given. Editions that are hidden, merged
    into another one or gone lose their entry. The edition rows are locked first (in the order of their ids), so that
    of two transactions changing copies of one edition the later sees what the earlier wrote.

    Without `flush` new tokens stay in the pending list of the index: see pending().
    """
    ids = set(edition_ids)
    if not ids:
        return
    with transaction.atomic():
        kept = len(ids) <= MOST_KEPT
        editions = indexed(Edition.objects.filter(bulk.AnyOf("pk", ids)).select_for_update(no_key=True))
        if kept:
            _keep(sorted(ids))
        if gone := ids - {edition.id for edition in editions}:
            SearchEntry.objects.filter(bulk.AnyOf("pk", gone)).delete()
        if not flush:
            _let_pending_list_grow()
        if write(entries_of(editions)) and flush:
            flush_pending()
        SearchChange.objects.create(edition_ids=sorted(ids), kept=kept)


def _keep(edition_ids: list[int]) -> None:
    """Remember the entries as they are, so that the counts of last night can be brought up to date."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO catalog_searchbefore (edition_id, tokens, facts)
            SELECT id, coalesce(tokens[1:grams], '{}'), coalesce(facts, '')
            FROM unnest(%s::bigint[]) AS id LEFT JOIN catalog_searchentry ON edition_id = id
            """,
            [edition_ids],
        )


def flush_pending() -> None:
    """Bring the tokens of new entries from the index's pending list into its tree.

    Sorted together they cost a third of what they cost one by one, and no search finds a list to read through.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT gin_clean_pending_list('search_tokens')")


MOST_PENDING = 2000  # entries; a search that reads through a thousand takes 10 ms longer


class Pending:
    """Counts the entries whose tokens wait in the pending list, and brings them into the tree when they are many."""

    def __init__(self) -> None:
        self._number = 0

    def add(self, number: int) -> None:
        """So many were written with refresh(…, flush=False) and committed."""
        self._number += number
        if self._number >= MOST_PENDING:
            flush_pending()
            self._number = 0


@contextmanager
def pending() -> Iterator[Pending]:
    """For many batches of changes. At a million editions bringing 2,000 entries into the tree at once takes 0.6 of the
    time of twice 1,000 (330 and 560 µs each), 4,000 at once 0.4."""
    try:
        yield Pending()
    finally:
        flush_pending()


def _let_pending_list_grow() -> None:
    """Until the end of the transaction: beyond 4 MB each insert would bring the list into the tree, bit by bit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('gin_pending_list_limit', '64MB', true)")


def entries_of(editions: Sequence[Indexed], cutoffs: Sequence[int] | None = None) -> list[Entry]:
    """The entries that these editions should have; reads their copies.

    `cutoffs` are those of the rank classes, by default the ones in use.
    """
    if not editions:
        return []
    slots, call_numbers = _holders([edition.id for edition in editions])
    if cutoffs is None:
        cutoffs = SearchState.objects.values_list("rank_cutoffs", flat=True).first() or ()
    texts = [texts_of(edition) for edition in editions]
    syllables = [title_syllables(edition.full_title) for edition in editions]
    numbers = [
        further_pieces(edition, words, call_numbers[edition.id]) for edition, words in zip(editions, texts, strict=True)
    ]
    pinyin = [pinyin_pieces(read) for read in syllables]
    libraries = [{"L": set(map(str, slots[edition.id]))} for edition in editions]
    further = [hashes(one | two | three) for one, two, three in zip(numbers, pinyin, libraries, strict=True)]
    tokens = tokens_of(texts, further)
    return [
        _entry(*parts, slots[parts[0].id], cutoffs) for parts in zip(editions, texts, syllables, tokens, strict=True)
    ]


def _entry(
    edition: Indexed, texts: Texts, syllables: list[str], own: Tokens, slots: set[int], cutoffs: Sequence[int]
) -> Entry:
    packed = facts.pack(
        edition_id=edition.id,
        year=edition.year or 0,
        language=edition.language,
        material_type=edition.material_type or MaterialType.OTHER,
        clc=_clc_class(edition.clc),
        slots=slots,
    )
    ranks = rank_class(facts.rank_of(len(slots), edition.year or 0), cutoffs)
    return Entry(
        edition_id=edition.id,
        tokens=with_classes(own, edition.id, ranks),
        grams=len(own),
        rank_class=ranks,
        facts=packed,
        folded_title=texts.title,
        folded_rest=texts.rest,
        pinyin_title=" ".join(syllables),
    )


# Slots of libraries that hold each edition, and its call numbers there. A library that sent a record without listing
# copies holds the book all the same.
_HOLDERS = """
SELECT copy.edition_id, library.slot, array_agg(DISTINCT copy.call_number)
FROM catalog_holding copy JOIN catalog_memberlibrary library ON library.id = copy.library_id
WHERE copy.edition_id = ANY(%(ids)s) AND NOT copy.withdrawn AND library.in_joint_search AND library.left_on IS NULL
GROUP BY copy.edition_id, library.slot
UNION ALL
SELECT record.edition_id, library.slot, '{}'
FROM catalog_sourcerecord record JOIN catalog_memberlibrary library ON library.id = record.library_id
WHERE record.edition_id = ANY(%(ids)s) AND NOT record.deleted AND record.quarantine_reason = ''
    AND library.in_joint_search AND library.left_on IS NULL
    AND NOT EXISTS (SELECT FROM catalog_holding copy WHERE copy.source_record_id = record.id)
"""


def _holders(edition_ids: list[int]) -> tuple[dict[int, set[int]], dict[int, set[str]]]:
    """Slots of the libraries of the joint search that hold each edition, and the call numbers under which they do."""
    slots: dict[int, set[int]] = defaultdict(set)
    call_numbers: dict[int, set[str]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(_HOLDERS, {"ids": edition_ids})
        for edition_id, slot, numbers in cursor.fetchall():
            slots[edition_id].add(slot)
            call_numbers[edition_id].update(numbers)
    return slots, call_numbers


def _clc_class(number: str) -> str:
    """Main class of the Chinese Library Classification: one letter A–Z, or nothing."""
    letter = number.strip()[:1].upper()
    return letter if letter.isascii() and letter.isalpha() else ""


def fill(batch_size: int = 1000) -> Iterator[int]:
    """Write the entries that are missing (an import wrote editions without), one transaction per batch; yields how
    many are done after each."""
    done = last = 0
    missing = Edition.objects.visible().filter(search_entry__isnull=True).order_by("pk").values_list("pk", flat=True)
    with pending() as waiting:
        while batch := list(missing.filter(pk__gt=last)[:batch_size]):
            refresh(batch, flush=False)
            waiting.add(len(batch))
            last, done = batch[-1], done + len(batch)
            yield done


def refresh_library(library: MemberLibrary, batch_size: int = 1000) -> None:
    """Refresh everything that this library holds, one transaction per batch: it joined or left the joint search."""
    last = 0
    held = Edition.objects.filter(Q(holdings__library=library) | Q(source_records__library=library)).order_by("pk")
    ids = held.distinct().values_list("pk", flat=True)
    with pending() as waiting:
        while batch := list(ids.filter(pk__gt=last)[:batch_size]):
            refresh(batch, flush=False)
            waiting.add(len(batch))
            last = batch[-1]
