"""Names of authors and publishers as keys: without role, dynasty, nation, legal form and order of the parts."""

import re
from difflib import SequenceMatcher
from functools import lru_cache

from catalog.folding import fold
from catalog.marc.bibliographic import Bibliographic
from catalog.merging.words import (
    BRANCH,
    PUBLISHER_ALIASES,
    PUBLISHER_HEAD,
    PUBLISHER_TAIL,
    PUBLISHER_WORDS,
    PUNCTUATION,
    ROLE,
    ROLE_BEFORE,
    SELF,
    SELF_PUBLISHED,
    SEVERAL,
    UNKNOWN_PUBLISHERS,
)

_OPENING = tuple("(（[〔【")
_IN_BRACKETS = re.compile(r"^[(（\[〔【]([^()（）\[\]]{13,}|.*[著编译撰辑])[)）\]〕】]$")
_BRACKETED = re.compile(r"^[\s]*[(（\[〔【][^)）\]〕】]{1,12}[)）\]〕】]\s*")
_PLACE_BEFORE = re.compile(r"^[^:]{1,30} ?: ?(?=\S)")
_UNIVERSITY = re.compile(r"\buniv\.|\bu\.? ?p\b\.?")
_HAN = re.compile("[\u3040-\u9fff]")
_STATEMENTS = re.compile("[;；=]")
_PUBLISHERS = re.compile("[;；/]")
_BEHIND_BRACKET = re.compile(r"[(（\[〔].*$")
_WITHIN_BRACKETS = re.compile(r"[(（\[].*?(?:[)）\]]|$)")
_MARKS_IN_NAME = re.compile(r"['’\-]")
_WORDS = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[^\W\d_]+")


def author_keys(book: Bibliographic) -> list[str]:
    """Every person or body, without role, dynasty, nation and order of the parts of a Western name."""
    names = list(book.authors)
    for statement in _STATEMENTS.split(book.responsibility):
        names += SEVERAL.split(statement)
    return list(dict.fromkeys(key for name in names if name and (key := author_key(name))))


def author_key(name: str) -> str:
    """曹雪芹 for `[清]曹雪芹著`; the words of a Western name in alphabetical order; empty where only a role is left."""
    text = fold(name).strip()
    if text.startswith(_OPENING):
        text = _IN_BRACKETS.sub(r"\1", text)
        while (shorter := _BRACKETED.sub("", text)) != text:
            text = shorter
    text = _BEHIND_BRACKET.sub("", text)
    text = ROLE_BEFORE.sub("", text.strip(" .,;:[]"))
    if len(text) > 2 or ROLE.fullmatch(text):
        text = ROLE.sub("", text) or ("" if len(text) <= 2 else text)
    if not is_han(text):
        text = _MARKS_IN_NAME.sub("", text)
        return " ".join(sorted(_LETTERS.findall(text)))[:100]
    return PUNCTUATION.sub("", text)[:100]


def is_han(text: str) -> bool:
    """Whether Chinese or Japanese characters occur."""
    return not text.isascii() and _HAN.search(text) is not None


def is_pinyin(latin: str, han: str) -> bool:
    """Whether Latin text is the Chinese text in pinyin, give or take a character read in two ways."""
    letters = "".join(_LETTERS.findall(latin.lower()))
    characters = [c for c in han if "\u4e00" <= c <= "\u9fff"]
    if len(letters) < 8 or len(letters) < 2 * len(characters):
        return False
    from pypinyin import lazy_pinyin  # its dictionary takes long to load, and few records are romanised

    return SequenceMatcher(None, "".join(lazy_pinyin("".join(characters))), letters, autojunk=False).ratio() >= 0.95


@lru_cache(maxsize=4096)
def publisher_keys(names: str) -> tuple[str, ...]:
    """The keys of all publishers named, the first one first."""
    return tuple(dict.fromkeys(key for name in _PUBLISHERS.split(names) if (key := publisher_key(name))))


def publisher_key(name: str) -> str:
    """北京大学出版社有限公司 and 北京大学出版社 are one; of several publishers the first counts.

    A Western name keeps its blanks: `prentice hall`.
    """
    text = fold(name.partition(";")[0].partition("；")[0]).strip(" .,[]()")
    text = _PLACE_BEFORE.sub("", text)
    if SELF_PUBLISHED.match(text):
        return SELF
    if text in UNKNOWN_PUBLISHERS:
        return ""
    text = PUBLISHER_HEAD.sub("", text)
    if not is_han(text):
        words = _WORDS.findall(_UNIVERSITY.sub("university ", text.replace("'", "")))
        kept = [word for word in words if word not in PUBLISHER_WORDS] or words
        kept = [word for word in kept if len(word) > 1] or kept
        return PUBLISHER_ALIASES.get("".join(words), " ".join(kept))[:200]
    text = _WITHIN_BRACKETS.sub("", text) or text
    text = PUBLISHER_ALIASES.get(text, BRANCH.sub("", text))
    while (shorter := PUBLISHER_TAIL.sub("", text).strip(" .,&-")) != text and shorter:
        text = shorter
    text = PUNCTUATION.sub("", text)
    return PUBLISHER_ALIASES.get(text, text)[:200]
