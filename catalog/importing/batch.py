"""Stores one batch of records: source records, their editions and copies, and the search entries, all or nothing."""

from collections.abc import Iterable

from django.db import connection
from django.utils.translation import gettext as _

from catalog.importing.copies import sync_copies, withdraw_copies
from catalog.importing.grouping import Group, Member, Pool, still_belongs
from catalog.importing.incoming import WRITTEN_BY_IMPORT, Incoming, describe_edition, identity_suffix
from catalog.importing.target import Target
from catalog.marc.mapping import describe
from catalog.marc.reader import read_again
from catalog.merging import Keys, keys_of, same_book
from catalog.models import Edition, Holding, SourceRecord
from catalog.search.index import refresh

_SOURCE_FIELDS = [
    "syntax", "encoding", "raw", "sha256", "parse_log", "edition", "match_rule", "match_score", "match_keys", "quality",
    "quarantine_reason", "deleted", "updated_at",
]  # fmt: skip
# One lock for all imports: two libraries loading the same new book at once must not make two editions of it.
_LOCK = 0x62616C69


def store(items: list[Incoming], target: Target) -> None:
    """Bring these records in. Runs in the caller's transaction; counts go to `target.report`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    known, items = _known_records(items, target)
    changed: list[tuple[Incoming, SourceRecord]] = []
    touched: set[int] = set()
    fresh: list[int] = []
    aside: list[SourceRecord] = []
    for item in items:
        source = known.get(item.local_id) or SourceRecord(library=target.library, local_id=item.local_id)
        if item.deletes:
            if source.pk and not source.deleted:
                aside.append(_deleted(source, item))
                touched |= {source.edition_id} if source.edition_id else set()
                target.report.deleted += 1
            else:
                target.report.unchanged += 1
        elif item.read.garbled:
            aside.append(_quarantined(source, item))
            target.report.quarantine(
                position=item.read.position, offset=item.read.offset, reason=item.read.garbled, title=item.title[:100]
            )
        elif source.pk and source.sha256 == item.sha256 and not source.deleted and not source.quarantine_reason:
            fresh.append(source.pk)
            target.report.unchanged += 1
        else:
            changed.append((item, source))
    _save_sources(aside)
    touched |= withdraw_copies([source for source in aside if source.deleted], target)
    touched |= _place(changed, target)
    if fresh:
        Holding.objects.filter(source_record__in=fresh, withdrawn=False).update(as_of=target.started_at)
    _hide_orphans([source.edition_id for source in aside if source.deleted and source.edition_id])
    refresh(touched)


def _known_records(items: list[Incoming], target: Target) -> tuple[dict[str, SourceRecord], list[Incoming]]:
    """Stored records of this batch by record number, and the batch without repetitions.

    A number that comes twice in one file for two different books does not identify them: the later one is kept under
    the number and a suffix made of what it says.
    """
    numbers = {item.local_id for item in items}
    known = _by_number(target, numbers)
    batch: dict[str, Incoming] = {}
    for item in items:
        mark = hash(item.local_id)
        if mark in target.seen and not item.deletes:
            earlier = batch.get(item.local_id)
            stored = known.get(item.local_id)
            keys = earlier.keys if earlier else Keys.from_json(stored.match_keys) if stored else None
            if keys and identity_suffix(keys) != identity_suffix(item.keys):
                item.local_id = f"{item.local_id}#{identity_suffix(item.keys)}"
                item.log.append(_("文件中有两种书用同一个记录号"))
                target.report.warnings[_("记录号重复，内容不同")] += 1
        target.seen.add(mark)
        if item.local_id in batch:
            target.report.warnings[_("记录重复")] += 1
            target.report.unchanged += 1
        batch[item.local_id] = item
    if more := set(batch) - numbers:
        known |= _by_number(target, more)
    return known, list(batch.values())


def _by_number(target: Target, numbers: Iterable[str]) -> dict[str, SourceRecord]:
    records = SourceRecord.objects.filter(library=target.library, local_id__in=list(numbers)).defer("raw")
    return {record.local_id: record for record in records}


def _take_over(source: SourceRecord, item: Incoming) -> None:
    """The record as it came: bytes, syntax, encoding, what was odd about it."""
    source.raw, source.sha256 = item.read.raw, item.sha256
    source.syntax, source.encoding = item.read.syntax, item.read.encoding
    source.parse_log = item.log


def _deleted(source: SourceRecord, item: Incoming) -> SourceRecord:
    _take_over(source, item)
    source.deleted = True
    return source


def _quarantined(source: SourceRecord, item: Incoming) -> SourceRecord:
    """Kept with its bytes and hidden; an edition and copies known from an earlier, readable version stay."""
    _take_over(source, item)
    source.quarantine_reason = item.read.garbled[:200]
    return source


def _place(changed: list[tuple[Incoming, SourceRecord]], target: Target) -> set[int]:
    """Find or make the edition of every new or changed record, save all, and return the editions touched."""
    if not changed:
        return set()
    pool = Pool()
    pool.load((item.keys for item, _s in changed), {s.edition_id for _i, s in changed if s.edition_id})
    groups: dict[int, Group] = {}  # by identity: every group that this batch may have changed
    chosen: list[tuple[Incoming, SourceRecord, Group]] = []
    left: list[tuple[Group, Group, bool]] = []
    for item, source in changed:
        current = pool.group(source.edition_id) if source.edition_id else None
        if current:
            current.members = [m for m in current.members if m.source_id != source.pk]
            groups[id(current)] = current
        group, rule, score = _choose(item, source, current, pool)
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
        _take_over(source, item)
        source.edition_id = group.edition.pk
        source.match_keys, source.quality = item.keys.as_json(), item.quality
        source.deleted, source.quarantine_reason = False, ""
    _save_sources([source for _item, source, _group in chosen])
    touched = {group.edition.pk for group in groups.values()}
    return touched | sync_copies([(source, item) for item, source, _group in chosen], target)


def _choose(item: Incoming, source: SourceRecord, current: Group | None, pool: Pool) -> tuple[Group, str, float | None]:
    """Stay where the record is if it still belongs there with others; else join; else an edition of its own."""
    if current and current.members and still_belongs(item.keys, current, Keys.from_json(source.match_keys)):
        return current, source.match_rule, source.match_score
    if placement := pool.place(item.keys, besides=current):
        return placement.group, placement.rule, placement.score
    if current and not current.members and still_belongs(item.keys, current, Keys.from_json(source.match_keys)):
        return current, "own", None
    group = Group(Edition())
    pool.add(group)
    return group, "own", None


def _save_editions(groups: list[Group]) -> None:
    for group in groups:
        _describe(group)
    Edition.objects.bulk_create([g.edition for g in groups if g.edition.pk is None])
    existing = [g.edition for g in groups if g.edition.pk is not None]
    if existing:
        Edition.objects.bulk_create(
            sorted(existing, key=lambda edition: edition.pk),
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=[*WRITTEN_BY_IMPORT, "hidden", "updated_at"],
        )


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
    group.edition.unified_number = next((m.keys.unified for m in members if m.keys.unified), "")
    group.described_by = best


def _retire(old: Edition, new: Edition, *, is_same_book: bool) -> None:
    """An edition that lost its last record: its id leads to where the book went, or, if its number now means another
    book, to nothing that is shown."""
    change = {"merged_into": new} if is_same_book else {"hidden": True}
    Edition.objects.filter(pk=old.pk).update(**change)


def _save_sources(sources: list[SourceRecord]) -> None:
    SourceRecord.objects.bulk_create([s for s in sources if s.pk is None])
    existing = [s for s in sources if s.pk is not None]
    if existing:
        SourceRecord.objects.bulk_create(
            existing, update_conflicts=True, unique_fields=["id"], update_fields=_SOURCE_FIELDS
        )


def _hide_orphans(edition_ids: Iterable[int]) -> None:
    """Editions whose last record was deleted are not shown any more; their ids stay."""
    orphans = Edition.objects.filter(pk__in=list(edition_ids)).exclude(
        source_records__in=SourceRecord.objects.filter(deleted=False)
    )
    orphans.update(hidden=True)
