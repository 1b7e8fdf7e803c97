"""Background work of requests; every task is safe to run twice and calls one service."""

from celery import shared_task

from requests_app import clocks


@shared_task
def run_clocks() -> None:
    """Do what nobody did in time: warn, approve, expire, flag; every ten minutes."""
    clocks.run_clocks()
