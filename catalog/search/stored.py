"""What is stored of hits, read once in a search: the folded texts they are compared by, what is shown of them and of
their copies."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from catalog import bulk
from catalog.models import CirculationStatus, Edition
from catalog.search.database import as_array, rows_of
from catalog.search.query import PAGE_SIZE

_SHOWN = {
    "id", "title", "subtitle", "volume", "authors", "responsibility", "publisher", "year", "year_text", "isbns", "issn",
    "edition_statement", "language", "material_type",
}  # fmt: skip
_COLUMNS_SHOWN = tuple(field.attname for field in Edition._meta.concrete_fields if field.attname in _SHOWN)
MOST_COMPARED = 200  # hits; up to here each is compared with what is stored, not only the page: hashes may collide
_BETWEEN_TEXTS, _REST = "\x1d", "\x1c"
TEXTS = f"string_agg(folded_title || '{_REST}' || folded_rest, '{_BETWEEN_TEXTS}')"
_TEXTS = """
SELECT edition_id, folded_title, folded_rest FROM catalog_searchentry WHERE edition_id = ANY(%s::text::bigint[])
"""
_ON_SHELF, _UNTOLD, _AWAY = "+?-"
# The copies of an edition as one text (copies_in): a page may show a thousand, and arrays of them take longer.
_ALL = f"""
SELECT entry.edition_id, folded_title, folded_rest, copies.text, {", ".join(_COLUMNS_SHOWN)}
FROM catalog_searchentry entry JOIN catalog_edition edition ON edition.id = entry.edition_id,
LATERAL (
    SELECT string_agg(
        library_id::text || CASE
            WHEN out_on_request <> '' THEN '{_AWAY}'
            WHEN circulation_status = '{CirculationStatus.AVAILABLE}' THEN '{_ON_SHELF}'
            WHEN circulation_status = '{CirculationStatus.UNKNOWN}' THEN '{_UNTOLD}'
            ELSE '{_AWAY}'
        END || call_number,
        E'\\x1e'
    ) AS text
    FROM catalog_holding WHERE edition_id = edition.id AND NOT withdrawn
) AS copies
WHERE entry.edition_id = ANY(%s::text::bigint[]) AND NOT hidden AND merged_into_id IS NULL
"""
_COPY = re.compile(rf"(?:^|\x1e)(\d+)([{_ON_SHELF}{_UNTOLD}{_AWAY}])([^\x1e]*)")
Copy = tuple[int, bool, bool, str]  # id of its library, whether it is 在架, whether that is not told, call number


def copies_in(text: str) -> Iterator[Copy]:
    """The copies of Stored.copies()."""
    for library, status, call_number in _COPY.findall(text):
        yield int(library), status == _ON_SHELF, status == _UNTOLD, call_number


class Folded(NamedTuple):
    """The texts of an entry: all titles; authors, subjects, publisher, series (catalog.search.tokens.Texts.rest)."""

    title: str
    rest: str

    @property
    def fields(self) -> list[str]:
        """Those of the rest: authors, subjects, publisher, series."""
        return self.rest.split("\x1e")


class Stored:
    """Of one search. What is no longer shown in this moment is not there."""

    def __init__(self) -> None:
        self._texts: dict[int, Folded] = {}
        self._editions: dict[int, Edition] = {}
        self._copies: dict[int, str] = {}

    def texts(self, ids: Sequence[int]) -> dict[int, Folded]:
        missing = [pk for pk in ids if pk not in self._texts]
        if len(missing) > PAGE_SIZE:
            self._texts |= {pk: Folded(title, rest) for pk, title, rest in rows_of(_TEXTS, [as_array(missing)])}
        elif missing:
            self._read(missing)
        return {pk: self._texts[pk] for pk in ids if pk in self._texts}

    def add_texts(self, ids: Sequence[int], texts: str | None) -> None:
        """Texts that came with the hits, as TEXTS gives them."""
        if texts and len(ids) <= MOST_COMPARED:
            for pk, text in zip(ids, texts.split(_BETWEEN_TEXTS), strict=True):
                self._texts[pk] = Folded(*text.split(_REST))

    def editions(self, ids: Sequence[int]) -> dict[int, Edition]:
        """With the columns that a page of results shows; all others are deferred."""
        if missing := [pk for pk in ids if pk not in self._editions]:
            self._read(missing)
        return {pk: self._editions[pk] for pk in ids if pk in self._editions}

    def copies(self, pk: int) -> str:
        """Those that are not withdrawn, of an edition of editions(); for copies_in()."""
        return self._copies[pk]

    def _read(self, ids: Sequence[int]) -> None:
        for pk, title, rest, copies, *shown in rows_of(_ALL, [as_array(ids)]):
            self._texts[pk] = Folded(title, rest)
            self._copies[pk] = copies or ""
            self._editions[pk] = bulk.stored(Edition, zip(_COLUMNS_SHOWN, shown, strict=True))
