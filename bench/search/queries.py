"""The queries: about 290 per set, of ten kinds by how many editions they find, cut from the catalogue itself.

The sets have different seeds: one warms up, the others are measured and held out from it. What can be listed (very
broad words, single characters) is dealt out to the sets, so that none of them asks what another asked.
"""

import json
import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from catalog.models import Edition
    from catalog.search import SearchQuery

VERSION = 1  # raise whenever other queries come out
WARM_UP, CALLS, PAGES = SETS = range(3)
# How many of each kind, and how many editions it finds in a catalogue of one million (scaled to its real size).
KINDS = {
    "no hit": (10, 0, 0),
    "rare": (40, 1, 10),
    "medium": (50, 11, 1_000),
    "common": (50, 1_001, 50_000),
    "very broad": (20, 20_001, 1_000_000),
    "two words": (40, 2, 1_000_000),
    "author + title": (30, 1, 1_000_000),
    "ISBN": (15, 1, 1_000_000),
    "Latin": (27, 1, 50_000),
    "single character": (10, 0, 1_000_000),
}
TRIES_PER_QUERY = 40
SAMPLE = 4_000  # editions from which one set is cut
BROAD = [
    "中国", "研究", "社会", "发展", "教程", "经济", "世界", "现代", "当代", "大学", "管理", "国际", "概论", "理论",
    "分析", "新编", "基础", "手册", "设计", "技术", "北京", "上海", "科学", "人民", "教育", "文学", "问题", "实践",
    "美国", "古代", "实用", "应用", "简明", "高等", "方法", "原理", "导论", "学习", "指导", "案例", "师范", "理工",
    "工业", "财经", "文艺", "古籍", "美术", "儿童", "南京", "天津", "出版", "词典", "习题", "医科", "introduction",
    "theory", "analysis", "china", "history",
]  # fmt: skip
SINGLE = "家茶诗法水史学易酒梦山海书文心天人生物数图画音医农林电工商国"
_HAN = re.compile(r"[\u4e00-\u9fff]+")


@dataclass(frozen=True)
class Case:
    """One query with its kind and how many editions it finds in all libraries (about, where search() says so)."""

    kind: str
    query: "SearchQuery"
    hits: int


def chosen(which: int, size: int, folder: Path, version: str) -> list[Case]:
    """The cases of one set in the order in which they are asked; kept in `folder` for the next run."""
    from catalog.search import SearchQuery

    path, version = folder / f"queries-{which}.json", f"{VERSION}-{version}"
    kept = json.loads(path.read_text()) if path.exists() else {}
    if kept.get("version") != version:
        cases = [
            (case.kind, case.query.text, case.query.route, case.query.libraries, case.hits)
            for case in choose(which, size)
        ]
        kept = {"version": version, "cases": cases}
        path.write_text(json.dumps(kept, ensure_ascii=False))
    return [
        Case(kind, SearchQuery(text, route=route, libraries=tuple(libraries)), hits)
        for kind, text, route, libraries, hits in kept["cases"]
    ]


def choose(which: int, size: int) -> list[Case]:
    """Cut one set from the catalogue in the database, each query classified by what search() finds."""
    from catalog.models import MemberLibrary

    rng = random.Random(f"bench-search {VERSION} {which}")
    cases = list(_classified(which, size, rng))
    codes = list(MemberLibrary.objects.order_by("code").values_list("code", flat=True))
    for number, case in enumerate(cases):
        if number % 3 == 0:
            some = tuple(rng.sample(codes, min(rng.choice((1, 1, 3, 8, 30)), len(codes))))
            cases[number] = replace(case, query=replace(case.query, libraries=some))
    rng.shuffle(cases)
    return cases


def _classified(which: int, size: int, rng: random.Random) -> Iterator[Case]:
    from catalog.search import SearchQuery, search

    candidates = _candidates(which, size, rng)
    for kind, (wanted, low, high) in KINDS.items():
        scale = size / 1_000_000
        low, high = (low if low < 11 else int(low * scale)), max(10, int(high * scale)) if high else 0
        found: dict[tuple[str, str], Case] = {}
        for _try, (text, route) in zip(range(wanted * TRIES_PER_QUERY), candidates[kind], strict=False):
            if (text, route) in found:
                continue
            hits = search(SearchQuery(text, route=route)).total
            if low <= hits <= high:
                found[text, route] = Case(kind, SearchQuery(text, route=route), hits)
            if len(found) == wanted:
                break
        if len(found) < wanted:
            print(f"set {which}: only {len(found)} of {wanted} queries of the kind {kind!r} fit this catalogue")
        yield from found.values()


def _candidates(which: int, size: int, rng: random.Random) -> dict[str, Iterable[tuple[str, str]]]:
    """Texts and routes per kind, without end where they are cut from editions."""
    from catalog.models import Edition

    numbers = rng.sample(range(1, size + 1), min(SAMPLE, size))
    editions = sorted(Edition.objects.filter(pk__in=numbers), key=lambda edition: numbers.index(edition.pk))
    han = [edition for edition in editions if edition.language == "chi"]
    latin = [edition for edition in editions if edition.title.isascii()]
    with_isbn = [edition for edition in editions if edition.isbns]
    cut = _Scissors(rng)
    broad = [(word, route) for route, word in product(("all", "title", "subject"), BROAD)]
    makers = {
        "no hit": lambda: (cut.piece(rng.choice(han), 3, 3) + cut.piece(rng.choice(han), 3, 3), "all"),
        "rare": lambda: (cut.piece(rng.choice(han), 4, 10), cut.route()),
        "medium": lambda: rng.choice(
            [(cut.piece(rng.choice(han), 2, 4), cut.route())] * 9 + [(rng.choice(han).authors[0], "author")]
        ),
        "common": lambda: (cut.piece(rng.choice(han), 2, 3), cut.route()),
        "two words": lambda: (cut.two(rng.choice(han)), "all"),
        "author + title": lambda: (cut.with_author(rng.choice(han)), "all"),
        "ISBN": lambda: (rng.choice(with_isbn).isbns[0], rng.choice(("all", "isbn"))),
        "Latin": lambda: (cut.words(rng.choice(latin)), rng.choice(("all", "all", "title"))),
    }
    endless = {kind: ((text, route) for text, route in iter(make, None) if text) for kind, make in makers.items()}
    listed = {
        "very broad": broad,
        "single character": [(char, ("all", "title")[at % 2]) for at, char in enumerate(SINGLE)],
    }
    return endless | {kind: some[which :: len(SETS)] for kind, some in listed.items()}


class _Scissors:
    """Cuts what a reader may type out of a record; an empty text where there is nothing to cut."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def route(self) -> str:
        return self.rng.choices(("all", "title", "subject"), (70, 22, 8))[0]

    def piece(self, edition: "Edition", shortest: int, longest: int) -> str:
        length = self.rng.randint(shortest, longest)
        stretches = [stretch for stretch in _HAN.findall(edition.title) if len(stretch) >= length]
        if not stretches:
            return ""
        stretch = self.rng.choice(stretches)
        start = self.rng.randrange(len(stretch) - length + 1)
        return str(stretch[start : start + length])

    def two(self, edition: "Edition") -> str:
        first = self.piece(edition, 2, 2)
        publisher = edition.publisher.removesuffix("出版社")
        second = self.piece(edition, 2, 2) if self.rng.random() < 0.7 else publisher
        return f"{first} {second}" if first and not set(first) & set(second) else ""

    def with_author(self, edition: "Edition") -> str:
        piece = self.piece(edition, 2, 4)
        return f"{piece} {edition.authors[0]}" if piece else ""

    def words(self, edition: "Edition") -> str:
        words = [word for word in edition.title.split() if len(word) > 2]
        count = self.rng.choice((1, 1, 2, 3))
        return " ".join(self.rng.sample(words, count)) if len(words) >= count else ""
