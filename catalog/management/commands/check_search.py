"""manage.py check_search: proves that the search index equals the catalogue; exit code 1 where it does not."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from catalog.models import SearchEntry
from catalog.search.check import differences
from catalog.search.index import refresh

_MOST_LISTED = 50


class Command(BaseCommand):
    help = "Compare every search entry with what the catalogue says; --repair writes those that differ anew."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="write the entries that differ anew")

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = 0
        for last, found in differences():
            for one in found:
                wrong += 1
                if wrong <= _MOST_LISTED:
                    self.stdout.write(f"edition {one.edition_id}: {one.what}")
            if options["repair"]:
                refresh([one.edition_id for one in found])
            if self.stderr.isatty():
                self.stderr.write(f"\rlooked at ids up to {last}", ending="")
        self.stdout.write(f"{SearchEntry.objects.count()} entries, {wrong} differ from the catalogue")
        if wrong and not options["repair"]:
            sys.exit(1)
