"""The ground of the test suite: its own servers, its settings, and the rule against silent skips.

A plugin (named in pyproject.toml) and not part of conftest.py, because it must act before Django reads its settings.
"""

import fcntl
import os
from pathlib import Path
from typing import IO

import pytest

PROJECT_DIR = Path(__file__).resolve().parents[1]

# A database server of the suite's own, apart from that of `make run`.
os.environ.setdefault("BALIS_DATA_DIR", str(PROJECT_DIR / ".data" / "tests"))
os.environ["BALIS_TESTING"] = "1"
os.environ.setdefault("READERS_FORMS_PER_HOUR", "1000000")  # all tests come from one address
os.environ["DATABASE_POOL_SIZE"] = "0"  # a pool would still hold connections when the test database is dropped

from balis import embedded  # noqa: E402
from balis.run.messages import compile_messages  # noqa: E402

_in_use: list[IO[str]] = []
_skipped: list[str] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="a skipped test fails the run (used by CI)")


def pytest_configure(config: pytest.Config) -> None:
    """Runs in the controller before any xdist worker starts, so one process starts the servers and stops them."""
    if not hasattr(config, "workerinput"):
        compile_messages()  # *.mo are not in the repository; only what changed is written
        embedded.ensure(durable=False)
        _in_use.append((Path(os.environ["BALIS_DATA_DIR"]) / "in-use").open("a"))
        fcntl.flock(_in_use[0], fcntl.LOCK_SH)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Who leaves last stops the servers: another run in the same folder may still need them."""
    for handle in _in_use:
        with handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            embedded.stop()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped:
        _skipped.append(report.nodeid)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.config.getoption("--no-skips") and _skipped and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.getoption("--no-skips") and _skipped:
        terminalreporter.section("skipped, and --no-skips was given")
        for nodeid in _skipped:
            terminalreporter.line(nodeid)
