"""Registers the back office of this app."""

from readers.backoffice import library_admin, reader_admin, staff_admin

__all__ = ["library_admin", "reader_admin", "staff_admin"]
