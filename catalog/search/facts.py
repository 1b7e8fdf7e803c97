"""What a hit counts for, packed into a few bytes: its year, language, type, class and the libraries that hold it.

A search gets the facts of all its hits from the database as one concatenated value and counts them here in numpy,
several times faster than GROUP BY does.
"""

import string
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from catalog.models import MaterialType
from catalog.models.libraries import MOST_LIBRARIES

DTYPE = np.dtype(
    [
        ("id", "<u4"),
        ("year", "<u2"),  # 0: unknown
        ("language", "<u2"),  # its three letters as a number in base 27; 0: unknown
        ("material_type", "u1"),  # place in MaterialType
        ("clc", "u1"),  # ASCII letter of the main class; 0: unclassified
        ("holders", "u1", (MOST_LIBRARIES // 8,)),  # bit per MemberLibrary.slot, lowest first
    ]
)
PLACE_OF_CLC = 9  # the byte in which SQL finds it
PLACE_OF_YEAR = 4
PLACE_OF_HOLDERS = 10
Facts = npt.NDArray[np.void]
Mask = npt.NDArray[np.bool_]

FACETS = ("language", "material_type", "decade", "clc")
_MATERIAL_TYPES = [str(value) for value in MaterialType.values]
_LETTERS = " " + string.ascii_lowercase
_LATEST_YEAR = 4095
MOST_ID = 2**32 - 1


class TooManyEditions(ValueError):
    """An edition id that no longer fits four bytes: DTYPE must grow."""


def pack(*, edition_id: int, year: int, language: str, material_type: str, clc: str, slots: Iterable[int]) -> bytes:
    """The facts of one edition. Unknown languages and classes count as none. Raises TooManyEditions."""
    if edition_id > MOST_ID:
        raise TooManyEditions(f"edition {edition_id}")
    holders = 0
    for slot in slots:
        holders |= 1 << slot
    return b"".join(
        (
            edition_id.to_bytes(4, "little"),
            min(max(year, 0), _LATEST_YEAR).to_bytes(2, "little"),
            _language_number(language).to_bytes(2, "little"),
            bytes((_material_number(material_type), ord(clc) if clc in string.ascii_uppercase and clc else 0)),
            holders.to_bytes(MOST_LIBRARIES // 8, "little"),
        )
    )


def unpack(packed: bytes | memoryview | None) -> Facts:
    return np.frombuffer(packed or b"", DTYPE)


def holder_count(facts: Facts) -> npt.NDArray[np.int64]:
    """How many libraries hold each."""
    words = np.ascontiguousarray(facts["holders"]).view(np.uint64)
    return np.bitwise_count(words).sum(axis=1, dtype=np.int64)


def rank(facts: Facts) -> npt.NDArray[np.int64]:
    """The order in which equally good hits are shown, higher first: number of holding libraries, then newer."""
    return holder_count(facts) * (_LATEST_YEAR + 1) + facts["year"]


def rank_of(holders: int, year: int) -> int:
    """rank() of one edition."""
    return holders * (_LATEST_YEAR + 1) + min(max(year, 0), _LATEST_YEAR)


def holders_in(rank: int) -> int:
    """How many libraries hold an edition of this rank."""
    return rank // (_LATEST_YEAR + 1)


def holder_bits(facts: Facts) -> npt.NDArray[np.uint8]:
    """One row per hit, one column per slot: whether that library holds it."""
    return np.unpackbits(np.ascontiguousarray(facts["holders"]), axis=1, bitorder="little")


_BITS = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little").astype(np.int64)


def _held(facts: Facts) -> npt.NDArray[np.int64]:
    """How many of these each library holds, by slot: how often each byte has each value, and the bits of the values."""
    each_byte = (np.bincount(values, minlength=256) @ _BITS for values in np.ascontiguousarray(facts["holders"].T))
    return np.concatenate(list(each_byte))


def held_by(facts: Facts, slots: Iterable[int]) -> Mask:
    """Which of them one of these libraries holds."""
    wanted = np.zeros(MOST_LIBRARIES, np.uint8)
    wanted[list(slots)] = 1
    return np.asarray((facts["holders"] & np.packbits(wanted, bitorder="little")).any(axis=1))


@dataclass
class Counts:
    """How many hits: in all, per library (by slot), per value of each facet."""

    total: int = 0
    per_slot: dict[int, int] = field(default_factory=dict)
    facets: dict[str, dict[str, int]] = field(default_factory=lambda: {name: {} for name in FACETS})

    def as_json(self) -> dict[str, Any]:
        return {"total": self.total, "per_slot": list(self.per_slot.items()), "facets": self.facets}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Counts":
        return cls(stored["total"], dict(stored["per_slot"]), stored["facets"])


def corrected(counts: Counts, *, without: Counts, plus: Counts) -> Counts:
    """Counts after some editions changed from what `without` counts to what `plus` does."""

    def change(old: dict[Any, int], less: dict[Any, int], more: dict[Any, int]) -> dict[Any, int]:
        changed = Counter(old)
        changed.update(more)
        changed.subtract(less)
        return {key: number for key, number in changed.items() if number > 0}

    return Counts(
        counts.total - without.total + plus.total,
        change(counts.per_slot, without.per_slot, plus.per_slot),
        {name: change(counts.facets[name], without.facets[name], plus.facets[name]) for name in FACETS},
    )


def count(facts: Facts, chosen: Mask | None = None, scale: float = 1) -> Counts:
    """Count these hits; total and facets only where `chosen` says so. `scale`: each stands for so many."""

    counts = Counts()
    held = _held(facts)
    counts.per_slot = _numbers(held, scale)
    if chosen is not None:
        facts = facts[chosen]
    counts.total = round(len(facts) * scale)
    decades = facts["year"] // 10 * 10
    for name, values in (
        ("language", facts["language"]),
        ("material_type", facts["material_type"]),
        ("decade", decades),
        ("clc", facts["clc"]),
    ):
        numbers = np.bincount(values) if len(values) else np.zeros(0, np.int64)
        label = _LABELS[name]
        counts.facets[name] = {label(value): number for value, number in _numbers(numbers, scale).items()}
    return counts


def _numbers(counted: npt.NDArray[np.int64], scale: float) -> dict[int, int]:
    """What was counted at all: place → number."""
    places = counted.nonzero()[0]
    numbers = counted[places] if scale == 1 else np.rint(counted[places] * scale).astype(np.int64)
    return dict(zip(places.tolist(), numbers.tolist(), strict=True))


@lru_cache(maxsize=1000)
def _language_number(code: str) -> int:
    if len(code) != 3 or any(letter not in _LETTERS[1:] for letter in code):
        return 0
    first, second, third = (_LETTERS.index(letter) for letter in code)
    return (first * 27 + second) * 27 + third


@lru_cache(maxsize=1000)
def _language_code(number: int) -> str:
    return "".join(_LETTERS[part] for part in (number // 729, number // 27 % 27, number % 27)) if number else ""


def _material_number(material_type: str) -> int:
    return _MATERIAL_TYPES.index(material_type or MaterialType.OTHER)


_LABELS: dict[str, Callable[[int], str]] = {
    "language": _language_code,
    "material_type": lambda number: _MATERIAL_TYPES[number],
    "decade": str,
    "clc": lambda number: chr(number) if number else "",
}


def narrowed(
    facts: Facts, *, language: str, material_type: str, clc: str, first_year: int | None, last_year: int | None
) -> Mask | None:
    """Which of them the facets leave; None where no facet is in force. An unknown year lies in no span of years."""
    masks: list[Mask] = []
    if language:
        masks.append(facts["language"] == _language_number(language))
    if material_type:
        masks.append(facts["material_type"] == _material_number(material_type))
    if clc:
        masks.append(facts["clc"] == ord(clc[0]))
    if first_year is not None:
        masks.append(facts["year"] >= min(max(first_year, 0), _LATEST_YEAR + 1))
    if last_year is not None:
        masks.append(facts["year"] <= min(max(last_year, 0), _LATEST_YEAR))
    if first_year is not None or last_year is not None:
        masks.append(facts["year"] > 0)
    return np.logical_and.reduce(masks) if masks else None
