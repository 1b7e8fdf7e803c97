"""/healthz: this process answers. /readyz: everything it needs answers, too."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from balis.tasks import HEARTBEAT_KEY
from notices.models import Email, EmailState

HEARTBEAT_MAX_AGE_SECONDS = 90

log = logging.getLogger(__name__)


class Unready(Exception):
    """One thing is not as it should be; the message says what."""


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Liveness: touches neither database nor broker, so that their failure does not restart the web process."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Readiness as JSON `{"ready": bool, "checks": {name: {"ok": bool, "detail": str}}}`; 200 or 503."""
    checks = {name: _outcome(name, check) for name, check in CHECKS.items()}
    ready = all(check["ok"] for check in checks.values())
    response = JsonResponse({"ready": ready, "checks": checks}, status=200 if ready else 503)
    response._has_been_logged = True  # type: ignore[attr-defined]  # a probe that says no is an answer, not an error
    return response


def _outcome(name: str, check: Callable[[], str]) -> dict[str, object]:
    try:
        return {"ok": True, "detail": check()}
    except Unready as error:
        return {"ok": False, "detail": str(error)}
    except Exception as error:
        log.warning("readiness check %s failed", name, exc_info=True)
        return {"ok": False, "detail": type(error).__name__}


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return f"PostgreSQL {cursor.fetchone()[0].split()[0]}"


def _broker() -> str:
    from balis.celery import app

    with app.connection_for_read() as broker:
        broker.ensure_connection(max_retries=1, timeout=2)
        return str(broker.transport_cls)


def _worker() -> str:
    beat = cache.get(HEARTBEAT_KEY)
    if beat is None:
        raise Unready("no heartbeat yet")
    age = time.time() - beat
    if age > HEARTBEAT_MAX_AGE_SECONDS:
        raise Unready(f"last heartbeat {age:.0f} s ago")
    return f"last heartbeat {age:.0f} s ago"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        raise Unready(f"{len(plan)} unapplied")
    return "all applied"


def _outbox() -> str:
    now = timezone.now()
    oldest = (
        Email.objects.filter(state__in=[EmailState.QUEUED, EmailState.SENDING], next_attempt_at__lte=now)
        .order_by("next_attempt_at")
        .values_list("next_attempt_at", flat=True)
        .first()
    )
    if oldest is None:
        return "nothing waits"
    age = now - oldest
    if age > timedelta(seconds=settings.READY_MAX_OUTBOX_AGE_SECONDS):
        raise Unready(f"a mail has been due for {age.total_seconds():.0f} s")
    return f"oldest due mail waits {age.total_seconds():.0f} s"


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "broker": _broker,
    "worker": _worker,
    "migrations": _migrations,
    "outbox": _outbox,
}
