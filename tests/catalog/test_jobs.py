"""Import jobs: received, started, read once, queued per library, cancelled, retried, taken over from the dead."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from catalog import jobs
from catalog.import_states import FINAL_STATES, STEPS, ImportState
from catalog.marc.record import Record
from catalog.marc.writer import write_iso2709
from catalog.models import Edition, Holding, ImportRun, MemberLibrary, SourceRecord
from tests.catalog.records import cnmarc_book


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch, settings, tmp_path: Path) -> list[int]:
    """The imports for which a worker was called; nobody comes unless the test does the work."""
    settings.MEDIA_ROOT = tmp_path / "media"
    calls: list[int] = []
    monkeypatch.setattr(jobs, "send", calls.append)
    return calls


def books(count: int, first: int = 0) -> list[Record]:
    return [
        cnmarc_book(f"r{n}", title=f"测量学第{n}讲", year="1994", copies=[(f"C{n:07d}", f"P2/{n}")])
        for n in range(first, first + count)
    ]


def upload(*records: Record, name: str = "馆藏.iso", encoding: str = "gb18030") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"".join(write_iso2709(record, encoding) for record in records))


def received(library: MemberLibrary, *records: Record) -> ImportRun:
    return jobs.receive(library=library, upload=upload(*(records or books(3))), by="cumtb")


def started(library: MemberLibrary, *records: Record) -> ImportRun:
    return jobs.start(run=received(library, *records), syntax="auto", encoding="auto", by="cumtb")


def state_of(run: ImportRun) -> str:
    run.refresh_from_db()
    return run.state


# --- The table ----------------------------------------------------------------------------------------------------


def test_every_state_can_be_reached_and_no_final_one_is_left_but_by_trying_again():
    assert {step.to_state for step in STEPS.values()} == set(ImportState) - {ImportState.UPLOADED}
    leaving = {verb for verb, step in STEPS.items() if set(step.from_states) & set(FINAL_STATES)}
    assert leaving == {"retry"}


# --- One import from upload to report ------------------------------------------------------------------------------


def test_an_uploaded_file_waits_for_a_person(cumtb, sent, settings):
    run = received(cumtb)
    assert (run.state, run.file_name, run.expected) == (ImportState.UPLOADED, "馆藏.iso", 3)
    assert Path(run.upload.path).is_relative_to(settings.MEDIA_ROOT / "imports")
    assert Path(run.upload.path).stat().st_mode & 0o077 == 0
    with pytest.raises(ValueError, match="not served"):
        _ = run.upload.url
    jobs.perform(run_id=run.pk)
    assert state_of(run) == ImportState.UPLOADED
    assert not sent


def test_a_started_import_is_read_and_reported(cumtb, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        run = started(cumtb)
    assert (run.state, sent) == (ImportState.QUEUED, [run.pk])
    jobs.perform(run_id=run.pk)
    assert state_of(run) == ImportState.DONE
    assert (run.report["read"], run.report["created"], run.report["encoding"]) == (3, 3, "gb18030")
    assert run.started_at <= run.finished_at
    assert Holding.objects.filter(library=cumtb).count() == 3


def test_the_task_may_come_twice(cumtb):
    run = started(cumtb)
    jobs.perform(run_id=run.pk)
    run.refresh_from_db()
    ended = run.finished_at
    jobs.perform(run_id=run.pk)
    run.refresh_from_db()
    assert (run.finished_at, run.attempts) == (ended, 1)


def test_a_file_above_the_limit_or_empty_is_refused(cumtb, settings):
    settings.IMPORTS = {**settings.IMPORTS, "MAX_MB": 0}
    with pytest.raises(jobs.JobRefused, match="0 MB"):
        received(cumtb)
    with pytest.raises(jobs.JobRefused, match="空"):
        jobs.receive(library=cumtb, upload=SimpleUploadedFile("a.iso", b""), by="cumtb")
    assert not ImportRun.objects.exists()


@pytest.mark.parametrize(("content", "words"), [
    (b"title,author\nbook,person\n", "既不是 ISO 2709，也不是 MARCXML；"),
    (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><collection><record/></collection>', "DTD"),
])  # fmt: skip
def test_a_file_that_cannot_be_read_says_why(cumtb, content, words):
    run = jobs.receive(library=cumtb, upload=SimpleUploadedFile("表格.csv", content), by="cumtb")
    jobs.start(run=run, syntax="auto", encoding="auto", by="cumtb")
    jobs.perform(run_id=run.pk)
    assert state_of(run) == ImportState.FAILED
    assert words in run.error


def test_a_fault_of_ours_is_told_and_logged(cumtb, monkeypatch, caplog):
    run = started(cumtb)
    monkeypatch.setattr(jobs, "import_file", lambda **_: 1 / 0)
    jobs.perform(run_id=run.pk)
    assert state_of(run) == ImportState.FAILED
    assert "ZeroDivisionError" in run.error
    assert "Traceback" in caplog.text


def test_the_choices_of_the_last_import_are_proposed(cumtb, bupt):
    run = jobs.start(run=received(cumtb), syntax="cnmarc", encoding="gb18030", by="cumtb")
    jobs.perform(run_id=run.pk)
    assert (received(cumtb).syntax, received(cumtb).encoding) == ("cnmarc", "gb18030")
    assert received(bupt).encoding == "auto"


@pytest.mark.parametrize(("content", "records"), [
    (b"<collection><record><leader/></record> <record\n><leader/></record ></collection>", 2),
    (b"<a:collection><a:record/><a:record></a:record></a:collection>", 1),
    (b"\x1d\x1d\n\x1d", 3),
])  # fmt: skip
def test_the_progress_bar_counts_record_ends(content, records, monkeypatch):
    monkeypatch.setattr(jobs, "_CHUNK", 7)  # an end may lie across two chunks
    assert jobs.count_records(SimpleUploadedFile("x", content).file) == records


# --- Cancel and try again -------------------------------------------------------------------------------------------


def test_a_queued_import_is_cancelled_at_once_and_can_be_tried_again(cumtb):
    run = started(cumtb)
    jobs.cancel(run=run, by="cumtb")
    assert state_of(run) == ImportState.CANCELLED
    jobs.perform(run_id=run.pk)
    assert not SourceRecord.objects.exists()
    jobs.retry(run=run, by="cumtb")
    jobs.perform(run_id=run.pk)
    assert state_of(run) == ImportState.DONE


def test_a_running_import_stops_at_the_end_of_its_batch_and_keeps_what_it_wrote(cumtb, monkeypatch):
    monkeypatch.setattr("catalog.importing.run.BATCH", 2)
    run = started(cumtb, *books(6))
    watch = jobs._watch

    def cancelled_during_the_first_batch(row):
        look = watch(row)

        def on_batch(report):
            jobs.cancel(run=row, by="cumtb")
            look(report)

        return on_batch

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "_watch", cancelled_during_the_first_batch)
        jobs.perform(run_id=run.pk)
    assert state_of(run) == ImportState.CANCELLED
    assert SourceRecord.objects.count() == 2
    assert [attempt["created"] for attempt in run.earlier] == [2]

    jobs.retry(run=run, by="cumtb")
    jobs.perform(run_id=run.pk)
    assert state_of(run) == ImportState.DONE
    assert (run.report["created"], run.report["unchanged"]) == (4, 2)
    assert Holding.objects.count() == 6


def test_what_is_done_can_neither_be_cancelled_nor_repeated(cumtb):
    run = started(cumtb)
    jobs.perform(run_id=run.pk)
    for step in (jobs.cancel, jobs.retry):
        with pytest.raises(jobs.JobRefused, match="完成"):
            step(run=run, by="cumtb")
    with pytest.raises(jobs.JobRefused):
        jobs.start(run=run, syntax="auto", encoding="auto", by="cumtb")


def test_without_its_file_an_import_is_not_tried_again(cumtb):
    run = started(cumtb)
    jobs.cancel(run=run, by="cumtb")
    Path(run.upload.path).unlink()
    with pytest.raises(jobs.JobRefused, match="重新上传"):
        jobs.retry(run=run, by="cumtb")


def test_an_import_that_takes_too_long_is_ended(cumtb, settings):
    settings.IMPORTS = {**settings.IMPORTS, "MAX_HOURS": -1}
    run = started(cumtb)
    jobs.perform(run_id=run.pk)
    assert state_of(run) == ImportState.FAILED
    assert "时间上限" in run.error


# --- Two at once, and workers that die --------------------------------------------------------------------------------


def test_imports_of_one_library_are_read_in_their_turn(cumtb, bupt, sent):
    first, second, other = started(cumtb), started(cumtb, *books(2, first=10)), started(bupt)
    jobs.perform(run_id=second.pk)  # its message came first: the first import is called, and then this one
    assert (state_of(second), sent) == (ImportState.QUEUED, [first.pk])
    jobs.perform(run_id=first.pk)
    assert (state_of(first), sent) == (ImportState.DONE, [first.pk, second.pk])
    jobs.perform(run_id=second.pk)
    assert state_of(second) == ImportState.DONE
    assert state_of(other) == ImportState.QUEUED


@pytest.mark.django_db(transaction=True)
def test_while_one_import_is_read_another_of_its_library_waits_and_one_of_another_library_does_not(cumtb, bupt):
    waiting, other = started(cumtb), started(bupt)
    holds, done = threading.Event(), threading.Event()

    def another_worker() -> None:
        with jobs.library_lock(cumtb.pk):
            holds.set()
            done.wait(10)
        connection.close()

    worker = threading.Thread(target=another_worker)
    worker.start()
    assert holds.wait(10)
    jobs.perform(run_id=waiting.pk)
    jobs.perform(run_id=other.pk)
    assert (state_of(waiting), state_of(other)) == (ImportState.QUEUED, ImportState.DONE)
    done.set()
    worker.join()
    jobs.perform(run_id=waiting.pk)
    assert state_of(waiting) == ImportState.DONE


def test_the_database_allows_one_running_import_per_library(cumtb):
    for run in (started(cumtb), started(cumtb)):
        run.state = ImportState.RUNNING
        if run.pk == ImportRun.objects.latest("pk").pk:
            with pytest.raises(IntegrityError, match="one_import_runs_per_library"), transaction.atomic():
                run.save()
        else:
            run.save()


def left_behind(library: MemberLibrary, *, attempts: int = 1) -> ImportRun:
    """An import whose worker died after its first batch: the row says RUNNING, nobody holds the lock."""
    run = started(library, *books(6))
    report = {"read": 2, "created": 2, "updated": 0, "deleted": 0}
    ImportRun.objects.filter(pk=run.pk).update(
        state=ImportState.RUNNING, attempts=attempts, started_at=timezone.now(), report=report
    )
    return run


def test_the_sweep_hands_on_what_a_dead_worker_left(cumtb, sent):
    run = left_behind(cumtb)
    assert jobs.sweep() == sent == [run.pk]
    jobs.perform(run_id=run.pk)
    assert state_of(run) == ImportState.DONE
    assert run.attempts == 2
    assert [(e["why"], e["created"]) for e in run.earlier] == [("处理进程中断", 2)]
    assert Edition.objects.count() == 6


def test_an_import_that_kills_its_workers_is_given_up(cumtb):
    run = left_behind(cumtb, attempts=jobs.MAX_ATTEMPTS)
    jobs.perform(run_id=run.pk)
    assert state_of(run) == ImportState.FAILED
    assert "多次中断" in run.error


def test_a_cancelled_import_without_a_worker_is_ended_not_resumed(cumtb):
    run = left_behind(cumtb)
    jobs.cancel(run=run, by="cumtb")
    jobs.perform(run_id=run.pk)
    assert state_of(run) == ImportState.CANCELLED
    assert not SourceRecord.objects.exists()


def test_the_sweep_sends_a_queued_import_again_only_after_a_while(cumtb, sent):
    run = started(cumtb)
    assert jobs.sweep() == []
    assert jobs.sweep(at=timezone.now() + jobs.RESEND_AFTER + timedelta(seconds=1)) == [run.pk]


def test_a_command_that_died_does_not_look_running_for_ever(cumtb):
    run = ImportRun.objects.create(library=cumtb, file_name="a.iso", state=ImportState.RUNNING)
    jobs.sweep()
    assert (state_of(run), run.error) == (ImportState.FAILED, "处理进程中断")


def test_files_go_after_their_days_and_an_upload_nobody_started_with_them(cumtb, settings):
    done, forgotten = started(cumtb), received(cumtb)
    jobs.perform(run_id=done.pk)
    paths = [Path(done.upload.path), Path(forgotten.upload.path)]
    jobs.sweep()
    assert all(path.exists() for path in paths)
    jobs.sweep(at=timezone.now() + timedelta(days=settings.IMPORTS["KEEP_DAYS"], minutes=1))
    assert not any(path.exists() for path in paths)
    assert (state_of(done), state_of(forgotten)) == (ImportState.DONE, ImportState.CANCELLED)
    assert not done.has_file


# --- The whole library by one file --------------------------------------------------------------------------------


def test_a_replacing_file_that_misses_a_fifth_changes_nothing_until_somebody_insists(cumtb):
    jobs.perform(run_id=started(cumtb, *books(6)).pk)
    run = jobs.start(run=received(cumtb, *books(2)), syntax="auto", encoding="auto", replace=True, by="cumtb")
    jobs.perform(run_id=run.pk)
    assert state_of(run) == ImportState.FAILED
    assert "整库替换已停止" in run.error
    assert Holding.objects.present().count() == 6
    jobs.retry(run=run, force=True, by="cumtb")
    jobs.perform(run_id=run.pk)
    assert state_of(run) == ImportState.DONE
    assert Holding.objects.present().count() == 2
