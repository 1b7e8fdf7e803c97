"""manage.py check_search: proves that the search index equals the catalogue; exit code 1 where it does not.

The lists of frequent words are compared with the entries.
"""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from catalog.models import FrequentToken, SearchEntry
from catalog.search.check import differences, wrong_lists
from catalog.search.index import refresh
from catalog.search.maintenance import maintain

_MOST_LISTED = 50


class Command(BaseCommand):
    help = "Compare every search entry with what the catalogue says; --repair writes anew what differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="write anew what differs")

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
        lists = sum(1 for _token in wrong_lists())
        self.stdout.write(f"{FrequentToken.objects.count()} lists of frequent words, {lists} differ from the entries")
        if lists and options["repair"]:
            maintain()
        if (wrong or lists) and not options["repair"]:
            sys.exit(1)
