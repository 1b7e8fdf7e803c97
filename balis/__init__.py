"""The project: settings, urls, Celery, the embedded stack, health, and what needs all apps."""

from balis.celery import app as celery_app

__all__ = ["celery_app"]
