"""A scratch database beside the portal's: made when it is missing, migrated, and used by this process from then on."""

import os
from typing import Any


def use_own_database(name: str) -> None:
    """Set up Django on the database of that name; no task is sent to the broker."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "balis.settings")
    from balis import embedded

    embedded.ensure()
    import django

    django.setup()
    from celery import current_app
    from django.core.management import call_command
    from django.db import connections

    connection: Any = connections["default"]
    connections.databases["default"]["OPTIONS"]["pool"] = False
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE DATABASE {name}")
    connection.close()
    connections.databases["default"]["NAME"] = name
    del connections["default"]
    current_app.send_task = lambda *args, **kwargs: None
    call_command("migrate", verbosity=0)
