"""The rows of the index that a search found."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from catalog.search.facts import Facts, Mask
from catalog.search.tiers import Tiers


@dataclass(frozen=True)
class Rows:
    """What was found. `tiers` (catalog/search/tiers.py) and `titles` (in pinyin, then folded) are parallel to
    `facts`."""

    facts: Facts
    tiers: Tiers
    titles: list[str]

    def only(self, mask: Mask | None) -> "Rows":
        """The rows where the mask says so; all of them where there is none."""
        if mask is None:
            return self
        titles = [title for title, chosen in zip(self.titles, mask, strict=True) if chosen] if self.titles else []
        return Rows(self.facts[mask], self.tiers[mask], titles)

    def at(self, places: npt.NDArray[np.intp]) -> "Rows":
        """The rows at these places, in this order."""
        return Rows(
            self.facts[places], self.tiers[places], [self.titles[place] for place in places] if self.titles else []
        )

    def without(self, ids: Collection[int]) -> "Rows":
        return self.only(~np.isin(self.facts["id"], list(ids))) if ids else self

    def each_once(self) -> "Rows":
        mask = np.zeros(len(self.facts), np.bool_)
        mask[np.unique(self.facts["id"], return_index=True)[1]] = True
        return self.only(mask)

    def __add__(self, other: "Rows") -> "Rows":
        return Rows(
            np.concatenate([self.facts, other.facts]),
            np.concatenate([self.tiers, other.tiers]),
            self.titles + other.titles,
        )
