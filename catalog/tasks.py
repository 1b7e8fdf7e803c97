"""Background work of the catalogue; every task is safe to run twice and calls one service."""

from celery import shared_task

from catalog import jobs


@shared_task
def run_import(run_id: int) -> None:
    """Read one uploaded file; acknowledged only at its end, so that a lost worker's import is handed on."""
    jobs.perform(run_id=run_id)


@shared_task
def sweep_imports() -> None:
    """Hand imports that nobody works on to a worker, and drop old files; every minute."""
    jobs.sweep()
