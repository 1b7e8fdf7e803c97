"""The Celery application; tasks live in the apps' tasks.py, their times in balis/schedule.py."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "balis.settings")

app = Celery("balis")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

from balis.schedule import SCHEDULE  # noqa: E402  (needs the configured app)

app.conf.beat_schedule = SCHEDULE
