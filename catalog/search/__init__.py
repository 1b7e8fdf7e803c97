"""Joint search over the union catalogue: search() answers a SearchQuery with a SearchPage (docs/search.md)."""

from catalog.search.page import SearchPage, SearchTimeout, search
from catalog.search.query import SearchQuery

__all__ = ["SearchPage", "SearchQuery", "SearchTimeout", "search"]
