"""One import from the first byte to the report; every batch is a transaction, so what was read stays."""

import time
from collections.abc import Callable
from copy import deepcopy
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.importing.batch import store
from catalog.importing.incoming import Incoming, Unusable, incoming, profile_digest
from catalog.importing.report import ImportReport
from catalog.importing.target import Target
from catalog.marc.encodings import canonical
from catalog.marc.marcxml import RefusedXml
from catalog.marc.reader import ReadRecord, Rejected, UnreadableFile, read_file
from catalog.models import HoldingsProfile, ImportRun, MemberLibrary

BATCH = 500


def import_file(
    *,
    path: Path,
    library: MemberLibrary,
    syntax: str = "auto",
    encoding: str = "auto",
    by: str = "",
    on_batch: Callable[[ImportReport], None] | None = None,
) -> ImportReport:
    """Read a library's file into the catalogue. The same file again changes nothing but the date of the copies.

    `by` says who ran it; `on_batch` is told after each stored batch. Raises UnreadableFile, RefusedXml and OSError
    where nothing can be read at all, ValueError for an unknown syntax or encoding; a broken record is only reported.
    """
    encoding = canonical(encoding)
    started = time.monotonic()
    run = ImportRun.objects.create(library=library, file_name=path.name[:300], by=by[:150])
    report = ImportReport()
    target = Target(library, timezone.now(), report)
    profile = _profile(library)
    digest = profile_digest(profile)
    records = read_file(path, syntax=syntax, encoding=encoding)
    try:
        while chunk := list(islice(records, BATCH)):
            _store_batch(_prepared(chunk, report, profile, digest), target)
            report.seconds = time.monotonic() - started
            ImportRun.objects.filter(pk=run.pk).update(report=report.as_dict())
            if on_batch:
                on_batch(report)
    except (UnreadableFile, RefusedXml, OSError) as error:
        _finish(run, report, {"error": str(error)})
        raise
    report.seconds = time.monotonic() - started
    _finish(run, report, {})
    return report


def _finish(run: ImportRun, report: ImportReport, more: dict[str, Any]) -> None:
    run.report = report.as_dict() | more
    run.finished_at = timezone.now()
    run.save(update_fields=["report", "finished_at"])


def _profile(library: MemberLibrary) -> dict[str, Any]:
    profile = HoldingsProfile.objects.filter(library=library).first()
    return {"rules": profile.rules, "status_words": profile.status_words} if profile else {}


def _prepared(
    chunk: list[ReadRecord | Rejected], report: ImportReport, profile: dict[str, Any], digest: str
) -> list[Incoming]:
    """Records that can become books; the others go to the report."""
    items = []
    for read in chunk:
        report.read += 1
        if isinstance(read, Rejected):
            report.reject(position=read.position, offset=read.offset, reason=read.reason, title=read.title)
            continue
        report.encodings[read.encoding] += 1
        report.syntaxes[read.syntax] += 1
        report.warnings.update(read.warnings)
        try:
            items.append(incoming(read, profile, digest))
        except Unusable as error:
            report.reject(position=read.position, offset=read.offset, reason=str(error), title="")
    return items


def _store_batch(items: list[Incoming], target: Target) -> None:
    """Store the batch; if the database refuses it, store the records one by one and report those it refuses."""
    before = deepcopy(target.report)
    try:
        with transaction.atomic():
            store(items, target)
        return
    except DatabaseError:
        vars(target.report).update(vars(before))
    for item in items:
        before = deepcopy(target.report)
        try:
            with transaction.atomic():
                store([item], target)
        except DatabaseError as error:
            vars(target.report).update(vars(before))
            reason = _("数据库未接受：%(error)s") % {"error": str(error).splitlines()[0][:150]}
            target.report.reject(
                position=item.read.position, offset=item.read.offset, reason=reason, title=item.title[:100]
            )
