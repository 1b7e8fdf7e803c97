"""Tasks of the project itself."""

import time

from celery import shared_task
from django.core.cache import cache
from django.core.management import call_command

HEARTBEAT_KEY = "worker-heartbeat"


@shared_task
def heartbeat() -> None:
    """Leave the time in the cache: scheduler, broker and worker are all alive (read by /readyz)."""
    cache.set(HEARTBEAT_KEY, time.time(), timeout=None)


@shared_task
def clear_sessions() -> None:
    """Delete the sessions that have ended; Django itself never does."""
    call_command("clearsessions")
