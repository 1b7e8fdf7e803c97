"""What a reader asks for: the words, the route, and how the answer is narrowed and ordered."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.folding import UNSEEN

LONGEST_TEXT = 200  # characters that are read; what follows is ignored, with a note to the reader
PAGE_SIZE = 20
MOST_CLAUSES = 6  # rows of the advanced form

# 检索途径, in the order of the search form, and the letter of each in the index (catalog/search/tokens.py).
ROUTES = {
    "all": _("全部字段"),
    "title": _("题名"),
    "author": _("作者"),
    "subject": _("主题"),
    "publisher": _("出版社"),
    "isbn": _("ISBN/ISSN"),
    "call_number": _("索书号"),
    "pinyin": _("题名拼音"),
}
ROUTE_LETTERS = {
    "all": "x",
    "title": "t",
    "author": "a",
    "subject": "s",
    "publisher": "p",
    "isbn": "i",
    "call_number": "c",
    "pinyin": "z",
}
OPERATORS = {
    "and": pgettext_lazy("search", "与"),
    "or": pgettext_lazy("search", "或"),
    "not": pgettext_lazy("search", "非"),
}
SORTS = {
    "relevance": _("相关度"),
    "year": _("出版年（由新到旧）"),
    "title": _("题名（拼音顺序）"),
    "holdings": _("馆藏馆数（由多到少）"),
}


@dataclass(frozen=True)
class Clause:
    """A further row of the advanced form: 与, 或 or 非 what the rows before it found."""

    operator: str  # and, or, not
    text: str
    route: str = "all"


@dataclass(frozen=True)
class SearchQuery:
    """One search. `libraries` are codes (none means all), `decade` is its first year (1980), `clc` a letter.

    `clauses` are taken in turn: ((text AND second) OR third). `year_from` and `year_to` are inclusive. With `count`
    every hit is counted, however many there are and however long it takes (“精确计数”).
    """

    text: str
    route: str = "all"
    libraries: tuple[str, ...] = ()
    page: int = 1
    sort: str = "relevance"
    language: str = ""
    material_type: str = ""
    decade: int | None = None
    clc: str = ""
    year_from: int | None = None
    year_to: int | None = None
    clauses: tuple[Clause, ...] = ()
    count: bool = False

    @property
    def is_narrowed(self) -> bool:
        """Whether a facet or the years narrow the hits (libraries are not counted as one)."""
        years = (self.decade, self.year_from, self.year_to)
        return bool(self.language or self.material_type or self.clc) or any(year is not None for year in years)


def clean_text(text: str) -> str:
    """The part of the text that is searched: no NUL, no lone surrogates, nothing unseen, blanks joined, LONGEST_TEXT at
    most."""
    readable = text[: LONGEST_TEXT * 10].encode("utf-8", "ignore").decode("utf-8").replace("\x00", " ")
    return " ".join(readable.translate(UNSEEN).split())[:LONGEST_TEXT]
