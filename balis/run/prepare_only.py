"""`python -m balis.run.prepare_only`: messages, tables and static files, and no demo data; for containers."""

import os

from balis.run.prepare import prepare

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "balis.settings")
    prepare(demo=False)
