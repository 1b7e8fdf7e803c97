"""The order in which books stand on the shelf: call numbers of 中图法 class numbers as keys that sort."""

import re
import unicodedata

# Signs behind a class number stand before its further decimals: O13 < O13-43 < O13(2) < O13=6 < O13+1 < O13:1 < O131;
# a full stop only makes numbers legible. The order of the signs is known from practice and was not checked against
# the manual of 中图法: a library that shelves otherwise finds these few slips a step away.
_SIGNS = '-("=<+:['
_ALIKE = str.maketrans(
    {"（": "(", "）": ")", "“": '"', "”": '"', "＝": "=", "〈": "<", "〉": ">", "－": "-", "＋": "+"}
)
_PART = re.compile(r"\d+|[^\W\d_]+|[^\w\s]", re.UNICODE)

ShelfKey = tuple[tuple[tuple[int, str | int], ...], ...]
_NOTHING: ShelfKey = (((9, ""),),)


def shelf_key(call_number: str) -> ShelfKey:
    """A key by which call numbers sort as on the shelf: the class by decimals, the book number behind it.

    TP312C/23 stands before TP312C/123: a book number of figures alone (种次号) counts; behind letters (著者号, S51
    before S6) the figures go one by one. A book without a call number comes last.
    """
    text = unicodedata.normalize("NFKC", call_number.translate(_ALIKE)).strip().upper()
    if not text:
        return _NOTHING
    segments = re.split(r"[/\s]+", text)
    return (_class_key(segments[0]), *(_book_key(segment) for segment in segments[1:] if segment))


def _class_key(text: str) -> tuple[tuple[int, str | int], ...]:
    """Letters, then decimals figure by figure, signs before figures."""
    key: list[tuple[int, str | int]] = []
    for character in text:
        if character.isalpha():
            key.append((3, character))
        elif character.isdecimal():
            key.append((2, character))
        elif character in _SIGNS:
            key.append((1, f"{_SIGNS.index(character):02d}"))
        elif character not in '.)"]>':
            key.append((1, f"9{character}"))
    return tuple(key)


def _book_key(text: str) -> tuple[tuple[int, str | int], ...]:
    """A number counts as a whole unless letters stand before it."""
    key: list[tuple[int, str | int]] = []
    after_letters = False
    for part in _PART.findall(text):
        if part.isdecimal():
            if after_letters:
                key.extend((2, figure) for figure in part)
            else:
                key.append((4, int(part)))
        elif part.isalpha():
            key.extend((5, letter) for letter in part)
        else:
            key.append((1, part))
        after_letters = part.isalpha()
    return tuple(key)
