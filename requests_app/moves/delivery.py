"""How the book comes to the reader: by parcel or fetched at the lender, and that the request counts as filled."""

from django.utils.translation import gettext as _

from requests_app.errors import MoveRefused
from requests_app.models import DeliveryMethod
from requests_app.moves.attempt import Attempt
from requests_app.submission_rules import self_pickup_is_open_to


def goes_by_logistics(attempt: Attempt) -> None:
    """Only where the book goes by parcel (物流传送)."""
    if attempt.request.is_pickup:
        raise MoveRefused(_("这张申请单由读者自取，不走物流。"), rule="not_logistics")


def is_fetched_by_the_reader(attempt: Attempt) -> None:
    """Only where the reader fetches the book (自取自还)."""
    if not attempt.request.is_pickup:
        raise MoveRefused(_("这张申请单走物流，不由读者自取。"), rule="not_pickup")


def the_other_way_is_open(attempt: Attempt) -> None:
    """By parcel always; self pick-up under the rules of a new request."""
    request = attempt.request
    if not request.is_pickup:
        self_pickup_is_open_to(request.reader, request.terms, attempt.day)


def another_way_is_chosen(attempt: Attempt) -> None:
    """The way chosen is the other one."""
    if attempt.delivery_method not in DeliveryMethod.values:
        raise MoveRefused(_("请选择读者获取方式。"), rule="delivery_missing")
    if attempt.delivery_method == attempt.request.delivery_method:
        raise MoveRefused(_("图书获取方式没有变化。"), rule="delivery_unchanged")


def change_the_delivery(attempt: Attempt) -> None:
    """The book goes the way that was chosen."""
    attempt.request.delivery_method = attempt.delivery_method
    attempt.details["delivery_method"] = attempt.delivery_method


def start_the_hour(attempt: Attempt) -> None:
    """The cancel window starts: the request is at the lender."""
    if attempt.request.submitted_at is None:
        attempt.request.submitted_at = attempt.at


def count_as_filled(attempt: Attempt) -> None:
    """The request counts as filled (满足), and stays so."""
    if attempt.request.filled_at is None:
        attempt.request.filled_at = attempt.at
