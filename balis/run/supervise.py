"""Web, workers and scheduler under honcho: one goes, all go."""

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from honcho.manager import Manager

from balis.environment import PROJECT_DIR

WEB_WORKERS, WEB_THREADS = 2, 4
STOPPED_BY_SIGNAL = {130, 143}  # honcho's codes for SIGINT and SIGTERM


def commands(data_dir: Path, host: str, port: int) -> dict[str, list[str]]:
    """The processes of the portal, by name. Imports have a worker of their own: mail does not wait for them."""
    python = sys.executable
    shown_host = f"[{host}]" if ":" in host else host
    return {
        "web": [
            python, "-m", "gunicorn", "balis.wsgi", "--bind", f"{shown_host}:{port}", "--workers", str(WEB_WORKERS),
            "--threads", str(WEB_THREADS), "--no-control-socket", "--access-logfile", str(data_dir / "access.log"),
            "--limit-request-line", "8190",  # a long search of Chinese words is longer than the default 4094
        ],
        "worker": [*_worker(python), "--concurrency", "2"],
        "imports": [*_worker(python), "--queues", "imports", "--concurrency", "1", "--hostname", "imports@%h"],
        "beat": [
            python, "-m", "celery", "--quiet", "-A", "balis", "beat", "--loglevel", "WARNING",
            "--schedule", str(data_dir / "beat-schedule"), "--pidfile", str(data_dir / "beat.pid"),
        ],
    }  # fmt: skip


def _worker(python: str) -> list[str]:
    """A Celery worker. As root it would warn at every start, about a danger (pickled tasks) that is off by default."""
    quiet = "ignore:You're running the worker with superuser"
    return [python, "-W", quiet, "-m", "celery", "--quiet", "-A", "balis", "worker", "--loglevel", "INFO"]


def supervise(data_dir: Path, host: str, port: int, environment: Mapping[str, str]) -> int:
    """Run until Ctrl-C, a signal or the end of one process; return the exit status (0 when told to stop)."""
    # honcho signals the whole group: the worker must put running tasks back instead of losing them.
    environment = {**environment, "REMAP_SIGTERM": "SIGQUIT", "PYTHONUNBUFFERED": "1"}
    manager = Manager()
    for name, command in commands(data_dir, host, port).items():
        manager.add_process(name, "exec " + shlex.join(command), env=environment, cwd=str(PROJECT_DIR))
    _greet(host, port)
    manager.loop()
    return 0 if manager.returncode in STOPPED_BY_SIGNAL else 1


def _greet(host: str, port: int) -> None:
    shown_host = "localhost" if host in {"127.0.0.1", "0.0.0.0", "::1", "::"} else host  # noqa: S104
    address = f"http://{f'[{shown_host}]' if ':' in shown_host else shown_host}:{port}/"
    sys.stdout.write(
        f"\n  BALIS馆际互借  {address}      back office  {address}backoffice/\n\n  Ctrl-C stops everything.\n\n"
    )
    sys.stdout.flush()
