"""Which volume of a work a record describes: one key for 第二卷, vol. 2, II and (2)."""

import re

from catalog.folding import fold
from catalog.marc.values import number
from catalog.merging.words import ENGLISH_NUMBERS, HALVES, NUMBER, PUNCTUATION, ROMAN, UNITS, VOLUME_WORDS

_PARTS = "[册卷集部编篇巻]?"
_AND = "[、,，/和及 ]?"
_UNIT = f"[{UNITS}]"
_SPELLED = "|".join(ENGLISH_NUMBERS)
_VOLUME_WORD = re.compile(rf"\b({VOLUME_WORDS})[.\s]+(?=[0-9])")
_BEFORE_ROMAN = re.compile(rf"\b(?:{VOLUME_WORDS})(?:\. ?| )(?=[ivxl]{{1,6}}\b)")
_SPELLED_NUMBER = re.compile(rf"\b(volume|vol\.?|part|book|tome) ({_SPELLED})\b")
_NUMBER_BEFORE = re.compile(rf"\b({_SPELLED}) (volume|part|book|tome|band|teil)\b")
_SET = re.compile(
    rf"^(?:[全共]{NUMBER}[{UNITS}套]?[册卷]?|上{_AND}中{_AND}下{_PARTS}|上{_PARTS}{_AND}下{_PARTS}|全套|全集|{NUMBER}[册卷]全"
    rf"|complete set|set)$"
)
_HALF = re.compile(rf"^([{HALVES}])[册卷集部编篇辑]?$")
_RANGE = re.compile(rf"^第?({NUMBER}){_UNIT}?[-~—–至、,/]第?({NUMBER}){_UNIT}?$")
_NUMBERED = re.compile(
    rf"^(?:第?({NUMBER})(?:分?[册卷集辑部编篇本章]|分册)|第({NUMBER})|之({NUMBER})"
    rf"|[册卷集辑部编篇] ?(?:({NUMBER})|([ivxl]{{1,6}}))"
    rf"|(?:{VOLUME_WORDS})\.? ?([0-9]+)"
    r"|([0-9]{1,3})|([ivx]{1,6})|((?:1[89]|20)[0-9]{2})(?:年度?版?)?|([a-h]))$"
)
_NAME_AND_NUMBER = re.compile(rf"^(.*[^\W\d].*?)[ .,:]*(第{NUMBER}{_UNIT}|[0-9]{{1,2}})$")
# 第一卷上册 and 第2卷第3册 are two statements each.
_RUN_TOGETHER = re.compile(rf"(第{NUMBER}(?:分册|{_UNIT}))(?=\S)|(?<=\S)(?=第{NUMBER}{_UNIT}$)")
_SERIAL_NUMBER_OF_SET = re.compile(
    r"(?<![0-9])(?:[2-9]|[1-9][0-9]+|[二三四五六七八九十百两]+) ?(?:册|冊|v\.|vols?\b|volumes|т\.|bde?\.)(?! ?in 1)"
)
_STOPS = r"[\s.:：,，·、—-]"
# The end of a title that says which volume it is: in brackets, behind a blank or a stop, or 第二卷 right behind it.
_TAIL = re.compile(
    rf"^(?P<title>.*?\S)(?:{_STOPS}*[(（\[〔【]\s*(?P<bracket>[^()（）\[\]]{{1,14}})\s*[)）\]〕】]"
    rf"|{_STOPS}+(?P<word>[{HALVES}]{_PARTS}|全{NUMBER}[册卷]"
    rf"|(?:{VOLUME_WORDS})\.? ?(?:[0-9]+|[ivxl]+|(?:{_SPELLED})\b)"
    rf"|[ivx]{{1,6}}|卷[一二三四五六七八九十0-9]+)"
    rf"|{_STOPS}*(?P<numbered>第{NUMBER}(?:分?[册卷集辑部编篇]|分册)|[上中下][册卷集巻])"
    rf"|{_STOPS}*(?P<year>(?<![0-9])(?:19|20)[0-9]{{2}}(?:年度?版?)?)"
    rf"|(?<![0-9.]){_STOPS}*(?P<digits>[0-9]{{1,2}}))$"
)
_NAME_TAIL = re.compile("(?:分册|部分|分卷|[篇卷编册集])$")


def split_title(text: str) -> tuple[str, str]:
    """Title without the volume at its end, and that end: 高等数学(上册) → 高等数学, 上册."""
    folded = fold(text).strip()
    match = _TAIL.match(folded)
    if not match:
        return folded, ""
    tail = next(value for value in match.group("bracket", "word", "numbered", "year", "digits") if value)
    if match.group("bracket") and not (
        _SET.match(tail) or _HALF.match(_spelled(tail)) or _RANGE.match(tail) or _NUMBERED.match(_spelled(tail))
    ):
        return folded, ""
    return match.group("title"), tail


def volume_key(numbering: str, whole: str) -> str:
    """Number and name of a volume as `2|东南亚篇`; `set` for several volumes together; empty if nothing is stated."""
    folded = _spelled(fold(whole)).strip(" .,:;()[]/")
    if not folded:
        return ""
    if _SET.match(folded):
        return "set"
    if match := _RANGE.match(folded.replace(" ", "")):
        return "-".join(str(number(value)) for value in match.groups())
    rest = _spelled(fold(numbering)).strip(" .,:;()[]/")
    name = folded[len(rest) :].strip(" .,:;/") if folded.startswith(rest) else ("" if rest else folded)
    rest = _RUN_TOGETHER.sub(lambda m: f"{m.group()} " if m.group() else " ", rest)
    numbers: list[str] = []
    names: list[str] = []
    for part in [*re.split(r"[\s,，.、/;；:：]+", rest), name]:
        if not part:
            continue
        if value := _volume_number(part):
            numbers.append(value)
        elif (match := _NAME_AND_NUMBER.match(part)) and (value := _volume_number(match.group(2))):
            names.append(match.group(1))
            numbers.append(value)
        else:
            names.append(part)
    key = ".".join(numbers)
    title = PUNCTUATION.sub("", "".join(names))
    return (f"{key}|{title}" if title else key)[:100]


def set_by_extent(extent: str) -> str:
    """`set` where the extent counts volumes (3册, 2 v.), because then the record describes all of them."""
    return "set" if _SERIAL_NUMBER_OF_SET.search(fold(extent)) else ""


def number_and_name(key: str) -> tuple[str, str]:
    value, _bar, name = key.partition("|")
    return value, name


def differ(a: str, b: str) -> bool:
    """Whether two volume keys that both say something cannot be one volume.

    Numbers differ where both have one; names differ where both have one and not the same number.
    """
    (number_a, name_a), (number_b, name_b) = number_and_name(a), number_and_name(b)
    if number_a and number_b:
        return number_a != number_b and not _counted_otherwise(number_a, number_b)
    if name_a and name_b:
        return not _names_near(name_a, name_b)
    return "set" in (number_a, number_b)


def doubtful(a: str, b: str) -> str:
    """Why two volume keys that do not contradict may still be two volumes; or empty. Both say something."""
    (number_a, name_a), (number_b, name_b) = number_and_name(a), number_and_name(b)
    if bool(number_a) != bool(number_b) and not (name_a and name_a == name_b):
        return "volume by number here, by name there"
    if number_a != number_b and {number_a, number_b} != {"上", "1"} and number_a and number_b:
        return "volumes counted in two ways"
    if name_a and name_b and not _names_near(name_a, name_b):
        return "names of volumes differ"
    if name_a and name_b and (x := _NAME_TAIL.sub("", name_a)) != (y := _NAME_TAIL.sub("", name_b)):
        return "" if number_a or x[:2] == y[:2] else "names of volumes differ"
    return ""


def _counted_otherwise(a: str, b: str) -> bool:
    """上 is 1; 下 may be 2 or 3, which a person must decide."""
    pair = {a, b}
    return pair in ({"上", "1"}, {"下", "2"}, {"下", "3"}, {"中", "2"})


def _names_near(a: str, b: str) -> bool:
    """微观经济学 = 微观经济学分册, but one character makes 宏观经济学分册 another book."""
    a, b = _NAME_TAIL.sub("", a) or a, _NAME_TAIL.sub("", b) or b
    return a == b or (min(len(a), len(b)) >= 2 and (a in b or b in a))


def _spelled(folded: str) -> str:
    """vol. 2 and volume two as vol2 and volume2, vol. ii as ii; the Japanese 巻 as 卷."""
    folded = folded.replace("巻", "卷")
    folded = _NUMBER_BEFORE.sub(lambda m: m.group(2) + ENGLISH_NUMBERS[m.group(1)], folded)
    folded = _SPELLED_NUMBER.sub(lambda m: m.group(1) + ENGLISH_NUMBERS[m.group(2)], folded)
    return _VOLUME_WORD.sub(r"\1", _BEFORE_ROMAN.sub("", folded))


def _volume_number(text: str) -> str:
    text = text.strip("()[]. ")
    if _SET.match(text):
        return "set"
    if match := _HALF.match(text):
        return match.group(1)
    match = _NUMBERED.match(text)
    if not match:
        return ""
    value = next(group for group in match.groups() if group)
    if set(value) <= set(ROMAN):
        return str(_roman(value))
    if value.isascii() and value.isalpha():
        return value
    found = number(value)
    return str(found) if found is not None else ""


def _roman(text: str) -> int:
    values = [ROMAN[c] for c in text]
    return sum(-v if any(v < later for later in values[i + 1 :]) else v for i, v in enumerate(values))
