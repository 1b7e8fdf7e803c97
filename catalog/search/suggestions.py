"""Where a search found nothing: searches that do find something, best first."""

import string
from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from catalog.search.pinyin import title_syllables
from catalog.search.plan import Plan, plans_for
from catalog.search.query import SearchQuery, clean_text
from catalog.search.statement import count_each, tokens_in_use
from catalog.search.tokens import is_unspaced, normal_form, runs, token

MOST_COUNTED = 10_000  # hits of a suggestion; more are not counted
_MOST_SUGGESTIONS = 6
_SPELLABLE = range(4, 25)  # letters of a word that may be misspelt


@dataclass(frozen=True)
class Suggestion:
    """A search that finds something, offered where another one did not; `total` is counted up to MOST_COUNTED."""

    label: str
    query: SearchQuery
    total: int

    @property
    def is_counted(self) -> bool:
        return self.total < MOST_COUNTED


def suggestions(query: SearchQuery) -> list[Suggestion]:
    """Wider in libraries, facets or route; the same sounds; a word spelt otherwise; fewer words."""
    offers: list[tuple[str, SearchQuery, Plan]] = []
    for label, offer in _offers(query):
        if plans := plans_for(offer):
            # Titles that sound alike are found by pinyin, which is the last way of looking, never the first.
            offers.append((label, offer, plans[0]))
    offers = offers[:_MOST_SUGGESTIONS]
    totals = count_each([plan for _label, _offer, plan in offers], MOST_COUNTED)
    return [
        Suggestion(label, offer, total) for (label, offer, _plan), total in zip(offers, totals, strict=True) if total
    ]


def _offers(query: SearchQuery) -> Iterator[tuple[str, SearchQuery]]:
    plain = SearchQuery(text=query.text, route=query.route, clauses=query.clauses)
    if query.libraries or query.is_narrowed:
        yield _("在全部成员馆中检索，不加限制"), plain
    if query.route != "all":
        yield _("在全部字段中检索"), replace(plain, route="all")
    words = runs(clean_text(query.text))
    plain = SearchQuery(text=query.text)
    if any(map(is_unspaced, words)) and query.route in ("all", "title"):
        sound = " ".join(title_syllables(query.text))
        yield _("题名读音相同：%(sound)s") % {"sound": sound}, replace(plain, text=sound, route="pinyin")
    for spelling in _spellings(words):
        yield _("您要找的是不是“%(text)s”？") % {"text": spelling}, replace(plain, text=spelling)
    shorter = words if len(words) > 1 else [words[0][:4], words[0][-4:]] if words and is_unspaced(words[0]) else []
    for word in dict.fromkeys(shorter):
        if len(word) > 1 and word != normal_form(query.text):
            yield _("只检索“%(word)s”") % {"word": word}, replace(plain, text=word)


def _spellings(words: list[str]) -> Iterator[str]:
    """The text with one unknown Latin word spelt as a known one: a letter left out, added, changed, or two swapped."""
    latin = [word for word in words if word.isascii() and word.isalpha() and len(word) in _SPELLABLE]
    known = tokens_in_use([token("x" + word) for word in latin]) if latin else set()
    for word in latin:
        if token("x" + word) in known:
            continue
        near = _one_letter_away(word)
        in_use = tokens_in_use([token("x" + other) for other in near])
        for other in [other for other in near if token("x" + other) in in_use][:2]:
            yield " ".join(other if one == word else one for one in words)


def _one_letter_away(word: str) -> list[str]:
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    swapped = [head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if len(tail) > 1]
    without = [head + tail[1:] for head, tail in cuts if tail]
    changed = [head + letter + tail[1:] for head, tail in cuts if tail for letter in string.ascii_lowercase]
    added = [head + letter + tail for head, tail in cuts for letter in string.ascii_lowercase]
    return [other for other in dict.fromkeys(swapped + without + changed + added) if other != word]
