"""Copies corrected and added by their library; corrections outlast the next file (catalog/importing/pins.py)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.editing.editor import Editor, EditRefused
from catalog.editing.log import note
from catalog.importing.batch import lock_grouping
from catalog.models import CatalogChange, ChangeKind, CirculationStatus, Edition, Holding, MemberLibrary, SourceRecord
from catalog.search.index import refresh

CORRECTABLE = (
    "call_number", "barcode", "location", "shelf", "circulation_status", "loanable", "note", "withdrawn",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewCopy:
    """A copy as staff enter it."""

    call_number: str = ""
    barcode: str = ""
    location: str = ""
    shelf: str = ""
    circulation_status: str = CirculationStatus.AVAILABLE
    loanable: bool = True
    note: str = ""


@transaction.atomic
def correct_copy(*, holding: Holding, values: Mapping[str, Any], by: Editor, reason: str = "") -> list[CatalogChange]:
    """Write these fields onto the copy and pin them against the next file. `values` may hold fields of CORRECTABLE.

    Returns the log entries, one per field that really changed. Raises EditRefused.
    """
    if unknown := set(values) - set(CORRECTABLE):
        raise ValueError(f"not correctable: {', '.join(sorted(unknown))}")
    by.must_work_for(holding.library_id)
    lock_grouping()  # an import reads copies, compares and writes them back: not around a correction
    current = Holding.objects.select_for_update().get(pk=holding.pk)
    changed = {name: value for name, value in values.items() if getattr(current, name) != value}
    if changed.get("barcode"):
        barcode_is_free(current.library_id, changed["barcode"], besides=current.pk)
    if changed.get("withdrawn"):
        may_be_withdrawn(current)
    entries = []
    pins = dict(current.pinned_fields)
    for name, value in changed.items():
        said = pins.setdefault(name, getattr(current, name))
        if said == value:
            del pins[name]  # back to what the file says: nothing to defend
        entries.append(
            note(
                ChangeKind.CORRECTED, by=by, edition=current.edition_id, holding=current, field=name,
                before=getattr(current, name), after=value, reason=reason,
            )
        )  # fmt: skip
        setattr(current, name, value)
    if changed:
        current.pinned_fields = pins
        current.save(update_fields=[*changed, "pinned_fields"])
        refresh([current.edition_id])
        for name in (*changed, "pinned_fields"):
            setattr(holding, name, getattr(current, name))
    return entries


@transaction.atomic
def release_corrections(*, holding: Holding, by: Editor, reason: str = "") -> list[CatalogChange]:
    """Give up every correction of the copy: what its library's file said last stands again. Raises EditRefused."""
    by.must_work_for(holding.library_id)
    lock_grouping()
    current = Holding.objects.select_for_update().get(pk=holding.pk)
    pins = {name: said for name, said in current.pinned_fields.items() if not (name == "withdrawn" and said)}
    if barcode := pins.get("barcode"):
        barcode_is_free(current.library_id, barcode, besides=current.pk)
    entries = []
    for name, said in pins.items():
        entries.append(
            note(
                ChangeKind.RELEASED, by=by, edition=current.edition_id, holding=current, field=name,
                before=getattr(current, name), after=said, reason=reason,
            )
        )  # fmt: skip
        setattr(current, name, said)
    current.pinned_fields = {name: said for name, said in current.pinned_fields.items() if name not in pins}
    current.save(update_fields=[*pins, "pinned_fields"])
    refresh([current.edition_id])
    for name in (*pins, "pinned_fields"):
        setattr(holding, name, getattr(current, name))
    return entries


@transaction.atomic
def add_copy(*, edition: Edition, library: MemberLibrary, copy: NewCopy, by: Editor, reason: str = "") -> Holding:
    """A further copy of a known edition. It stays though no file lists it; once one does, the file is believed.

    Raises EditRefused.
    """
    by.must_work_for(library)
    lock_grouping()
    edition = Edition.objects.select_for_update(no_key=True).get(pk=edition.pk)
    if edition.merged_into_id is not None:
        raise EditRefused(_("这条书目已经并入另一条，请重新查找。"))
    if copy.barcode:
        barcode_is_free(library.pk, copy.barcode)
    own_record = SourceRecord.objects.filter(edition=edition, library=library, deleted=False).order_by("pk").first()
    holding = Holding.objects.create(
        edition=edition, library=library, source_record=own_record, call_number=copy.call_number,
        barcode=copy.barcode, location=copy.location, shelf=copy.shelf, circulation_status=copy.circulation_status,
        loanable=copy.loanable, note=copy.note, pinned_fields={"withdrawn": True}, as_of=timezone.now(),
    )  # fmt: skip
    note(ChangeKind.COPY_ADDED, by=by, edition=edition, holding=holding, after=str(holding), reason=reason)
    refresh([edition.pk])
    return holding


def may_be_withdrawn(holding: Holding) -> None:
    """Raises EditRefused while the copy is out on one of our requests."""
    if holding.out_on_request:
        raise EditRefused(_("此册正经申请单%(number)s借出，还回后才能剔除。") % {"number": holding.out_on_request})


def barcode_is_free(library_id: int, barcode: str, besides: int | None = None) -> None:
    """Raises EditRefused where another copy of the library has the barcode."""
    other = Holding.objects.filter(library=library_id, barcode=barcode)
    if besides is not None:
        other = other.exclude(pk=besides)
    if taken := other.select_related("edition").first():
        raise EditRefused(
            _("条形码%(barcode)s已经是本馆另一册书的：%(title)s") % {"barcode": barcode, "title": taken.edition}
        )
