"""Reads the file .env of the project once into the environment; what is set already wins."""

from pathlib import Path

import environ

PROJECT_DIR = Path(__file__).resolve().parent.parent
ENV_FILE = PROJECT_DIR / ".env"


def load_env_file() -> None:
    """Safe to call often; a missing file is no error."""
    if ENV_FILE.is_file():
        environ.Env.read_env(str(ENV_FILE))
