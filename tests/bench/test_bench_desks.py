"""The benchmark of the desks: its invented requests hang together, and the pages it opens are there."""

import pytest
from django.db import connection
from django.db.models import Count, F, Max, OuterRef, Subquery
from django.test import Client

from bench import desk_rows, desks
from readers.models import User
from requests_app.models import LoanRequest, RequestEvent
from requests_app.states import OPEN_STATES, State

FEW = 600


@pytest.mark.django_db(transaction=True)
def test_the_invented_requests_hang_together() -> None:
    desk_rows.build(FEW)
    made = LoanRequest.objects.count()
    assert FEW * 0.9 < made <= FEW  # whose lender would be the own library is left out
    assert LoanRequest.objects.filter(state__in=OPEN_STATES).count() >= FEW * desk_rows.OPEN_SHARE * 0.8
    assert not LoanRequest.objects.filter(lender=F("home_library")).exists()
    assert not LoanRequest.objects.filter(words=[]).exists()

    on_the_road = [state for _verb, _start, state, _who in desk_rows.ROAD]
    last = RequestEvent.objects.filter(request=OuterRef("pk")).order_by("-sequence")
    roads = LoanRequest.objects.filter(state__in=on_the_road).annotate(led_to=Subquery(last.values("to_state")[:1]))
    assert roads.count() > made / 2
    assert not roads.exclude(led_to=F("state")).exists()
    events = LoanRequest.objects.filter(state=State.COMPLETED).annotate(n=Count("events"), last=Max("events__sequence"))
    assert not events.exclude(n=8, last=8, version=8).exists()

    indexes = {index.name for index in LoanRequest._meta.indexes}

    with connection.cursor() as cursor:
        there = connection.introspection.get_constraints(cursor, LoanRequest._meta.db_table)
    assert indexes <= set(there)

    client = Client()
    user = User.objects.get(username="staff-center")
    client.force_login(user)
    for address in ["/backoffice/", *list(desks._addresses(user))[-12:]]:
        assert client.get(address).status_code in (200, 302), address
