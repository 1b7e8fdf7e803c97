"""`manage.py demo_data`: builds the demo world into an empty database, or with --reset into any."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from balis import demo
from balis.demo import people, world


class Command(BaseCommand):
    help = "Build the demo world: libraries, a catalogue, readers and librarians, four months of requests."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reset", action="store_true", help="delete everything in the database first")
        parser.add_argument("--if-empty", action="store_true", help="do nothing where there is data already")
        parser.add_argument(
            "--books",
            type=int,
            default=world.DEFAULT_BOOKS,
            metavar="N",
            help="invented books besides the real ones (default: %(default)s)",
        )
        parser.add_argument(
            "--no-input", action="store_false", dest="interactive", help="do not ask before deleting real data"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["books"] < 0:
            raise CommandError("--books must not be negative.")
        if not world.is_empty():
            if options["if_empty"]:
                self.stdout.write("The database has data already; nothing was changed.")
                return
            self._clear(**options)
        world.build(books=options["books"], say=self.stdout.write)
        self.stdout.write("The demo world is ready. You can log in as:")
        for who, login, password in demo.logins():
            self.stdout.write(f"  {login:10} {password}   {who}")

    def _clear(self, *, reset: bool, interactive: bool, **_options: Any) -> None:
        """Empty the database if that was asked for; raises CommandError otherwise."""
        is_demo = people.is_demo_world()
        if not reset:
            what = "the demo world" if is_demo else "data that is not the demo world"
            raise CommandError(
                f"This database already holds {what}. `demo_data --reset` deletes everything in it and builds anew."
            )
        if not is_demo and interactive and not self._confirmed():
            raise CommandError("Nothing was changed.")
        world.empty_database()
        self.stdout.write("Everything that was in the database is deleted.")

    def _confirmed(self) -> bool:
        if not sys.stdin.isatty():
            raise CommandError("This is not the demo world; add --no-input to delete it without being asked.")
        answer = input("This database does not hold the demo world. Type “delete” to delete everything in it: ")
        return answer.strip() == "delete"
