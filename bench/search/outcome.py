"""What a run found: tables by kind of query, and the one line of JSON at the end."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.report import percentile, print_json, print_table
from bench.search.measure import Crowd, Timed, accuracy
from bench.search.queries import KINDS

SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}


@dataclass
class Outcome:
    """`missing` says why something was not measured."""

    records: int
    load_seconds: float
    calls: list[Timed]
    pages: list[Timed]
    statements: list[int] = field(default_factory=list)
    exhaustive: list[Timed] = field(default_factory=list)
    peers: dict[str, list[Timed]] = field(default_factory=dict)
    crowds: dict[str, Crowd] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def json(self) -> dict[str, object]:
        """None for what was not measured."""
        told = accuracy(self.calls, self.exhaustive)
        search, pages = _times(self.calls), _times(self.pages)
        p95 = {name: percentile(_times(timed), 0.95) for name, timed in self.peers.items()}
        tantivy, crowd = p95.get("tantivy"), self.crowds.get("page")
        return {
            "records": self.records,
            "search_p50_ms": percentile(search, 0.5),
            "search_p95_ms": percentile(search, 0.95),
            "search_max_ms": max(search),
            "page_p95_ms": percentile(pages, 0.95),
            "page_sql": max(self.statements),
            "tantivy_p95_ms": tantivy,
            "zebra_p95_ms": p95.get("zebra"),
            "ratio_tantivy_p95": percentile(search, 0.95) / tantivy if tantivy else None,
            "approx_share": told.estimated_share,
            "count_error_p95": told.count_error_p95,
            "page1_agreement": told.agreement,
            "exact_only_p95_ms": percentile(_times(self.exhaustive), 0.95),
            "load_seconds": self.load_seconds,
            "pages_per_s_8_clients": crowd.per_second if crowd else None,
        }


def show(found: Outcome) -> None:
    _table("search call, ms", found.calls)
    _slowest(found.calls)
    _table("whole HTTP page, ms", found.pages)
    _slowest(found.pages)
    _statements(found)
    _table("search call with every hit counted, ms", found.exhaustive, beside=found.calls)
    for name, timed in found.peers.items():
        _table(f"{name}, ms", timed, beside=found.calls)
        _totals(name, timed, found.exhaustive)
    told = accuracy(found.calls, found.exhaustive)
    paths = ", ".join(f"{number} {path}" for path, number in told.paths.items())
    print(
        f"\nanswered: {paths}; estimated {told.estimated_share:.1%} of the queries, error p95 of totals "
        f"{told.count_error_p95:.1%}, of hits per library {told.library_error_p95:.1%}; first pages that were not "
        f"taken from every hit agree {told.agreement:.1%} with those that were"
    )
    if found.crowds:
        print("\n8 clients at once")
        rows = [(name, crowd.per_second, crowd.p50_ms, crowd.p95_ms) for name, crowd in found.crowds.items()]
        print_table([("asked", "per second", "p50 ms", "p95 ms"), *rows])
    for name, reason in found.missing.items():
        print(f"{name} not measured: {reason}")
    print_json(found.json())


def _times(timed: Sequence[Timed]) -> list[float]:
    return [one.ms for one in timed]


def _table(heading: str, timed: Sequence[Timed], beside: Sequence[Timed] = ()) -> None:
    """One row per kind; `beside` are our calls, whose times as a share of these are shown too."""
    print(f"\n{heading}")
    head: list[object] = ["kind", "n", *SHARES]
    rows: list[list[object]] = [head + (["ours p50 ×", "ours p95 ×"] if beside else [])]
    for kind in (*KINDS, "all"):
        these, ours = ([one.ms for one in some if kind in ("all", one.case.kind)] for some in (timed, beside))
        if these:
            row: list[object] = [kind, len(these), *(percentile(these, share) for share in SHARES.values())]
            ratios = [percentile(ours, share) / percentile(these, share) for share in (0.5, 0.95)] if ours else []
            rows.append(row + ratios)
    print_table(rows)


def _slowest(timed: Sequence[Timed], number: int = 5) -> None:
    for one in sorted(timed, key=lambda one: -one.ms)[:number]:
        path = getattr(one.answer, "path", "")
        print(f"{one.ms:9.1f}  {_asked(one)}{f': {one.answer.total} hits, {path}' if path else ''}")


def _statements(found: Outcome) -> None:
    print("\nSQL statements per page")
    numbers = sorted(set(found.statements))
    examples = [_asked(found.pages[found.statements.index(number)]) for number in numbers]
    counts = [found.statements.count(number) for number in numbers]
    print_table([("statements", "pages", "such as"), *zip(numbers, counts, examples, strict=True)])


def _asked(one: Timed) -> str:
    query = one.case.query
    where = f", {len(query.libraries)} libraries" if query.libraries else ""
    return f"{query.text!r} in {query.route}{where} ({one.case.kind})"


def _totals(name: str, timed: Sequence[Timed], exhaustive: Sequence[Timed]) -> None:
    """Whether the peer found what we found: it cuts texts in its own way, so a few totals differ a little."""
    pairs = [(one.answer.total, other.answer.total) for one, other in zip(timed, exhaustive, strict=True)]
    same = sum(peer == ours for peer, ours in pairs)
    near = sum(abs(peer - ours) <= 0.02 * max(peer, ours) for peer, ours in pairs)
    print(f"totals equal to ours: {same} of {len(pairs)}, within 2 %: {near}")
