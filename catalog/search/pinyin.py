"""Pinyin of titles for the index, and pinyin as readers type it cut into syllables."""

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import chain, islice, product

from catalog.search.tokens import is_unspaced, normal_form

# The syllables of Mandarin without tones, by initial; ü is written u, as people type it where there is no v.
_SYLLABLES = {
    "": "a ai an ang ao e ei en eng er o ou yo",
    "b": "a ai an ang ao ei en eng i ian iao ie in ing o u",
    "p": "a ai an ang ao ei en eng i ian iao ie in ing o ou u",
    "m": "a ai an ang ao e ei en eng i ian iao ie in ing iu o ou u",
    "f": "a an ang ei en eng o ou u",
    "d": "a ai an ang ao e ei en eng i ia ian iao ie ing iu ong ou u uan ui un uo",
    "t": "a ai an ang ao e ei eng i ian iao ie ing ong ou u uan ui un uo",
    "n": "a ai an ang ao e ei en eng i ian iang iao ie in ing iu ong ou u uan ue uo",
    "l": "a ai an ang ao e ei eng i ia ian iang iao ie in ing iu o ong ou u uan ue un uo",
    "g": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "k": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "h": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "j": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "q": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "x": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "zh": "a ai an ang ao e ei en eng i ong ou u ua uai uan uang ui un uo",
    "ch": "a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo",
    "sh": "a ai an ang ao e ei en eng i ou u ua uai uan uang ui un uo",
    "r": "an ang ao e en eng i ong ou u ua uan ui un uo",
    "z": "a ai an ang ao e ei en eng i ong ou u uan ui un uo",
    "c": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "s": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "y": "a an ang ao e i in ing o ong ou u uan ue un",
    "w": "a ai an ang ei en eng o u",
}
SYLLABLES = frozenset(initial + final for initial, finals in _SYLLABLES.items() for final in finals.split())
_LONGEST = max(map(len, SYLLABLES))
_LONGEST_WORD = 60  # letters typed without a blank
_MOST_READINGS = 3
_LETTERS = re.compile(r"[a-z]+")


def title_syllables(title: str) -> list[str]:
    """A title as syllables without tones; Latin words stand among them as they are: c yu yan cheng xu."""
    return [syllable for word in _segmenter()(normal_form(title)) for syllable in _read_word(word)]


def load_dictionary() -> None:
    """Before somebody waits for it."""
    _segmenter()


@lru_cache(maxsize=1)
def _segmenter() -> Callable[[str], list[str]]:
    """Cuts a text into the words of the dictionary, and what has no pinyin, as it stands between them."""
    # Loading the dictionary takes 0.15 to 0.3 s and some megabytes: commands that need none do not pay for it.
    from pypinyin.constants import RE_HANS
    from pypinyin.contrib.mmseg import seg

    han = re.compile(f"({RE_HANS.pattern.strip('^$')})")

    def words(text: str) -> list[str]:
        """As pypinyin's own simpleseg, which looks at every character by itself."""
        pieces = enumerate(han.split(text))
        return [word for place, piece in pieces for word in (seg.cut(piece) if place % 2 else (piece,))]

    return words


@lru_cache(maxsize=20_000)
def _read_word(word: str) -> tuple[str, ...]:
    """The syllables of one word of the dictionary; the same words come again and again, and reading one is slow."""
    from pypinyin import lazy_pinyin

    return tuple(filter(None, map(_syllable, " ".join(lazy_pinyin(word)).split())))


def _syllable(read: str) -> str:
    """A syllable as it is indexed, a Latin word as it is; nothing for a character without pinyin."""
    if _LETTERS.fullmatch(read):
        return read.replace("v", "u") if read not in SYLLABLES and read[:1] in "ln" else read
    return "" if is_unspaced(read) else read


def readings(words: list[str]) -> list[list[str]]:
    """Typed pinyin as syllables, the likeliest first; none where it is none.

    `gaodeng shuxue` gives gao deng shu xue; `xian` by itself is xian or xi an. Words that are no pinyin stay as they
    are beside others that are: `c yuyan` finds C语言.
    """
    cut = [_cuts(word.replace("v", "u")) if _LETTERS.fullmatch(word) else () for word in words]
    if len(words) > 1:
        cut = [cuts[:1] if cuts and len(cuts[0]) == 1 else cuts for cuts in cut]
    if not any(cut):
        return []
    found = product(*(cuts or ((word,),) for cuts, word in zip(cut, words, strict=True)))
    return sorted(([*chain(*syllables)] for syllables in islice(found, _MOST_READINGS)), key=len)


@lru_cache(maxsize=10_000)
def _cuts(word: str) -> tuple[tuple[str, ...], ...]:
    """The ways to cut one word into syllables, fewest syllables first and then longest first."""
    if not word:
        return ((),)
    if len(word) > _LONGEST_WORD:
        return ()
    cuts = [
        (word[:length], *rest)
        for length in range(min(_LONGEST, len(word)), 0, -1)
        if word[:length] in SYLLABLES
        for rest in _cuts(word[length:])
    ]
    return tuple(sorted(cuts, key=len)[:_MOST_READINGS])
