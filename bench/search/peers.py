"""What every peer of our search has to do: index the generator's books once, and answer a SearchQuery."""

import json
import multiprocessing
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from bench.search import generator

if TYPE_CHECKING:
    from catalog.search import SearchQuery

PROCESSES = 2


class Unavailable(Exception):
    """A peer that does not run here; the message says why in a few words."""


@dataclass(frozen=True)
class Answer:
    total: int
    shown: int  # records of the first page


class Peer(Protocol):
    name: str
    version: int  # of its index; raise whenever that changes

    def build(self, size: int, folder: Path) -> None:
        """Write the index into an empty folder. Raises Unavailable."""

    def open(self, folder: Path) -> "Callable[[SearchQuery], Answer]":
        """Ready to answer from an index that was built."""


def built(peer: Peer, size: int, folder: Path) -> Path:
    """The folder of the peer's index, built unless an earlier run left it."""
    folder = folder / peer.name
    stamp = folder / "built.json"
    version = f"{generator.version()}-{peer.version}"
    if stamp.exists() and json.loads(stamp.read_text())["version"] == version:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    started = time.perf_counter()
    peer.build(size, folder)
    seconds = time.perf_counter() - started
    megabytes = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
    print(f"{peer.name}: {size} records indexed in {seconds:.0f} s, {megabytes:.0f} MB", flush=True)
    stamp.write_text(json.dumps({"version": version, "seconds": seconds}))
    return folder


def each_chunk(prepare: Callable[[int, int], Any], size: int) -> Iterator[Any]:
    """What `prepare(chunk, size)` makes of every chunk, in order; two processes work ahead."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(PROCESSES) as pool:
        waiting: list[Any] = []
        for chunk in generator.chunks(size):
            waiting.append(pool.apply_async(prepare, (chunk, size)))
            if len(waiting) > 2 * PROCESSES:  # no further ahead: a chunk is tens of megabytes
                yield waiting.pop(0).get()
        for result in waiting:
            yield result.get()
