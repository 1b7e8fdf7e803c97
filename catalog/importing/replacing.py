"""Full replace: a file that is all a library has; records and copies that it does not list are withdrawn.

The file is read twice: first only to see how much would vanish, so that a wrong or broken file changes nothing.
"""

from collections.abc import Iterable

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from catalog.importing.batch import hide_orphans, lock_grouping
from catalog.importing.copies import withdraw_copies
from catalog.importing.incoming import Incoming, identity_suffix
from catalog.importing.pins import BY_HAND
from catalog.importing.target import Target
from catalog.models import MemberLibrary, SourceRecord
from catalog.search.index import refresh

MOST_VANISHING = 0.20  # share of a library's copies, or of its records
_BATCH = 500


class ReplaceRefused(ValueError):
    """Too much would vanish; nothing has been changed. The message says how much, for a person."""


def guard(chunks: Iterable[list[Incoming]], library: MemberLibrary) -> None:
    """Raises ReplaceRefused where more than a fifth of the library's records or copies is not in these."""
    with connection.cursor() as cursor:
        # What the file lists goes into a temporary table: memory stays flat however large the file is.
        cursor.execute("DROP TABLE IF EXISTS pg_temp.import_listed")
        cursor.execute("CREATE TEMPORARY TABLE import_listed (mark text)")
        try:
            for items in chunks:
                cursor.execute("INSERT INTO import_listed SELECT unnest(%s::text[])", [_marks(items)])
            cursor.execute("CREATE INDEX ON import_listed (mark)")
            cursor.execute("ANALYZE import_listed")
            cursor.execute(_COUNT_RECORDS, [library.pk, BY_HAND])
            records = cursor.fetchone()
            cursor.execute(_COUNT_COPIES, [library.pk])
            copies = cursor.fetchone()
        finally:
            cursor.execute("DROP TABLE pg_temp.import_listed")
    if any(vanishing > MOST_VANISHING * total for total, vanishing in (records, copies)):
        figures = dict(zip(("records", "records_gone", "copies", "copies_gone"), (*records, *copies), strict=True))
        text = _(
            "整库替换已停止，没有作任何改动：文件中缺少本馆现有%(records)d条记录中的%(records_gone)d条、"
            "%(copies)d册馆藏中的%(copies_gone)d册，超过两成。请确认文件完整；确实如此时可强制替换。"
        )
        raise ReplaceRefused(text % figures)


def _marks(items: Iterable[Incoming]) -> list[str]:
    """What a file lists: records (r), records whose copies stay although they cannot be read (g), barcodes (b)."""
    marks = []
    for item in items:
        if item.deletes:
            continue
        marks += [f"r{item.local_id}", f"r{item.local_id}#{identity_suffix(item.keys)}"]
        if item.read.garbled:
            marks.append(f"g{item.local_id}")
        marks += [f"b{copy.barcode[:60]}" for copy in item.copies if copy.barcode]
    return [mark.replace("\0", "") for mark in marks]


_COUNT_RECORDS = """
SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (SELECT FROM import_listed WHERE mark = 'r' || local_id))
FROM catalog_sourcerecord WHERE library_id = %s AND NOT deleted AND NOT starts_with(local_id, %s)
"""
# Copies that staff added by hand are in no file and stay; a barcode that staff corrected is listed as it was.
_COUNT_COPIES = """
SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (
    SELECT FROM import_listed WHERE mark = 'g' || record.local_id OR mark = CASE
        WHEN copy.barcode = '' THEN 'r' || record.local_id
        ELSE 'b' || coalesce(nullif(copy.pinned_fields ->> 'barcode', ''), copy.barcode) END))
FROM catalog_holding copy JOIN catalog_sourcerecord record ON record.id = copy.source_record_id
WHERE copy.library_id = %s AND NOT copy.withdrawn AND NOT copy.pinned_fields @> '{"withdrawn": true}'
"""


def withdraw_unlisted(target: Target) -> None:
    """Records that this run has not met are deleted, their copies withdrawn, editions without any record hidden.

    A copy that is out on one of our requests stays, with its record, and is reported: the next full replace takes it.
    """
    unlisted = SourceRecord.objects.filter(library=target.library, deleted=False).filter(
        Q(seen_at__isnull=True) | Q(seen_at__lt=target.started_at)
    )
    unlisted = unlisted.exclude(local_id__startswith=BY_HAND)
    last = 0
    while records := list(unlisted.filter(pk__gt=last).order_by("pk").defer("raw")[:_BATCH]):
        last = records[-1].pk
        with transaction.atomic():
            lock_grouping()
            touched, staying = withdraw_copies(records, target)
            gone = [record for record in records if record.pk not in staying]
            SourceRecord.objects.filter(pk__in=[record.pk for record in gone]).update(deleted=True)
            target.report.records_withdrawn += len(gone)
            editions = {record.edition_id for record in gone if record.edition_id}
            hide_orphans(editions)
            refresh(touched | editions)
