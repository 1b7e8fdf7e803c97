"""Four months of requests, made by the real services at times of the past.

First the life of every request is planned (lives.py), so that each state is reached whatever day it is. Then all moves
of all requests are made in the order of their times: limits, reservations and numbers come out as they would have.
Nothing is caught: a refused move is a mistake of the plan and stops the build.
"""

import random
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from balis.demo.lives import SEED, Plan, Planner
from balis.demo.people import DEMO_DESKS, DEMO_READER, STAFFED, Cast
from catalog.models import MemberLibrary
from readers.actors import Actor
from requests_app.lenders import suggested_lender
from requests_app.models import DeliveryMethod, LoanRequest, NumberSeries
from requests_app.parcels.selectors import routes_from
from requests_app.parcels.services import open_parcel, pack_all, send_parcel
from requests_app.services.forwarding import forward_request
from requests_app.services.moves import move
from requests_app.services.submission import submit_request
from requests_app.states import State

# The last serials of the years before the story begins.
LAST_SERIALS = {
    "NLC": 53_871, "ST": 6_158, "BD": 6_493, "QH": 4_720, "BSD": 3_312, "KD": 1_584, "BUPT": 2_137, "BH": 1_906,
    "XKX": 418, "XKJ": 265,
}  # fmt: skip
NOTES = ("", "", "", "", "", "论文写作急用，谢谢。", "如无此版本，其他版本也可。", "课程参考书。")


def tell(cast: Cast, now: datetime, *, scale: float = 1.0) -> dict[str, int]:
    """Make the whole history; returns how many requests there are in each state.

    scale: 1 for all of it (about 150 requests); smaller ones keep at least one request of every ending.
    """
    for prefix, serial in LAST_SERIALS.items():
        NumberSeries.objects.create(library=cast.libraries[prefix], last_serial=serial)
    plans = Planner(cast, now).all_plans(scale)
    steps = sorted(
        ((moment, number, place) for number, plan in enumerate(plans) for place, (moment, *_) in enumerate(plan.moves)),
    )
    for _moment, number, place in steps:
        _make(cast, plans[number], number, place)
    _let_things_happen(cast, [plan.request for plan in plans if plan.request is not None], now)
    _pack_parcels(cast, now)
    return dict(Counter(LoanRequest.objects.values_list("state", flat=True)))


def _let_things_happen(cast: Cast, requests: list[LoanRequest], now: datetime) -> None:
    """What does not go as planned, once each: recalled, lost, missing on its way, to be cancelled, 转馆."""
    others = [request for request in requests if request.reader.user.username != DEMO_READER]
    on_loan = [request for request in others if request.state == State.ON_LOAN and request.due_date is not None]
    soon = timezone.localdate(now) + timedelta(days=5)
    overdue = next((request for request in on_loan if request.is_overdue(timezone.localdate(now))), None)
    recalled = next((request for request in on_loan if request.due_date and request.due_date > soon), None)
    if recalled is not None:
        by = cast.librarian(recalled.lender)
        move(request=recalled, verb="recall", by=by, at=now, due_date=soon, note="教学参考书，本馆教师急用。")
    if overdue is not None:
        by = cast.librarian(overdue.home_library)
        move(request=overdue, verb="declare_lost", by=by, at=now, amount=Decimal("68.00"), note="读者确认遗失。")
    for state, verb, note in (
        (State.RETURN_SHIPPED, "report_missing", "物流显示已签收，本馆未见。"),
        (State.SUBMITTED, "ask_cancel", "读者已在书店买到。"),
    ):
        request = next((each for each in others if each.state == state), None)
        if request is not None:
            by = cast.librarian(request.lender if verb == "report_missing" else request.home_library)
            move(request=request, verb=verb, by=by, at=now, note=note)
    for request in (each for each in others if each.state == State.UNFILLED):
        suggestion = suggested_lender(request, now)
        staffed = suggestion is not None and suggestion.library.request_prefix in STAFFED
        if suggestion is not None and staffed and not LoanRequest.objects.of_reader(request.reader).open().exists():
            token = UUID(int=random.Random(f"{SEED}/转馆").getrandbits(128), version=4)  # noqa: S311
            by = Actor.of_reader(request.reader)
            forward_request(request=request, lender=suggestion.library, token=token, by=by, at=now)
            break


def _pack_parcels(cast: Cast, now: datetime) -> None:
    """At the two desks that the demo's logins lead to: a parcel on its way to each, and one that is being packed."""
    home, lender = (cast.libraries[prefix] for prefix in DEMO_DESKS)
    senders = [cast.libraries[prefix] for prefix in STAFFED if prefix not in DEMO_DESKS]
    for number, recipient in enumerate((home, lender), start=1):
        sender = next((each for each in senders if _has_route(each, recipient)), None)
        if sender is not None:
            by = cast.librarian(sender)
            parcel = open_parcel(recipient=recipient, by=by, at=now)
            pack_all(parcel=parcel, by=by, at=now)
            send_parcel(parcel=parcel, by=by, carrier="校际物流", tracking_number=f"BL2026000{number}", at=now)
    for route in routes_from(home)[:1]:
        by = cast.librarian(home)
        pack_all(parcel=open_parcel(recipient=route.recipient, by=by, at=now), by=by, at=now)


def _has_route(sender: MemberLibrary, recipient: MemberLibrary) -> bool:
    return any(route.recipient == recipient for route in routes_from(sender))


def _make(cast: Cast, plan: Plan, number: int, place: int) -> None:
    """Make one planned move with the service that the pages use."""
    moment, verb, details = plan.moves[place]
    if verb == "submit":
        plan.request = _submit(plan, number, moment)
        return
    if plan.request is None:
        raise RuntimeError(f"plan {number}: {verb} before submit")
    if verb == "cancel":
        by = Actor.of_reader(plan.reader)
    elif verb in ("warn", "expire"):
        by = Actor.system()
    elif verb in ("receive", "hand_out", "take_back", "ship_back"):
        by = cast.librarian(plan.request.home_library)
    else:
        by = cast.librarian(plan.request.lender)
        # Now and then the center helps out a library whose librarian is away.
        if verb == "ship" and number % 29 == 3:
            by = Actor.of_center(cast.center, reason="馆员出差，受其委托代办。")
    if verb in ("accept", "check_in"):
        barcode = plan.holding.barcode if plan.holding is not None else f"B{700000 + number}"
        details = {**details, "barcode": barcode}
    move(request=plan.request, verb=verb, by=by, at=moment, **details)


def _submit(plan: Plan, number: int, moment: datetime) -> LoanRequest:
    reader, holding = plan.reader, plan.holding
    # The number of the plan decides everything that is drawn here, so the order of execution does not matter.
    rng = random.Random(f"{SEED}/{number}")  # noqa: S311
    what: dict[str, Any]
    if holding is not None:
        edition = holding.edition
        what = {
            "holding": holding,
            "edition": edition,
            "title": edition.full_title,
            "call_number": holding.call_number,
            "author": edition.author_text,
            "publisher": edition.publisher,
            "year": edition.year_text,
            "isbn": edition.isbns[0] if edition.isbns else "",
            "language": edition.language or "chi",
            "material_type": edition.material_type,
        }
    else:
        title, author, publisher, year = plan.blank or ("", "", "", "")
        what = {"title": title, "author": author, "publisher": publisher, "year": year, "call_number": ""}
    return submit_request(
        reader=reader,
        lender=plan.lender,
        token=UUID(int=rng.getrandbits(128), version=4),
        by=Actor.of_reader(reader),
        delivery_method=DeliveryMethod.SELF_PICKUP if plan.is_pickup else DeliveryMethod.LOGISTICS,
        recipient_name=reader.name,
        email=reader.user.email,
        phone=reader.phone,
        note=rng.choice(NOTES),
        own_reference=f"{reader.user.username[:6]}-{number}" if rng.random() < 0.1 else "",
        at=moment,
        **what,
    )
