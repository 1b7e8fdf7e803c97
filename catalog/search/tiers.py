"""Where the words stand in a hit's title decides its tier, by which hits are put in order.

0 the title is the text, 1 it begins with it, 2 it has it inside, 3 to 5 the same for one of the words, then the rest.
The statement brings the titles along, and here a few texts are looked for in all of them at once: PostgreSQL would test
row by row, and take as long for it as for finding the rows.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from catalog.search.database import as_array
from catalog.search.facts import Facts
from catalog.search.plan import Plan
from catalog.search.tokens import is_unspaced, token

TIERS_OF_A_TEXT = 3
_BLANK = ord(" ")
Sql = tuple[str, list[Any]]
Tiers = npt.NDArray[np.uint8]
Places = npt.NDArray[np.intp]
_Characters = npt.NDArray[np.uint16]

_BEFORE = "\x1e "  # stands before each title, and a blank behind it: so words are words at either end
BETWEEN_TITLES = f" {_BEFORE}"
_ENCODING = "utf-16-le"
_SEPARATOR = ord(_BEFORE[0])
TITLES = f"string_agg(folded_title, '{BETWEEN_TITLES}')"
# The token of the whole title tells 家 from 家春秋.
_IDS_OF_TITLES = "(SELECT array_agg(edition_id) FROM catalog_searchentry WHERE tokens && %s::text::int4[])"


def columns(plan: Plan) -> list[Sql]:
    """What a statement must bring along of all its rows, for tiers_of(); nothing where all hits are alike."""
    syllables = plan.condition.syllables
    if syllables:
        sql = (
            r"string_agg(CASE WHEN pinyin_title ~ %s THEN '\x00'::bytea WHEN pinyin_title ~ %s THEN '\x01'::bytea"
            r" ELSE '\x02'::bytea END, ''::bytea)"
        )
        return [(sql, [f"^{syllables}$", f"^{syllables}( |$)"])]
    if not plan.whole:
        return []
    return [(TITLES, []), *exact_ids(plan)]


def exact_ids(plan: Plan) -> list[Sql]:
    """The ids of the editions whose title is one of the texts, an array for each group of texts."""
    return [(_IDS_OF_TITLES, [as_array(token("=" + text) for text in texts)]) for texts in _texts(plan)]


def tiers_of(plan: Plan, facts: Facts, found: Sequence[Any], places: Places | None = None) -> Tiers:
    """The tier of each row from the values of columns(). `places`: the rows are these of all that the titles are of."""
    if not found or not len(facts):
        return np.zeros(len(facts), np.uint8)
    if plan.condition.syllables:
        return np.frombuffer(found[0], np.uint8)
    titles = np.frombuffer(found[0] if isinstance(found[0], bytes) else packed(found[0]), np.uint16)
    starts = (titles == _SEPARATOR).nonzero()[0]
    if places is not None:
        chosen = np.zeros(len(starts), np.bool_)
        chosen[places] = True
        titles = titles[np.repeat(chosen, np.diff(starts, append=len(titles)))]
        starts = (titles == _SEPARATOR).nonzero()[0]

    def rows_with(pattern: str) -> Places:
        return np.searchsorted(starts, _places(pattern, titles), "right") - 1

    groups = _texts(plan)
    tiers = np.full(len(facts), len(groups) * TIERS_OF_A_TEXT, np.uint8)
    for number, texts in reversed([*enumerate(groups)]):
        best = number * TIERS_OF_A_TEXT
        for text in texts:
            tiers[rows_with(as_words(text))] = best + 2
        for text in texts:
            tiers[rows_with(_beginning(text))] = best + 1
        if exact := found[1 + number]:  # and it begins alike: hashes may collide
            tiers[(tiers == best + 1) & np.isin(facts["id"], exact)] = best
    return tiers


def as_words(text: str) -> str:
    """A text as it is looked for in a line with blanks around it: words only whole."""
    head, tail = ("" if is_unspaced(end) else " " for end in (text[0], text[-1]))
    return f"{head}{text}{tail}"


def _beginning(text: str) -> str:
    """Words end at a blank: a title that begins with `and` does not begin with `android`."""
    return _BEFORE + text + ("" if is_unspaced(text[-1]) else " ")


def _texts(plan: Plan) -> list[tuple[str, ...]]:
    """The whole text, and the words where there are several, in the order of their tiers."""
    return [(plan.whole,), plan.words] if plan.words else [(plan.whole,)]


def packed(titles: str) -> bytes:
    """What TITLES gives, as it is looked through: kept so, it need not be made anew for each search.

    In UTF-16, where no character looks like a part of another one.
    """
    return f"{_BEFORE}{titles} ".encode(_ENCODING)


def unpacked(titles: bytes | memoryview) -> list[str]:
    return bytes(titles).decode(_ENCODING)[len(_BEFORE) : -1].split(BETWEEN_TITLES)


def _places(pattern: str, titles: _Characters) -> Places:
    """Where the pattern stands: the places of one of its characters, of which each further one leaves fewer.

    Blanks come last: they leave most.
    """
    characters = np.frombuffer(pattern.encode(_ENCODING), np.uint16).tolist()
    (distance, character), *further = sorted(enumerate(characters), key=lambda one: one[1] == _BLANK)
    last = max(0, len(titles) - len(characters) + 1)
    places = (titles[distance : distance + last] == character).nonzero()[0]
    for distance, character in further:
        places = places[titles[places + distance] == character]
    return places
