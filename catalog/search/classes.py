"""Classes of rows inside the one index: random samples to estimate counts, the best-ranked rows for the first page.

A row of a class has all its tokens a second time, XORed with the number of the class. So `tokens @> …` with XORed
tokens asks the rows of that class alone, through posting lists that are as short as the class is small: no partitions
and no second table that could lag behind.

    sample classes   by a hash of the edition's id: of every 16, 64, 256, 1024 editions one
    rank classes     by its rank (libraries that hold it, then year): the best 16th, 256th and 4096th of the catalogue

Widest first; each class contains the next.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

MOST_EXACT = 10_000  # entries that may match: up to here all of them are fetched, and no class is asked
FACTOR = 16  # from one rank class to the next
RANK_CLASSES = 3


@dataclass(frozen=True)
class Class:
    """`share`: one row of so many belongs to it. `salt`: what its tokens are XORed with."""

    share: int
    salt: int

    def tokens(self, tokens: Sequence[int]) -> list[int]:
        return [number ^ self.salt for number in tokens]


EVERYTHING = Class(1, 0)
SAMPLES = (Class(16, 0x5BD1E995), Class(64, 0x2C1B3C6D), Class(256, 0x297A2D39), Class(1024, 0x1F83D9AB))
BEST = (Class(FACTOR, 0x1B873593), Class(FACTOR**2, 0x4CF5AD43), Class(FACTOR**3, 0x63D83595))
CLASSES = (EVERYTHING, *BEST)


def samples_of(edition_id: int) -> tuple[Class, ...]:
    """The sample classes of an edition: the same for ever."""
    number = zlib.crc32(b"%d" % edition_id)
    return tuple(sample for sample in SAMPLES if number % sample.share == 0)


def rank_class(rank: int, cutoffs: Sequence[int]) -> int:
    """How many of the rank classes a row of this rank belongs to, 0 to RANK_CLASSES; none before the first count."""
    return sum(rank >= cutoff for cutoff in cutoffs)


def with_classes(tokens: npt.NDArray[np.int32], edition_id: int, ranks: int) -> npt.NDArray[np.int32]:
    """The tokens of a row as they are stored: its own, then those of each of its classes."""
    classes = (*samples_of(edition_id), *BEST[:ranks])
    return np.concatenate([tokens, *(tokens ^ np.int32(one.salt) for one in classes)]) if classes else tokens
