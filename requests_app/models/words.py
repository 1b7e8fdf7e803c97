"""What the desks find a request by: the words of its book, cut as the catalogue's search cuts them."""

from catalog.isbn import to_isbn13
from catalog.search.tokens import call_number_form, is_unspaced, number_form, pieces, runs


def words_of(title: str, author: str = "", isbn: str = "", call_number: str = "") -> list[str]:
    """Pairs of neighbouring characters, single characters, whole words; the ISBN in both forms; the call number."""
    found: set[str] = set()
    for run in runs(f"{title} {author}"):
        found.update(pieces(run))
        if is_unspaced(run):
            found.update(run)
    found.update(filter(None, (number_form(isbn), to_isbn13(isbn), call_number_form(call_number))))
    return sorted(found)


def words_asked(text: str) -> list[str]:
    """What a request must have to be found by that text; empty where the text has no word in it."""
    return sorted({piece for run in runs(text) for piece in pieces(run)})


def numbers_asked(text: str) -> list[str]:
    """The ISBN or call number that the text may be, in the forms in which `words_of` keeps them."""
    return sorted(set(filter(None, (number_form(text), to_isbn13(text), call_number_form(text)))))
