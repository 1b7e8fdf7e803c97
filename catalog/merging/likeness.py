"""How alike two records are in title, authors, publisher and pages: the evidence that a judgement weighs."""

from difflib import SequenceMatcher

from catalog.merging.keys import Keys
from catalog.merging.volumes import number_and_name
from catalog.merging.words import ANOTHER_BOOK, CONTRASTS, INTERCHANGEABLE

ALIKE = 0.8  # titles of two records with one ISBN


def similarity(a: Keys, b: Keys) -> float:
    """Likeness of two titles, 0 to 1, with and without subtitle; 1 where one begins with the other."""
    if not a.title or not b.title:
        return 0.0
    if a.title == b.title or one_set_two_titles(a, b) or _all_of_title(a) & _all_of_title(b):
        return 1.0
    full_a, full_b = a.title + a.subtitle, b.title + b.subtitle
    if min(len(a.title), len(b.title)) >= 2 and (a.title in full_b or b.title in full_a):
        return 1.0
    return max(_ratio(x, y) for x, y in ((a.title, b.title), (full_a, full_b)))


def _ratio(x: str, y: str) -> float:
    return max(SequenceMatcher(None, *pair, autojunk=False).ratio() for pair in ((x, y), (y, x)))


def _all_of_title(keys: Keys) -> set[str]:
    """The title as other libraries write it: with its subtitle, with the name of its volume, and plainly spelled."""
    _number, name = number_and_name(keys.volume)
    forms = {keys.title, keys.title + keys.subtitle, keys.title + name, keys.title + keys.subtitle + name}
    return {form.translate(INTERCHANGEABLE) for form in forms}


def one_set_two_titles(a: Keys, b: Keys) -> bool:
    """世界通史 第三卷 东南亚篇, and 东南亚篇 in the series 世界通史: title and series have changed places."""
    return _inside(a, b) or _inside(b, a)


def _inside(part: Keys, whole: Keys) -> bool:
    name = number_and_name(whole.volume)[1] or whole.subtitle
    return bool(name) and part.title == name and (not part.series or part.series == whole.title)


def same_title(a: Keys, b: Keys) -> bool:
    """Equal titles, wherever the subtitle stands."""
    return bool(a.title and b.title) and bool(_all_of_title(a) & _all_of_title(b))


def companion(a: Keys, b: Keys) -> bool:
    """Whether one is made for the other: 高等数学 and 高等数学习题全解."""
    full_a, full_b = (k.title + k.subtitle + k.volume for k in (a, b))
    words_a, words_b = (set(ANOTHER_BOOK.findall(k.title + k.subtitle)) for k in (a, b))
    return any(w not in full_b for w in words_a) or any(w not in full_a for w in words_b)


def contrast(a: str, b: str) -> bool:
    """Whether two texts differ by what tells books apart: a number, or one word of a pair such as 微观 and 宏观."""
    for tag, a1, a2, b1, b2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        x, y = a[a1:a2], b[b1:b2]
        if tag == "equal":
            continue
        if any(c.isdigit() or c in "+#" for c in x + y):
            return True
        if tag != "replace" and any(set(x + y) & set(row) for row in CONTRASTS):
            return True
        if tag == "replace" and any(set(x) & set(row) and set(y) & set(row) for row in CONTRASTS):
            return True
    return False


def other_wording(a: Keys, b: Keys) -> bool:
    """Whether two titles that are not equal are one title all the same: what one adds is said elsewhere by the other,
    reads like a subtitle, or is a slip of a letter or two in a Western title. One Han character makes another book.
    """
    short, long = sorted((a, b), key=lambda keys: len(keys.title))
    if long.title.startswith(short.title):
        rest = long.title[len(short.title) :]
        said = short.subtitle + short.series + short.volume
        western = rest.isascii() and not contrast(short.title, long.title)
        if rest not in said and any(c.isdigit() for c in rest):
            return False
        return rest in said or len(rest) >= (12 if western else 5) or (western and len(rest) <= 2)
    if not (a.title + b.title).isascii() or contrast(a.title, b.title):
        return False
    steps = SequenceMatcher(None, a.title, b.title, autojunk=False).get_opcodes()
    return all(tag == "equal" or max(a2 - a1, b2 - b1) <= 2 for tag, a1, a2, b1, b2 in steps)


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
    if any("\u3040" <= c <= "\u9fff" for c in name):
        return "han"
    return "latin" if name.isascii() else "other"


def same_name(x: str, y: str) -> bool:
    """One person or body: 凡尔纳 is 儒勒凡尔纳, D. Knuth is Donald E. Knuth, 同济大学数学系 is 同济大学应用数学系."""
    if x == y:
        return True
    if _script(x) != _script(y):
        return False
    if _script(x) != "han":
        return _same_western_name(set(x.split()), set(y.split()))
    if min(len(x), len(y)) >= 2 and (x in y or y in x):
        return True
    # Bodies and long foreign names: 罗伯特s平狄克; two Chinese names of three characters never come so near.
    return min(len(x), len(y)) >= 5 and SequenceMatcher(None, x, y, autojunk=False).ratio() >= ALIKE


def _same_western_name(x: set[str], y: set[str]) -> bool:
    shared = {word for word in x & y if len(word) >= 2}
    if not shared:
        return False
    initials_x, initials_y = ({word[0] for word in names - shared} for names in (x, y))
    spelled = (names - shared for names in (x, y))
    given_x, given_y = ({w for w in names if len(w) > 1} for names in spelled)
    if given_x and given_y and not any(v.startswith(w) or w.startswith(v) for v in given_x for w in given_y):
        return bool(len(shared) >= 2)
    return not initials_x or not initials_y or bool(initials_x & initials_y)


def publishers(a: Keys, b: Keys) -> str:
    """`agree`, `differ` or `unknown`; one of several publishers in common is enough."""
    if not a.publisher or not b.publisher:
        return "unknown"
    pairs = [(x, y) for x in (a.publisher, *a.publishers) for y in (b.publisher, *b.publishers)]
    return "agree" if any(_same_publisher(x, y) for x, y in pairs) else "differ"


def _same_publisher(x: str, y: str) -> bool:
    """Equal, or one the beginning of the other: 北京大学医学 is an imprint of 北京大学, but 人民文学 is not 人民."""
    if x == y:
        return True
    short, long = sorted((x, y), key=len)
    return len(short) >= (4 if short.isascii() else 3) and long.startswith(short)


def pages_near(a: Keys, b: Keys, *, leaves: float = 10, share: float = 0.05) -> bool:
    """Missing pages count as near; prefaces are counted or not, hence ten pages or five in a hundred."""
    if a.pages is None or b.pages is None:
        return True
    return abs(a.pages - b.pages) <= max(leaves, share * max(a.pages, b.pages))


def pages_equal(a: Keys, b: Keys) -> bool:
    """Both say how many pages there are, and it is nearly the same number."""
    return a.pages is not None and b.pages is not None and abs(a.pages - b.pages) <= 2
