"""Web, workers and scheduler under honcho: one goes, all go, and the next start is clean."""

import os
import shlex
import sys
from pathlib import Path

from honcho.manager import Manager

from balis.environment import PROJECT_DIR
from balis.run.former import mark, stop_former_processes

WEB_WORKERS, WEB_THREADS = 2, 4


def commands(data_dir: Path, host: str, port: int) -> dict[str, list[str]]:
    """The processes of the portal, by name. Imports have a worker of their own: mail does not wait for them."""
    python = sys.executable
    shown_host = f"[{host}]" if ":" in host else host
    return {
        "web": [
            python, "-m", "gunicorn", "balis.wsgi", "--bind", f"{shown_host}:{port}", "--workers", str(WEB_WORKERS),
            "--threads", str(WEB_THREADS), "--no-control-socket", "--access-logfile", str(data_dir / "access.log"),
        ],
        "worker": [python, "-m", "celery", "-A", "balis", "worker", "--concurrency", "2", "--loglevel", "INFO"],
        "imports": [
            python, "-m", "celery", "-A", "balis", "worker", "--queues", "imports", "--concurrency", "1",
            "--hostname", "imports@%h", "--loglevel", "INFO",
        ],
        "beat": [
            python, "-m", "celery", "-A", "balis", "beat", "--loglevel", "WARNING",
            "--schedule", str(data_dir / "beat-schedule"), "--pidfile", str(data_dir / "beat.pid"),
        ],
    }  # fmt: skip


def supervise(data_dir: Path, host: str, port: int) -> int:
    """Run until Ctrl-C, a signal or the end of one process; return the exit status (0 after Ctrl-C)."""
    # honcho signals the whole group: the worker must put running tasks back instead of losing them.
    environment = os.environ | mark(data_dir) | {"REMAP_SIGTERM": "SIGQUIT", "PYTHONUNBUFFERED": "1"}
    manager = Manager()
    for name, command in commands(data_dir, host, port).items():
        manager.add_process(name, "exec " + shlex.join(command), env=environment, cwd=str(PROJECT_DIR))
    _greet(host, port)
    try:
        manager.loop()
    finally:
        stop_former_processes(data_dir)
    return 0 if manager.returncode in {0, 130, 143} else 1


def _greet(host: str, port: int) -> None:
    from balis.demo import logins

    shown_host = "localhost" if host in {"127.0.0.1", "0.0.0.0", "::1", "::"} else host  # noqa: S104
    lines = [
        f"\n  BALIS馆际互借  http://{shown_host}:{port}/      back office  http://{shown_host}:{port}/backoffice/\n"
    ]
    lines += [f"  {who:　<16}{login:<16}{password}" for who, login, password in logins()]
    sys.stdout.write("\n".join(lines) + "\n\n  Ctrl-C stops everything.\n\n")
    sys.stdout.flush()
