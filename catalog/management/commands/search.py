"""manage.py search: the joint search on the command line, as a person or (--json) a program reads it."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.models import MemberLibrary
from catalog.search import SearchPage, SearchQuery, search
from catalog.search.query import ROUTES, SORTS


class Command(BaseCommand):
    help = "Search the union catalogue: manage.py search 高等数学 --library 211130 --json"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("query", metavar="QUERY")
        parser.add_argument("--route", choices=list(ROUTES), default="all")
        parser.add_argument("--library", metavar="CODE", nargs="+", default=[], help="only what these libraries hold")
        parser.add_argument("--page", type=int, default=1)
        parser.add_argument("--sort", choices=list(SORTS), default="relevance")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")

    def handle(self, *args: Any, **options: Any) -> None:
        codes = tuple(options["library"])
        known = set(MemberLibrary.objects.searchable().filter(code__in=codes).values_list("code", flat=True))
        if unknown := [code for code in codes if code not in known]:
            raise CommandError(f"No library of the joint search has the code {', '.join(unknown)}.")
        page = search(
            SearchQuery(
                text=options["query"],
                route=options["route"],
                libraries=codes,
                page=options["page"],
                sort=options["sort"],
            )
        )
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
