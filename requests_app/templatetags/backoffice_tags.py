"""How the back office writes numbers."""

from django import template

register = template.Library()


@register.filter
def percent(share: float) -> str:
    """0.925 → 92.5%."""
    return f"{share * 100:.1f}%"
