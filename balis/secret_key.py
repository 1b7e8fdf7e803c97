"""Keeps one secret key beside the data when the environment names none."""

import os
from pathlib import Path

from django.core.management.utils import get_random_secret_key


def load_or_create_secret_key(data_dir: Path) -> str:
    """Return the key stored in `data_dir`, creating it once with mode 0600.

    Safe for several processes that start together: the file appears whole or not at all.
    Raises OSError when the folder cannot be written.
    """
    path = data_dir / "secret-key"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        candidate = path.with_name(f"secret-key.{os.getpid()}")
        candidate.touch(mode=0o600)
        candidate.write_text(get_random_secret_key(), encoding="ascii")
        try:
            os.link(candidate, path)
        except FileExistsError:
            pass  # another process was first, and its key is the one
        finally:
            candidate.unlink()
    return path.read_text(encoding="ascii").strip()
