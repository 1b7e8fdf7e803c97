"""Imports that meet each other or die in the middle: no record twice, none lost, every one found."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from catalog.importing import import_file
from catalog.models import Edition, Holding, ImportRun, SearchEntry, SourceRecord
from tests.catalog.records import cnmarc_book, iso_file

pytestmark = pytest.mark.django_db(transaction=True)
RECORDS = 2500  # three batches


@pytest.fixture
def big_file(tmp_path) -> Path:
    books = (cnmarc_book(f"k{n}", title=f"第{n}本", copies=[(f"C{n}", f"F{n}")]) for n in range(RECORDS))
    return iso_file(tmp_path, *books)


def command(path: Path, code: str, *choices: str) -> subprocess.Popen[bytes]:
    """manage.py import_marc in a process of its own, on the database of this test."""
    database = connection.settings_dict
    url = f"postgres://{database['USER']}@/{database['NAME']}?host={database['HOST']}"
    return subprocess.Popen(
        [sys.executable, "manage.py", "import_marc", str(path), "--library", code, *choices],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": url},
        stdout=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("choices", [(), ("--rebuild",)], ids=["live", "rebuild"])
def test_a_worker_killed_in_the_middle_leaves_nothing_behind_that_a_second_run_does_not_mend(big_file, cumtb, choices):
    worker = command(big_file, cumtb.code, *choices)
    deadline = time.monotonic() + 60
    while not SourceRecord.objects.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    worker.send_signal(signal.SIGKILL)
    assert worker.wait() == -signal.SIGKILL
    there = SourceRecord.objects.count()
    assert 0 < there < RECORDS, "it was killed in the middle"
    assert there == Holding.objects.count() == Edition.objects.count(), "a batch is there as a whole or not at all"

    call_command("import_marc", str(big_file), library=cumtb.code)

    report = ImportRun.objects.latest("pk").report
    assert (report["created"] + report["unchanged"], report["updated"]) == (RECORDS, 0)
    assert report["unchanged"] >= there
    assert SourceRecord.objects.count() == Edition.objects.count() == Holding.objects.count() == RECORDS
    assert SearchEntry.objects.count() == RECORDS


def test_two_imports_of_one_library_at_once_queue_up(tmp_path, cumtb):
    books = [cnmarc_book(f"k{n}", title=f"第{n}本", copies=[(f"C{n}", f"F{n}")]) for n in range(600)]
    path = iso_file(tmp_path, *books)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            import_file(path=path, library=cumtb)
        except BaseException as error:  # noqa: BLE001 - a thread's error must reach the test
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    first, second = ImportRun.objects.order_by("started_at")
    assert second.started_at >= first.finished_at
    assert [(run.report["created"], run.report["unchanged"]) for run in (first, second)] == [(600, 0), (0, 600)]
    assert Holding.objects.count() == 600
