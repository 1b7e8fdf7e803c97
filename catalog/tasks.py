"""Background work of the catalogue; every task is safe to run twice and calls one service."""

import logging

from celery import shared_task

from catalog import jobs
from catalog.models import MemberLibrary
from catalog.search.index import refresh_library as refresh_entries
from catalog.search.maintenance import maintain
from catalog.search.rebuild import Busy

logger = logging.getLogger(__name__)


@shared_task
def run_import(run_id: int) -> None:
    """Read one uploaded file; acknowledged only at its end, so that a lost worker's import is handed on."""
    jobs.perform(run_id=run_id)


@shared_task
def sweep_imports() -> None:
    """Hand imports that nobody works on to a worker, and drop old files; every minute."""
    jobs.sweep()


@shared_task
def maintain_search() -> None:
    """Count the frequent words anew and move books to the rank they have now; every night."""
    try:
        maintain()
    except Busy as busy:
        logger.info("not counted tonight: %s", busy)


@shared_task
def refresh_library(library_id: int) -> None:
    """A library joined or left the joint search: its books are found with it, or without."""
    refresh_entries(MemberLibrary.objects.get(pk=library_id))
