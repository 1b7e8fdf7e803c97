"""Print the states and moves as Markdown with a diagram; check or write docs/states.md."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from requests_app.state_table import as_markdown


class Command(BaseCommand):
    help = "Print the table of states and moves; --write puts it into docs/states.md, --check compares it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--write", action="store_true", help="write docs/states.md")
        what.add_argument("--check", action="store_true", help="fail when docs/states.md differs from the code")
        parser.add_argument("--path", type=Path, default=settings.BASE_DIR / "docs" / "states.md")

    def handle(self, *args: Any, write: bool, check: bool, path: Path, **options: Any) -> None:
        page = as_markdown()
        if write:
            path.write_text(page, encoding="utf-8")
            self.stdout.write(f"wrote {path}")
        elif check:
            if not path.is_file() or path.read_text(encoding="utf-8") != page:
                raise CommandError(f"{path.name} differs from the code; run: manage.py state_table --write")
            self.stdout.write(f"{path.name} agrees with the code")
        else:
            self.stdout.write(page)
