"""How alike two records are in authors, publisher and pages: the evidence that a judgement weighs beside the title."""

import re
from difflib import SequenceMatcher

from catalog.merging.keys import Keys
from catalog.merging.names import is_han
from catalog.merging.words import PEN_NAMES, PUBLISHER_COMMON, SELF

_LIKE_ENOUGH = 0.8
_ONE_PERSON = {
    name: names.split()[0] for line in PEN_NAMES.splitlines() for names in line.split("|") for name in names.split()
}
_UMLAUT = re.compile("([aou])e")


def authors(a: Keys, b: Keys) -> str:
    """`agree`, `partly` (one in common, others on both sides), `differ`, or `unknown` (none, or other scripts)."""
    if not a.authors or not b.authors:
        return "unknown"
    met_a = [any(same_name(x, y) for y in b.authors) for x in a.authors]
    met_b = [any(same_name(x, y) for x in a.authors) for y in b.authors]
    if any(met_a):
        return "agree" if all(met_a) or all(met_b) else "partly"
    return "differ" if {_script(x) for x in a.authors} & {_script(y) for y in b.authors} else "unknown"


def _script(name: str) -> str:
    if is_han(name):
        return "han"
    return "latin" if name.isascii() else "other"


def same_name(x: str, y: str) -> bool:
    """One person or body: 凡尔纳 is 儒勒凡尔纳, D. Knuth is Donald E. Knuth, 同济大学数学系 is 同济大学应用数学系."""
    if x == y:
        return True
    if _script(x) != _script(y):
        return False
    if _script(x) != "han":
        return _same_western_name(set(x.split()), set(y.split())) or _acronym_of_body(x, y)
    if min(len(x), len(y)) >= 2 and (x in y or y in x):
        return True
    if x in _ONE_PERSON and _ONE_PERSON[x] == _ONE_PERSON.get(y):
        return True
    # Bodies and long foreign names: 罗伯特s平狄克; two Chinese names of three characters never come so near.
    return min(len(x), len(y)) >= 5 and SequenceMatcher(None, x, y, autojunk=False).ratio() >= _LIKE_ENOUGH


def _same_western_name(x: set[str], y: set[str]) -> bool:
    shared = {word for word in x & y if len(word) >= 2}
    if not shared:
        x, y = ({_without_ending(word) for word in words} for words in (x, y))
        shared = {word for word in x & y if len(word) >= 4}
    if not shared:
        return False
    initials_x, initials_y = ({word[0] for word in names - shared} for names in (x, y))
    spelled = (names - shared for names in (x, y))
    given_x, given_y = ({_UMLAUT.sub(r"\1", w) for w in names if len(w) > 1} for names in spelled)
    if given_x and given_y and not any(v.startswith(w) or w.startswith(v) for v in given_x for w in given_y):
        return bool(len(shared) >= 2)
    return not initials_x or not initials_y or bool(initials_x & initials_y)


def _without_ending(word: str) -> str:
    """Паламарчука → паламарчук: a Russian name behind `под ред.` stands in the genitive; Jürg may be Juerg."""
    if word.isascii():
        return _UMLAUT.sub(r"\1", word)
    return word.rstrip("аяуюыиеой")


def _acronym_of_body(x: str, y: str) -> bool:
    """CAA and College Art Association; the words of a key stand in alphabetical order, so its letters do too."""
    short, long = sorted((x.replace(" ", ""), y), key=len)
    words = long.split()
    return 2 < len(short) == len(words) and sorted(short) == sorted(word[0] for word in words)


def publishers(a: Keys, b: Keys) -> str:
    """`agree`, `differ` or `unknown` (none, or other scripts); one of several publishers in common is enough."""
    if not a.publisher or not b.publisher:
        return "unknown"
    if a.publisher == b.publisher:
        return "agree"
    names_a, names_b = (a.publisher, *a.publishers), (b.publisher, *b.publishers)
    pairs = [(x, y) for x in names_a for y in names_b]
    if any(_same_publisher(x, y) for x, y in pairs):
        return "agree"
    if SELF in names_a + names_b:  # the author, the association: named as author or not
        named = [name for name in names_a + names_b if name != SELF]
        by_name = any(same_name(" ".join(sorted(x.split())), y) for x in named for y in a.authors + b.authors)
        return "agree" if by_name else "unknown"
    return "differ" if any(_script(x) == _script(y) for x, y in pairs) else "unknown"


def _same_publisher(x: str, y: str) -> bool:
    """Equal, or one the beginning of the other: 北京大学医学 is an imprint of 北京大学, but 人民文学 is not 人民.
    Of Western names one may say more words, or abbreviate them: wiley is john wiley, p u f is presses universitaires.
    """
    if x == y:
        return True
    if not is_han(x) and not is_han(y):
        short, long = sorted((x.split(), y.split()), key=len)
        if set(short) - PUBLISHER_COMMON and all(any(_abbreviates(v, w) for w in long) for v in short):
            return True
        x, y = x.replace(" ", ""), y.replace(" ", "")
        if "".join(word[0] for word in long) in (x, y) and len(long) > 2:  # puf
            return True
    short_name, long_name = sorted((x, y), key=len)
    if len(short_name) >= (4 if short_name.isascii() else 3) and long_name.startswith(short_name):
        return True
    return is_han(x) and _shortened(short_name, long_name)


def _abbreviates(x: str, y: str) -> bool:
    """сов and советский, univ and university."""
    short, long = sorted((x, y), key=len)
    return short == long or (len(short) >= 3 and long.startswith(short))


def _shortened(short: str, long: str) -> bool:
    """云南省社科院东巴文化研究室 is 云南省社会科学院东巴文化研究室: the same beginning and end, nothing new between."""
    if len(short) < 6 or len(short) < 0.7 * len(long) or short[:2] != long[:2] or short[-1] != long[-1]:
        return False
    rest = iter(long)
    return all(c in rest for c in short)


def pages_near(a: Keys, b: Keys, *, leaves: float = 10, share: float = 0.05) -> bool:
    """Missing pages count as near; prefaces are counted or not, hence ten pages or five in a hundred."""
    if a.pages is None or b.pages is None:
        return True
    return abs(a.pages - b.pages) <= max(leaves, share * max(a.pages, b.pages))


def pages_equal(a: Keys, b: Keys) -> bool:
    """Both say how many pages there are, and it is nearly the same number."""
    return a.pages is not None and b.pages is not None and abs(a.pages - b.pages) <= 2
