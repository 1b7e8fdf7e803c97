"""The pages of the slips: choosing what to print, and the sheets themselves."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from requests_app.scanning.views import at_a_library
from requests_app.slips.kinds import KINDS, PULL, Paper, SlipKind
from requests_app.slips.printing import mark_printed
from requests_app.slips.selection import AT_MOST, slips_to_print
from requests_app.slips.slip import heading_of, slips_of

CHOICE_PAGE = "requests_app/slips/choose.html"


@never_cache
@require_safe
def slips(request: HttpRequest) -> HttpResponse:
    """?kind=pull: what there is to print, what is not printed yet ticked beforehand."""
    _by, library = at_a_library(request)
    kind = _kind(request.GET.get("kind", ""))
    rows = slips_to_print(kind, library)
    context = {
        **admin.site.each_context(request),
        "title": _("打印书单"),
        "kinds": KINDS.values(),
        "kind": kind,
        "rows": rows,
        "unprinted": sum(1 for slip in rows if slip.row.printed_at is None),
        "is_cut": len(rows) == AT_MOST,
        "at_most": AT_MOST,
        "papers": Paper.choices,
    }
    return TemplateResponse(request, CHOICE_PAGE, context)


@never_cache
@require_POST
def print_slips(request: HttpRequest) -> HttpResponse:
    """The sheets of the ticked requests. Pull slips are noted as printed; printed again they say so."""
    by, library = at_a_library(request)
    kind = _kind(request.POST.get("kind", ""))
    pks = [int(pk) for pk in request.POST.getlist("request") if pk.isascii() and pk.isdecimal() and len(pk) < 19]
    chosen = slips_to_print(kind, library, pks)
    address = f"{reverse('admin:requests_slips')}?kind={kind.key}"
    if not chosen:
        messages.warning(request, _("没有勾选要打印的申请单，或者它们已经不在这一步。"))
        return redirect(address)
    before = mark_printed(pks=[slip.row.pk for slip in chosen], by=by) if kind.marks else {}
    made = slips_of(chosen, before.get)
    context: dict[str, Any] = {
        "title": kind.label,
        "kind": kind,
        "paper": request.POST.get("paper") if request.POST.get("paper") in Paper.values else Paper.A4,
        "slips": [(slip, heading_of(slip)) for slip in made],
        "library": library,
        "printed_at": timezone.now(),
        "reprints": len(before),
        "back": address,
    }
    return TemplateResponse(request, f"requests_app/slips/{kind.key}.html", context)


def _kind(key: str) -> SlipKind:
    return KINDS.get(key, PULL)
