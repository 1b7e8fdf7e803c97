"""Reads the file .env of the project once into the environment; what is set already wins."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import environ

PROJECT_DIR = Path(__file__).resolve().parent.parent
ENV_FILE = PROJECT_DIR / ".env"


def load_env_file() -> None:
    """Safe to call often; a missing file is no error."""
    if ENV_FILE.is_file():
        environ.Env.read_env(str(ENV_FILE))


def broker_url(redis_url: str) -> str:
    """The same server as Celery writes it: a Unix socket has a scheme of its own there."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    return f"redis+socket://{parts.path}?virtual_host={parse_qs(parts.query).get('db', ['0'])[0]}"
