"""Where the embedded servers keep their data and sockets; pure computation, nothing is touched."""

import hashlib
import os
import tempfile
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parents[2]
DATABASE_NAME = "balis"
DATABASE_USER = "balis"
DATABASE_PORT = "5432"  # only part of the socket's name; said aloud because PGPORT would change it


def default_data_dir() -> Path:
    """BALIS_DATA_DIR, or the folder .data of the project."""
    return Path(os.environ.get("BALIS_DATA_DIR") or PROJECT_DIR / ".data").resolve()


def socket_dir(data_dir: Path) -> Path:
    """A folder whose path stays far below the 107 bytes a Unix socket may have."""
    digest = hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"balis-{os.getuid()}-{digest}"


def database_settings(data_dir: Path) -> dict[str, str]:
    """Django's DATABASES entry (without ENGINE and OPTIONS) of the embedded server."""
    return {
        "NAME": DATABASE_NAME,
        "USER": DATABASE_USER,
        "PASSWORD": "",
        "HOST": str(socket_dir(data_dir)),
        "PORT": DATABASE_PORT,
    }


def valkey_socket(data_dir: Path) -> Path:
    return socket_dir(data_dir) / "valkey.sock"


def broker_url(data_dir: Path) -> str:
    return f"redis+socket://{valkey_socket(data_dir)}?virtual_host=0"


def cache_url(data_dir: Path) -> str:
    return f"unix://{valkey_socket(data_dir)}?db=1"
