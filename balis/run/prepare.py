"""`python -m balis.run.prepare`: everything between installed packages and the first page; safe to repeat."""

import logging
import os
import sys
import time
from collections.abc import Callable

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "balis.settings")
    django.setup()
    from django.core.management import call_command

    from balis.run.messages import compile_messages
    from balis.run.static import collect_static

    logging.getLogger().setLevel(logging.WARNING)
    _step("messages", compile_messages)
    _step("database", lambda: call_command("migrate", interactive=False, verbosity=0))
    _step("search index", lambda: call_command("rebuild_search", if_needed=True))
    _step("static files", collect_static)
    prepare_demo()


def prepare_demo() -> None:
    """Make the demo world where the database is empty, again where its making was interrupted; show its logins."""
    from django.conf import settings
    from django.core.management import call_command

    from balis.demo import logins, people, world

    unfinished = settings.DATA_DIR / "demo.unfinished"
    interrupted = unfinished.exists() and people.is_demo_world()
    if world.is_empty() or interrupted:
        unfinished.touch()
        options = {"reset": True, "interactive": False} if interrupted else {}
        _step("demo world (first start only)", lambda: call_command("demo_data", **options))
        unfinished.unlink()
    elif people.is_demo_world():
        _say("\n".join(f"  {login:<10}{password}   {who}" for who, login, password in logins()))


def _step(name: str, act: Callable[[], object]) -> None:
    started = time.monotonic()
    _say(f"· {name} …")
    act()
    _say(f"  done in {time.monotonic() - started:.1f} s")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:  # Ctrl-C reaches the whole group; the supervisor does the rest
        sys.exit(1)
