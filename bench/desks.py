"""How quickly the desks answer over many requests: python -m bench.desks [--size 20k] [--rounds 10].

Every list of the back office that holds requests, in every queue, filtered, searched and paged, and the dashboard,
each opened by librarians of a large, a usual and a small library and by the center: the whole answer in this process,
from the session to the last byte of HTML. The rows (bench/desk_rows.py) lie in a database of their own
(balis_bench_desks), built anew unless --keep is given.
"""

import argparse
import time
from collections.abc import Iterable
from typing import Any

from bench.database import use_own_database
from bench.report import percentile, print_json, print_table

DATABASE = "balis_bench_desks"
LIST = "/backoffice/requests_app/loanrequest/"
WORST_SHOWN = 15


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="20k", help="requests: 20k, 100k, 1M (default 20k)")
    parser.add_argument("--rounds", type=int, default=20, help="how often each page is opened (default 20)")
    parser.add_argument("--keep", action="store_true", help="measure the rows of the last run again")
    arguments = parser.parse_args()
    use_own_database(DATABASE)
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)  # the pages name static files by their hashes
    started = time.monotonic()
    from requests_app.models import LoanRequest

    if not arguments.keep:
        from bench import desk_rows

        desk_rows.build(_number(arguments.size))
    elif not LoanRequest.objects.exists():
        parser.error("there are no rows of an earlier run: leave out --keep")
    seconds = time.monotonic() - started
    lists, dashboards = _measure(arguments.rounds)
    _report(lists, dashboards, seconds)


def _number(text: str) -> int:
    factors = {"k": 1_000, "m": 1_000_000}
    return int(text.rstrip("kKmM")) * factors.get(text[-1:].lower(), 1)


class Page:
    """One page as one person opens it: statements, and milliseconds of every round."""

    def __init__(self, who: str, address: str) -> None:
        self.who, self.address = who, address
        self.statements = 0
        self.took: list[float] = []

    @property
    def p95(self) -> float:
        return percentile(self.took, 0.95)


class Counted:
    """Counts the statements that pass through it."""

    number = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.number += 1
        return execute(sql, params, many, context)


def _measure(rounds: int) -> tuple[list[Page], list[Page]]:
    """Each page once in every round: what slows the machine down for some seconds meets no page twice."""
    from django.db import connection
    from django.test import Client

    import balis.wsgi  # noqa: F401  (loads the site as the server does)
    from readers.models import User

    lists: list[Page] = []
    dashboards: list[Page] = []
    asked: list[tuple[Any, Page]] = []
    for user in User.objects.filter(is_staff=True).order_by("username"):
        client = Client(headers={"host": "localhost"})
        client.force_login(user)
        there = (address for address in _addresses(user) if not _is_beyond_the_last(client, address))
        pages = [Page(user.username, address) for address in there]
        board = Page(user.username, "/backoffice/")
        for page in [*pages, board]:
            _open(client, page)  # templates and plans are warm from here on, as in a server that has run for a minute
            counted = Counted()
            with connection.execute_wrapper(counted):
                _open(client, page)
            page.statements = counted.number
        asked += [(client, page) for page in [*pages, board]]
        lists += pages
        dashboards.append(board)
    for _round in range(rounds):
        for client, page in asked:
            started = time.perf_counter()
            _open(client, page)
            page.took.append((time.perf_counter() - started) * 1000)
    return lists, dashboards


def _is_beyond_the_last(client: Any, address: str) -> bool:
    """Whether that page of the list does not exist: a small library has no two hundred of them."""
    return "p=" in address and client.get(address).status_code == 302


def _open(client: Any, page: Page) -> None:
    response = client.get(page.address)
    assert response.status_code == 200, (page.address, response.status_code, response.headers)


def _addresses(user: Any) -> Iterable[str]:
    """Every queue of both desks, and what people do in lists: filter, search, turn pages."""
    from django.utils import timezone

    from requests_app.backoffice.queues import QUEUES
    from requests_app.models import LoanRequest

    for side, queues in QUEUES.items():
        for queue in queues:
            yield f"{LIST}?desk={side}&queue={queue.key}"
        yield f"{LIST}?desk={side}"
    some = LoanRequest.objects.filter(copy_barcode__gt="").select_related("reader").order_by("pk")[100]
    month = timezone.localdate().replace(day=1)
    library = user.assignments.get().library
    at = f".lender.{library.code}" if library is not None else ""  # as the own report links to it
    yield from (
        LIST, f"{LIST}?p=2", f"{LIST}?desk=lender&queue=done&p=100", f"{LIST}?p=200",
        f"{LIST}?q={some.number}", f"{LIST}?q={some.copy_barcode}", f"{LIST}?q={some.isbn}",
        f"{LIST}?q={some.reader.reader_barcode}", f"{LIST}?q={some.reader.name}", f"{LIST}?q=数学", f"{LIST}?q=中国",
        f"{LIST}?q=高等数学教程", f"{LIST}?q={some.title.replace(' ', '+')}+{some.author}", f"{LIST}?q=没有这本书",
        f"{LIST}?state=UNFILLED", f"{LIST}?delivery=self_pickup", f"{LIST}?from={month}", f"{LIST}?lender=900040",
        f"{LIST}?home=900041&state=COMPLETED", f"{LIST}?figure=filled.{month:%Y-%m}{at}",
        "/backoffice/readers/reader/", "/backoffice/readers/reader/?todo=review", "/backoffice/notices/fine/",
    )  # fmt: skip


def _report(lists: list[Page], dashboards: list[Page], seconds: float) -> None:
    from requests_app.models import LoanRequest, RequestEvent

    worst = sorted([*lists, *dashboards], key=lambda page: -page.p95)[:WORST_SHOWN]
    print_table(
        [
            ["who", "page", "statements", "median ms", "95% ms"],
            *([page.who, page.address, page.statements, percentile(page.took, 0.5), page.p95] for page in worst),
        ]
    )
    every = [milliseconds for page in lists for milliseconds in page.took]
    print_json(
        {
            "list_p95_ms": max(page.p95 for page in lists),  # of the slowest list
            "list_sql": max(page.statements for page in lists),
            "dashboard_p95_ms": max(page.p95 for page in dashboards),
            "dashboard_sql": max(page.statements for page in dashboards),
            "all_lists_p95_ms": percentile(every, 0.95),
            "all_lists_median_ms": percentile(every, 0.5),
            "pages": len(lists),
            "requests": LoanRequest.objects.count(),
            "events": RequestEvent.objects.count(),
            "built_in_s": seconds,
        }
    )


if __name__ == "__main__":
    main()
