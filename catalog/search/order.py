"""The order of hits: a number for each, of which the smallest comes first."""

import re

import numpy as np
import numpy.typing as npt

from catalog.marc.values import number
from catalog.search.facts import Facts, holder_count, rank
from catalog.search.rows import Rows
from catalog.search.tokens import is_unspaced, runs

# Bits of a sort key from the lowest: 32 of the id, then what a smaller number puts first.
_MOST_RANK = 128 << 12
_LAST_YEAR = 4095
_NUMBER = "([一二三四五六七八九十百]{1,5}|[0-9]{1,4})"
_VOLUME = re.compile(f"第?{_NUMBER}[册卷辑部编集]|[册卷]{_NUMBER}|([上中下])(?:[册卷部编集]|$)")
_PARTS = {"上": 1, "中": 2, "下": 3}


def order(rows: Rows, sort: str) -> npt.NDArray[np.int64]:
    """A number for each row; the smallest comes first, no two are equal."""
    facts = rows.facts
    ids = facts["id"].astype(np.int64)
    if sort == "title":
        by_title = [*map(_as_sorted, rows.titles)]
        placed = np.array(sorted(range(len(ids)), key=lambda i: (by_title[i], ids[i])), np.int64)
        places = np.empty(len(ids), np.int64)
        places[placed] = np.arange(len(ids))
        return places
    if sort == "year":
        return by_year(facts)
    by_rank = ((_MOST_RANK - rank(facts)) << 32) + ids
    return by_rank if sort == "holdings" else by_rank + (rows.tiers.astype(np.int64) << 56)


def _as_sorted(title: str) -> tuple[str, str, list[int], str]:
    """A title of Rows as it is sorted: its pinyin and itself without the volume, the volume's numbers, the whole.

    So the volumes of a work follow it by number, 第二卷 before 第十卷 and 上册 before 下册, and not by their sounds.
    """
    sounds, _separator, folded = title.partition("\x1f")
    volumes = [*_VOLUME.finditer(folded, 1)]
    if not volumes:
        return sounds, folded, [], folded
    work = folded[: volumes[0].start()]
    syllables = sum(len(run) if is_unspaced(run) else 1 for run in runs(work))
    numbers = [_PARTS[one[3]] if one[3] else number(one[1] or one[2]) or 0 for one in volumes]
    return " ".join(sounds.split(" ")[:syllables]), work, numbers, folded


def by_year(facts: Facts) -> npt.NDArray[np.int64]:
    """Sort keys from the newest to the oldest, then by holdings and id."""
    years = (_LAST_YEAR - facts["year"].astype(np.int64)) << 40
    return years + ((255 - holder_count(facts)) << 32) + facts["id"].astype(np.int64)


def first(keys: npt.NDArray[np.int64], number: int) -> npt.NDArray[np.intp]:
    """Places of the smallest keys, in order."""
    if len(keys) > 4 * number:
        places = np.argpartition(keys, number)[:number]
        return places[np.argsort(keys[places])]
    return np.argsort(keys)[:number]


def highest(facts: Facts, number: int) -> Facts:
    """The best-ranked ones, best first."""
    return facts[first(((_MOST_RANK - rank(facts)) << 32) + facts["id"].astype(np.int64), number)]
