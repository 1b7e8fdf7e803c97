"""Who did what while somebody looked at a page that had not heard of it."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from readers.actors import Capacity
from requests_app.models import LoanRequest, RequestEvent
from requests_app.moves.undoing import CAUGHT_UP
from requests_app.transitions import rows_of

_MOST = 3  # what was done last tells enough


def acts_since(request: LoanRequest, version: int, told: Capacity) -> str:
    """What happened after that version, for a person in that capacity: `矿大（北京） 郑海涛 于 11-27 10:30 办理“受理”`.

    A desk is told who it was; readers are told the library, and nobody is told a reader's name. "" when nothing did.
    """
    events = request.events.filter(sequence__gt=version).exclude(verb=CAUGHT_UP)
    last = list(events.select_related("library", "on_behalf_of").order_by("-sequence")[:_MOST])
    acts = [
        _("%(who)s于%(when)s办理“%(move)s”")
        % {
            "who": _who(event, told),
            "when": date_format(timezone.localtime(event.at), "m-d H:i"),
            "move": rows_of(event.verb)[0].label,
        }
        for event in reversed(last)
    ]
    return _("，").join(acts)


def _who(event: RequestEvent, told: Capacity) -> str:
    if event.capacity == Capacity.SYSTEM:
        return _("系统")
    if event.capacity == Capacity.READER:
        return _("读者")
    library = event.library.short_name if event.library is not None else _("中心")
    return library if told is Capacity.READER else f"{library} {event.actor_name}".strip()
