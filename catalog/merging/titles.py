"""How alike two titles are, and what in them tells two books apart."""

import re
from difflib import SequenceMatcher

from catalog.merging.keys import Keys
from catalog.merging.names import is_han, is_pinyin
from catalog.merging.volumes import number_and_name
from catalog.merging.words import (
    ABOUT_OR_CHOICE,
    ANOTHER_BOOK,
    CONTRASTS,
    INTERCHANGEABLE,
    LOOK_ALIKE,
    PART_OF_WORK,
    WESTERN_CONTRASTS,
)

ALIKE = 0.8  # titles of two records with one ISBN
_LOOKS_LIKE = {c: group[0] for group in LOOK_ALIKE.split() for c in group}
_UMLAUT = re.compile("([aou])e")
# Of these as the last character two forms of a title may differ: 中国大百科全书 土木工程, 中国大百科全书土木工程卷.
_PART = re.compile("(?:卷|分册|分卷|部分)$")


def similarity(a: Keys, b: Keys) -> float:
    """Likeness of two titles, 0 to 1, with and without subtitle; 1 where one begins with the other."""
    if not a.title or not b.title:
        return 0.0
    if same_title(a, b) or one_set_two_titles(a, b):
        return 1.0
    full_a, full_b = a.title + a.subtitle, b.title + b.subtitle
    if min(len(a.title), len(b.title)) >= 2 and (a.title in full_b or b.title in full_a):
        return 1.0
    return max(_ratio(x, y) for x, y in ((a.title, b.title), (full_a, full_b)))


def _ratio(x: str, y: str) -> float:
    return max(SequenceMatcher(None, *pair, autojunk=False).ratio() for pair in ((x, y), (y, x)))


def same_title(a: Keys, b: Keys) -> bool:
    """Equal titles, wherever subtitle, series and volume stand."""
    if not a.title or not b.title:
        return False
    return a.title == b.title or bool(_forms(a) & _forms(b)) or _romanised(a, b)


def _forms(keys: Keys) -> set[str]:
    """The title as other libraries write it: with its subtitle before or behind it, with the name of its volume, with
    its series in front, in the other language; plainly spelled, and without 卷 at the end.
    """
    _number, name = number_and_name(keys.volume)
    forms = {keys.title, keys.title + keys.subtitle, keys.title + name, keys.title + keys.subtitle + name}
    if keys.subtitle:
        forms.add(keys.subtitle + keys.title)
    if keys.series:
        forms.add(keys.series + keys.title)
    if len(keys.parallel) >= 4:
        forms.add(keys.parallel)
    return {_PART.sub("", form.translate(INTERCHANGEABLE)) for form in forms}


def _romanised(a: Keys, b: Keys) -> bool:
    """Whether one title is the other in pinyin: 华南人民抗日游击队, and Hua nan ren min kang Ri you ji dui."""
    if is_han(a.title) == is_han(b.title) or {a.language, b.language} - {"chi", ""}:
        return False
    return is_pinyin(b.title, a.title) if is_han(a.title) else is_pinyin(a.title, b.title)


def one_set_two_titles(a: Keys, b: Keys) -> bool:
    """世界通史 第三卷 东南亚篇, and 东南亚篇 in the series 世界通史: title and series have changed places."""
    return _inside(a, b) or _inside(b, a)


def _inside(part: Keys, whole: Keys) -> bool:
    name = number_and_name(whole.volume)[1] or whole.subtitle
    return bool(name) and part.title == name and (not part.series or part.series == whole.title)


def volume_in_title(a: Keys, b: Keys) -> bool:
    """Whether both say the same volume although one says it inside its title.

    大学英语精读 第4册, and 大学英语 精读 第4册; 三体2 黑暗森林, and 三体 第二部 黑暗森林.
    """
    (number_a, name_a), (number_b, name_b) = (number_and_name(k.volume) for k in (a, b))
    if number_a == number_b and bool(name_a) != bool(name_b):
        return _PART.sub("", a.title + name_a) == _PART.sub("", b.title + name_b)
    if bool(a.volume) == bool(b.volume):
        return False
    return bool(_read_aloud(a) & _read_aloud(b))


def _read_aloud(keys: Keys) -> set[str]:
    """Title, number and name of the volume in one, the number before or behind the name, or before the title."""
    number, name = number_and_name(keys.volume)
    number = number.replace(".", "")
    forms = {keys.title + number + name, keys.title + name + number, keys.title + keys.subtitle + number + name}
    if number.isdigit() and len(number) == 4:  # the year of an annual
        forms |= {number + keys.title, number[2:] + keys.title}
        forms |= {keys.series + number + keys.title, keys.series + f"{number}年" + keys.title} if keys.series else set()
    return forms


def companion(a: Keys, b: Keys) -> bool:
    """Whether one is made for the other: 高等数学 and 高等数学习题全解."""
    full_a, full_b = (k.title + k.subtitle + k.volume + k.series for k in (a, b))
    words_a, words_b = (_companion_words(k) for k in (a, b))
    return any(w not in full_b for w in words_a) or any(w not in full_a for w in words_b)


def _companion_words(keys: Keys) -> set[str]:
    in_volume = set(ANOTHER_BOOK.findall(keys.volume)) - PART_OF_WORK
    return set(ANOTHER_BOOK.findall(keys.title + keys.subtitle)) | in_volume


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
    """Whether two titles that are not equal are one title all the same.

    What one adds is said elsewhere by the other, or reads like a subtitle in Chinese. One Han character, or one
    Western word, makes another book.
    """
    short, long = sorted((a, b), key=lambda keys: len(keys.title))
    if not long.title.startswith(short.title):
        return False
    rest = long.title[len(short.title) :]
    if rest in short.subtitle + short.series + short.volume:
        return True
    reads_like_one = is_han(rest) and len(rest) >= 5 and not any(c.isdigit() for c in rest)
    return reads_like_one and not ABOUT_OR_CHOICE.search(rest)


def slip(a: Keys, b: Keys) -> bool:
    """Whether two titles differ by one slip of the pen: 史 and 吏, characters that sound alike (疍, 蛋) or are written
    twice (实验实验); a letter in a long Western word. It counts only where all else agrees.
    """
    if a.words and b.words:
        return _western_slip(*(k.words.partition("|")[0] for k in (a, b)))
    return not a.words and not b.words and _han_slip(a.title, b.title)


def subtitles_differ(a: Keys, b: Keys) -> bool:
    """Whether both have subtitles, which are not one; a longer form of one, or a slip of the pen, is no other."""
    if not a.subtitle or not b.subtitle or a.subtitle == b.subtitle:
        return False
    if a.subtitle in b.subtitle or b.subtitle in a.subtitle:
        rest = a.subtitle.replace(b.subtitle, "") + b.subtitle.replace(a.subtitle, "")
        return any(c.isdigit() for c in rest)
    if a.words and b.words:
        return not _western_slip(*(k.words.partition("|")[2] for k in (a, b)))
    plainly_a, plainly_b = (k.subtitle.translate(INTERCHANGEABLE) for k in (a, b))
    return plainly_a != plainly_b and not _han_slip(a.subtitle, b.subtitle)


def _western_slip(text_a: str, text_b: str) -> bool:
    """Whether two texts are equal but for a letter in a long word or two, and for Zahlkörper, Zahlkoerper."""
    a, b = (_UMLAUT.sub(r"\1", text).split() for text in (text_a, text_b))
    differing = [(x, y) for x, y in zip(a, b, strict=False) if x != y]
    if len(a) != len(b) or len(differing) > 2 or any({x, y} <= row for x, y in differing for row in WESTERN_CONTRASTS):
        return False
    return all(min(len(x), len(y)) >= 5 and x[:2] == y[:2] and _one_letter(x, y) for x, y in differing)


def _one_letter(x: str, y: str) -> bool:
    steps = [step for step in SequenceMatcher(None, x, y, autojunk=False).get_opcodes() if step[0] != "equal"]
    return len(steps) <= 2 and all(a2 - a1 <= 1 and b2 - b1 <= 1 for _tag, a1, a2, b1, b2 in steps)


def _han_slip(a: str, b: str) -> bool:
    steps = [step for step in SequenceMatcher(None, a, b, autojunk=False).get_opcodes() if step[0] != "equal"]
    if len(steps) != 1 or min(len(a), len(b)) < 5:
        return False
    tag, a1, a2, b1, b2 = steps[0]
    x, y = a[a1:a2], b[b1:b2]
    if tag == "replace":
        return len(x) == len(y) == 1 and is_han(x) and is_han(y) and not contrast(a, b) and _alike(x, y)
    longer, start, end = (a, a1, a2) if x else (b, b1, b2)
    added = x or y
    return is_han(added) and (longer[:start].endswith(added) or longer[end:].startswith(added))


def _alike(x: str, y: str) -> bool:
    if x in _LOOKS_LIKE and _LOOKS_LIKE[x] == _LOOKS_LIKE.get(y):
        return True
    from pypinyin import lazy_pinyin  # its dictionary takes long to load, and few titles come so near

    return bool(lazy_pinyin(x) == lazy_pinyin(y))
