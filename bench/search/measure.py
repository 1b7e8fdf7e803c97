"""Asks each query once and takes the time; compares what search() estimates with what is there."""

import gc
import multiprocessing
import random
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.report import percentile
from bench.search import place
from bench.search.queries import Case

if TYPE_CHECKING:
    from django.http import HttpResponse

    from catalog.search import SearchPage, SearchQuery

CLIENTS = 8
CLIENT_SECONDS = 12
WARM_UP_QUERIES = 40  # that each of the clients asks before the clock starts
FEWEST_HITS_OF_A_LIBRARY = 200  # below that a library's estimate says little, and a reader does not rely on it
Ask = Callable[["SearchQuery"], Any]


@dataclass(frozen=True)
class Timed:
    case: Case
    ms: float
    answer: Any


def once_each(cases: Iterable[Case], ask: Ask) -> list[Timed]:
    """The answers are kept, which no server does: the garbage collector is told to pass over them."""
    timed = []
    for case in cases:
        gc.collect()
        gc.freeze()
        started = time.perf_counter()
        answer = ask(case.query)
        timed.append(Timed(case, (time.perf_counter() - started) * 1000, answer))
    return timed


# --- Our own ways to ask -----------------------------------------------------------------------------------


def call(query: "SearchQuery") -> "SearchPage":
    """The whole search call."""
    from catalog.search import search

    return search(query)


def exhaustive(query: "SearchQuery") -> "SearchPage":
    """The same with every hit counted and put in order."""
    return call(replace(query, count=True))


class Reader:
    """Asks for the whole page as an anonymous browser does: URL, middleware, search, template."""

    def __init__(self) -> None:
        from django.test import Client

        self.client = Client(headers={"host": "localhost"})
        self.rng = random.Random()

    def __call__(self, query: "SearchQuery") -> "HttpResponse":
        from catalog.links import address_of

        # Each page is asked for from another address: what is measured is no single robot.
        address = ".".join(["10", *(str(self.rng.randrange(256)) for _ in range(3))])
        response: HttpResponse = self.client.get(address_of(query), REMOTE_ADDR=address)
        if response.status_code != 200:
            raise RuntimeError(f"{address_of(query)} answered {response.status_code}")
        return response


def statements(cases: Iterable[Case], ask: Ask) -> list[int]:
    """How many SQL statements each page takes, on all connections together."""
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    numbers = []
    for case in cases:
        with ExitStack() as stack:
            captured = [stack.enter_context(CaptureQueriesContext(one)) for one in connections.all()]
            ask(case.query)
            numbers.append(sum(map(len, captured)))
    return numbers


# --- Eight at once -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Crowd:
    per_second: float
    p50_ms: float
    p95_ms: float


def crowd(engine: str, cases: Sequence[Case], folder: Path, seconds: float = CLIENT_SECONDS) -> Crowd:
    """CLIENTS processes ask random ones of the cases at the same time, each as fast as it is answered."""
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(CLIENTS)
    with spawn.Pool(CLIENTS, _start_client, (barrier, place.database_name(), engine, folder)) as pool:
        work = [(number, list(cases), seconds) for number in range(CLIENTS)]
        times = [ms for some in pool.map(_be_client, work, chunksize=1) for ms in some]
    return Crowd(len(times) / seconds, percentile(times, 0.5), percentile(times, 0.95))


_barrier: Any = None
_ask: Any = None


def _start_client(barrier: Any, database: str, engine: str, folder: Path) -> None:
    global _barrier, _ask
    place.connect(database)
    _barrier, _ask = barrier, asker(engine, folder)


def _be_client(task: tuple[int, list[Case], float]) -> list[float]:
    number, cases, seconds = task
    rng = random.Random(number)
    for case in rng.choices(cases, k=WARM_UP_QUERIES):
        _ask(case.query)
    _barrier.wait()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        times.append(once_each([rng.choice(cases)], _ask)[0].ms)
    return times


def asker(engine: str, folder: Path) -> Ask:
    """search, page, tantivy or zebra, ready to be asked; `folder` is the peer's."""
    from bench.search.tantivy_peer import Tantivy
    from bench.search.zebra_peer import Zebra

    if engine == "search":
        return call
    if engine == "page":
        return Reader()
    peer = {"tantivy": Tantivy, "zebra": Zebra}[engine]()
    return peer.open(folder)


# --- What an estimate is worth -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Accuracy:
    """Of the answers that were not counted exhaustively, beside the same queries counted so.

    Errors are shares of the true number, 0 where nothing was estimated; `agreement` is the share of the true first
    page that was shown, 1 where every page came from everything that matches.
    """

    estimated_share: float
    count_error_p95: float
    library_error_p95: float
    agreement: float
    paths: dict[str, int]


def accuracy(quick: Sequence[Timed], exact: Sequence[Timed]) -> Accuracy:
    pairs = [(one.answer, other.answer) for one, other in zip(quick, exact, strict=True)]
    estimated = [(page, truth) for page, truth in pairs if not page.exact]
    otherwise = [(page, truth) for page, truth in pairs if page.path != "exact"]
    paths = [page.path for page, _truth in pairs]
    library_errors = [error for page, truth in estimated for error in _library_errors(page, truth)]
    errors = [abs(page.total - truth.total) / max(truth.total, 1) for page, truth in estimated]
    return Accuracy(
        estimated_share=len(estimated) / len(pairs),
        count_error_p95=percentile(errors, 0.95) if errors else 0.0,
        library_error_p95=percentile(library_errors, 0.95) if library_errors else 0.0,
        agreement=statistics.fmean(_shown(page, truth) for page, truth in otherwise) if otherwise else 1.0,
        paths={path: paths.count(path) for path in sorted(set(paths))},
    )


def _library_errors(page: "SearchPage", truth: "SearchPage") -> Iterator[float]:
    for code, number in truth.per_library.items():
        if number >= FEWEST_HITS_OF_A_LIBRARY:
            yield abs(page.per_library[code] - number) / number


def _shown(page: "SearchPage", truth: "SearchPage") -> float:
    """Share of the editions on the true first page that this one shows."""
    right = {result.edition.pk for result in truth.results}
    return len(right & {result.edition.pk for result in page.results}) / len(right) if right else 1.0
