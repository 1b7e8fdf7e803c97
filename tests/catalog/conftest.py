"""Real records that lie beside the repository, for those who have them."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real records (BALIS_SHARED_DATA, by default ../shared/data); the test is skipped without it."""
    default = Path(__file__).resolve().parents[3] / "shared" / "data"
    folder = Path(os.environ.get("BALIS_SHARED_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"needs the real records in {folder} (set BALIS_SHARED_DATA)")
    return folder
