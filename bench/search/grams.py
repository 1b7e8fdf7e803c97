"""How the peers cut texts and queries: the same folding as ours, then their own pieces of one to three characters."""

import re
from collections.abc import Iterable

from catalog.folding import fold

_HAN = "\u3040-\u30ff\u3400-\u9fff"
_RUN = re.compile(f"[{_HAN}]+|[a-z0-9]+")
_BETWEEN_HAN = re.compile(f"(?<=[{_HAN}])[^{_HAN}a-z0-9]+(?=[{_HAN}])")
FIELDS = {"all": "x", "title": "t", "author": "a", "subject": "s", "publisher": "p", "isbn": "i"}


def runs(text: str) -> list[str]:
    """Stretches of Chinese, kana included, and words; what stands between Chinese characters parts nothing."""
    return _RUN.findall(_BETWEEN_HAN.sub("", fold(text)))


def query_runs(text: str) -> list[str]:
    """The same for what is typed, where a blank does part words."""
    return _RUN.findall(fold(text))


def is_han(run: str) -> bool:
    return run[0] >= "\u3040"


def pieces(run: str, length: int) -> list[str]:
    """Every stretch of `length` characters of a Chinese run (itself where it is shorter); a word stays whole."""
    if not is_han(run) or len(run) <= length:
        return [run]
    return [run[start : start + length] for start in range(len(run) - length + 1)]


def fields(title: str, authors: Iterable[str], subjects: Iterable[str], publisher: str) -> dict[str, list[str]]:
    """The runs of one record by the letter of their field; x is all of them together."""
    by_field = {
        "t": runs(title),
        "a": [run for name in authors for run in runs(name)],
        "s": [run for subject in subjects for run in runs(subject)],
        "p": runs(publisher.removesuffix("出版社")),
    }
    return by_field | {"x": [run for some in by_field.values() for run in some]}
