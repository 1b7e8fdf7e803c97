"""Bringing a library's file into the union catalogue: records, editions and copies, idempotent and in batches."""

from catalog.importing.report import ImportReport
from catalog.importing.run import import_file

__all__ = ["ImportReport", "import_file"]
