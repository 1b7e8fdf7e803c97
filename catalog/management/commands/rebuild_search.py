"""manage.py rebuild_search: every search entry anew, after a change of folding, tokens or joint-search members."""

import time
from typing import Any

from django.core.management.base import BaseCommand

from catalog.models import Edition
from catalog.search.index import rebuild


class Command(BaseCommand):
    help = "Rebuild the search index from the catalogue; searches go on meanwhile."

    def handle(self, *args: Any, **options: Any) -> None:
        started, total, done = time.monotonic(), Edition.objects.visible().count(), 0
        for done in rebuild():
            self.stdout.write(f"{done}/{total}")
        self.stdout.write(f"{done} entries in {time.monotonic() - started:.1f} s")
