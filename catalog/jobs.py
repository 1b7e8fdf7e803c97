"""Import jobs: a file is received, started, read by a worker, and cancelled, tried again or taken over if need be.

Who works is said by an advisory lock of the database, one per library, which the worker's session holds while it
reads: two imports of one library queue up, and when a worker dies its lock goes with it, so that whoever gets the lock
knows that a row still RUNNING is nobody's. Reading a file again from its start is safe, import_file is idempotent.
"""

import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import IO, Any

from celery import current_app
from django.conf import settings
from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from catalog.import_states import FINAL_STATES, STEPS, ImportState
from catalog.importing import ImportReport, import_file
from catalog.importing.replacing import ReplaceRefused
from catalog.importing.turns import LOCK_CLASS
from catalog.importing.unpacking import PackingRefused, unpacked
from catalog.marc.marcxml import RefusedXml
from catalog.marc.reader import UnreadableFile
from catalog.models import ImportRun, MemberLibrary

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 4  # a file that ends every worker that reads it is given up
RESEND_AFTER = timedelta(minutes=10)  # a queued import whose task the broker may have lost
_CHUNK = 1 << 20
_XML_RECORD_END = re.compile(rb"</(?:[\w.-]+:)?record\s*>", re.IGNORECASE)


class JobRefused(Exception):
    """The step is not possible now; the message says why, for a person."""


class Stopped(Exception):
    """A person cancelled the import while it ran."""


class TookTooLong(Exception):
    """The import passed the time limit."""


# --- What people do ---------------------------------------------------------------------------------------------


def receive(*, library: MemberLibrary, upload: UploadedFile, by: str) -> ImportRun:
    """Keep an uploaded file until somebody has looked at it. The last import's syntax and encoding are proposed.

    A .gz or .zip of one file is kept unpacked. Raises JobRefused where it is empty, above the size limit, or packed in
    another way.
    """
    limit = settings.IMPORTS["MAX_MB"]
    if (upload.size or 0) > limit * 1024 * 1024:
        raise JobRefused(_("文件超过%(limit)d MB的上限，请在导出时分成几个文件。") % {"limit": limit})
    try:
        with unpacked(upload, most=limit * 1024 * 1024) as (content, size):  # type: ignore[arg-type]
            return _kept(library, content, size, (upload.name or "")[-300:], by)
    except PackingRefused as refusal:
        raise JobRefused(str(refusal)) from refusal


@transaction.atomic
def _kept(library: MemberLibrary, content: IO[bytes], size: int, name: str, by: str) -> ImportRun:
    if not size:
        raise JobRefused(_("文件是空的。"))
    last = ImportRun.objects.filter(library=library, state=ImportState.DONE).exclude(upload="").first()
    run = ImportRun(
        library=library, file_name=name, size=size, by=by[:150],
        syntax=last.syntax if last else "auto", encoding=last.encoding if last else "auto",
    )  # fmt: skip
    run.expected = count_records(content)
    content.seek(0)
    run.upload.save(name, content if isinstance(content, File) else File(content), save=False)
    try:
        run.save()
    except DatabaseError:
        run.upload.delete(save=False)
        raise
    return run


def start(*, run: ImportRun, syntax: str, encoding: str, replace: bool = False, by: str) -> ImportRun:
    """开始导入: into the queue of its library. Raises JobRefused."""
    return _queue(run, "start", by, syntax=syntax, encoding=encoding, replace=replace)


def retry(*, run: ImportRun, force: bool = False, by: str) -> ImportRun:
    """重新导入 of a failed or cancelled import, with the file and the choices it had. Raises JobRefused.

    `force`: the file is complete and replaces the library's holdings, however many of them vanish.
    """
    return _queue(run, "retry", by, attempts=0, cancel_asked=False, report={}, finished_at=None, force=force)


@transaction.atomic
def cancel(*, run: ImportRun, by: str) -> ImportRun:
    """取消: at once where nothing has been read, else at the end of the batch at hand. Raises JobRefused."""
    run = _locked(run.pk)
    if run.state == ImportState.RUNNING:
        run.cancel_asked = True
        run.save(update_fields=["cancel_asked"])
        transaction.on_commit(lambda: send(run.pk), robust=True)  # where its worker is gone, somebody must end it
    else:
        _step(run, "cancel")
        run.finished_at = timezone.now()
        run.save(update_fields=["state", "finished_at"])
    logger.info("import %s cancelled by %s", run.pk, by)
    return run


@transaction.atomic
def _queue(run: ImportRun, verb: str, by: str, **changes: Any) -> ImportRun:
    run = _locked(run.pk)
    _step(run, verb)
    if not run.has_file:
        raise JobRefused(_("文件已不在服务器上，请重新上传。"))
    changes |= {"queued_at": timezone.now(), "by": by[:150]}
    for name, value in changes.items():
        setattr(run, name, value)
    run.save(update_fields=["state", *changes])
    transaction.on_commit(lambda: send(run.pk), robust=True)
    return run


def _locked(pk: int) -> ImportRun:
    return ImportRun.objects.select_for_update(of=("self",)).select_related("library").get(pk=pk)


def _step(run: ImportRun, verb: str) -> None:
    step = STEPS[verb]
    if run.state not in step.from_states:
        state = ImportState(run.state).label
        raise JobRefused(_("这个导入的状态是“%(state)s”，不能再这样做。") % {"state": state})
    run.state = step.to_state


def send(run_id: int) -> None:
    """Ask a worker to read this import. Without a broker the row waits for the next sweep."""
    try:
        current_app.send_task("catalog.tasks.run_import", args=(run_id,), retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("broker unreachable, import %s waits for the sweep: %s", run_id, error)


def count_records(stream: IO[bytes] | UploadedFile) -> int:
    """Roughly how many records a file has, for the progress bar: record ends are counted, nothing is read."""
    total, tail, is_xml = 0, b"", None
    while chunk := stream.read(_CHUNK):
        if is_xml is None:
            is_xml = chunk.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"
        if not is_xml:
            total += chunk.count(b"\x1d")
            continue
        chunk = tail + chunk
        ends = [match.end() for match in _XML_RECORD_END.finditer(chunk)]
        total += len(ends)
        tail = chunk[max(ends[-1] if ends else 0, len(chunk) - 80) :]
    return total


def preview_records() -> int:
    """How many records of a file are looked at before its start."""
    return int(settings.IMPORTS["PREVIEW_RECORDS"])


def ahead_of(run: ImportRun) -> int:
    """How many imports of the same library come before this one; 0 unless it is queued."""
    if run.state != ImportState.QUEUED:
        return 0
    turns = list(_waiting(run.library_id).values_list("pk", flat=True))
    return turns.index(run.pk) if run.pk in turns else 0


# --- What a worker does -----------------------------------------------------------------------------------------


@contextmanager
def library_lock(library_id: int) -> Iterator[bool]:
    """Whether this session may import for the library now; the lock ends with the block, or with the session."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, library_id])
        held = bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held:
            try:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_CLASS, library_id])
            except DatabaseError as error:  # must not hide what went wrong before; the lock ends with its session
                logger.warning("lock of library %s not given back: %s", library_id, error)


def perform(*, run_id: int) -> None:
    """Read one import if it is its turn, then call the next one of its library. Safe to run twice, also at once."""
    library_id = ImportRun.objects.filter(pk=run_id).values_list("library", flat=True).first()
    if library_id is None:
        return
    with library_lock(library_id) as held:
        if not held:
            return  # another import of this library is being read; it calls the next one at its end
        run = _claim(run_id, library_id)
        if run is not None:
            _read(run)
    following = _waiting(library_id).values_list("pk", flat=True).first()
    if following is not None:
        send(following)


def _waiting(library_id: int) -> Any:
    """Imports of a library that want a worker, in their turn: one left RUNNING by a dead worker, then by time."""
    runs = ImportRun.objects.filter(library=library_id, state__in=(ImportState.RUNNING, ImportState.QUEUED))
    return runs.exclude(upload="").order_by("-state", "queued_at", "pk")  # "running" sorts behind "queued"


@transaction.atomic
def _claim(run_id: int, library_id: int) -> ImportRun | None:
    """The import if it is its turn and may be read; called under the library's lock, so RUNNING means left behind."""
    turn = _waiting(library_id).values_list("pk", flat=True).first()
    if turn != run_id:
        return None
    run = _locked(run_id)
    if run.state == ImportState.RUNNING:
        _note_attempt(run, _("处理进程中断"))
        if run.cancel_asked:
            _step(run, "stop")
            run.close(state=ImportState.CANCELLED, report=run.report)
            return None
        if run.attempts >= MAX_ATTEMPTS:
            _step(run, "fail")
            error = _("处理进程在读取这个文件时多次中断，已停止。请联系中心。")
            run.close(state=ImportState.FAILED, report=run.report | {"error": error})
            return None
        _step(run, "requeue")
    if run.state != ImportState.QUEUED:
        return None
    _step(run, "claim")
    run.attempts += 1
    run.started_at, run.finished_at, run.report = timezone.now(), None, {}
    run.save(update_fields=["state", "attempts", "started_at", "finished_at", "report", "earlier"])
    return run


def _note_attempt(run: ImportRun, why: str) -> None:
    """What an attempt that did not reach the end has written stays written; so its figures are kept."""
    figures = {key: run.report.get(key, 0) for key in ("read", "created", "updated", "deleted")}
    started = run.started_at.isoformat() if run.started_at else ""
    run.earlier = [*run.earlier, {"started_at": started, "why": why, **figures}]


def _read(run: ImportRun) -> None:
    """The whole file; however it ends, the row says so."""
    try:
        import_file(
            path=run.upload_path, library=run.library, syntax=run.syntax, encoding=run.encoding, by=run.by,
            run=run, on_batch=_watch(run), replace=run.replace, force=run.force,
        )  # fmt: skip
    except Stopped:
        _end(run, "stop", why=_("已取消"))
    except TookTooLong as error:
        _end(run, "fail", why=str(error), error=str(error))
    except ReplaceRefused as error:
        _end(run, "fail", error=str(error), replace_refused=True)
    except (UnreadableFile, RefusedXml) as error:
        _end(run, "fail", error=_("%(error)s。") % {"error": str(error).rstrip("。")})
    except FileNotFoundError:
        _end(run, "fail", error=_("文件已不在服务器上，请重新上传。"))
    except DatabaseError:
        raise  # the row stays RUNNING: once the database answers again, the sweep hands it to another worker
    except Exception as error:
        logger.exception("import %s failed", run.pk)
        told = _("程序出错（%(name)s），详情已记入日志，请联系中心。") % {"name": type(error).__name__}
        _end(run, "fail", why=_("程序出错"), error=told)


@transaction.atomic
def _end(run: ImportRun, verb: str, *, why: str = "", **told: Any) -> None:
    """`told` goes into the report: `error` for a person, and what else the pages ask for."""
    run = _locked(run.pk)
    if not run.is_final:  # import_file itself closes the row where a file cannot be read at all
        _step(run, verb)
    if why and run.report.get("read"):
        _note_attempt(run, why)
        run.save(update_fields=["earlier"])
    run.close(state=ImportState(run.state), report=run.report | told)


def _watch(run: ImportRun) -> Callable[[ImportReport], None]:
    """After each batch: has somebody cancelled, is the time over?"""
    hours = settings.IMPORTS["MAX_HOURS"]
    deadline = time.monotonic() + hours * 3600

    def look(report: ImportReport) -> None:
        if ImportRun.objects.filter(pk=run.pk, cancel_asked=True).exists():
            raise Stopped
        if time.monotonic() > deadline:
            raise TookTooLong(_("导入超过%(hours)s小时的时间上限，已停止；已写入的记录保留。") % {"hours": hours})

    return look


# --- What is done from time to time -------------------------------------------------------------------------------


def sweep(*, at: datetime | None = None) -> list[int]:
    """Send imports on their way that nobody works on, and drop files kept long enough; returns what was sent."""
    at = at or timezone.now()
    sent = []
    open_runs = ImportRun.objects.filter(state__in=(ImportState.RUNNING, ImportState.QUEUED)).exclude(upload="")
    for library_id in open_runs.order_by("library").values_list("library", flat=True).distinct():
        with library_lock(library_id) as free:
            run = _waiting(library_id).first() if free else None
        if run is None:
            continue
        left_behind = run.state == ImportState.RUNNING
        if left_behind or run.queued_at is None or run.queued_at < at - RESEND_AFTER:
            send(run.pk)
            sent.append(run.pk)
    _close_commands_that_died()
    drop_old_files(at=at)
    return sent


def _close_commands_that_died() -> None:
    """Rows of manage.py import_marc whose process ended without a word; the command holds the library's lock."""
    for run in ImportRun.objects.filter(state=ImportState.RUNNING, upload=""):
        with library_lock(run.library_id) as free:
            if free:
                run.close(state=ImportState.FAILED, report=run.report | {"error": _("处理进程中断")})


def drop_old_files(*, at: datetime) -> int:
    """Files of ended imports, and of uploads nobody started, go after the days of the setting; returns how many."""
    before = at - timedelta(days=settings.IMPORTS["KEEP_DAYS"])
    dropped = 0
    old = ImportRun.objects.filter(created_at__lt=before, state__in=(*FINAL_STATES, ImportState.UPLOADED))
    for run in old.exclude(upload=""):
        run.upload.delete(save=False)
        if run.state == ImportState.UPLOADED:
            _step(run, "cancel")
            run.finished_at = at
        run.save(update_fields=["upload", "state", "finished_at"])
        dropped += 1
    return dropped
