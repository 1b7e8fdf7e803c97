"""Where a benchmark works: a database of its own beside the configured one, and a folder for the peers' indexes."""

import os
from pathlib import Path

DATABASE = "balis_bench_search_{size}"


def use(size: int, *, fresh: bool = False) -> bool:
    """Point Django at the database of this size, made if it is not there; True when it was made just now.

    The embedded servers are started where none is configured, exactly as they run for `make run`.
    """
    from balis import embedded

    embedded.ensure()
    name = DATABASE.format(size=in_words(size).lower())
    connect(name)
    from django.core.management import call_command
    from django.db import connection, connections

    from balis.run.messages import compile_messages
    from balis.run.static import collect_static

    connections.close_all()
    with connection._nodb_cursor() as cursor:
        if fresh:
            cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        is_new = cursor.fetchone() is None
        if is_new:
            cursor.execute(f"CREATE DATABASE {name}")
    call_command("migrate", interactive=False, verbosity=0)
    compile_messages()
    collect_static()
    return is_new


def connect(name: str) -> None:
    """Set Django up in this process with every alias on that database; worker processes call it as well."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "balis.settings")
    import django
    from django.conf import settings

    # Nothing an earlier run or the portal itself left in the cache may answer; a run's own processes share it.
    run = os.environ.setdefault("BALIS_BENCH_RUN", f"{os.getpid()}")
    settings.CACHES["default"]["KEY_PREFIX"] = f"{name}-{run}"
    for alias in settings.DATABASES.values():
        alias["NAME"] = name
        alias["OPTIONS"]["pool"] = False
    settings.LOGGING["root"]["level"] = "WARNING"
    django.setup()


def database_name() -> str:
    from django.db import connection

    return str(connection.settings_dict["NAME"])


def folder(size: int) -> Path:
    """For the peers' indexes and the chosen queries of one size."""
    from django.conf import settings

    path: Path = settings.DATA_DIR / "bench" / f"search-{in_words(size)}"
    path.mkdir(parents=True, exist_ok=True)
    return path


def number(text: str) -> int:
    """100k, 1M, 300 as a number. Raises ValueError on anything else."""
    factor = {"k": 1_000, "m": 1_000_000}.get(text[-1:].lower(), 1)
    value = int(text[:-1] if factor > 1 else text) * factor
    if value < 1:
        raise ValueError(text)
    return value


def in_words(size: int) -> str:
    for letter, factor in (("M", 1_000_000), ("k", 1_000)):
        if size % factor == 0:
            return f"{size // factor}{letter}"
    return str(size)
