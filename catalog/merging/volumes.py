"""Which volume of a work a record describes: one key for 第二卷, vol. 2, II and (2)."""

import re

from catalog.folding import fold
from catalog.marc.values import number
from catalog.merging.words import (
    HALVES,
    HAN_NUMBER,
    NUMBER,
    PLAIN_NUMERALS,
    PUNCTUATION,
    ROMAN,
    SCHOOL_WORDS,
    SPELLED_NUMBERS,
    UNIT,
    UNIT_IN_TITLE,
    VOLUME_WORDS,
    VOLUME_WORDS_INSIDE,
)

_PARTS = "[册卷集部编篇巻]?"
_AND = "[、,，/和及 ]?"
_SPELLED = "|".join(sorted(SPELLED_NUMBERS, key=len, reverse=True))
_HAN = "[\u4e00-\u9fff]"

# --- Volumes as words: one spelling for all languages -------------------------------------------------------

_WESTERN = re.compile("[a-z\u00c0-\u0530]")
_VOLUME_WORD = re.compile(rf"\b({VOLUME_WORDS})[.\s]+(?=[0-9]|[a-h]$)")
_BEFORE_ROMAN = re.compile(rf"\b(?:{VOLUME_WORDS})(?:\. ?| )(?=[ivxl]{{1,6}}\b)")
_SPELLED_NUMBER = re.compile(rf"\b({VOLUME_WORDS})\.? (?:the )?({_SPELLED})\b")
_ORDINAL_NUMBER = rf"{_SPELLED}|[0-9]{{1,2}}(?:st|nd|rd|th|\.|e|eme|a|o)"
_NUMBER_BEFORE = re.compile(rf"\b(?:the )?({_ORDINAL_NUMBER}) ({VOLUME_WORDS})\b\.?")
_HAN_YEAR = re.compile("[一二三四五六七八九][一二三四五六七八九〇零○]{3}")
_HAN_DIGIT = {c: str(i) for i, c in enumerate("零一二三四五六七八九")} | {"〇": "0", "○": "0"}

# --- What one part of a statement says ----------------------------------------------------------------------

_SET = re.compile(
    rf"^(?:[全共]{NUMBER}(?:{UNIT}|套)?[册卷]?|上{_AND}中{_AND}下{_PARTS}|上{_PARTS}{_AND}下{_PARTS}|全套|全集"
    rf"|{NUMBER}[册卷]全|complete set|set)$"
)
_HALF = re.compile(rf"^(?:([{HALVES}])[册卷集部编篇辑]?|[册卷编部]([上中下]))$")
_RANGE = re.compile(rf"^(?:{VOLUME_WORDS})?\.?第?({NUMBER}){UNIT}?[-~—–至、,/]第?({NUMBER}){UNIT}?$")
_NUMBERED = re.compile(
    rf"^(?:第?({NUMBER}){UNIT}|第({NUMBER})|之({NUMBER})"
    rf"|[册卷集辑部编篇] ?(?:({NUMBER})|([ivxl]{{1,6}}))"
    rf"|(?:{VOLUME_WORDS})\.? ?([0-9]+)|(?:volume|part|teil|book|band|section|unit|level|module) ?([a-h])"
    rf"|([0-9]{{1,3}}|{HAN_NUMBER})|([ivxl]{{1,6}})|((?:1[89]|20)[0-9]{{2}})(?:年度?卷?|卷)?|([a-h]))$"
)
_NAME_AND_NUMBER = re.compile(rf"^(.*[^\W\d].*?)[ .,:]*(第{NUMBER}{UNIT}|[0-9]{{1,2}})$")
_SCHOOL_NUMBER = re.compile(rf"^({SCHOOL_WORDS}) ?({NUMBER}|第{NUMBER}{UNIT}?)$")
_PARTED = re.compile(r"[\s,，.、/;；:：]+")
# 第一卷上册 and 第2卷第3册 are two statements each.
_RUN_TOGETHER = re.compile(rf"(第{NUMBER}{UNIT}|{NUMBER}年级)(?=\S)|(?<=\S)(?=第{NUMBER}{UNIT}$)")
_NAME_TAIL = re.compile("(?:分册|部分|分卷|[篇卷编册集])$")
_COUNTED_VOLUMES = re.compile(
    r"(?<![0-9])(?:[2-9]|[1-9][0-9]+|[二三四五六七八九十百两]+) ?(?:册|冊|v\.|vols?\b|volumes|т\.|bde?\.)(?! ?in 1)"
    r"|上中?下[册卷]"
)

# --- Volumes inside titles ------------------------------------------------------------------------------------

_STOPS = r"[\s.:：,，·、—-]"
_WESTERN_TAIL = (
    rf"(?:{VOLUME_WORDS})(?:\.? ?[0-9]+(?:-[0-9]+)?|(?:\.| |\. )(?:[ivxl]+|[a-h]|(?:{_SPELLED}))\b)"
    rf"|(?:the )?(?:{_SPELLED}) (?:{VOLUME_WORDS})|[ivxl]{{1,6}}"
)
# The end of a title that says which volume it is: in brackets, behind a blank or a stop, or 第二卷 right behind it.
_TAIL = re.compile(
    rf"^(?P<title>.*?\S)(?:{_STOPS}*[(（\[〔【]\s*(?P<bracket>[^()（）\[\]]{{1,14}})\s*[)）\]〕】]"
    rf"|{_STOPS}+(?P<word>[{HALVES}]{_PARTS}|[卷册编][上中下]|全{NUMBER}[册卷]|卷(?:{NUMBER}|[ivxl]{{1,6}})|{HAN_NUMBER}部?"
    rf"|(?:{SCHOOL_WORDS}) ?{NUMBER}|{_WESTERN_TAIL})"
    rf"|{_STOPS}*(?P<numbered>(?:(?:{SCHOOL_WORDS}) ?)?第{NUMBER}{UNIT_IN_TITLE}"
    rf"|{NUMBER}年级(?:[上下]册?)?|[上中下][册卷集巻编])"
    rf"|{_STOPS}*(?P<year>(?<![0-9])(?<![0-9][-—–~])(?:19|20)[0-9]{{2}}(?:年度?卷?|卷)?)"
    rf"|(?<![0-9.])(?:{_STOPS}+|(?<=[\u3040-\u9fff)）]))(?P<digits>[0-9]{{1,2}}))$"
)
# What such an end ends with, if with a Han character; most titles end with another one, and are looked at no further.
_MAY_BE_TAIL = re.compile(rf"(?:[^\u4e00-\u9fff]|[{HALVES}册卷集辑部编篇巻分级年度]|{NUMBER})$")
# The volume inside a title, in front of its name: 设计手册. 第八卷, 水电站建筑物; 三体2·黑暗森林; 丛编(二编)·经济卷.
_INSIDE = re.compile(
    rf"^(?P<title>\S.*?\S)(?:[\s.:,，·]+(?P<number>(?:第{NUMBER}{UNIT_IN_TITLE})+|[上中下][册卷编集]|[卷册]{NUMBER}"
    rf"|{HAN_NUMBER}(?=[,，])"
    rf"|(?:{VOLUME_WORDS_INSIDE})(?:\.? ?[0-9]+|\.? (?:[ivxl]+|(?:{_SPELLED}))\b))"
    rf"|(?<={_HAN}) ?(?P<digits>[0-9]{{1,2}}|[ivx]{{1,4}})"
    r"|[(（\[](?P<bracket>[^()（）\[\]]{1,10})[)）\]](?=\S))"
    r"(?:[\s,，.:：·—-]+(?P<name>\S.*)|[(（](?P<enclosed>[^()（）]+)[)）])$"
)
_MAY_HOLD_NUMBER = re.compile(
    r"[0-9第上中下卷册(（\[]|[一二三四五六七八九十][,，]|[ivxl]\b|\b(?:one|two|three|four|five|six)\b"
)
# The year of an annual in front of its title: 2011中国年度诗歌, '94中国发展报告.
_YEAR_BEFORE = re.compile(rf"^(?:['’‘]([0-9]{{2}})|((?:19|20)[0-9]{{2}}))(年?版|年度?卷?)? ?(?={_HAN}{{4}})")


def split_title(text: str) -> tuple[str, str]:
    """Title without the volume at its end, and that end: 高等数学(上册) → 高等数学, 上册."""
    folded = fold(text).strip()
    spelled = folded.translate(PLAIN_NUMERALS)
    match = _TAIL.match(spelled) if _MAY_BE_TAIL.match(spelled[-1:]) else None
    if not match:
        return folded, ""
    tail = next(value for value in match.group("bracket", "word", "numbered", "year", "digits") if value)
    if match.group("bracket") and not is_number(tail):
        return folded, ""
    return match.group("title"), tail


def split_inside(text: str) -> tuple[str, str]:
    """Title, and the volume that stands inside it with its name: 手册. 第八卷, 水电站 → 手册, 第八卷 水电站."""
    folded = fold(text).strip().translate(PLAIN_NUMERALS)
    match = _INSIDE.match(folded) if _MAY_HOLD_NUMBER.search(folded) else None
    if not match or (match.group("bracket") and not is_number(match.group("bracket"))):
        return text, ""
    number = next(value for value in match.group("number", "digits", "bracket") if value)
    return match.group("title"), f"{number} {match.group('name') or match.group('enclosed')}"


def split_year(text: str) -> tuple[str, str]:
    """Title, and the year in front of it: '94中国发展报告 → 中国发展报告, 1994; 2016版考研英语 → 考研英语, 2016版."""
    match = _YEAR_BEFORE.match(text)
    if not match:
        return text, ""
    short, year, word = match.groups()
    year = year or (f"20{short}" if short < "50" else f"19{short}")
    return text[match.end() :], f"{year}版" if word and word.endswith("版") else year


def is_number(text: str) -> bool:
    """Whether a text only says which volume it is: 上册, 第一卷 第二册, 七年级下, II, 2015; no name, no words."""
    key = volume_key(text, text)
    return bool(key) and ("|" not in key or bool(_SCHOOL_NUMBER.match(_spelled(fold(text)))))


def volume_key(numbering: str, whole: str) -> str:
    """Number and name of a volume as `2|东南亚篇`; `set` for several volumes together; empty if nothing is stated."""
    if not whole:
        return ""
    folded = _spelled(fold(whole)).strip(" .,:;()[]/")
    if not folded:
        return ""
    if _SET.match(folded):
        return "set"
    if (match := _RANGE.match(folded.replace(" ", ""))) and not _years(match):
        return "-".join(str(number(value)) for value in match.groups())
    rest = _spelled(fold(numbering)).strip(" .,:;()[]/")
    name = folded[len(rest) :].strip(" .,:;/") if folded.startswith(rest) else ("" if rest else folded)
    rest = _RUN_TOGETHER.sub(lambda m: f"{m.group()} " if m.group() else " ", rest)
    numbers: list[str] = []
    names: list[str] = []
    for part in [*_PARTED.split(rest), name]:
        if not part:
            continue
        if value := _volume_number(part):
            numbers.append(value)
        elif named := _name_and_number(part):
            names.append(named[0])
            numbers.append(named[1])
        else:
            names.append(part)
    key = ".".join(numbers)
    title = PUNCTUATION.sub("", "".join(names).replace("&", "and"))
    return (f"{key}|{title}" if title else key)[:100]


def _name_and_number(part: str) -> tuple[str, str] | None:
    """东周3 → 东周, 3; 必修二 → 必修, 2."""
    match = _SCHOOL_NUMBER.match(part) or _NAME_AND_NUMBER.match(part)
    value = _volume_number(match.group(2)) if match else ""
    return (match.group(1), value) if match and value else None


def _years(match: re.Match[str]) -> bool:
    """Whether a range is one of years: 毛泽东年谱 (1893-1949) has no volumes 1893 to 1949."""
    return all(len(value) == 4 for value in match.groups())


def set_by_extent(extent: str) -> str:
    """`set` where the extent counts volumes (3册, 2 v.), because then the record describes all of them."""
    return "set" if _COUNTED_VOLUMES.search(fold(extent)) else ""


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
        return not _names_near(name_a, name_b) and name_a.isascii() == name_b.isascii()
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
    """vol. 2, volume two, second volume as vol2, vol. ii as ii; 廿, 贰 as plain numerals; the Japanese 巻 as 卷."""
    folded = folded.translate(PLAIN_NUMERALS).replace("巻", "卷")
    folded = _HAN_YEAR.sub(lambda m: "".join(_HAN_DIGIT[c] for c in m.group()), folded)
    if not _WESTERN.search(folded):
        return folded
    folded = _NUMBER_BEFORE.sub(_number_behind, folded)
    folded = _SPELLED_NUMBER.sub(lambda m: m.group(1) + SPELLED_NUMBERS[m.group(2)], folded)
    return _VOLUME_WORD.sub(r"\1", _BEFORE_ROMAN.sub("", folded))


def _number_behind(match: re.Match[str]) -> str:
    value = match.group(1)
    return match.group(2) + (SPELLED_NUMBERS.get(value) or re.sub(r"\D", "", value))


def _volume_number(text: str) -> str:
    text = text.strip("()[]. ")
    if _SET.match(text):
        return "set"
    if match := _HALF.match(text):
        return match.group(1) or match.group(2)
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
