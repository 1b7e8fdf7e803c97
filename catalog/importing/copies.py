"""The copies of a batch: found again by barcode, updated, added, and withdrawn where the file lists them no more."""

from collections import defaultdict
from itertools import chain

from django.utils.translation import gettext as _

from catalog import bulk
from catalog.importing.incoming import Incoming
from catalog.importing.pins import file_value, stays_though_unlisted, take_over
from catalog.importing.target import Target
from catalog.marc.holdings import Copy
from catalog.models import Holding, SourceRecord

_WRITTEN = [
    "edition", "source_record", "call_number", "location", "shelf", "circulation_status", "loanable", "note",
    "withdrawn", "pinned_fields", "as_of",
]  # fmt: skip


def sync_copies(records: list[tuple[SourceRecord, Incoming]], target: Target) -> set[int]:
    """Make the copies of these records what their files say; returns the editions that lost a copy to another.

    A barcode is one copy in its library, whichever record names it: met in another record it moves there, unless this
    run has already met it. A copy out on one of our requests keeps saying so.
    """
    by_barcode: dict[str, Holding] = {}
    of_record: dict[int | None, list[Holding]] = defaultdict(list)
    for holding in _known(records, target):
        if holding.barcode:
            by_barcode[holding.barcode] = holding
        if holding.pinned_fields.get("barcode"):  # its library's file still calls it by the former barcode
            by_barcode.setdefault(holding.pinned_fields["barcode"], holding)
        of_record[holding.source_record_id].append(holding)
    moved: set[int] = set()
    new: list[Holding] = []
    written: dict[int, Holding] = {}
    unsettled: list[int] = []
    for source, item in records:
        edition_id = source.edition_id
        if edition_id is None:
            raise ValueError("copies need a record that has its edition")
        kept: set[int] = set()
        for copy in item.copies:
            stored = _match(copy, by_barcode, of_record[source.pk], kept)
            holding = stored or bulk.new(Holding, library_id=target.library.pk, barcode=copy.barcode[:60])
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
            if stays_though_unlisted(gone):
                continue
            if gone.pk not in kept and gone.source_record_id == source.pk and not gone.withdrawn:
                if gone.out_on_request:
                    _keep_out(gone, target)
                    unsettled.append(source.pk)
                    continue
                gone.withdrawn, gone.as_of, gone.edition_id = True, target.started_at, edition_id
                written[gone.pk] = gone
                target.report.withdrawn += 1
    if unsettled:  # the next import of the file reads these again, when the copies may be back
        SourceRecord.objects.filter(pk__in=unsettled).update(sha256="")
    bulk.insert(new)
    bulk.update([written[pk] for pk in sorted(written)], _WRITTEN)
    return moved


def _known(records: list[tuple[SourceRecord, Incoming]], target: Target) -> list[Holding]:
    """The stored copies of these records, and those that have a barcode of theirs, in the order of their ids.

    Asked for in two statements: one with OR would read all copies of the library.
    """
    barcodes = {copy.barcode[:60] for _source, item in records for copy in item.copies if copy.barcode}
    of_records = Holding.objects.filter(bulk.AnyOf("source_record", [source.pk for source, _item in records]))
    in_library = Holding.objects.filter(library=target.library).exclude(barcode="")
    with_barcode = in_library.filter(bulk.AnyOf("barcode", barcodes, "text"))
    found = {copy.pk: copy for copy in chain(of_records.order_by(), with_barcode.order_by())}
    return [found[pk] for pk in sorted(found)]


def withdraw_copies(records: list[SourceRecord], target: Target) -> tuple[set[int], set[int]]:
    """Withdraw the copies of records that are no more; returns the editions concerned, and the records that keep a
    copy because it is out on one of our requests. Copies that staff added stay as well."""
    if not records:
        return set(), set()
    copies = [
        copy
        for copy in Holding.objects.filter(bulk.AnyOf("source_record", [r.pk for r in records]), withdrawn=False)
        if not stays_though_unlisted(copy)
    ]
    out = [copy for copy in copies if copy.out_on_request]
    for copy in out:
        _keep_out(copy, target)
    going = [copy.pk for copy in copies if not copy.out_on_request]
    target.report.withdrawn += Holding.objects.filter(pk__in=going).update(withdrawn=True, as_of=target.started_at)
    return {copy.edition_id for copy in copies}, {copy.source_record_id for copy in out if copy.source_record_id}


def _keep_out(copy: Holding, target: Target) -> None:
    target.report.keep_out(barcode=copy.barcode, call_number=copy.call_number, request=copy.out_on_request)


def _match(copy: Copy, by_barcode: dict[str, Holding], of_record: list[Holding], taken: set[int]) -> Holding | None:
    """The stored copy: by barcode, or, without one, a copy of the same record that stands at the same place."""
    if copy.barcode:
        return by_barcode.get(copy.barcode[:60])
    candidates = [h for h in of_record if not file_value(h, "barcode") and h.pk not in taken]
    place = (copy.call_number[:120], copy.location[:120])
    same = [h for h in candidates if (file_value(h, "call_number"), file_value(h, "location")) == place]
    return next(iter(same or candidates), None)


def _claimed_by_another(holding: Holding, source: SourceRecord, target: Target) -> bool:
    met_in_this_run = holding.as_of == target.started_at and not holding.withdrawn
    return met_in_this_run and holding.source_record_id != source.pk


def _write(holding: Holding, source_id: int, edition_id: int, copy: Copy, target: Target) -> None:
    holding.source_record_id, holding.edition_id = source_id, edition_id
    said = {
        "call_number": copy.call_number[:120], "location": copy.location[:120], "shelf": copy.shelf[:120],
        "note": copy.note[:300], "circulation_status": copy.status, "loanable": copy.loanable, "withdrawn": False,
    }  # fmt: skip
    if take_over(holding, said):
        target.report.warnings[_("文件有了新内容，取代了人工更正")] += 1
    holding.as_of = target.started_at
