"""Further processes of a long command: Django set up in each, on the database of the first."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor


def process_pool(jobs: int) -> ProcessPoolExecutor:
    """A pool whose processes may use the models. Started afresh, since a fork would share our connections."""
    from django.db import connection

    database = str(connection.settings_dict["NAME"])
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(jobs, mp_context=spawn, initializer=_set_up, initargs=(database,))


def _set_up(database: str) -> None:
    import django

    django.setup()
    from django.db import connections

    for settings in connections.databases.values():
        settings["NAME"], settings["OPTIONS"]["pool"] = database, False
