#!/usr/bin/env python
"""Django's command line; starts the embedded database and broker first where none is configured."""

import os
import sys

# Commands that only look at code: they need no server.
SERVERLESS = {
    "help",
    "version",
    "--help",
    "--version",
    "makemessages",
    "compilemessages",
    "collectstatic",
    "state_table",
}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "balis.settings")
    try:
        from balis import embedded
    except ModuleNotFoundError as error:
        sys.exit(f"{error.name} is missing here: run `make setup`, then `.venv/bin/python manage.py …`.")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command not in SERVERLESS:
        try:
            embedded.ensure()
        except embedded.EmbeddedError as error:
            sys.exit(str(error))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
