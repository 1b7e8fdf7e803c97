"""The supervisor's ground: one run per folder, a free port, and nothing left of a killed run."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from balis.run.former import mark, marked_processes, stop_former_processes
from balis.run.ground import NotReady, claim_folder, require_free_port
from balis.run.supervise import commands


def test_a_taken_port_is_named_with_the_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(NotReady, match=rf"Port {port} is taken .*PORT={port + 1}"):
            require_free_port("127.0.0.1", port)
    require_free_port("127.0.0.1", port)


def test_an_impossible_port_is_named() -> None:
    with pytest.raises(NotReady, match="99999 is no port"):
        require_free_port("127.0.0.1", 99999)


HOLD = """
import os, sys, time
from pathlib import Path
from balis.run.ground import claim_folder
with claim_folder(Path(sys.argv[1])):
    if os.fork() == 0:
        time.sleep(60)  # a child that outlives the run, as after kill -9
        os._exit(0)
    print("held", flush=True)
    time.sleep(60)
"""


def test_one_run_per_folder_and_a_killed_one_lets_go_although_its_children_live(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(NotReady, match="runs already"), claim_folder(tmp_path):
            pass
        holder.kill()
        holder.wait()
        with claim_folder(tmp_path):
            pass
    finally:
        os.killpg(holder.pid, signal.SIGKILL)
        holder.stdout.close()


def test_what_a_killed_run_left_behind_is_stopped_and_nothing_else(tmp_path: Path) -> None:
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    stubborn = [
        sys.executable,
        "-c",
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)",
    ]
    ours = [subprocess.Popen(command, env=os.environ | mark(tmp_path)) for command in (sleep, stubborn)]
    foreign = subprocess.Popen(sleep, env=os.environ | mark(tmp_path / "other"))
    try:
        deadline = time.monotonic() + 10
        while len(marked_processes(tmp_path)) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(0.5)  # the stubborn one needs a moment to close its ears
        (tmp_path / "beat.pid").write_text("1")
        assert stop_former_processes(tmp_path, patience_seconds=1) == 2
        assert all(process.wait(5) is not None for process in ours)
        assert foreign.poll() is None
        assert not (tmp_path / "beat.pid").exists()
    finally:
        for process in (*ours, foreign):
            process.kill()
            process.wait()


def test_the_processes_are_named(tmp_path: Path) -> None:
    assert list(commands(tmp_path, "127.0.0.1", 8000)) == ["web", "worker", "imports", "beat"]
    assert "[::1]:8000" in commands(tmp_path, "::1", 8000)["web"]
