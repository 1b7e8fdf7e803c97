"""One folding of text for every key and every search token: script, width, case and accents do not count.

Folded text is compared and indexed, never shown. It works character by character, so that any substring folds the
same alone as inside its text (a phrase-based converter would make index and query disagree).
"""

import unicodedata
from functools import lru_cache
from importlib.resources import files

from catalog.variants import pairs

# Raise whenever the result of fold() changes for any text: keys and search entries must then be rebuilt.
FOLD_VERSION = 3

# Latin letters that Unicode does not decompose into a base letter and an accent.
_PLAIN_LATIN = {
    "ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "ð": "d", "Ð": "d", "ħ": "h", "Ħ": "h", "ı": "i",
    "ß": "ss", "ẞ": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "þ": "th", "Þ": "th", "ſ": "s", "ŋ": "n",
    "Ŋ": "n", "ŧ": "t", "Ŧ": "t",
}  # fmt: skip
# Lower case of sigma depends on its place in the word; one form keeps the folding independent of context.
_SIGMA = {"Σ": "σ", "ς": "σ"}
# Russian books print ё as they like; й is a letter of its own, and stays. Old typesetting has a circle for the zero 〇.
_PRINTED_ALIKE = {"Ё": "е", "ё": "е", "○": "〇", "◯": "〇"}
_LATIN_BLOCKS = (range(0x00C0, 0x0250), range(0x1E00, 0x1F00))
# Combining accents, half marks, and the modifier letters of romanisations (Ch'ing in Wade-Giles, ayn, alif).
_DROPPED = (range(0x0300, 0x0370), range(0xFE20, 0xFE30), range(0x02B0, 0x0300))
# Of no width, as pages and records have them inside words: soft hyphen, joiners, byte order mark.
UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200d\u2060\ufeff"))


def _simplified_characters() -> dict[str, str]:
    """OpenCC's traditional-to-simplified table, first choice of each character."""
    table = files("opencc").joinpath("dictionary", "TSCharacters.txt").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if "\t" in line)
    return {traditional: choices.split(" ")[0] for traditional, choices in rows}


@lru_cache(maxsize=1)
def _table() -> dict[int, str | None]:
    han = _simplified_characters() | pairs()
    table: dict[int, str | None] = {}
    for variant in han:
        standard = variant
        for _step in range(4):  # chains such as 薴 → 苧 → 苎 end after two or three steps
            standard = han.get(standard, standard)
        table[ord(variant)] = standard
    for block in _LATIN_BLOCKS:
        for code in block:
            plain = "".join(c for c in unicodedata.normalize("NFD", chr(code)) if not unicodedata.combining(c))
            if plain != chr(code):
                table[code] = plain.lower()
    table.update({ord(letter): plain for letter, plain in (_PLAIN_LATIN | _SIGMA | _PRINTED_ALIKE).items()})
    table.update({code: None for block in _DROPPED for code in block} | UNSEEN)
    return {code: plain and plain.translate(table) for code, plain in table.items()}  # ǣ → æ → ae


# Importing folds a title and its publisher again and again, for the keys and for the index.
_LONGEST_REMEMBERED = 80


def fold(text: str) -> str:
    """Fold `text` for comparison: NFKC, simplified characters, variants, Latin accents off, lower case, nothing unseen.

    Punctuation and blanks stay; whoever needs them gone removes them. fold(fold(x)) == fold(x).
    """
    if text.isascii():
        return text.lower()
    return _fold_again(text) if len(text) <= _LONGEST_REMEMBERED else _fold(text)


def _fold(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).translate(_table())
    lower = folded.lower()
    if lower == folded and unicodedata.is_normalized("NFKC", lower):  # Chinese, as a rule
        return lower
    # Lower case may bring back what NFKC would compose (rare letters), hence the second pass.
    return unicodedata.normalize("NFKC", lower).translate(_table())


_fold_again = lru_cache(maxsize=4096)(_fold)
