"""Fragments of notices that other pages compose: the portal's own pages, the libraries' announcements."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.urls import reverse

from notices import selectors
from notices.models import Page
from notices.page_text import render_page_text

register = template.Library()

register.filter("page_text", render_page_text)


@dataclass(frozen=True)
class PageLink:
    title: str
    url: str


@register.simple_tag(takes_context=True)
def portal_pages(context: dict[str, Any]) -> list[PageLink]:
    """Links of the pages the center wrote, in its order; one small query per request, shared by header and footer.

    Not from the cache: the portal must be readable while the cache is being restarted.
    """
    request = context.get("request")
    links: list[PageLink] | None = getattr(request, "_portal_pages", None)
    if links is None:
        links = [
            PageLink(title, reverse("notices:page", kwargs={"slug": slug}))
            for slug, title in Page.objects.values_list("slug", "title")
        ]
        if request is not None:
            request._portal_pages = links
    return links


@register.inclusion_tag("notices/fragments/announcements.html")
def latest_announcements(count: int = 6) -> dict[str, Any]:
    """公告信息: the newest announcements of all libraries, each with its library; texts unfold without JavaScript."""
    return {"announcements": selectors.announcements()[:count]}
