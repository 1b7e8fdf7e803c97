"""From a reader's words to the ways of looking for them: each Plan is one, tried in order until something is found."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from catalog.folding import fold
from catalog.isbn import to_isbn13, to_issn
from catalog.search.pinyin import readings
from catalog.search.query import MOST_CLAUSES, ROUTE_LETTERS, SearchQuery, clean_text
from catalog.search.tokens import (
    INITIALS_TOGETHER,
    call_number_form,
    initials_in_a_row,
    is_unspaced,
    join_runs,
    normal_form,
    number_form,
    pieces,
    publisher_form,
    runs,
    syllable_pairs,
    token,
)

_QUOTED = re.compile(r"[\"“”„「『]([^\"“”„」』]+)[\"“”」』]")
# ISBN-13: 978-7-111-54742-6, "9787111547426", 9787111547426 (pbk.)
_NUMBER_ONLY = re.compile(r"(?:isbn(?:[\- ]?1[03](?=[\s:]))?|issn|(?:统一)?书号)?[\s:]*([\dx][\dx\-\s‐‑‒–—―−.·・•]*)")
_AROUND_A_NUMBER = re.compile(r"[\"'“”‘’「」『』]|\([^()]*\)\s*$")
_FEWEST_DIGITS = 5  # of a number that is neither ISBN nor ISSN, in all fields
_CALL_NUMBER_LIKE = re.compile(r"[a-z]{1,2}\d\S*(?:[\s/].*)?|\d{3}(?:\.\d+)?[\s/].+")
_YEAR = re.compile(r"1[4-9]\d\d|20\d\d")
_EDITION = re.compile(
    r"第\s*(?:\d{1,3}|[一二三四五六七八九十]{1,3})\s*版|(?<!\d)\d{1,2}版"
    r"|\b\d{1,2}(?:st|nd|rd|th)\s+ed(?:ition|n)?\b\.?",
    re.I,
)
_VOLUME = re.compile(r"(?<=[上中下])[册卷部集编]$")
_FINAL_LONG_VOWEL = re.compile(r"(?<=[ァ-ヺー][ァ-ヺ])ー$")
RANKED_BY_TITLE = "xts"  # routes whose hits are ordered by where the words stand in the title, first of all
_INITIALS = range(INITIALS_TOGETHER, 16)  # how many letters may be initials of a title
_MOST_GRAMS = 120
_MOST_RANKED_WORDS = 4


@dataclass(frozen=True)
class Condition:
    """What a hit must have: every gram; every phrase as it stands in the fields of the route; the syllables, a regular
    expression, in the pinyin of its title."""

    grams: tuple[str, ...]
    route: str = "x"
    phrases: tuple[str, ...] = ()
    syllables: str = ""

    @cached_property
    def tokens(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys(map(token, self.grams)))


@dataclass(frozen=True)
class Plan:
    """One way of looking: a condition, and further ones joined to it in turn by and, or, not.

    A title equal to `whole` stands before those that begin with it, and those before titles in which it stands;
    after them, and in the same way, come titles that are, begin with, or have one of the `words`.
    """

    name: str  # words, joined, volume, year, edition, isbn, call_number, pinyin, initials or advanced
    condition: Condition
    whole: str = ""
    words: tuple[str, ...] = ()
    further: tuple[tuple[str, Condition], ...] = ()

    @property
    def grams(self) -> tuple[str, ...]:
        return self.condition.grams

    @property
    def is_one_token(self) -> bool:
        condition = self.condition
        return len(condition.tokens) == 1 and not (self.further or condition.phrases or condition.syllables)

    @property
    def conditions(self) -> list[tuple[str, Condition]]:
        """All conditions with their operators."""
        return [("and", self.condition), *self.further]


def plans_for(query: SearchQuery) -> list[Plan]:
    """The ways to look for this query, best first; none where the text has nothing to look for."""
    return list(each_plan(query))


def each_plan(query: SearchQuery) -> Iterator[Plan]:
    """plans_for() one by one: mostly the first finds something, and no further one is made."""
    if any(clause.text.strip() for clause in query.clauses):
        if plan := _advanced_plan(query):
            yield plan
        return
    seen: set[tuple[str, ...]] = set()
    for plan in _plans_for_text(query.text, query.route):
        if plan.grams and plan.grams not in seen:
            seen.add(plan.grams)
            yield plan


def _plans_for_text(typed: str, route: str) -> Iterator[Plan]:
    text = clean_text(typed)
    letter = ROUTE_LETTERS.get(route, "x")
    if letter == "i":
        yield from _number_plans(text, strict=False)
    elif letter == "c":
        yield from _call_number_plans(text)
    elif letter == "z":
        yield from _pinyin_plans(text, fewest_syllables=1)
    else:
        number = number_in(text) if letter == "x" else ""
        if number:
            yield from _number_plans(number, strict=True)
        yield from _word_plans(letter, text)
        if len(number_form(number)) >= _FEWEST_DIGITS:
            yield from _number_plans(number, strict=False)
        if letter == "x" and is_like_call_number(text):
            yield from _call_number_plans(text)
        if letter in "xt":
            yield from _pinyin_plans(text, fewest_syllables=2)
            yield from _plans_for_any_edition(letter, text)


def _advanced_plan(query: SearchQuery) -> Plan | None:
    """The rows of the advanced form as one plan, each looked for in its first way; rows with nothing to look for and
    a 非 that stands first are passed over."""
    rows = [("and", query.text, query.route)]
    rows += [(clause.operator, clause.text, clause.route) for clause in query.clauses[: MOST_CLAUSES - 1]]
    first: Plan | None = None
    further: list[tuple[str, Condition]] = []
    for operator, text, route in rows:
        plan = next((plan for plan in _plans_for_text(text, route) if plan.grams), None)
        if plan is None:
            continue
        if first is not None:
            further.append((operator, plan.condition))
        elif operator != "not":
            first = plan
    if first is None:
        return None
    return Plan("advanced", first.condition, first.whole, first.words, tuple(further))


def number_in(text: str) -> str:
    """The number, folded, where the text is nothing else, as ISBN, ISSN and 统一书号 are written; else nothing."""
    match = _NUMBER_ONLY.fullmatch(_AROUND_A_NUMBER.sub(" ", fold(text)).strip())
    return match[1] if match else ""


def is_like_call_number(text: str) -> bool:
    """Whether the text may be a class or a call number: TP391, O13/T794:1."""
    return bool(_CALL_NUMBER_LIKE.fullmatch(fold(text)))


def _number_plans(text: str, *, strict: bool) -> Iterator[Plan]:
    """ISBN in any form, or ISSN; where not `strict`, any other number as it stands (统一书号, misprints)."""
    number = to_isbn13(text) or number_form(to_issn(text) or "")
    if not number and not strict:
        number = number_form(text)
    if number:
        yield Plan("isbn", Condition(("i" + number,), route="i"))


def _call_number_plans(text: str) -> Iterator[Plan]:
    form = call_number_form(text)
    if any(char.isalnum() for char in form):
        yield Plan("call_number", Condition(("c" + form,), route="c"))


def _word_plans(letter: str, text: str) -> Iterator[Plan]:
    """The words as typed, but single characters closed up (茅 盾); then other ways to read them.

    These are: the single characters apart, all Chinese words closed up, 下 for 下册, a year for the number 1982.
    """
    phrases = tuple(form for quoted in _QUOTED.findall(text) if (form := normal_form(quoted)))
    isbns, typed = [], []
    for part in _QUOTED.sub(" ", text).split():
        isbn = to_isbn13(part) if letter == "x" else None
        if isbn:
            isbns.append("i" + isbn)
        else:
            typed.extend(runs(part))

    def plan(name: str, words: list[str], further: list[str]) -> Plan:
        compared = tuple(map(publisher_form, phrases)) if letter in "xp" else phrases
        grams = _grams(letter, (run for phrase in phrases for run in runs(phrase))) + _grams(letter, words) + further
        ranked = [word for word in dict.fromkeys(words) if len(word) > 1 or is_unspaced(word)]
        several = len(words) + len(phrases) > 1
        return Plan(
            name,
            Condition(_ordered(grams), letter, compared),
            whole=join_runs([*phrases, *words]) if letter in RANKED_BY_TITLE else "",
            words=tuple(ranked[:_MOST_RANKED_WORDS]) if several and letter in RANKED_BY_TITLE else (),
        )

    closed = _close_up(typed)
    yield plan("words" if closed == typed else "joined", closed, isbns)
    yield plan("words", typed, isbns)
    yield plan("joined", runs(join_runs(typed)), isbns)
    shortened = [_VOLUME.sub("", word) for word in closed]
    if shortened != closed:
        yield plan("volume", shortened, isbns)
    years = [word for word in closed if _YEAR.fullmatch(word)]
    if years and (len(years) < len(closed) or phrases):
        yield plan("year", [word for word in closed if word not in years], isbns + ["y" + year for year in years])


def _plans_for_any_edition(letter: str, text: str) -> Iterator[Plan]:
    """Without 第七版, 3rd ed.: an edition is no word of a title."""
    shorter = _EDITION.sub(" ", text)
    if shorter != text and runs(shorter):
        yield from (replace(plan, name="edition") for plan in _word_plans(letter, shorter))


def _close_up(words: Iterable[str]) -> list[str]:
    """Neighbouring single characters of Chinese as one word: blanks between them say nothing."""
    closed: list[str] = []
    single = False
    for word in words:
        follows, single = single, len(word) == 1 and is_unspaced(word)
        if follows and single:
            closed[-1] += word
        else:
            closed.append(word)
    return closed


def _pinyin_plans(text: str, *, fewest_syllables: int) -> Iterator[Plan]:
    words = runs(text)
    if not words or not all(map(str.isascii, words)):
        return
    for syllables in readings(words):
        if len(syllables) >= fewest_syllables:
            yield Plan("pinyin", pinyin_condition(syllables))
    initials = "".join(words)
    if len(initials) in _INITIALS and initials.isalpha() and (len(words) == 1 or len(words) == len(initials)):
        pattern = " ".join(f"{initial}[^ ]*" for initial in initials)
        grams = _ordered("Z" + three for three in initials_in_a_row(initials))
        yield Plan("initials", Condition(grams, route="z", syllables=pattern))


def pinyin_condition(syllables: list[str]) -> Condition:
    pairs = syllable_pairs(syllables) if len(syllables) > 1 else syllables
    return Condition(_ordered("z" + pair for pair in pairs), route="z", syllables=" ".join(map(re.escape, syllables)))


def title_grams(text: str) -> tuple[str, ...]:
    """Grams of the title route that every title with this text (in its normal form) has."""
    return _ordered("t" + piece for run in text.split() for part in runs(run) for piece in pieces(part))


def _grams(letter: str, words: Iterable[str]) -> list[str]:
    """Grams of a query's runs. Single characters in all fields are those of titles (no other field has them all)."""
    grams: list[str] = []
    for word in words:
        form = _FINAL_LONG_VOWEL.sub("", publisher_form(word) if letter in "xp" else word)
        is_single = len(form) == 1 and is_unspaced(form)
        route = "t" if letter == "x" and is_single else letter
        grams.extend(route + piece for piece in pieces(form))
    return grams


def _ordered(grams: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(grams))[:_MOST_GRAMS]
