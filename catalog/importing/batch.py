"""Stores one batch of records: source records, their editions and copies, and the search entries, all or nothing."""

import hashlib
from collections.abc import Iterable

from django.db import connection
from django.utils.translation import gettext as _

from catalog import bulk
from catalog.importing.copies import sync_copies, withdraw_copies
from catalog.importing.grouping import (
    DESCRIBED,
    Found,
    Group,
    Member,
    Placement,
    Pool,
    described,
    doubt_about,
    still_belongs,
)
from catalog.importing.incoming import Incoming, describe_edition, identity_suffix
from catalog.importing.regroup import regroup
from catalog.importing.target import Target
from catalog.marc.mapping import describe
from catalog.marc.reader import read_again
from catalog.merging import Keys, keys_of, same_book
from catalog.models import Edition, Holding, SearchEntry, SourceRecord
from catalog.review.doubts import Doubt, record_doubts
from catalog.review.pins import Pins
from catalog.search.index import refresh

_SOURCE_FIELDS = [
    "syntax", "encoding", "raw", "sha256", "parse_log", "edition", "match_rule", "match_score", "match_keys", "quality",
    "quarantine_reason", "deleted", "seen_at", "updated_at",
]  # fmt: skip
_NOTHING = Keys()
# One lock for all imports: two libraries loading the same new book at once must not make two editions of it.
_LOCK = 0x62616C69


def lock_grouping() -> None:
    """Wait until nobody else changes which record belongs to which edition; held until the transaction ends."""
    with connection.cursor() as cursor:
        # Look-ups of a batch are many and tiny; the planner takes them for large and would compile them each time.
        cursor.execute("SELECT pg_advisory_xact_lock(%s), set_config('jit', 'off', true)", [_LOCK])


def store(items: list[Incoming], target: Target) -> None:
    """Bring these records in. Runs in the caller's transaction; counts go to `target.report`. New tokens of search
    entries stay in the pending list of their index (catalog/search/index.py)."""
    lock_grouping()
    known, items = _known_records(items, target)
    changed: list[tuple[Incoming, SourceRecord]] = []
    touched: set[int] = set()
    fresh: list[int] = []
    aside: list[SourceRecord] = []
    for item in items:
        source = known.get(item.local_id) or bulk.new(
            SourceRecord, library_id=target.library.pk, local_id=item.local_id
        )
        if item.deletes:
            if source.pk and not source.deleted:
                aside.append(_deleted(source, item, target))
                touched |= {source.edition_id} if source.edition_id else set()
                target.report.deleted += 1
            else:
                target.report.unchanged += 1
        elif item.read.garbled and _released(source, item):
            fresh.append(source.pk)
            target.report.unchanged += 1
        elif item.read.garbled:
            aside.append(_quarantined(source, item, target))
            target.report.quarantine(
                position=item.read.position, offset=item.read.offset, reason=item.read.garbled, title=item.title[:100]
            )
        elif source.pk and source.sha256 == item.sha256 and not source.deleted and not source.quarantine_reason:
            fresh.append(source.pk)
            target.report.unchanged += 1
        else:
            changed.append((item, source))
    _save_sources(aside)
    concerned, staying = withdraw_copies([source for source in aside if source.deleted], target)
    touched |= concerned
    if staying:  # a reader has a copy: the record stays with it until the library deletes it once more
        SourceRecord.objects.filter(pk__in=staying).update(deleted=False, sha256="")
    touched |= _place(changed, target)
    if fresh:
        touched |= _met_again(fresh, target)
    hide_orphans([source.edition_id for source in aside if source.deleted and source.edition_id])
    if target.index_later:
        SearchEntry.objects.filter(bulk.AnyOf("edition", touched)).delete()
    else:
        refresh(touched, flush=False)


def _released(source: SourceRecord, item: Incoming) -> bool:
    """Whether staff took in exactly these bytes, however garbled they look (catalog/importing/quarantine.py)."""
    if not source.released or source.deleted or source.quarantine_reason:
        return False
    return source.released == hashlib.sha256(item.read.raw).hexdigest()


def _met_again(source_ids: list[int], target: Target) -> set[int]:
    """Date unchanged records and their copies; returns editions that an interrupted run left without search entry."""
    SourceRecord.objects.filter(bulk.AnyOf("pk", source_ids)).update(seen_at=target.started_at)
    Holding.objects.filter(bulk.AnyOf("source_record", source_ids), withdrawn=False).update(as_of=target.started_at)
    editions = Edition.objects.visible().filter(bulk.AnyOf("source_records", source_ids), search_entry__isnull=True)
    return set(editions.order_by().values_list("pk", flat=True))


def _known_records(items: list[Incoming], target: Target) -> tuple[dict[str, SourceRecord], list[Incoming]]:
    """Stored records of this batch by record number, and the batch without repetitions.

    A number that comes twice in one file for two different books does not identify them: the later one is kept under
    the number and a suffix made of what it says.
    """
    numbers = {item.local_id for item in items}
    known = _by_number(target, numbers)
    batch: dict[str, Incoming] = {}
    for item in items:
        if not item.deletes:
            earlier, stored = batch.get(item.local_id), known.get(item.local_id)
            met = stored is not None and stored.seen_at == target.started_at
            keys = earlier.keys if earlier else Keys.from_json(stored.match_keys) if stored and met else None
            if keys and identity_suffix(keys) != identity_suffix(item.keys):
                item.local_id = f"{item.local_id}#{identity_suffix(item.keys)}"
                item.log.append(_("文件中有两种书用同一个记录号"))
                target.report.warnings[_("记录号重复，内容不同")] += 1
        if item.local_id in batch:
            target.report.warnings[_("记录重复")] += 1
            target.report.unchanged += 1
        batch[item.local_id] = item
    if more := set(batch) - numbers:
        known |= _by_number(target, more)
    return known, list(batch.values())


def _by_number(target: Target, numbers: Iterable[str]) -> dict[str, SourceRecord]:
    records = SourceRecord.objects.filter(bulk.AnyOf("local_id", numbers, "text"), library=target.library).defer("raw")
    return {record.local_id: record for record in records}


def _take_over(source: SourceRecord, item: Incoming, target: Target) -> None:
    """The record as it came: bytes, syntax, encoding, what was odd about it."""
    source.seen_at = target.started_at
    source.raw, source.sha256 = item.read.raw, item.sha256
    source.syntax, source.encoding = item.read.syntax, item.read.encoding
    source.parse_log = item.log


def _deleted(source: SourceRecord, item: Incoming, target: Target) -> SourceRecord:
    _take_over(source, item, target)
    source.deleted = True
    return source


def _quarantined(source: SourceRecord, item: Incoming, target: Target) -> SourceRecord:
    """Kept with its bytes and hidden; an edition and copies known from an earlier, readable version stay."""
    _take_over(source, item, target)
    source.quarantine_reason = item.read.garbled[:200]
    return source


def _place(changed: list[tuple[Incoming, SourceRecord]], target: Target) -> set[int]:
    """Find or make the edition of every new or changed record, save all, and return the editions touched."""
    if not changed:
        return set()
    pool = Pool(Pins.of({source.pk for _i, source in changed if source.pk}))
    pool.load((item.keys for item, _s in changed), {s.edition_id for _i, s in changed if s.edition_id})
    groups: dict[int, Group] = {}  # by identity: every group that this batch may have changed
    chosen: list[tuple[Incoming, SourceRecord, Group]] = []
    left: list[tuple[Group, Group, bool]] = []
    doubts: list[tuple[Group, SourceRecord, Placement]] = []
    contested: list[Group] = []
    for item, source in changed:
        current = pool.group(source.edition_id) if source.edition_id else None
        if current:
            current.members = [m for m in current.members if m.source_id != source.pk]
            groups[id(current)] = current
        group, rule, score, found = _choose(item, source, current, pool)
        if found.contested:
            contested += [group, *found.contested]
        in_doubt = found.doubts
        doubts += [(group, source, doubt) for doubt in in_doubt]
        if current and group is not current and not current.members:
            left.append((current, group, same_book(item.keys, Keys.from_json(source.match_keys))))
        pool.join(group, Member(item.keys, item.quality, source.pk, item))
        source.match_rule, source.match_score = rule, score
        groups[id(group)] = group
        chosen.append((item, source, group))
        if source.pk:
            target.report.updated += 1
        else:
            target.report.created += 1
        target.report.merged += rule not in ("", "own")
    _save_editions(list(groups.values()))
    for old, new, is_same_book in left:
        if not old.members:
            _retire(old.edition, new.edition, is_same_book=is_same_book)
    for item, source, group in chosen:
        _take_over(source, item, target)
        source.edition_id = group.edition.pk
        source.match_keys, source.quality = item.keys.as_json(), item.quality
        source.deleted, source.quarantine_reason = False, ""
    _save_sources([source for _item, source, _group in chosen])
    record_doubts(Doubt(g.edition.pk, d.group.edition.pk, source.pk, d.rule, d.score) for g, source, d in doubts)
    touched = {group.edition.pk for group in groups.values()}
    touched |= sync_copies([(source, item) for item, source, _group in chosen], target)
    if contested and (regrouped := regroup({group.edition.pk for group in contested})):
        describe_anew(regrouped)
        touched |= regrouped
    return touched


def _choose(
    item: Incoming, source: SourceRecord, current: Group | None, pool: Pool
) -> tuple[Group, str, float | None, Found]:
    """Stay where the record is if it still belongs there with others; else join; else an edition of its own.

    Returns the edition, rule and score, and what else was found: editions that only a person can compare it with,
    and those that must be grouped anew.
    """
    before = Keys.from_json(source.match_keys) if source.match_keys else _NOTHING
    if source.pk and current and not same_book(item.keys, before):
        pool.pins.lapse(source.pk)
    in_doubt: list[Placement] = []
    if current and current.members:
        if pool.pins.hold(source.pk, current.edition.pk, (m.source_id for m in current.members)):
            return current, source.match_rule, source.match_score, Found()
        if still_belongs(item.keys, current, before):
            return current, source.match_rule, source.match_score, Found()
        if doubt := doubt_about(item.keys, current):
            in_doubt.append(doubt)
    found = pool.place(item.keys, besides=current, source_id=source.pk)
    found.doubts = in_doubt + found.doubts
    if found.placement:
        return found.placement.group, found.placement.rule, found.placement.score, found
    if current and not current.members and still_belongs(item.keys, current, before):
        return current, "own", None, found
    group = Group(bulk.new(Edition))
    pool.add(group)
    return group, "own", None, found


def _save_editions(groups: list[Group]) -> None:
    for group in groups:
        _describe(group)
    # A record that joins an edition seldom changes what the edition says.
    changed = [g.edition for g in groups if g.edition.pk is not None and described(g.edition) != g.stored]
    bulk.insert([g.edition for g in groups if g.edition.pk is None])
    bulk.update(sorted(changed, key=lambda edition: edition.pk), [*DESCRIBED, "updated_at"])


def describe_anew(edition_ids: Iterable[int]) -> None:
    """Let these editions say what their records say now; for changes of the grouping that no import makes.

    An edition without live records keeps what it says.
    """
    ids = set(edition_ids)
    pool = Pool(Pins())
    pool.load((), ids)
    groups = [group for pk in sorted(ids) if (group := pool.group(pk)) and group.members]
    for group in groups:
        group.described_by = None
    _save_editions(groups)


def _describe(group: Group) -> None:
    """The edition says what its best record says, with the ISBNs and numbers of all its records."""
    best = group.best()
    if best is None:
        return
    if group.orphaned:
        group.edition.hidden = False  # a record brings back an edition whose last record had been deleted
    if best.item:
        describe_edition(group.edition, best.item.book, best.keys)
    elif best is not group.described_by and best.source_id is not None:
        stored = SourceRecord.objects.get(pk=best.source_id)
        record = read_again(bytes(stored.raw), syntax=stored.syntax, encoding=stored.encoding)
        book = describe(record, stored.syntax)
        describe_edition(group.edition, book, keys_of(book))
    members = [best, *(m for m in group.members if m is not best)]
    group.edition.isbns = list(dict.fromkeys(isbn for m in members for isbn in m.keys.isbns))
    group.edition.foreign_ids = list(dict.fromkeys(n for m in members for n in m.keys.foreign))
    own = best.keys.further_blocks()  # found by title_key, year and unified_number of the edition
    further = (block for m in members for block in m.keys.further_blocks() if block not in own)
    group.edition.foreign_ids += dict.fromkeys(further)
    group.edition.unified_number = next((m.keys.unified for m in members if m.keys.unified), "")
    group.described_by = best


def _retire(old: Edition, new: Edition, *, is_same_book: bool) -> None:
    """An edition that lost its last record: its id leads to where the book went, or, if its number now means another
    book, to nothing that is shown."""
    change = {"merged_into": new} if is_same_book else {"hidden": True}
    Edition.objects.filter(pk=old.pk).update(**change)
    if is_same_book:  # copies that staff added have no record to take them along
        Holding.objects.filter(edition=old, source_record__isnull=True).update(edition=new)


def _save_sources(sources: list[SourceRecord]) -> None:
    existing = [s for s in sources if s.pk is not None]
    bulk.insert([s for s in sources if s.pk is None])
    bulk.update(existing, _SOURCE_FIELDS)


def hide_orphans(edition_ids: Iterable[int]) -> None:
    """Editions whose last record was deleted are not shown any more, unless staff added a copy; their ids stay."""
    ids = list(edition_ids)
    if not ids:
        return
    orphans = Edition.objects.filter(pk__in=ids).exclude(source_records__in=SourceRecord.objects.filter(deleted=False))
    orphans.exclude(holdings__in=Holding.objects.present()).update(hidden=True)
