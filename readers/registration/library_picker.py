"""The list from which a new reader chooses 所属学校图书馆: grouped by category, searchable by name or pinyin."""

import re
from dataclasses import dataclass
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

from catalog.folding import fold
from catalog.models import LibraryCategory, MemberLibrary, PauseKind, ServicePause


@dataclass(frozen=True)
class Choice:
    """One library of the list; `pause` is the pause that keeps it closed today, or None."""

    library: MemberLibrary
    search_key: str
    pause: ServicePause | None


@dataclass(frozen=True)
class Group:
    """The libraries of one category, in pinyin order."""

    label: str
    choices: list[Choice]


def register_choices(query: str = "") -> list[Group]:
    """Members that register readers and answer `query`, by category; categories without any are left out."""
    pauses = {
        pause.library_id: pause
        for pause in ServicePause.objects.covering(PauseKind.BORROWING).order_by("starts_on", "pk")
    }
    words = _without_punctuation(query).split()
    by_category: dict[str, list[Choice]] = {}
    for library in MemberLibrary.objects.registering():
        key = search_key(library.name, library.short_name, library.english_name, library.code)
        if all(word in key for word in words):
            choice = Choice(library, key, pauses.get(library.pk))
            by_category.setdefault(library.category, []).append(choice)
    return [
        Group(str(category.label), sorted(by_category[category], key=lambda choice: _pinyin(choice.library.name)))
        for category in LibraryCategory
        if category in by_category
    ]


@lru_cache(maxsize=512)
def search_key(name: str, short_name: str, english_name: str, code: str) -> str:
    """What a typed word is looked for in: names, code, full pinyin and initials (北京邮电 → beijingyoudian, bjyd)."""
    initials = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER))
    short_initials = "".join(lazy_pinyin(short_name, style=Style.FIRST_LETTER))
    parts = [name, short_name, english_name, code, _pinyin(name), initials, short_initials]
    return _without_punctuation(" ".join(parts))


@lru_cache(maxsize=512)
def _pinyin(name: str) -> str:
    return "".join(lazy_pinyin(name))


def _without_punctuation(text: str) -> str:
    return re.sub(r"[^\w\s]", "", fold(text))
