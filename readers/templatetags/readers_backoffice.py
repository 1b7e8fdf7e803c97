"""For the pages of one reader in the back office."""

from django import template
from django.urls import reverse

register = template.Library()


@register.filter
def act_url(pk: int, key: str) -> str:
    """Where the form of an act of readers.backoffice.acts is posted."""
    return reverse(f"admin:readers_reader_{key}", args=[pk])
