"""The copies of a batch: found again by barcode, updated, added, and withdrawn where the file lists them no more."""

from collections import defaultdict

from django.db.models import Q
from django.utils.translation import gettext as _

from catalog.importing.incoming import Incoming
from catalog.importing.target import Target
from catalog.marc.holdings import Copy
from catalog.models import Holding, SourceRecord

_WRITTEN = [
    "edition", "source_record", "call_number", "location", "shelf", "circulation_status", "loanable", "note",
    "withdrawn", "as_of",
]  # fmt: skip


def sync_copies(records: list[tuple[SourceRecord, Incoming]], target: Target) -> set[int]:
    """Make the copies of these records what their files say; returns the editions that lost a copy to another.

    A barcode is one copy in its library, whichever record names it: met in another record it moves there, unless this
    run has already met it. A copy out on one of our requests keeps saying so.
    """
    barcodes = {copy.barcode[:60] for _s, item in records for copy in item.copies if copy.barcode}
    ids = [source.pk for source, _item in records]
    known = Holding.objects.filter(library=target.library).filter(Q(source_record__in=ids) | Q(barcode__in=barcodes))
    by_barcode: dict[str, Holding] = {}
    of_record: dict[int | None, list[Holding]] = defaultdict(list)
    for holding in known.order_by("pk"):
        if holding.barcode:
            by_barcode[holding.barcode] = holding
        of_record[holding.source_record_id].append(holding)
    moved: set[int] = set()
    new: list[Holding] = []
    written: dict[int, Holding] = {}
    for source, item in records:
        edition_id = source.edition_id
        if edition_id is None:
            raise ValueError("copies need a record that has its edition")
        kept: set[int] = set()
        for copy in item.copies:
            stored = _match(copy, by_barcode, of_record[source.pk], kept)
            holding = stored or Holding(library=target.library, barcode=copy.barcode[:60])
            if stored is None:
                new.append(holding)
                if holding.barcode:
                    by_barcode[holding.barcode] = holding
                target.report.copies += 1
            elif _claimed_by_another(holding, source, target):
                target.report.warnings[_("条形码在文件中出现于两条记录")] += 1
                continue
            elif holding.pk:
                moved.update({holding.edition_id} - {edition_id})
                written[holding.pk] = holding
                kept.add(holding.pk)
            _write(holding, source.pk, edition_id, copy, target)
        for gone in of_record[source.pk]:
            if gone.pk not in kept and gone.source_record_id == source.pk and not gone.withdrawn:
                gone.withdrawn, gone.as_of, gone.edition_id = True, target.started_at, edition_id
                written[gone.pk] = gone
                target.report.withdrawn += 1
    Holding.objects.bulk_create(new)
    if written:
        Holding.objects.bulk_create(
            [written[pk] for pk in sorted(written)],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=_WRITTEN,
        )
    return moved


def withdraw_copies(records: list[SourceRecord], target: Target) -> set[int]:
    """Copies of deleted records are withdrawn; returns their editions."""
    if not records:
        return set()
    copies = Holding.objects.filter(source_record__in=[r.pk for r in records], withdrawn=False)
    editions = set(copies.order_by().values_list("edition", flat=True))
    target.report.withdrawn += copies.update(withdrawn=True, as_of=target.started_at)
    return editions


def _match(copy: Copy, by_barcode: dict[str, Holding], of_record: list[Holding], taken: set[int]) -> Holding | None:
    """The stored copy: by barcode, or, without one, a copy of the same record that stands at the same place."""
    if copy.barcode:
        return by_barcode.get(copy.barcode[:60])
    candidates = [h for h in of_record if not h.barcode and h.pk not in taken]
    same = [h for h in candidates if (h.call_number, h.location) == (copy.call_number[:120], copy.location[:120])]
    return next(iter(same or candidates), None)


def _claimed_by_another(holding: Holding, source: SourceRecord, target: Target) -> bool:
    met_in_this_run = holding.as_of == target.started_at and not holding.withdrawn
    return met_in_this_run and holding.source_record_id != source.pk


def _write(holding: Holding, source_id: int, edition_id: int, copy: Copy, target: Target) -> None:
    holding.source_record_id, holding.edition_id = source_id, edition_id
    holding.call_number, holding.location = copy.call_number[:120], copy.location[:120]
    holding.shelf, holding.note = copy.shelf[:120], copy.note[:300]
    holding.circulation_status, holding.loanable = copy.status, copy.loanable
    holding.withdrawn, holding.as_of = False, target.started_at
