"""The member libraries of libraries.csv as rows, with pauses, policies and holdings profiles."""

import csv
from datetime import date
from decimal import Decimal
from typing import Any

from balis.demo.books import HERE
from balis.demo.shelves import PROFILES
from catalog.models import HoldingsProfile, MemberLibrary, PauseKind, ServicePause
from requests_app.models import BorrowingPolicy, LendingPolicy

# The day from which the suspended members of libraries.csv are suspended: long before any demo request.
PAUSED_SINCE = date(2024, 1, 1)
WEEKEND = [5, 6]
FLAGS = ("code_is_example", "prefix_is_example", "borrows", "lends", "in_joint_search")

# request prefix -> what differs from the consortium's defaults. Known facts: 国家图书馆 lends foreign books for a
# month and charges 5 yuan per day; 上海图书馆 lends for 45 days and charges 0.5 yuan; 北京大学 lends for four weeks.
LENDING: dict[str, dict[str, Any]] = {
    "NLC": {"lends_foreign": True, "fine_per_day": Decimal(5), "note": "中外文图书均可申请。超期每册每天5元。"},
    "ST": {"loan_days": 45, "note": "借期45天，不可续借。超期每册每天0.5元。"},
    "BD": {"loan_days": 28, "note": "借期四周。"},
    "GK": {"note": "只开放中文图书出借。"},
    "BH": {"call_number_required": True},
    # 示例: who lets readers fetch books in person is each library's choice, and nobody has published it.
    "KD": {"self_pickup": True, "note": "可以自取自还：凭联盟自取借书证到流通部取书。"},
    "BSD": {"self_pickup": True},
}
# 示例: a library whose readers may have more books at a time than the default.
BORROWING: dict[str, dict[str, Any]] = {"BD": {"max_open_requests": 5}}


def library_rows() -> list[dict[str, str]]:
    with (HERE / "libraries.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def create_libraries() -> dict[str, MemberLibrary]:
    """Create all member libraries; returned by their request prefix."""
    libraries = {}
    for row in library_rows():
        paused = row.pop("paused") == "1"
        values: dict[str, Any] = {**row, **{name: row[name] == "1" for name in FLAGS}}
        library = MemberLibrary(
            **values, closed_weekdays=WEEKEND if row["opening_hours"].startswith("周一至周五") else []
        )
        library.full_clean()
        library.save()
        if paused:
            ServicePause.objects.create(
                library=library, kind=PauseKind.BOTH, starts_on=PAUSED_SINCE, reason="暂停馆际互借服务"
            )
        libraries[library.request_prefix] = library
    for prefix, profile in PROFILES.items():
        HoldingsProfile.objects.create(library=libraries[prefix], **profile)
    for prefix, policy in LENDING.items():
        LendingPolicy.objects.create(library=libraries[prefix], **policy)
    for prefix, policy in BORROWING.items():
        BorrowingPolicy.objects.create(library=libraries[prefix], **policy)
    return libraries
