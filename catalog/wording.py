"""A search in words: what was looked for, where, and what narrows it."""

from collections.abc import Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _

from catalog.models import MaterialType
from catalog.search.libraries import SearchedLibrary
from catalog.search.query import OPERATORS, ROUTES, Clause, SearchQuery
from catalog.selectors import EditionPage
from catalog.vocabulary import clc_label, decade_label, language_label


class Limit(NamedTuple):
    """What narrows a search, as a ticked box of a form sends it: the parameter and its value; and in words."""

    name: str
    value: str
    label: str


def words_of(query: SearchQuery) -> str:
    """高等数学 of the simple form; 题名：高等数学 与 作者：石福庆 of the advanced one."""
    if not query.clauses:
        return query.text
    rows = [Clause("and", query.text, query.route), *query.clauses]
    said = ""
    for row in rows:
        if row.text:
            what = _("%(route)s：%(text)s") % {"route": ROUTES[row.route], "text": row.text}
            said += f" {OPERATORS[row.operator]} {what}" if said else what
    return said


def scope_of(query: SearchQuery, libraries: Sequence[SearchedLibrary]) -> str:
    """Where was searched: all libraries, one by name, several by number."""
    chosen = [library.name for library in libraries if library.code in query.libraries]
    if not chosen:
        return _("全部成员馆")
    if len(chosen) == 1:
        return chosen[0]
    return _("%(first)s等%(number)d个图书馆") % {"first": chosen[0], "number": len(chosen)}


def narrowings_of(query: SearchQuery) -> list[tuple[str, dict[str, object]]]:
    """What besides the libraries narrows a search: the words, and the change that lets go of it."""
    narrowings: list[tuple[str, dict[str, object]]] = [
        (facet.label, {facet.name: None if facet.name == "decade" else ""}) for facet in _facets_of(query)
    ]
    if query.year_from is not None or query.year_to is not None:
        narrowings.append((_years(query.year_from, query.year_to), {"year_from": None, "year_to": None}))
    return narrowings


def limits_of(query: SearchQuery) -> list[Limit]:
    """What besides the libraries narrows a search, one by one: of the years each end is a limit of its own."""
    limits = _facets_of(query)
    if query.year_from is not None:
        limits.append(Limit("from", str(query.year_from), _years(query.year_from, None)))
    if query.year_to is not None:
        limits.append(Limit("to", str(query.year_to), _years(None, query.year_to)))
    return limits


def description_of(page: EditionPage) -> str:
    """An edition in one line, for the list of a search engine: author, publisher, year; how many libraries hold it."""
    edition = page.edition
    described = [
        edition.full_title,
        edition.author_text,
        edition.publisher,
        edition.year_text or str(edition.year or ""),
    ]
    holders = _("北京地区高校图书馆%(number)d馆收藏，可申请馆际互借。") % {"number": len(page.held_at)}
    return " · ".join(filter(None, [*described, holders if page.held_at else ""]))


def narrowed_by(query: SearchQuery) -> str:
    """检索途径：题名；限定：中文、2005–2009年. The routes of the advanced form stand with its words already."""
    said = [] if query.clauses else [_("检索途径：%(route)s") % {"route": ROUTES[query.route]}]
    if limits := [label for label, _change in narrowings_of(query)]:
        said.append(_("限定：%(limits)s") % {"limits": _("、").join(limits)})
    return _("；").join(said)


def _facets_of(query: SearchQuery) -> list[Limit]:
    """The facets in force; parameter and field have the same name."""
    facets = []
    if query.language:
        facets.append(Limit("language", query.language, language_label(query.language)))
    if query.material_type:
        facets.append(Limit("material_type", query.material_type, str(MaterialType(query.material_type).label)))
    if query.decade is not None:
        facets.append(Limit("decade", str(query.decade), decade_label(query.decade)))
    if query.clc:
        facets.append(Limit("clc", query.clc, clc_label(query.clc)))
    return facets


def _years(first: int | None, last: int | None) -> str:
    if last is None:
        return _("%(year)s年及以后") % {"year": first}
    if first is None:
        return _("%(year)s年及以前") % {"year": last}
    if first == last:
        return _("%(year)s年") % {"year": first}
    return _("%(first)s–%(last)s年") % {"first": first, "last": last}
