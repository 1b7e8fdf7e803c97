"""The way from a merged edition to the one that stayed."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.cache import patch_cache_control


def moved_to(view: str, **kwargs: Any) -> HttpResponse:
    """A permanent redirect that browsers ask about again each time: the center can take a merge back."""
    response = redirect(view, permanent=True, **kwargs)
    patch_cache_control(response, no_cache=True)
    return response
