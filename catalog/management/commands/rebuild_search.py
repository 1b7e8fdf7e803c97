"""manage.py rebuild_search: every search entry anew, after an upgrade or a change of folding or tokens."""

import os
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.models import Edition
from catalog.search.maintenance import maintain
from catalog.search.rebuild import Busy, is_needed, rebuild


class Command(BaseCommand):
    help = "Rebuild the search index from the catalogue; searches and changes go on meanwhile."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-needed", action="store_true", help="only after an upgrade that asks for it")
        parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: one per core)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_needed"] and not is_needed():
            return
        started, total, done = time.monotonic(), Edition.objects.visible().count(), 0
        jobs = options["jobs"] if total > 20_000 else 1  # further processes take a second to start
        try:
            for done in rebuild(jobs=jobs):
                self.stdout.write(f"\r{done}/{total}", ending="")
            self.stdout.write(f"\r{done} entries in {time.monotonic() - started:.1f} s, counting frequent words …")
            maintain()
        except Busy as busy:
            raise CommandError(str(busy)) from None
        self.stdout.write(f"done in {time.monotonic() - started:.1f} s")
