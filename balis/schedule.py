"""When each periodic task runs: one readable table. Every task in it is safe to run twice."""

from typing import Any

from celery.schedules import crontab

SCHEDULE: dict[str, dict[str, Any]] = {
    # name                        task                                        every
    "sweep the mail outbox": {"task": "notices.tasks.sweep_outbox", "schedule": 60.0},
    "sweep the imports": {"task": "catalog.tasks.sweep_imports", "schedule": 60.0},
    "count the search index": {"task": "catalog.tasks.maintain_search", "schedule": crontab(hour=3, minute=20)},
    "count how long books take": {"task": "requests_app.tasks.count_arrivals", "schedule": crontab(hour=3, minute=50)},
    "let the clocks strike": {"task": "requests_app.tasks.run_clocks", "schedule": 600.0},
    "remind of due dates": {"task": "notices.tasks.send_reminders", "schedule": crontab(hour="8-20", minute=5)},
    "forget ended sessions": {"task": "balis.tasks.clear_sessions", "schedule": crontab(hour=4, minute=10)},
    "forget wrong passwords": {"task": "readers.tasks.forget_wrong_passwords", "schedule": crontab(hour=4, minute=20)},
    "forget registrations": {"task": "readers.tasks.forget_registrations", "schedule": crontab(hour=4, minute=30)},
    "forget people": {"task": "notices.tasks.forget_people", "schedule": crontab(hour=4, minute=40)},
    "forget scans": {"task": "requests_app.tasks.forget_scans", "schedule": crontab(hour=4, minute=50)},
    "worker heartbeat": {"task": "balis.tasks.heartbeat", "schedule": 15.0},
}
