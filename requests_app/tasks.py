"""Background work of requests; every task is safe to run twice and calls one service."""

from celery import shared_task

from requests_app import arrivals, clocks
from requests_app.scanning.desk import forget_scans as delete_old_scans


@shared_task
def run_clocks() -> None:
    """Do what nobody did in time: warn, approve, expire, flag; every ten minutes."""
    clocks.run_clocks()


@shared_task
def count_arrivals() -> None:
    """How long books from each lender take; every night."""
    arrivals.count_arrivals()


@shared_task
def forget_scans() -> None:
    """Delete what was scanned some days ago; every night."""
    delete_old_scans()
