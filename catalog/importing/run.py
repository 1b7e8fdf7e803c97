"""One import from the first byte to the report; every batch is a transaction, so what was read stays."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.import_states import ImportState
from catalog.importing.batch import store
from catalog.importing.incoming import Incoming, Unusable, all_incoming, profile_digest
from catalog.importing.replacing import ReplaceRefused, guard, withdraw_unlisted
from catalog.importing.report import ImportReport
from catalog.importing.target import Target
from catalog.importing.turns import turn_of
from catalog.marc.encodings import canonical
from catalog.marc.marcxml import RefusedXml
from catalog.marc.reader import ReadRecord, Rejected, UnreadableFile, read_file
from catalog.models import Edition, HoldingsProfile, ImportRun, MemberLibrary
from catalog.search.index import fill, pending
from catalog.search.rebuild import Busy, rebuild

BATCH = 1000
_BATCH_BYTES = 8_000_000  # a batch of very long records is cut short, so that memory stays flat
Chunks = Iterator[list[ReadRecord | Rejected]]


def import_file(
    *,
    path: Path,
    library: MemberLibrary,
    syntax: str = "auto",
    encoding: str = "auto",
    by: str = "",
    run: ImportRun | None = None,
    on_batch: Callable[[ImportReport], None] | None = None,
    replace: bool = False,
    force: bool = False,
    rebuild: bool = False,
) -> ImportReport:
    """Read a library's file into the catalogue. The same file again changes nothing but the date of the copies.

    `run` is the row to report to, one is made where none is given; `by` says who ran it; `on_batch` is told after each
    stored batch and may end the import by raising. With `replace` the file is all the library has: what it does not
    list is withdrawn, unless that would be more than a fifth, which takes `force`. With `rebuild`, for first loads,
    the search entries are written at the end; the books cannot be found before.

    A second import of one library waits for the first. Raises UnreadableFile, RefusedXml and OSError where nothing can
    be read at all, ReplaceRefused, and ValueError for an unknown syntax or encoding; a broken record is only reported.
    """
    canonical(encoding)
    with turn_of(library.pk), _rare_collections():
        run = run or ImportRun.objects.create(
            library=library, file_name=path.name[:300], by=by[:150], replace=replace, state=ImportState.RUNNING,
            started_at=timezone.now(),
        )  # fmt: skip
        reading = _Reading.of(path, library, syntax=syntax, encoding=encoding)
        report = ImportReport()
        try:
            _import(reading, Target(library, timezone.now(), report, index_later=rebuild), run, on_batch,
                    replace=replace, force=force)  # fmt: skip
        except (UnreadableFile, RefusedXml, ReplaceRefused, OSError) as error:
            _finish(run, report, {"error": str(error)})
            raise
        _finish(run, report, {})
    return report


def _import(
    reading: "_Reading", target: Target, run: ImportRun, on_batch: Callable[[ImportReport], None] | None,
    *, replace: bool, force: bool,
) -> None:  # fmt: skip
    report, started = target.report, time.monotonic()
    if replace and not force:
        guard(_looked_through(reading, on_batch), target.library)
    with pending() as waiting:
        for chunk in reading.chunks():
            _store_batch(_prepared(chunk, report, reading), target)
            waiting.add(len(chunk))
            report.seconds = time.monotonic() - started
            ImportRun.objects.filter(pk=run.pk).update(report=report.as_dict())
            if on_batch:
                on_batch(report)
    if replace:
        withdraw_unlisted(target)
    if target.index_later:
        for _done in _missing_entries():
            report.seconds = time.monotonic() - started
    reading.remember(report)
    report.seconds = time.monotonic() - started


def _missing_entries() -> Iterator[int]:
    """Write the search entries that are missing; all of them anew where most are, which is far quicker for each."""
    shown = Edition.objects.visible()
    if 2 * shown.filter(search_entry__isnull=True).count() > shown.count():
        try:
            yield from rebuild()
            return
        except Busy:  # somebody rebuilds the index at this moment, perhaps without the latest editions
            pass
    yield from fill()


def _looked_through(reading: "_Reading", on_batch: Callable[[ImportReport], None] | None) -> Iterator[list[Incoming]]:
    """The whole file without storing anything; `on_batch` may end this as well, the report it is given is empty."""
    for chunk in reading.chunks():
        yield _prepared(chunk, ImportReport(), reading)
        if on_batch:
            on_batch(ImportReport())


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Importing makes many objects and few cycles; Python's search for cycles would take a quarter of the time."""
    usual = gc.get_threshold()
    gc.set_threshold(200_000, 50, 1000)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@dataclass
class _Reading:
    """How the file of one library is read."""

    path: Path
    library: MemberLibrary
    syntax: str
    encoding: str
    usual_encoding: str
    profile: dict[str, Any]
    digest: str

    @classmethod
    def of(cls, path: Path, library: MemberLibrary, *, syntax: str, encoding: str) -> "_Reading":
        """As asked for; where nothing was asked, as the library's profile says."""
        stored = HoldingsProfile.objects.filter(library=library).first() or HoldingsProfile(library=library)
        said = stored.rules or stored.status_words
        profile = {"rules": stored.rules, "status_words": stored.status_words} if said else {}
        encoding = canonical(encoding)
        if encoding == "auto":
            encoding = stored.encoding
        return cls(path, library, syntax, encoding, stored.usual_encoding, profile, profile_digest(profile))

    def chunks(self) -> Chunks:
        """The file's records in batches, from its beginning."""
        chunk: list[ReadRecord | Rejected] = []
        size = 0
        for read in read_file(self.path, syntax=self.syntax, encoding=self.encoding, prior=self.usual_encoding):
            chunk.append(read)
            size += len(read.raw) if isinstance(read, ReadRecord) else 0
            if len(chunk) == BATCH or size > _BATCH_BYTES:
                yield chunk
                chunk, size = [], 0
        if chunk:
            yield chunk

    def remember(self, report: ImportReport) -> None:
        """What the file was in, for the next one of this library."""
        usual = report.as_dict()["encoding"]
        if self.encoding == "auto" and usual and usual != self.usual_encoding:
            HoldingsProfile.objects.update_or_create(library=self.library, defaults={"usual_encoding": usual})


def _finish(run: ImportRun, report: ImportReport, more: dict[str, Any]) -> None:
    run.close(state=ImportState.FAILED if "error" in more else ImportState.DONE, report=report.as_dict() | more)


def _prepared(chunk: list[ReadRecord | Rejected], report: ImportReport, reading: _Reading) -> list[Incoming]:
    """Records that can become books; the others go to the report."""
    reads = [read for read in chunk if isinstance(read, ReadRecord)]
    found = iter(all_incoming(reads, reading.profile, reading.digest))
    items = []
    for read in chunk:
        report.read += 1
        if isinstance(read, Rejected):
            report.reject(position=read.position, offset=read.offset, reason=read.reason, title=read.title)
            continue
        report.encodings[read.encoding] += 1
        report.syntaxes[read.syntax] += 1
        report.warnings.update(read.warnings)
        item = next(found)
        if isinstance(item, Unusable):
            report.reject(position=read.position, offset=read.offset, reason=str(item), title="")
        else:
            items.append(item)
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
