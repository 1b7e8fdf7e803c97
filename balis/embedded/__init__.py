"""PostgreSQL and Valkey from the wheels: started and stopped by us when no server is configured."""

import os
from pathlib import Path

from balis.embedded import postgres, valkey
from balis.embedded.errors import EmbeddedError
from balis.embedded.paths import default_data_dir
from balis.environment import load_env_file

__all__ = ["EmbeddedError", "ensure", "stop"]


def ensure(data_dir: Path | None = None, *, durable: bool = True) -> list[str]:
    """Start whatever DATABASE_URL and REDIS_URL leave to us; return the names of what was started now.

    `durable=False` is for tests: it gives up safety against a crash of the machine for speed.
    Raises EmbeddedError with one sentence that says what to do.
    """
    load_env_file()
    data_dir = data_dir or default_data_dir()
    started = []
    if not os.environ.get("DATABASE_URL") and postgres.ensure(data_dir, durable=durable):
        started.append("postgres")
    if not os.environ.get("REDIS_URL") and valkey.ensure(data_dir):
        started.append("valkey")
    return started


def stop(data_dir: Path | None = None) -> list[str]:
    """Stop both servers of `data_dir` if they run; return the names of what was stopped."""
    load_env_file()
    data_dir = data_dir or default_data_dir()
    stopped = []
    if postgres.stop(data_dir):
        stopped.append("postgres")
    if valkey.stop(data_dir):
        stopped.append("valkey")
    return stopped
