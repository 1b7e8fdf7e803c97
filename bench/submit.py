"""How many requests a second the portal takes: python -m bench.submit [--size 2k].

Readers of forty libraries press 确认提交 at the same moment in several processes, each with its own connection: most
once, some twice with the same token, some although they have no place left. The whole service is measured, with its
rules, numbers, events, mails in the outbox; no mail is sent. The rows lie in a database of their own
(balis_bench_submit), emptied at the start. Before that, the very statements of such submissions are sent by the bare
driver (bench/bare.py): what this machine could take at best, whatever else it is doing.
"""

import argparse
import os
import random
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

from bench.bare import recorded, replayed_per_second
from bench.database import use_own_database
from bench.report import percentile, print_json, print_table

DATABASE = "balis_bench_submit"
PROCESSES = max(2, os.cpu_count() or 2)
LIBRARIES = 40
LIMIT = 3
PRESSED_TWICE = 0.05
SEED = 20260310

Job = tuple[int, int, str]  # reader, lender, token


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="2k", help="submissions: 500, 2k, 10k (default 2k)")
    size = _number(parser.parse_args().size)
    use_own_database(DATABASE)
    first_of_each = list({job[0]: job for job in _people_and_wishes(size)}.values())
    rates, _seconds = _in_processes(_bare_rate, first_of_each)
    results, seconds = _in_processes(_submit_all, _people_and_wishes(size))
    _report(results, seconds, bare_per_s=sum(rates))


def _in_processes(work: Callable[[list[Job]], list[Any]], jobs: list[Job]) -> tuple[list[Any], float]:
    """What the processes make of their shares of the jobs, and the seconds that it took them."""
    _let_go_of_the_database()
    with ProcessPoolExecutor(PROCESSES) as pool:
        started = time.monotonic()
        results = [each for share in pool.map(work, _shares(jobs)) for each in share]
    return results, time.monotonic() - started


def _shares(jobs: list[Job]) -> list[list[Job]]:
    return [jobs[place::PROCESSES] for place in range(PROCESSES)]


def _number(text: str) -> int:
    factors = {"k": 1_000, "m": 1_000_000}
    return int(text.rstrip("kKmM")) * factors.get(text[-1:].lower(), 1)


def _let_go_of_the_database() -> None:
    """Before the processes part: each opens a connection of its own."""
    from django.db import connections

    connections.close_all()


def _people_and_wishes(size: int) -> list[Job]:
    """Fresh libraries and readers, and who asks whom, in a random order; every fourth reader asks once too often."""
    from django.db import connection

    from catalog.models import LibraryCategory, MemberLibrary
    from readers.models import Reader, ReaderState, User

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE catalog_memberlibrary, readers_user CASCADE")
    libraries = [
        MemberLibrary.objects.create(
            code=f"{900000 + n}",
            request_prefix=f"B{chr(65 + n // 26)}{chr(65 + n % 26)}",
            name=f"第{n}馆",
            short_name=f"{n}馆",
            category=LibraryCategory.COMPREHENSIVE,
            email=f"ill{n}@example.org",
            phone="010-00000000",
        )
        for n in range(LIBRARIES)
    ]
    count = max(1, round(size / 3.25))
    users = User.objects.bulk_create(
        User(username=f"reader{n}", email=f"reader{n}@example.org", first_name=f"读者{n}") for n in range(count)
    )
    readers = Reader.objects.bulk_create(
        Reader(
            user=user,
            library=libraries[n % LIBRARIES],
            name=f"读者{n}",
            certificate_number=f"{n:014d}",
            reader_barcode=f"{libraries[n % LIBRARIES].code}{n:014d}",
            phone="010-00000000",
            department="信息学院",
            job_title="学生",
            education="硕士",
            state=ReaderState.APPROVED,
        )
        for n, user in enumerate(users)
    )
    rng = random.Random(SEED)
    jobs: list[Job] = []
    for n, reader in enumerate(readers):
        lenders = [library.pk for library in libraries if library.pk != reader.library_id]
        for _ in range(LIMIT + (n % 4 == 0)):
            job = (reader.pk, rng.choice(lenders), _token(rng))
            jobs += [job] * (2 if rng.random() < PRESSED_TWICE else 1)
    rng.shuffle(jobs)
    return jobs


def _token(rng: random.Random) -> str:
    from uuid import UUID

    return str(UUID(int=rng.getrandbits(128), version=4))


def _submit_all(jobs: list[Job]) -> list[tuple[str, float]]:
    """Make every submission of this process's share: what came of it, and how many seconds it took."""
    from requests_app.errors import SubmissionRefused

    submit = _submitter()
    results = []
    for job in jobs:
        started = time.perf_counter()
        try:
            submit(job)
            outcome = "taken"
        except SubmissionRefused as refusal:
            outcome = refusal.rule
        results.append((outcome, time.perf_counter() - started))
    return results


def _bare_rate(jobs: list[Job]) -> list[float]:
    """How many of these submissions a second this process sends to the database by the bare driver."""
    submit = _submitter()
    return [replayed_per_second([recorded(partial(submit, job)) for job in jobs])]


def _submitter() -> Callable[[Job], None]:
    """What a page does with one job: it loads the reader and submits."""
    from uuid import UUID

    from catalog.models import MemberLibrary
    from readers.actors import Actor
    from readers.models import Reader
    from requests_app.models import DeliveryMethod
    from requests_app.services.submission import submit_request

    libraries = MemberLibrary.objects.in_bulk()

    def submit(job: Job) -> None:
        reader_id, lender_id, token = job
        reader = Reader.objects.select_related("user", "library").get(pk=reader_id)
        submit_request(
            reader=reader,
            lender=libraries[lender_id],
            token=UUID(token),
            by=Actor.of_reader(reader),
            delivery_method=DeliveryMethod.LOGISTICS,
            title="高等数学辅导 上册",
            author="石福庆",
            publisher="中国铁道出版社",
            year="1982",
            call_number="O13/04/1",
            recipient_name=reader.name,
            email=reader.user.email,
        )

    return submit


def _report(results: list[tuple[str, float]], seconds: float, bare_per_s: float) -> None:
    from django.db.models import Count

    from requests_app.models import LoanRequest, RequestEvent

    outcomes = {outcome: sum(each == outcome for each, _ in results) for outcome, _ in results}
    took = [milliseconds * 1000 for _, milliseconds in results]
    made = LoanRequest.objects.count()
    over = LoanRequest.objects.counted().values("reader").annotate(count=Count("pk")).filter(count__gt=LIMIT).count()
    numbers = LoanRequest.objects.values("number").distinct().count()
    tokens = LoanRequest.objects.values("confirm_token").distinct().count()
    duplicates = (made - numbers) + (made - tokens) + abs(made - RequestEvent.objects.filter(verb="submit").count())
    print_table(
        [
            ["submissions", "requests made", *outcomes, "seconds", "median ms", "95% ms"],
            [len(results), made, *outcomes.values(), seconds, percentile(took, 0.5), percentile(took, 0.95)],
        ]
    )
    print_json(
        {
            "submits_per_s": len(results) / seconds,
            "limit_broken": over,
            "duplicates": duplicates,
            "requests": made,
            "processes": PROCESSES,
            "bare_per_s": bare_per_s,  # by the driver alone, on this machine, a moment ago
            "share_of_bare": len(results) / seconds / bare_per_s,
        }
    )


if __name__ == "__main__":
    main()
