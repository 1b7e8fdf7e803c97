"""Changes of the catalogue by staff: each is checked, logged with who and why, and found by the next search."""

from catalog.editing.books import NewBook, add_book
from catalog.editing.copies import CORRECTABLE, NewCopy, add_copy, correct_copy, release_corrections
from catalog.editing.editions import hide_edition, show_edition
from catalog.editing.editor import Editor, EditRefused
from catalog.editing.profiles import save_profile

__all__ = [
    "CORRECTABLE",
    "EditRefused",
    "Editor",
    "NewBook",
    "NewCopy",
    "add_book",
    "add_copy",
    "correct_copy",
    "hide_edition",
    "release_corrections",
    "save_profile",
    "show_edition",
]
