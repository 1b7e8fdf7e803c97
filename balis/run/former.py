"""Finds what a killed run left behind. Every process we start carries a mark in its environment."""

from collections.abc import Callable
from pathlib import Path

import psutil

MARK = "BALIS_RUN_OF"


def mark(data_dir: Path) -> dict[str, str]:
    """The environment entry by which processes of this folder are known, children of children included."""
    return {MARK: str(data_dir)}


def marked_processes(data_dir: Path) -> list[psutil.Process]:
    """Processes of ours with the mark of this folder. Others' processes cannot be read and are never ours."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(data_dir):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
            continue  # gone meanwhile, or somebody else's
    return found


def stop_former_processes(data_dir: Path, patience_seconds: float = 6) -> int:
    """End what is left of a killed run, gently first; return how many there were.

    To be called only while holding the folder (claim_folder): then no marked process has a living supervisor.
    """
    former = marked_processes(data_dir)
    for process in former:
        _signal(process, psutil.Process.terminate)
    _gone, alive = psutil.wait_procs(former, timeout=patience_seconds)
    for process in alive:
        _signal(process, psutil.Process.kill)
    psutil.wait_procs(alive, timeout=patience_seconds)
    (data_dir / "beat.pid").unlink(missing_ok=True)
    return len(former)


def _signal(process: psutil.Process, action: Callable[[psutil.Process], None]) -> None:
    try:
        action(process)
    except psutil.NoSuchProcess:
        return
