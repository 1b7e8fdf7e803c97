"""Builds or finds the catalogue, asks it and its peers the same queries, prints tables and one line of JSON."""

import argparse
import os
from contextlib import ExitStack
from pathlib import Path

from bench.search import catalogue, measure, outcome, peers, place, queries
from bench.search.measure import Reader, once_each
from bench.search.outcome import Outcome
from bench.search.queries import CALLS, PAGES, WARM_UP, Case
from bench.search.tantivy_peer import Tantivy
from bench.search.zebra_peer import Zebra, serving


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__)
    parser.add_argument(
        "--size", type=place.number, default="100k", help="editions: 100k (default), 1M, 10M, any number"
    )
    parser.add_argument("--fresh", action="store_true", help="make the catalogue anew")
    parser.add_argument("--reindex", action="store_true", help="make the search index anew")
    parser.add_argument(
        "--without", choices=("tantivy", "zebra", "clients"), action="append", default=[], help="leave out"
    )
    options = parser.parse_args()
    built = catalogue.prepare(options.size, fresh=options.fresh, reindex=options.reindex)
    folder = place.folder(options.size)
    cases = [queries.chosen(which, options.size, folder, built.generator) for which in queries.SETS]
    outcome.show(run(options.size, built.load_seconds, cases, folder, frozenset(options.without)))


def run(
    size: int, load_seconds: float, cases: list[list[Case]], folder: Path, without: frozenset[str] = frozenset()
) -> Outcome:
    """Measure everything on the catalogue in the database. `cases` are the three sets of queries."""
    print(f"load of the machine before measuring: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    page = Reader()
    once_each(cases[WARM_UP], measure.call)
    calls = once_each(cases[CALLS], measure.call)
    once_each(cases[WARM_UP], page)
    pages = once_each(cases[PAGES], page)
    found = Outcome(size, load_seconds, calls, pages)
    found.statements = measure.statements(cases[PAGES], page)
    found.exhaustive = once_each(cases[CALLS], measure.exhaustive)
    for peer in (Tantivy(), Zebra()):
        _ask_peer(peer, size, cases, folder, found, without)
    if "clients" in without:
        found.missing["clients"] = "left out by --without"
    else:
        found.crowds |= {name: measure.crowd(name, cases[CALLS], folder) for name in ("search", "page")}
    return found


def _ask_peer(
    peer: Tantivy | Zebra, size: int, cases: list[list[Case]], folder: Path, found: Outcome, without: frozenset[str]
) -> None:
    if peer.name in without:
        found.missing[peer.name] = "left out by --without"
        return
    try:
        index = peers.built(peer, size, folder)
    except peers.Unavailable as reason:
        found.missing[peer.name] = str(reason)
        return
    with ExitStack() as stack:
        if isinstance(peer, Zebra):
            stack.enter_context(serving(index))
        ask = peer.open(index)
        once_each(cases[WARM_UP], ask)
        found.peers[peer.name] = once_each(cases[CALLS], ask)
        if "clients" not in without:
            found.crowds[peer.name] = measure.crowd(peer.name, cases[CALLS], index)


if __name__ == "__main__":
    main()
