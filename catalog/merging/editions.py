"""Which edition of a work a record describes: `第3版(修订本)` and `3rd rev. ed.` are both `3 revised`."""

import re
from functools import lru_cache

from catalog.folding import fold
from catalog.marc.values import number
from catalog.merging.words import BINDINGS, EDITION_KINDS, NUMBER, ORDINALS, OTHER_KINDS, PLAIN_NUMERALS

_KINDS = list(EDITION_KINDS)
_KIND = re.compile("|".join(f"({words})" for words in EDITION_KINDS.values()))
_ORDINAL_WORDS = "|".join(word for word in ORDINALS if word.isascii())
# Of the book that was translated: 原书第8版 says nothing about 第2版 of the translation.
_OF_ORIGINAL = re.compile(rf"(?:原书|原著|原版|英文版?)(?:第)?({NUMBER})版")
_YEAR = re.compile(r"((?:19|20)[0-9]{2})(?:年度?)?(?:修订|增订|最新)?(?:版|ed\b|edition)")
_NUMBER = re.compile(
    rf"(?:第|新)?({NUMBER})\s*(?:次(?:修订|增订))?\s*(?:版|edition|ed\b|-?е изд)"
    r"|([0-9]+)(?:st|nd|rd|th|d|\.|a|e|eme|re),?\s*(?:(?:und|neu|verb\w*|unverand\w*|bearb\w*|verm\w*|rev\w*|enl\w*|updated|international|expanded|and|&|neubearb\w*|durchges\w*"
    r"|uberarb\w*|erw\w*)\.?,? )*(?:ed|aufl|ausg|izd|vyd|wyd|uitg|dr\b|op\b|изд)"
    r"|(?:izd|изд|vyd|wyd(?:anie)?)\.? ?([0-9]+)"
    r"|([0-9]+)(?:st|nd|rd|th)\b|([0-9]+)/?e\b|\bed(?:ition)?\.? ?([0-9]{1,2})\b"
    r"|^ *([0-9]{1,2}) *$"
)
_OF_REVISION = re.compile(rf"(?:修订|增订|修正)第?({NUMBER})版")  # 修订第二版 is the second one after 修订版
_ORDINAL = re.compile(rf"\b(?:{_ORDINAL_WORDS})\b|초판|初版")

# An edition that stands in the title: 数学(第二版), 数学 第2版, Calculus, 8th edition.
_HAN_STATEMENT = (
    rf"(?:原书|原著|英文|修订|增订|全新)?(?:第|新)?{NUMBER}(?:次修订)?版|(?:19|20)[0-9]{{2}}年?度?(?:修订|最新)?版"
    rf"|(?:修订|增订|增补|修正|校订|影印|重印|重排|新|最新|典藏|珍藏|纪念|普及|精装|平装|注音|缩印|袖珍|插图|图文|彩图)"
    rf"(?:{NUMBER})?[版本]"
)
_WESTERN_STATEMENT = (
    rf"(?:[0-9]+(?:st|nd|rd|th)|{_ORDINAL_WORDS}|revised|updated|international|global|student'?s?|teacher'?s?|alternate"
    r"|custom|abridged|annotated|deluxe|concise|brief)"
    r"(?: rev(?:ised)?\.?| international)? ed(?:ition\b|n\b|\b\.?)"
)
_IN_TITLE = re.compile(
    rf"\s*(?:[(（\[〔【]\s*((?:(?:{_HAN_STATEMENT}|修订)[ ,，、·]*)+|{_WESTERN_STATEMENT}|[0-9]+/?e)\s*[)）\]〕】]"
    rf"|(?:^|(?<=[\w\s.,·:]))(第{NUMBER}版|(?<![0-9])(?:19|20)[0-9]{{2}}年?版)|[,:]? +({_WESTERN_STATEMENT}|[0-9]+/?e)"
    r"|(?<=[\s)）\]])((?:精装|平装|简装|线装)[本版]?))\s*$",
    re.IGNORECASE,
)

_MAY_STATE = re.compile("[版本订装]|ed|[0-9]/?e", re.IGNORECASE)
_BESIDE_NAME = re.compile(rf"[(（\[]([^()（）]+?)[·,，、;；：: ]+((?:原书)?第{NUMBER}版)[)）\]]\s*$")


def split_edition(title: str, *, whole: bool = False) -> tuple[str, str]:
    """Title without the edition at its end, and that edition: 数学(第二版) → 数学, 第二版. `whole`: none may remain."""
    if not whole and not _MAY_STATE.search(title):
        return title, ""
    if inside := _BESIDE_NAME.search(title):  # 西方经济学(微观部分·第7版)
        return f"{title[: inside.start()]}({inside.group(1)})", inside.group(2)
    found = _IN_TITLE.search(title)
    if not found or not (found.start() or whole):
        return title, ""
    return title[: found.start()], next(value for value in found.groups() if value)


@lru_cache(maxsize=4096)
def edition_key(statement: str) -> str:
    """Number, year, numbers of original and revision, and kinds, as far as stated: `3`, `2015`, `2 o8`, `3 revised`.

    The number of a first edition says as much as nothing, but is kept: `1`.
    """
    folded = fold(statement).translate(PLAIN_NUMERALS)
    if not folded:
        return ""
    parts: list[str] = []
    original = _OF_ORIGINAL.search(folded)
    own = _OF_ORIGINAL.sub(" ", folded)
    revision = _OF_REVISION.search(own)
    own = _OF_REVISION.sub(" ", own)
    year = _YEAR.search(own)
    own = _YEAR.sub(" ", own)
    if counted := _number_in(own):
        parts.append(counted)
    if year:
        parts.append(year.group(1))
    if original:
        parts.append(f"o{number(original.group(1))}")
    if revision:
        parts.append(f"r{number(revision.group(1))}")
    kinds = {match.lastindex for match in _KIND.finditer(folded)}
    parts += [kind for index, kind in enumerate(_KINDS, 1) if index in kinds]
    return " ".join(parts)


def _number_in(folded: str) -> str:
    for match in _NUMBER.finditer(folded):
        if (value := number(next(filter(None, match.groups())))) and value < 200:
            return str(value)
    ordinal = _ORDINAL.search(folded)
    return str(ORDINALS[ordinal.group()]) if ordinal else ""


def numbers_differ(a: str, b: str) -> bool:
    """Whether two edition keys cannot be one edition: the number, the year or the original's number differ."""
    return any(x and y and x != y for x, y in zip(_counted(a), _counted(b), strict=True))


def number_in_common(a: str, b: str) -> bool:
    return any(x and x == y for x, y in zip(_counted(a), _counted(b), strict=True))


def kinds_differ(a: str, b: str) -> bool:
    """Whether both name kinds of editions, and not the same: 修订 and 增订, but not 修订 and 修订增补."""
    kinds_a, kinds_b = _kinds(a), _kinds(b)
    if any(_counted(x)[3] and "revised" in _kinds(y) and not any(_counted(y)) for x, y in ((a, b), (b, a))):
        return True  # 修订版, and 修订第二版
    if kinds_a and kinds_b:
        return not (kinds_a <= kinds_b or kinds_b <= kinds_a)
    if (kinds_a or kinds_b) & OTHER_KINDS:
        return True
    # A first edition is not a revised one; a second one usually is.
    return ("revised" in kinds_a and _counted(b)[0] == "1") or ("revised" in kinds_b and _counted(a)[0] == "1")


def stated(key: str) -> bool:
    """Whether the statement tells this edition from the first one; its binding does not."""
    return bool(set(key.split()) - {"1"} - BINDINGS)


def _counted(key: str) -> tuple[str, ...]:
    """Number, year, number of the original, number of the revision; each empty where not stated."""
    words = key.split()
    digits = [word for word in words if word.isdigit()]
    return (
        next((word for word in digits if len(word) < 4), ""),
        next((word for word in digits if len(word) == 4), ""),
        *(next((word for word in words if word[0] == letter and word[1:].isdigit()), "") for letter in "or"),
    )


def _kinds(key: str) -> set[str]:
    return {word for word in key.split() if not word[-1].isdigit()} - BINDINGS
