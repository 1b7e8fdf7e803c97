"""How many, in words: an exact number as it is, an estimate rounded and with 约 before it."""

from math import floor, log10

from django import template
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

register = template.Library()

_TEN_THOUSAND = 10_000
_FIGURES = 2  # an estimate is not better known than that


@register.filter
def counted(number: int, exact: bool = True) -> str:
    """1,234 where `exact`, else 约 1,200; an estimate of 213,456 is 约 21 万 and in English about 210,000."""
    if exact:
        return f"{number:,}"
    rounded = _rounded(number)
    if get_language() != "en" and rounded >= _TEN_THOUSAND:
        said = pgettext("ten thousands", "%(number)s 万") % {"number": f"{rounded / _TEN_THOUSAND:,.10g}"}
    else:
        said = f"{rounded:,}"
    return _("约 %(number)s") % {"number": said}


def _rounded(number: int) -> int:
    """To two figures: 213,456 → 210,000."""
    if number < 10**_FIGURES:
        return number
    return round(number, _FIGURES - 1 - floor(log10(number)))
