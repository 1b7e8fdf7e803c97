"""Collects the static files when one of them changed: hashing and compressing all of them takes seconds."""

import hashlib
import importlib.metadata
import os

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def collect_static() -> bool:
    """Bring STATIC_ROOT up to date; True when there was something to do."""
    stamp = settings.STATIC_ROOT.with_name(f"{settings.STATIC_ROOT.name}.stamp")
    now = fingerprint()
    manifest = settings.STATIC_ROOT / "staticfiles.json"
    if manifest.exists() and stamp.exists() and stamp.read_text() == now:
        return False
    stamp.unlink(missing_ok=True)  # an interrupted collection is repeated
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(now)
    return True


def fingerprint() -> str:
    """A digest of every source file's path, size and time, and of what processes them."""
    lines = [f"{name} {importlib.metadata.version(name)}" for name in ("django", "whitenoise")]
    lines.append(repr(settings.STORAGES["staticfiles"]))
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = os.stat(storage.path(path))  # noqa: PTH116
            lines.append(f"{path} {found.st_size} {found.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
