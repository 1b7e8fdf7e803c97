"""The Celery application; tasks live in the apps' tasks.py, their times in balis/schedule.py."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "balis.settings")

app = Celery("balis")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

from balis.schedule import SCHEDULE  # noqa: E402  (needs the configured app)

app.conf.beat_schedule = SCHEDULE


@worker_ready.connect
def first_heartbeat(**_: Any) -> None:
    """Readiness need not wait for the scheduler's first beat."""
    app.send_task("balis.tasks.heartbeat")
