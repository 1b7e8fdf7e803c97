"""What the tests of the catalogue share: a shelf to search, and the real records for those who have them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from catalog.models import Edition, MemberLibrary
from catalog.search.index import refresh
from tests.catalog.broad import broad_catalogue
from tests.factories import EditionFactory, HoldingFactory


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real records (BALIS_SHARED_DATA, by default ../shared/data); the test is skipped without it."""
    default = Path(__file__).resolve().parents[3] / "shared" / "data"
    folder = Path(os.environ.get("BALIS_SHARED_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"needs the real records in {folder} (set BALIS_SHARED_DATA)")
    return folder


@pytest.fixture
def shelf(cumtb: MemberLibrary, bnu: MemberLibrary) -> list[Edition]:
    """25 editions of 高等数学 at CUMTB, the first also at BNU, all in the index."""
    editions = [EditionFactory.create(title="高等数学", volume="", year=2000 + n) for n in range(25)]
    for edition in editions:
        HoldingFactory.create(edition=edition, library=cumtb)
    HoldingFactory.create(edition=editions[0], library=bnu)
    refresh([edition.pk for edition in editions])
    return editions


@pytest.fixture(scope="module")
def broad_shelves(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """2,000 books in eight libraries, counted; every threshold is small (tests/catalog/broad.py)."""
    with django_db_blocker.unblock(), broad_catalogue():
        yield
