"""How long search() takes on an invented catalogue: python -m bench.search [--size 100k].

The catalogue lives in a database of its own (balis_bench_search) beside the configured one and is kept for the next
run; building it is not measured. Queries are cut from the catalogue itself and each is run once, after a warm-up.
"""

import argparse
import os
import random
import sys
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from bench.report import percentile, print_json, print_table

if TYPE_CHECKING:
    from catalog.search import SearchQuery

DATABASE = "balis_bench_search"
LIBRARIES = 60
BATCH = 2000
FIRST_WORDS = ["中国", "新编", "现代", "当代", "国际", "世界", "大学", "实用", "简明", "高等", "基础", "古代"]
LAST_WORDS = [
    "研究",
    "概论",
    "教程",
    "原理与应用",
    "导论",
    "分析",
    "基础",
    "手册",
    "技术",
    "论集",
    "发展报告",
    "案例",
    "史",
]
PUBLISHERS = [
    "清华大学",
    "高等教育",
    "科学",
    "人民邮电",
    "机械工业",
    "北京大学",
    "中国铁道",
    "人民",
    "上海译文",
    "法律",
]
SURNAMES, GIVEN = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗",
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀兰霞平刚桂英华文玉建国志",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="20k", help="editions: 20k, 100k, 1M (default 20k, done within a minute)")
    size = _number(parser.parse_args().size)
    _use_own_database()
    _build(size)
    _measure(size)


def _number(text: str) -> int:
    factors = {"k": 1_000, "m": 1_000_000}
    factor = factors.get(text[-1:].lower(), 1)
    return int(text.rstrip("kKmM")) * factor


def _use_own_database() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "balis.settings")
    from balis import embedded

    embedded.ensure()
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection, connections

    connections.databases["default"]["OPTIONS"]["pool"] = False
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE DATABASE {DATABASE}")
    connections["default"].close()
    connections.databases["default"]["NAME"] = DATABASE
    del connections["default"]
    call_command("migrate", verbosity=0)


def _build(size: int) -> None:
    """Fill the catalogue with `size` editions, unless it has them already."""
    from django.db import connection

    from catalog.models import Edition, Holding, LibraryCategory, MemberLibrary
    from catalog.search.index import rebuild

    if Edition.objects.count() == size and _indexed() == size:
        return
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE catalog_edition, catalog_memberlibrary CASCADE")
    libraries = MemberLibrary.objects.bulk_create(
        MemberLibrary(
            code=f"{900000 + n}",
            request_prefix=f"B{chr(65 + n // 26)}{chr(65 + n % 26)}",
            name=f"第{n}馆",
            short_name=f"{n}馆",
            category=LibraryCategory.COMPREHENSIVE,
        )
        for n in range(LIBRARIES)
    )
    rng, chinese, latin = random.Random(20260000), _words("chinese"), _words("english")
    weights = [1 / (n + 3) ** 0.8 for n in range(LIBRARIES)]
    for start in range(0, size, BATCH):
        editions = Edition.objects.bulk_create(
            Edition(**_invented(rng, number, chinese, latin)) for number in range(start, min(start + BATCH, size))
        )
        Holding.objects.bulk_create(
            Holding(edition=edition, library=library, call_number=edition.clc, as_of=edition.created_at)
            for edition in editions
            for library in set(rng.choices(libraries, weights, k=min(1 + int(rng.paretovariate(1.25) * 0.95), 40)))
        )
        print(f"\rrecords {start + len(editions)}/{size}", end="", file=sys.stderr)
    for done in rebuild():
        print(f"\rentries {done}/{size}       ", end="", file=sys.stderr)
    print(file=sys.stderr)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE catalog_searchentry, catalog_edition, catalog_holding")


def _indexed() -> int:
    from catalog.models import SearchEntry

    return SearchEntry.objects.count()


def _words(language: str) -> list[str]:
    """What books of the demo world are about, as single words."""
    from balis.demo.generator import topics

    subjects = [topic.topic for topic in topics() if (topic.kind == "english") == (language == "english")]
    return sorted({word for subject in subjects for word in subject.split()})


def _invented(rng: random.Random, number: int, chinese: list[str], latin: list[str]) -> dict[str, Any]:
    year = 2026 - min(int(rng.gammavariate(1.7, 11)), 76)
    if rng.random() < 0.15:
        title, language = " ".join(rng.sample(latin, rng.randint(2, 5))).capitalize(), "eng"
    else:
        head = rng.choice(FIRST_WORDS) if rng.random() < 0.5 else ""
        tail = rng.choice(LAST_WORDS) if rng.random() < 0.7 else ""
        title, language = head + "".join(rng.sample(chinese, rng.choice((1, 1, 2)))) + tail, "chi"
    digits = f"9787{number:08d}"
    check = -sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10
    return {
        "title": title,
        "volume": rng.choice(("", "", "", "", "", "上册", "下册")) if language == "chi" else "",
        "authors": ["".join((rng.choice(SURNAMES), rng.choice(GIVEN), rng.choice(GIVEN)))],
        "publisher": rng.choice(PUBLISHERS) + "出版社",
        "year": year,
        "language": language,
        "isbns": [f"{digits}{check}"],
        "subjects": [rng.choice(chinese)],
        "clc": f"{rng.choice('ABCDFGHIJKOPQRSTUX')}{rng.randint(1, 99)}",
    }


def _queries(rng: random.Random, count: int) -> "list[tuple[str, SearchQuery]]":
    """(class, query) pairs, a third of them narrowed to one or three libraries."""
    from catalog.models import Edition, MemberLibrary
    from catalog.search import SearchQuery

    words = _words("chinese")
    codes = list(MemberLibrary.objects.values_list("code", flat=True))
    first = Edition.objects.order_by("pk").values_list("pk", flat=True)[0]
    total = Edition.objects.count()
    sample = Edition.objects.in_bulk([first + rng.randrange(total) for _ in range(count)])
    queries = []
    for number, edition in enumerate(sample.values()):
        start = rng.randrange(max(1, len(edition.title) - 4))
        makers = [
            ("broad word", lambda: SearchQuery(rng.choice([*FIRST_WORDS, "theory", "analysis"]))),
            ("title part", lambda e=edition, s=start: SearchQuery(e.title[s : s + 4])),
            ("whole title", lambda e=edition: SearchQuery(e.full_title)),
            ("author", lambda e=edition: SearchQuery(e.authors[0], route="author")),
            ("author + title", lambda e=edition: SearchQuery(f"{e.title[:4]} {e.authors[0]}")),
            ("two words", lambda: SearchQuery(" ".join(rng.sample(words, 2)))),
            ("publisher", lambda: SearchQuery(rng.choice(PUBLISHERS) + "出版社 " + rng.choice(words))),
            ("ISBN", lambda e=edition: SearchQuery(e.isbns[0])),
            ("single character", lambda: SearchQuery(rng.choice("学史法水书文"))),
            ("no hit", lambda: SearchQuery("".join(rng.sample(words, 4)))),
        ]
        name, make = makers[number % len(makers)]
        query = make()
        if number % 3 == 0:
            query = SearchQuery(query.text, route=query.route, libraries=tuple(rng.sample(codes, rng.choice((1, 3)))))
        queries.append((name, query))
    return queries


def _measure(size: int) -> None:
    from catalog.search import search

    for _name, query in _queries(random.Random(1), 40):
        search(query)
    times: dict[str, list[float]] = defaultdict(list)
    for name, query in _queries(random.Random(2), 300):
        started = time.perf_counter()
        search(query)
        times[name].append((time.perf_counter() - started) * 1000)
    everything = [value for values in times.values() for value in values]
    rows: list[tuple[object, ...]] = [("class", "n", "p50 ms", "p95 ms", "max ms")]
    for name, values in [*sorted(times.items()), ("all", everything)]:
        rows.append((name, len(values), percentile(values, 0.5), percentile(values, 0.95), max(values)))
    print_table(rows)
    print_json(
        {
            "records": size,
            "search_p50_ms": percentile(everything, 0.5),
            "search_p95_ms": percentile(everything, 0.95),
            "search_max_ms": max(everything),
        }
    )


if __name__ == "__main__":
    main()
