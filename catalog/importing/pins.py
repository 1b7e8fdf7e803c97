"""Corrections by staff against the next file: kept while the file says what it said then, dropped when it says more.

`Holding.pinned_fields` maps a corrected field to the file's value at that time. `{"withdrawn": True}` marks a copy that
staff added and no file knew; `{"withdrawn": False}` one that staff withdrew although the file lists it.
"""

from typing import Any

from catalog.models import Holding

BY_HAND = "hand-"  # begins the record numbers of books that staff entered (catalog/editing/books.py): in no file


def file_value(holding: Holding, name: str) -> Any:
    """What the library's file last said in this field, whatever staff made of it."""
    return holding.pinned_fields.get(name, getattr(holding, name))


def take_over(holding: Holding, said: dict[str, Any]) -> list[str]:
    """Write what the file says onto the copy except where a correction stands; returns the corrections that fell."""
    fallen = []
    for name, value in said.items():
        if name in holding.pinned_fields:
            if holding.pinned_fields[name] == value:
                continue
            fallen.append(name)
        setattr(holding, name, value)
    if fallen:
        holding.pinned_fields = {k: v for k, v in holding.pinned_fields.items() if k not in fallen}
    return fallen


def stays_though_unlisted(holding: Holding) -> bool:
    """A copy that staff added is not withdrawn because a file does not list it."""
    return holding.pinned_fields.get("withdrawn") is True
