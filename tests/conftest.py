"""The cast: a reader and a librarian at BUPT, a lender at CUMTB, a stranger at BNU, and the center."""

import os
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import hypothesis
import pytest
from django.core.cache import caches
from django.db import connection
from pytest_django import DjangoDbBlocker

from catalog.models import Edition, Holding, LibraryCategory, MemberLibrary
from readers.models import Reader, Role, User
from tests.factories import (
    AssignmentFactory,
    EditionFactory,
    HoldingFactory,
    MemberLibraryFactory,
    ReaderFactory,
    UserFactory,
)


@pytest.fixture
def bupt(db: None) -> MemberLibrary:
    """Home library of the cast."""
    return MemberLibraryFactory.create(
        code="211130", request_prefix="BUPT", name="北京邮电大学图书馆", short_name="北邮",
        category=LibraryCategory.ENGINEERING, phone="010-62281970", email="ill@bupt.example",
    )  # fmt: skip


@pytest.fixture
def cumtb(db: None) -> MemberLibrary:
    """Lending library of the cast."""
    return MemberLibraryFactory.create(
        code="232060", request_prefix="KD", name="中国矿业大学（北京）图书馆", short_name="矿大（北京）",
        category=LibraryCategory.ENGINEERING, email="ill@cumtb.example",
    )  # fmt: skip


@pytest.fixture
def bnu(db: None) -> MemberLibrary:
    """A member that has nothing to do with the story."""
    return MemberLibraryFactory.create(
        code="211260", request_prefix="BSD", name="北京师范大学图书馆", short_name="北师大",
        category=LibraryCategory.NORMAL, email="ill@bnu.example",
    )  # fmt: skip


@pytest.fixture
def nlc(db: None) -> MemberLibrary:
    """国家图书馆 lends Chinese and foreign books and registers no readers."""
    return MemberLibraryFactory.create(
        code="110001", request_prefix="NLC", name="国家图书馆", short_name="国图",
        category=LibraryCategory.PUBLIC, borrows=False,
    )  # fmt: skip


@pytest.fixture
def reader(bupt: MemberLibrary) -> Reader:
    """林晓, approved at BUPT; login linxiao, password library-2026."""
    return ReaderFactory.create(
        library=bupt, name="林晓", certificate_number="13005129002550",
        user=UserFactory.create(username="linxiao", first_name="林晓", email="linxiao@bupt.example"),
    )  # fmt: skip


def _librarian(username: str, library: MemberLibrary | None, role: str) -> User:
    user: User = UserFactory.create(username=username, is_staff=True, email=f"{username}@example.org")
    AssignmentFactory.create(user=user, library=library, role=role)
    return user


@pytest.fixture
def home_librarian(bupt: MemberLibrary) -> User:
    return _librarian("bupt", bupt, Role.LIBRARIAN)


@pytest.fixture
def lending_librarian(cumtb: MemberLibrary) -> User:
    return _librarian("cumtb", cumtb, Role.LIBRARIAN)


@pytest.fixture
def strange_librarian(bnu: MemberLibrary) -> User:
    return _librarian("bnu", bnu, Role.LIBRARIAN)


@pytest.fixture
def center_admin(db: None) -> User:
    return _librarian("center", None, Role.CENTER)


@pytest.fixture
def edition(db: None) -> Edition:
    """高等数学辅导 上册, 1982."""
    return EditionFactory.create()


@pytest.fixture
def copy(edition: Edition, cumtb: MemberLibrary) -> Holding:
    """A copy of `edition` on the shelf at CUMTB."""
    return HoldingFactory.create(edition=edition, library=cumtb, barcode="C6024202")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real records beside the repository (or BALIS_SHARED_DATA); skips where there is none."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("BALIS_SHARED_DATA", default))
    if not folder.is_dir():
        pytest.skip("the real records are not here: name their folder in BALIS_SHARED_DATA")
    return folder


# A developer's run looks for new examples; the same commit must not pass in one gate and fail in the next.
hypothesis.settings.register_profile("ci", derandomize=True)
if "CI" in os.environ:
    hypothesis.settings.load_profile("ci")


@pytest.fixture(autouse=True)
def own_cache(request: pytest.FixtureRequest, worker_id: str) -> Iterator[None]:
    """Workers share one cache server: each test has keys of its own, and none an earlier test or run left."""
    if "/story/" in request.node.nodeid:  # other processes take part, which know the usual keys
        yield
        return
    own = caches["default"]
    before, own.key_prefix = own.key_prefix, f"{os.getpid()}-{worker_id}-{next(_tests)}"
    yield
    own.key_prefix = before


_tests = count()
OTHER_SESSIONS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@pytest.fixture(scope="session", autouse=True)
def last_session(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """At the end no other session may hold the test database, or it cannot be dropped.

    Tests kill processes on purpose, and the server notices the loss of such a client only after a moment.
    """
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            cursor.execute(f"SELECT count(*) {OTHER_SESSIONS}")
            if cursor.fetchone() == (0,):
                return
            time.sleep(0.1)
        cursor.execute(f"SELECT pg_terminate_backend(pid) {OTHER_SESSIONS}")
