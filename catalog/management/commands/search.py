"""manage.py search: the joint search on the command line, as a person or (--json) a program reads it."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.models import MaterialType, MemberLibrary
from catalog.search import SearchPage, SearchQuery, SearchTimeout, search
from catalog.search.query import MOST_CLAUSES, OPERATORS, ROUTES, SORTS, Clause


class Command(BaseCommand):
    help = "Search the union catalogue: manage.py search 高等数学 --library 211130 --json"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("query", metavar="QUERY")
        parser.add_argument("--route", choices=list(ROUTES), default="all")
        parser.add_argument(
            "--row",
            nargs=3,
            action="append",
            metavar=("OPERATOR", "ROUTE", "TEXT"),
            default=[],
            help="one more row of the advanced form, e.g. --row and author 石福庆 --row not title 习题",
        )
        parser.add_argument("--library", metavar="CODE", nargs="+", default=[], help="only what these libraries hold")
        parser.add_argument(
            "--from", dest="year_from", type=int, metavar="YEAR", help="published in this year or later"
        )
        parser.add_argument("--to", dest="year_to", type=int, metavar="YEAR", help="published in this year or earlier")
        parser.add_argument("--language", default="", metavar="CODE", help="e.g. chi, eng")
        parser.add_argument("--type", dest="material_type", choices=MaterialType.values, default="")
        parser.add_argument("--decade", type=int, metavar="YEAR", help="its first year, e.g. 1980")
        parser.add_argument("--clc", default="", metavar="LETTER", help="main class of the 中图法")
        parser.add_argument("--page", type=int, default=1)
        parser.add_argument("--sort", choices=list(SORTS), default="relevance")
        parser.add_argument("--count", action="store_true", help="count every hit, however many there are")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")

    def handle(self, *args: Any, **options: Any) -> None:
        codes = tuple(options["library"])
        known = set(MemberLibrary.objects.searchable().filter(code__in=codes).values_list("code", flat=True))
        if unknown := [code for code in codes if code not in known]:
            raise CommandError(f"No library of the joint search has the code {', '.join(unknown)}.")
        as_they_are = (
            "route",
            "page",
            "sort",
            "language",
            "material_type",
            "decade",
            "clc",
            "year_from",
            "year_to",
            "count",
        )
        query = SearchQuery(
            text=options["query"],
            libraries=codes,
            clauses=_clauses(options["row"]),
            **{name: options[name] for name in as_they_are},
        )
        try:
            page = search(query)
        except SearchTimeout:
            raise CommandError("The search took too long (SEARCH_TIMEOUT_MS): narrow it.") from None
        if options["json"]:
            self.stdout.write(json.dumps(page.as_json(), ensure_ascii=False))
        else:
            self._print(page)

    def _print(self, page: SearchPage) -> None:
        if page.problem:
            self.stdout.write(page.problem)
            return
        about = "" if page.exact else "about "
        self.stdout.write(f"{about}{page.total} editions, page {page.query.page}/{page.pages}, {page.ms} ms")
        for result in page.results:
            edition = result.edition
            imprint = ", ".join(filter(None, [edition.publisher, str(edition.year or "")]))
            holders = " ".join(holder.library.short_name for holder in result.holders)
            self.stdout.write(f"{edition.pk:>9}  {edition.full_title} / {edition.author_text} ({imprint}) [{holders}]")
        for one in page.suggestions:
            self.stdout.write(f"try: {one.query.text} ({one.total})")


def _clauses(rows: list[list[str]]) -> tuple[Clause, ...]:
    if len(rows) >= MOST_CLAUSES:
        raise CommandError(f"At most {MOST_CLAUSES - 1} times --row.")
    for operator, route, _text in rows:
        if operator not in OPERATORS or route not in ROUTES:
            raise CommandError(f"--row {operator} {route}: {', '.join(OPERATORS)}, then {', '.join(ROUTES)}.")
    return tuple(Clause(operator, text, route) for operator, route, text in rows)
