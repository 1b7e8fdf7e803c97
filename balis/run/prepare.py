"""Everything between an installed environment and the first page: messages, tables, static files, demo data."""

import hashlib
import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path


def prepare(*, demo: bool = True) -> None:
    """Bring database and files up to date; the demo world is made only where the database is empty."""
    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    logging.getLogger().setLevel(logging.WARNING)
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    _step("messages", compile_messages)
    _step("database", lambda: call_command("migrate", interactive=False, verbosity=0))
    _step("static files", collect_static_files)
    from catalog.models import MemberLibrary

    if demo and not MemberLibrary.objects.exists():
        _step("demo world (first start only)", lambda: call_command("demo_data"))
    from django.db import connections

    connections.close_all()


def collect_static_files() -> None:
    """Collect, hash and compress the static files, unless none has changed since the last time."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    stamp = settings.STATIC_ROOT / ".collected"
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(digest.hexdigest())


def compile_messages() -> None:
    """Compile every catalogue of ./locale with Babel; needs no GNU gettext. Only what changed is written."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po
    from django.conf import settings

    for po in sorted(settings.BASE_DIR.glob("locale/*/LC_MESSAGES/*.po")):
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        with po.open("rb") as source:
            catalogue = read_po(source, domain=po.stem)
        unfinished = mo.with_suffix(".mo.unfinished")
        with unfinished.open("wb") as target:
            write_mo(target, catalogue)
        unfinished.replace(mo)


def _step(name: str, act: Callable[[], object]) -> None:
    started = time.monotonic()
    sys.stdout.write(f"· {name} …\n")
    sys.stdout.flush()
    act()
    sys.stdout.write(f"  done in {time.monotonic() - started:.1f} s\n")
    sys.stdout.flush()
