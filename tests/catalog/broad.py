"""A catalogue on which searches are broad: the thresholds are patched so that some 20 hits are already too many."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

import pytest
from django.db import transaction
from django.utils import timezone

from catalog.models import Edition, Holding, LibraryCategory, MemberLibrary
from catalog.search import (
    SearchPage,
    SearchQuery,
    best,
    champions,
    hits,
    lists,
    maintenance,
    narrowing,
    rebuild,
    stored,
)
from catalog.search.facts import Counts
from catalog.search.frequencies import frequencies
from catalog.search.index import refresh
from catalog.search.maintenance import maintain
from catalog.search.plan import plans_for
from catalog.search.query import PAGE_SIZE, Clause
from catalog.search.stored import Stored

EDITIONS, LIBRARIES = 2000, 8
_FIRST_ID = 5_000_000  # the samples are drawn by ids: always the same ones
SMALL = {
    best: {"MOST_EXACT": 20, "_RARE": 5},
    narrowing: {"FEW_LIBRARIES": 2},
    hits: {
        "MOST_EXACT": 20,
        "MOST_SORTED": 50,
        "MOST_COMPARED": 10,
        "_ENOUGH_OF_FEW_LIBRARIES": 10,
        "_ENOUGH": 30,
        "_FEW": 10,
    },
    lists: {"MOST_COMPARED": 10, "MOST_EXACT": 20, "FEW_TOGETHER": 20, "_SHORT": 5},
    champions: {"CHAMPIONS": 40, "SAMPLE": 200},
    stored: {"MOST_COMPARED": 10},
    maintenance: {"MOST_EXACT": 20, "FREQUENT": 5, "LISTED": 3},
    rebuild: {"MOST_EXACT": 20},
}
BEFORE = ["", "", "", "高等", "应用", "工程", "经济", "现代"]
SUBJECTS = ["数学", "数学", "数学", "物理", "化学", "数学物理", "英语"]
AFTER = ["", "", "分析", "方法", "教程", "导论", "习题集", " with Python"]
AUTHORS = ["王力", "李明", "张华", "刘洋", "陈静", "Smith, John"]
PUBLISHERS = ["科学出版社", "高等教育出版社", "清华大学出版社"]


def library_code(number: int) -> str:
    return f"{910000 + number}"


@contextmanager
def broad_catalogue() -> Iterator[None]:
    """2,000 books in eight libraries, counted; the thresholds are small."""
    with pytest.MonkeyPatch.context() as patch, transaction.atomic():
        for module, values in SMALL.items():
            for name, value in values.items():
                patch.setattr(module, name, value)
        _fill()
        maintain()
        yield
        transaction.set_rollback(True)


def _fill() -> None:
    dice = random.Random(4)
    libraries = [
        MemberLibrary.objects.create(
            code=library_code(number), request_prefix=f"Q{chr(65 + number)}", category=LibraryCategory.NORMAL,
            name=f"第{number}馆", short_name=f"{number}馆",
        )
        for number in range(LIBRARIES)
    ]  # fmt: skip
    editions = Edition.objects.bulk_create(
        Edition(
            pk=_FIRST_ID + number,
            title="".join(map(dice.choice, (BEFORE, SUBJECTS, AFTER))),
            authors=[dice.choice(AUTHORS)],
            publisher=dice.choice(PUBLISHERS),
            year=dice.choice([None, *range(1950, 2025)]),
            language=dice.choices(["chi", "eng", "jpn"], [8, 1, 1])[0],
            material_type=dice.choices(["book", "thesis"], [9, 1])[0],
            clc=dice.choice(["O1", "O4", "O6", "H3"]),
        )
        for number in range(EDITIONS)
    )
    as_of = timezone.now()
    Holding.objects.bulk_create(
        Holding(edition=edition, library=library, call_number=f"{edition.clc}/{edition.pk}", as_of=as_of)
        for edition in editions
        for library in dice.sample(libraries, min(dice.randint(1, 9), dice.randint(1, LIBRARIES)))
    )
    refresh([edition.pk for edition in editions])


def ids(page: SearchPage) -> list[int]:
    return [result.edition.pk for result in page.results]


@dataclass(frozen=True)
class Truth:
    """All hits in their order, and the counts, from the exhaustive evaluation."""

    ids: list[int]
    counts: Counts
    per_library: dict[str, int]

    def page(self, number: int) -> list[int]:
        return self.ids[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]

    @property
    def pages(self) -> int:
        return max(1, -(-len(self.ids) // PAGE_SIZE))


def everything(query: SearchQuery) -> Truth:
    slots = dict(MemberLibrary.objects.values_list("code", "slot"))
    chosen = frozenset(slots[code] for code in query.libraries)
    with (
        mock.patch.object(hits, "aliens_among", return_value=set()),  # thousands of hits, and none shares a hash
        mock.patch.object(lists, "fetch", return_value=None),
    ):
        wanted = narrowing.Narrowing(query, chosen)
        found = hits._exact(plans_for(query)[0], wanted, frequencies(), Stored(), limit=2 * EDITIONS, offset=0)
    per_library = {code: found.counts.per_slot.get(slot, 0) for code, slot in slots.items()}
    return Truth(found.page["id"].tolist(), found.counts, per_library)


BROAD = [
    SearchQuery("数学"),
    SearchQuery("高等数学"),
    SearchQuery("数"),
    SearchQuery("数学", route="title"),
    SearchQuery("数学分析"),
    SearchQuery("数学 王力"),
    SearchQuery("科学出版社", route="publisher"),
    SearchQuery("李明", route="author"),
    SearchQuery("python"),
    SearchQuery("“数学物理”"),
    SearchQuery("O1", route="call_number"),
    SearchQuery("数学", clauses=(Clause("and", "李明", "author"),)),
    SearchQuery("数学", clauses=(Clause("or", "化学", "title"),)),
    SearchQuery("数学", clauses=(Clause("not", "高等", "title"),)),
    SearchQuery(
        "数学", clauses=(Clause("or", "英语"), Clause("not", "王力", "author"), Clause("and", "科学", "publisher"))
    ),
]  # fmt: skip
NARROWED: list[dict[str, Any]] = [
    {},
    {"libraries": (library_code(0), library_code(5))},
    {"language": "chi", "clc": "O"},
    {"year_from": 1980, "year_to": 2010},
    {"libraries": (library_code(3),), "decade": 1990, "material_type": "book"},
]


def held_by_all(title: str, libraries: int = LIBRARIES, **fields: Any) -> Edition:
    edition = Edition.objects.create(title=title, **({"year": 2025, "language": "chi", "clc": "O1"} | fields))
    for library in MemberLibrary.objects.order_by("code")[:libraries]:
        Holding.objects.create(edition=edition, library=library, as_of=timezone.now())
    refresh([edition.pk])
    return edition
