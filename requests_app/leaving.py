"""退出: what keeps a member library from leaving, as the center is told."""

from collections import Counter

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.models import MemberLibrary
from requests_app.models import LoanRequest
from requests_app.states import OUT_STATES, WORDINGS, State

NUMBERS_SHOWN = 10
# The home library asked for these; a lender that is not told otherwise will send them.
ON_ORDER = frozenset({State.SUBMITTED, State.ACCEPTED})


def refuse_to_leave(library: MemberLibrary) -> None:
    """Raises ValidationError while books of the library are out, or its readers have or await books of others.

    What others have asked of it and it has not sent yet is no hindrance: the clocks end it with 转馆.
    """
    lent = _account(Q(lender=library, state__in=OUT_STATES), "lender")
    borrowed = _account(Q(home_library=library, state__in=OUT_STATES | ON_ORDER), "home")
    if not lent and not borrowed:
        return
    sentences = [_("%(library)s还有图书在外，全部归还并结案后才能退出。") % {"library": library.name}]
    if lent:
        sentences.append(_("借出的：%(account)s。") % {"account": lent})
    if borrowed:
        sentences.append(_("借入的：%(account)s。") % {"account": borrowed})
    sentences.append(_("可以先登记暂停服务，不再接受新申请。"))
    raise ValidationError("".join(sentences), code="books_out")


def _account(which: Q, side: str) -> str:
    """How many, where, and their numbers: 3件（读者在借2件、待验收1件）：KD00000012、…"""
    requests = list(LoanRequest.objects.filter(which).order_by("created_at", "pk").values_list("number", "state"))
    if not requests:
        return ""
    words = Counter(str(getattr(WORDINGS[State(state)], side)) for _number, state in requests)
    stand = [_("%(state)s%(count)d件") % {"state": state, "count": count} for state, count in words.most_common()]
    numbers = [number for number, _state in requests]
    shown = _("、").join(numbers[:NUMBERS_SHOWN])
    return ngettext("%(count)d件（%(stand)s）：%(numbers)s", "%(count)d件（%(stand)s）：%(numbers)s", len(numbers)) % {
        "count": len(numbers),
        "stand": _("、").join(stand),
        "numbers": shown if len(numbers) <= NUMBERS_SHOWN else _("%(numbers)s等") % {"numbers": shown},
    }
