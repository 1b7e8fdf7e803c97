"""A worker is killed in the middle of an import; another one brings it to its end, nothing twice, nothing missing."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings as django_settings
from django.db import connection

from catalog import jobs
from catalog.import_states import ImportState
from catalog.models import Edition, Holding, ImportRun, SearchEntry, SourceRecord
from tests.catalog.test_jobs import books, started

ROOT = Path(__file__).resolve().parents[2]
COUNT = 60

# Batches of five and a breath between them, so that the kill falls into the middle.
WORKER = """
import sys, time
import django
django.setup()
from django.conf import settings
settings.MEDIA_ROOT = sys.argv[2]
from catalog import jobs
from catalog.importing import run
run.BATCH = 5
watch = jobs._watch
def slow(row):
    look = watch(row)
    def on_batch(report):
        look(report)
        time.sleep(0.2)
    return on_batch
jobs._watch = slow
jobs.perform(run_id=int(sys.argv[1]))
"""


def _database_url() -> str:
    values = connection.settings_dict
    host = values["HOST"] or values["OPTIONS"].get("host", "")
    if host.startswith("/"):
        return f"postgres://{values['USER']}@/{values['NAME']}?host={quote(host)}"
    port = f":{values['PORT']}" if values["PORT"] else ""
    return f"postgres://{values['USER']}:{values['PASSWORD']}@{host}{port}/{values['NAME']}"


def _wait_until(condition, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.django_db(transaction=True)
def test_a_killed_workers_import_is_finished_by_the_next(cumtb, monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    sent: list[int] = []
    monkeypatch.setattr(jobs, "send", sent.append)
    run = started(cumtb, *books(COUNT))
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "balis.settings", "DATABASE_URL": _database_url(), "DATABASE_POOL_SIZE": "0",
        "BALIS_DATA_DIR": str(django_settings.DATA_DIR),
    }  # fmt: skip
    log = (tmp_path / "worker.log").open("wb")
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(run.pk), str(settings.MEDIA_ROOT)],
        cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        _wait_until(lambda: worker.poll() is not None or SourceRecord.objects.count() >= 10)
        assert worker.poll() is None, (tmp_path / "worker.log").read_text(encoding="utf-8")

        sent.clear()
        assert jobs.sweep() == []  # it works: nobody takes its import away
        jobs.perform(run_id=run.pk)
        run.refresh_from_db()
        assert (run.state, run.attempts) == (ImportState.RUNNING, 1)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait(10)
        log.close()
    written = SourceRecord.objects.count()
    assert 10 <= written < COUNT
    run.refresh_from_db()
    assert run.state == ImportState.RUNNING

    _wait_until(lambda: jobs.sweep() == [run.pk])  # the server notices in a moment that the session is gone
    jobs.perform(run_id=run.pk)
    run = ImportRun.objects.get()
    assert run.state == ImportState.DONE
    assert (run.report["read"], run.report["unchanged"] + run.report["created"]) == (COUNT, COUNT)
    assert run.report["unchanged"] == written
    for model in (SourceRecord, Edition, Holding, SearchEntry):
        assert model.objects.count() == COUNT, model
    assert Holding.objects.present().values("barcode").distinct().count() == COUNT
