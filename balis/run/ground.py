"""The ground a run needs: the folder to itself, and a free port."""

import errno
import fcntl
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from balis.embedded.folders import make_data_dir


class NotReady(Exception):
    """The portal cannot start; the message is one sentence that says what to do."""


@contextmanager
def claim_folder(data_dir: Path) -> Iterator[None]:
    """Hold the data folder for this run; the kernel gives it free however the run ends.

    lockf and not flock: honcho forks, and a flock would live on in the forks of a killed supervisor.
    """
    make_data_dir(data_dir)
    with (data_dir / "run.lock").open("a") as handle:
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError) as error:
            raise NotReady(f"The portal of {data_dir} runs already: use it, or stop it first with Ctrl-C.") from error
        yield


def require_free_port(host: str, port: int) -> None:
    """Raise NotReady unless we may listen on host:port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise NotReady(f"Port {port} is taken by another program: try `make run PORT={port + 1}`.") from error
            if error.errno == errno.EACCES:
                raise NotReady(f"Port {port} needs more rights: try `make run PORT=8000`.") from error
            raise NotReady(f"Cannot listen on {host}:{port} ({error.strerror}): try another PORT or HOST.") from error
        except OverflowError as error:
            raise NotReady(f"{port} is no port: choose one from 1024 to 65535, as in `make run PORT=8000`.") from error
