"""Where a search found nothing: searches that do find something, best first."""

import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import NamedTuple

from django.utils.translation import gettext as _

from catalog.isbn import hyphenate, near_isbns, to_isbn13
from catalog.search.lists import Bitmaps
from catalog.search.pinyin import SYLLABLES, readings, title_syllables
from catalog.search.plan import Plan, each_plan, is_like_call_number, number_in
from catalog.search.query import ROUTES, Clause, SearchQuery, clean_text
from catalog.search.statement import count_each, tokens_in_use
from catalog.search.tokens import is_unspaced, normal_form, number_form, runs, token

MOST_COUNTED = 100  # hits of a suggestion; more are not counted
_MOST_SUGGESTIONS = 6
_MOST_OFFERS = 12  # that are looked for, of which the first that find something become suggestions
_MOST_ALIKE = 2  # of one kind: spellings of one word, cuts of one word
_SPELLABLE = range(4, 25)  # letters of a word that may be misspelt
_MOST_CUTS = 24  # ways to cut the words that are tried
_WORDS_TO_DROP = range(3, 7)  # in a search of so many words one is left out at a time
_SAY_NOTHING = {
    "a", "an", "and", "at", "by", "das", "de", "der", "des", "die", "et", "for", "from", "in", "la", "le", "les", "of",
    "on", "the", "to", "und", "with",
}  # fmt: skip
_CUTTABLE = range(3, 13)  # characters of a Chinese word that may be two


@dataclass(frozen=True)
class Suggestion:
    """A search that finds something, offered where another one did not; `total` is counted up to MOST_COUNTED."""

    label: str
    query: SearchQuery
    total: int

    @property
    def is_counted(self) -> bool:
        return self.total < MOST_COUNTED


class _Offer(NamedTuple):
    label: str
    query: SearchQuery
    is_wider: bool = False  # the same words, but in more libraries, years or fields


def suggestions(query: SearchQuery) -> list[Suggestion]:
    """Wider in libraries, facets or route; where that finds nothing: the right ISBN; the same sounds; a word spelt
    otherwise; two words; fewer words; rows of the advanced form."""
    bitmaps = Bitmaps()
    offers: list[tuple[_Offer, Plan]] = []
    for offer in chain(_wider(query), _of_rows(query) if query.clauses else _of_words(query, bitmaps)):
        # Titles that sound alike are found by pinyin, which is the last way of looking, never the first.
        if plan := next(each_plan(offer.query), None):
            offers.append((offer, plan))
    offers = offers[:_MOST_OFFERS]
    totals = count_each([plan for _offer, plan in offers], MOST_COUNTED, bitmaps)
    found = [(offer, total) for (offer, _plan), total in zip(offers, totals, strict=True) if total]
    if any(offer.is_wider for offer, _total in found):  # the words are fine as they are
        found = [(offer, total) for offer, total in found if offer.is_wider]
    return [Suggestion(offer.label, offer.query, total) for offer, total in found][:_MOST_SUGGESTIONS]


def _wider(query: SearchQuery) -> Iterator[_Offer]:
    plain = SearchQuery(text=query.text, route=query.route, clauses=query.clauses)
    if query.libraries or query.is_narrowed:
        yield _Offer(_("在全部成员馆中检索，不加限制"), plain, is_wider=True)
    if query.route != "all":
        yield _Offer(_("在全部字段中检索"), replace(plain, route="all"), is_wider=True)


def _of_rows(query: SearchQuery) -> Iterator[_Offer]:
    """Of the advanced form: a row looked for in another way, as one box tries it by itself, and each row alone."""
    rows = [Clause("and", query.text, query.route), *query.clauses]
    for place, row in enumerate(rows):
        for route in _other_routes(row.text) if row.route == "all" else ():
            changed = [*rows[:place], replace(row, route=route), *rows[place + 1 :]]
            first, *further = changed
            label = _("按%(route)s检索“%(text)s”") % {"route": ROUTES[route], "text": row.text}
            yield _Offer(label, SearchQuery(first.text, route=first.route, clauses=tuple(further)))
    for row in rows:
        if row.text.strip() and row.operator != "not":
            yield _Offer(_only(row.text), SearchQuery(row.text, route=row.route))


def _other_routes(text: str) -> Iterator[str]:
    if readings(runs(clean_text(text))):
        yield "pinyin"
    if is_like_call_number(text):
        yield "call_number"


def _of_words(query: SearchQuery, bitmaps: Bitmaps) -> Iterator[_Offer]:
    text = clean_text(query.text)
    words = runs(text)
    for isbn in _isbns(text):
        yield _Offer(_meant(isbn), SearchQuery(isbn))
    if query.route in ("all", "title"):
        if any(map(is_unspaced, words)):
            sound = " ".join(title_syllables(query.text))
            yield _Offer(_("题名读音相同：%(sound)s") % {"sound": sound}, SearchQuery(sound, route="pinyin"))
        elif text in SYLLABLES:  # jia: not tried by itself, since it is mostly a word of another language
            yield _Offer(_("题名读音：%(sound)s") % {"sound": text}, SearchQuery(text, route="pinyin"))
    unknown = _unknown(words)
    cuts, *parts = _finding([_cut_otherwise(words, unknown), *_beginnings_and_ends(words)], bitmaps)
    for spelling in dict.fromkeys(chain(cuts[:_MOST_ALIKE], _spellings(words, unknown))):
        yield _Offer(_meant(spelling), SearchQuery(spelling))
    for fewer in _fewer(words) if len(words) > 1 else chain(*(part[:1] for part in parts)):
        if fewer != normal_form(query.text):
            yield _Offer(_only(fewer), SearchQuery(fewer))


def _fewer(words: list[str]) -> Iterator[str]:
    """Without one of the words, where there are more than two; then each by itself that says something."""
    if len(words) in _WORDS_TO_DROP:
        for place in range(len(words) - 1, -1, -1):
            yield " ".join([*words[:place], *words[place + 1 :]])
    yield from (word for word in words if len(word) > 1 and word not in _SAY_NOTHING)


def _only(text: str) -> str:
    return _("只检索“%(word)s”") % {"word": text}


def _meant(text: str) -> str:
    return _("您要找的是不是“%(text)s”？") % {"text": text}


def _isbns(text: str) -> Iterator[str]:
    """ISBNs in the catalogue that the text may have been meant for: one digit is wrong, or two are swapped."""
    digits = number_form(number_in(text))
    if to_isbn13(text) or len(digits) not in (10, 13):
        return
    near = near_isbns(digits)
    in_use = tokens_in_use([token("i" + isbn) for isbn in near])
    yield from [hyphenate(isbn) for isbn in near if token("i" + isbn) in in_use][:_MOST_ALIKE]


def _unknown(words: list[str]) -> list[str]:
    """The Latin words that stand in no edition and are long enough to be a misspelling."""
    latin = [word for word in words if word.isascii() and word.isalpha() and len(word) in _SPELLABLE]
    known = tokens_in_use([token("x" + word) for word in latin]) if latin else set()
    return [word for word in latin if token("x" + word) not in known]


def _cut_otherwise(words: list[str], unknown: list[str]) -> list[str]:
    """The text with one word cut in two (曹雪芹 红楼梦, e learning), or two Latin words as one (data base)."""
    cuts = []
    for place, word in enumerate(words):
        if word in unknown or (is_unspaced(word) and len(word) in _CUTTABLE):
            # One character by itself says little: 家巴金 may be 家 by 巴金, but 高等教学 is not 高等教 and 学.
            shortest = 2 if is_unspaced(word) and len(word) > 3 else 1
            for cut in range(shortest, len(word) - shortest + 1):
                cuts.append([*words[:place], word[:cut], word[cut:], *words[place + 1 :]])
    for place, (first, second) in enumerate(pairwise(words)):
        if not is_unspaced(first) and not is_unspaced(second):
            cuts.append([*words[:place], first + second, *words[place + 2 :]])
    return [" ".join(cut) for cut in cuts]


def _beginnings_and_ends(words: list[str]) -> tuple[list[str], list[str]]:
    """Of one Chinese word, longest first; the first of each that finds something is offered."""
    if len(words) != 1 or not is_unspaced(words[0]):
        return [], []
    lengths = range(min(len(words[0]) - 1, _MOST_CUTS), 1, -1)
    return [words[0][:length] for length in lengths], [words[0][-length:] for length in lengths]


def _finding(lists: Sequence[list[str]], bitmaps: Bitmaps) -> list[list[str]]:
    """Those texts of each list that find something in all fields; asked for in one statement."""
    lists = [texts[:_MOST_CUTS] for texts in lists]
    texts = [*dict.fromkeys(chain(*lists))]
    plans = [next(each_plan(SearchQuery(text))) for text in texts]
    found = {text for text, number in zip(texts, count_each(plans, 1, bitmaps), strict=True) if number}
    return [[text for text in one if text in found] for one in lists]


def _spellings(words: list[str], unknown: list[str]) -> Iterator[str]:
    """The text with one unknown word spelt as a known one: a letter left out, added, changed, or two swapped."""
    for word in unknown:
        near = _one_letter_away(word)
        in_use = tokens_in_use([token("x" + other) for other in near])
        for other in [other for other in near if token("x" + other) in in_use][:_MOST_ALIKE]:
            yield " ".join(other if one == word else one for one in words)


def _one_letter_away(word: str) -> list[str]:
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    swapped = [head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if len(tail) > 1]
    without = [head + tail[1:] for head, tail in cuts if tail]
    changed = [head + letter + tail[1:] for head, tail in cuts if tail for letter in string.ascii_lowercase]
    added = [head + letter + tail for head, tail in cuts for letter in string.ascii_lowercase]
    return [other for other in dict.fromkeys(swapped + without + changed + added) if other != word]
