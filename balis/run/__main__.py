"""Prepare everything, then serve: web, worker and scheduler until Ctrl-C."""

import argparse
import os
import signal
import subprocess
import sys
from types import FrameType

from balis import embedded
from balis.embedded.paths import default_data_dir
from balis.environment import PROJECT_DIR, load_env_file
from balis.run.former import mark, stop_former_processes
from balis.run.ground import NotReady, claim_folder, require_free_port
from balis.run.supervise import supervise

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", "8000"
OUR_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # Ctrl-C, a polite kill, a terminal that closes


class Stopped(Exception):
    """Somebody asked us to end."""


def main() -> int:
    load_env_file()
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--host", default=os.environ.get("HOST") or DEFAULT_HOST)
    parser.add_argument("--port", default=os.environ.get("PORT") or DEFAULT_PORT)
    arguments = parser.parse_args()
    for number in OUR_SIGNALS:
        signal.signal(number, _stop)
    try:
        return _run(arguments.host, _port(arguments.port))
    except (NotReady, embedded.EmbeddedError) as error:
        sys.exit(str(error))
    except Stopped:
        return 0


def _run(host: str, port: int) -> int:
    """Claim, prepare, serve; whatever happens, leave nothing running behind."""
    data_dir = default_data_dir()
    environment = os.environ | mark(data_dir)
    environment.setdefault("SITE_URL", f"http://localhost:{port}")
    with claim_folder(data_dir):
        stop_former_processes(data_dir)
        require_free_port(host, port)
        try:
            embedded.ensure(data_dir)
            # A process of its own: the supervisor stays small, and forks nothing that Django opened.
            prepared = subprocess.run([sys.executable, "-m", "balis.run.prepare"], env=environment, cwd=PROJECT_DIR)
            if prepared.returncode:
                raise NotReady("The portal could not be prepared: the messages above say why.")
            return supervise(data_dir, host, port, environment)
        finally:
            for number in OUR_SIGNALS:  # a second Ctrl-C must not interrupt the clearing up
                signal.signal(number, signal.SIG_IGN)
            stop_former_processes(data_dir)
            embedded.stop(data_dir)


def _port(text: str) -> int:
    if not text.isdecimal():
        raise NotReady(f"“{text}” is no port: choose a number, as in `make run PORT={DEFAULT_PORT}`.")
    return int(text)


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


if __name__ == "__main__":
    sys.exit(main())
