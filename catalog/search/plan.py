"""From a reader's words to the ways of looking for them: each Plan is one, tried in order until something is found."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from catalog.folding import fold
from catalog.isbn import to_isbn13, to_issn
from catalog.search.pinyin import as_syllables
from catalog.search.query import ROUTE_LETTERS, SearchQuery, clean_text
from catalog.search.tokens import (
    call_number_form,
    initial_pairs,
    is_unspaced,
    join_runs,
    normal_form,
    number_form,
    pieces,
    publisher_form,
    runs,
    syllable_pairs,
)

_QUOTED = re.compile(r"[\"“”„「『]([^\"“”„」』]+)[\"“”」』]")
_ISBN_ONLY = re.compile(r"(?:isbn|issn)?[\s:]*[\dx\-\s‐‑‒–—―−.]+", re.IGNORECASE)
_CALL_NUMBER_LIKE = re.compile(r"[a-z]{1,2}\d[^\s]*(?:[\s/].*)?")
_INITIALS = range(3, 16)  # how many letters may be initials of a title; fewer would fit half the catalogue
_MOST_GRAMS = 120
_MOST_RANKED_WORDS = 4


@dataclass(frozen=True)
class Plan:
    """One way of looking. A hit has every gram; a title equal to `whole` stands before those that begin with it.

    `words` are compared with titles in the same way after `whole` (title and author in one box). `phrases` must
    stand in the text of the route as they are. `syllables` is a regular expression for the pinyin of the title.
    """

    name: str  # words, joined, isbn, call_number, pinyin or initials
    grams: tuple[str, ...]
    route: str = "x"
    whole: str = ""
    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    syllables: str = ""


def plans_for(query: SearchQuery) -> list[Plan]:
    """The ways to look for this query, best first; none where the text has nothing to look for."""
    text = clean_text(query.text)
    letter = ROUTE_LETTERS.get(query.route, "x")
    plans: list[Plan] = []
    if letter == "i":
        plans.extend(_number_plans(text, strict=False))
    elif letter == "c":
        plans.extend(_call_number_plans(text))
    elif letter == "z":
        plans.extend(_pinyin_plans(text, fewest_syllables=1))
    else:
        if letter == "x" and _ISBN_ONLY.fullmatch(fold(text)):
            plans.extend(_number_plans(text, strict=True))
        plans.extend(_word_plans(letter, text))
        if letter == "x" and _CALL_NUMBER_LIKE.fullmatch(fold(text)):
            plans.extend(_call_number_plans(text))
        if letter in "xt":
            plans.extend(_pinyin_plans(text, fewest_syllables=2))
    seen: set[tuple[str, ...]] = set()
    return [plan for plan in plans if plan.grams and not (plan.grams in seen or seen.add(plan.grams))]  # type: ignore[func-returns-value]


def _number_plans(text: str, *, strict: bool) -> Iterator[Plan]:
    """ISBN in any form, or ISSN; where not `strict`, any other number as it stands (统一书号, misprints)."""
    number = to_isbn13(text) or number_form(to_issn(text) or "")
    if not number and not strict:
        number = number_form(text)
    if number:
        yield Plan("isbn", ("i" + number,), route="i")


def _call_number_plans(text: str) -> Iterator[Plan]:
    form = call_number_form(text)
    if any(char.isalnum() for char in form):
        yield Plan("call_number", ("c" + form,), route="c")


def _word_plans(letter: str, text: str) -> Iterator[Plan]:
    """The words as typed; then, where blanks cut Chinese words apart (茅 盾), the same with the blanks closed."""
    phrases = tuple(form for quoted in _QUOTED.findall(text) if (form := normal_form(quoted)))
    words = [run for part in _QUOTED.sub(" ", text).split() for run in runs(part)]
    phrase_grams = _grams(letter, (run for phrase in phrases for run in runs(phrase)))
    whole = join_runs([*phrases, *words])
    ranked = tuple(dict.fromkeys(word for word in words if len(word) > 1))[:_MOST_RANKED_WORDS]
    yield Plan(
        "words",
        _ordered(phrase_grams + _grams(letter, words)),
        route=letter,
        whole=whole,
        words=ranked if len(words) + len(phrases) > 1 else (),
        phrases=phrases,
    )
    if any(map(is_unspaced, words)):
        closed = _grams(letter, runs(join_runs(words)))
        yield Plan("joined", _ordered(phrase_grams + closed), route=letter, whole=whole, phrases=phrases)


def _pinyin_plans(text: str, *, fewest_syllables: int) -> Iterator[Plan]:
    words = runs(text)
    if not words or not all(word.isascii() and word.isalpha() for word in words):
        return
    syllables = as_syllables(words)
    if syllables and len(syllables) >= fewest_syllables:
        grams = syllable_pairs(syllables) if len(syllables) > 1 else {"z" + syllables[0]}
        yield Plan("pinyin", _ordered(grams), route="z", syllables=" ".join(syllables))
    initials = "".join(words)
    if len(initials) in _INITIALS and (len(words) == 1 or len(words) == len(initials)):
        pattern = " ".join(f"{initial}[^ ]*" for initial in initials)
        yield Plan("initials", _ordered(initial_pairs(initials)), route="z", syllables=pattern)


def _grams(letter: str, words: Iterable[str]) -> list[str]:
    """Grams of a query's runs. Single characters in all fields are those of titles (no other field has them all)."""
    grams: list[str] = []
    for word in words:
        form = publisher_form(word) if letter in "xp" else word
        is_single = len(form) == 1 and is_unspaced(form)
        route = "t" if letter == "x" and is_single else letter
        grams.extend(route + piece for piece in pieces(form))
    return grams


def _ordered(grams: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(grams))[:_MOST_GRAMS]
