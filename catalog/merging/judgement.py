"""The decision on two records: vetoes, doubts, acceptance. Each names its rule, which is stored with the record."""

from dataclasses import dataclass
from enum import Enum

from catalog.merging import editions, likeness, titles, volumes
from catalog.merging.keys import Keys
from catalog.merging.titles import ALIKE, similarity

_MACHINE_PRINT = 1850  # copies of older books differ, and libraries describe the copy
_OTHER_CARRIERS = frozenset({"audiovisual", "score", "map"})


class Verdict(Enum):
    SAME = "same"
    DIFFERENT = "different"
    DOUBT = "doubt"  # for the center's review queue


@dataclass(frozen=True, slots=True)
class Judgement:
    """`rule` names what decided, `score` is the similarity of the titles from 0 to 1. `vetoed`: different because
    something contradicts. What is the same is neither vetoed nor doubtful."""

    verdict: Verdict
    rule: str
    score: float = 0.0
    vetoed: bool = False


def judge(a: Keys, b: Keys) -> Judgement:
    """Same edition, different, or in doubt. Symmetric: judge(a, b) and judge(b, a) agree."""
    if veto := vetoed(a, b):
        return Judgement(Verdict.DIFFERENT, veto, vetoed=True)
    score = similarity(a, b)
    if link := _link(a, b):
        if doubt := doubtful(a, b) or _titles_doubtful(a, b, link, score):
            return Judgement(Verdict.DOUBT, doubt, score)
        return Judgement(Verdict.SAME, link, score)
    return _by_description(a, b, score)


def _link(a: Keys, b: Keys) -> str:
    """The number that two records share, if any: the reason to compare them closely."""
    if set(a.isbns) & set(b.isbns):
        return "isbn"
    if a.unified and a.unified == b.unified:
        return "unified"
    return "foreign" if set(a.foreign) & set(b.foreign) else ""


def _by_description(a: Keys, b: Keys, score: float) -> Judgement:
    """Two records without a number in common are one edition if all that describes them agrees."""
    other_number = any(x and y for x, y in ((a.isbns, b.isbns), (a.unified, b.unified), (_issns(a), _issns(b))))
    if other_number and not _bindings(a, b):
        return Judgement(Verdict.DIFFERENT, "other number", score)
    if a.title != b.title or not a.title:  # by which they are found: catalog/importing/grouping.py
        return Judgement(Verdict.DIFFERENT, "nothing in common", score)
    if not (a.publisher and b.publisher and a.year and b.year):
        return Judgement(Verdict.DOUBT, "publisher or year missing", score)
    publishers = likeness.publishers(a, b)
    if publishers == "differ" and a.year == b.year and likeness.authors(a, b) == "agree" and likeness.pages_equal(a, b):
        return Judgement(Verdict.DOUBT, "publishers differ", score)
    if publishers == "differ" or a.year != b.year:
        return Judgement(Verdict.DIFFERENT, "publisher or year differs", score)
    if publishers == "unknown":
        return Judgement(Verdict.DOUBT, "publishers in two scripts", score)
    if a.year < _MACHINE_PRINT:
        return Judgement(Verdict.DOUBT, "hand-press book", score)
    if doubt := doubtful(a, b):
        return Judgement(Verdict.DOUBT, doubt, score)
    if _edition_on_one_side(a, b):
        return Judgement(Verdict.DOUBT, "edition stated on one side", score)
    authors = likeness.authors(a, b)
    if authors in ("differ", "partly"):
        return Judgement(Verdict.DOUBT, "authors differ", score)
    if not likeness.pages_near(a, b):
        return Judgement(Verdict.DOUBT, "pages differ", score)
    if authors == "unknown" and not likeness.pages_equal(a, b):
        return Judgement(Verdict.DOUBT, "too little said", score)
    if other_number:
        return Judgement(Verdict.DOUBT, "other number, all else equal", score)
    return Judgement(Verdict.SAME, "description", score)


def same_book(now: Keys, before: Keys) -> bool:
    """Whether a record that changed still describes the book it described before."""
    return not vetoed(now, before) and similarity(now, before) >= 0.5


def vetoed(a: Keys, b: Keys) -> str:
    """The reason why two records cannot be one edition, or empty. Only what both sides state can differ."""
    if a.volume and b.volume and volumes.differ(a.volume, b.volume) and not titles.one_set_two_titles(a, b):
        return "volume"
    if titles.one_set_two_titles(a, b) and _numbers_differ(a, b):
        return "volume"
    if editions.numbers_differ(a.edition, b.edition):
        return "edition"
    if a.electronic != b.electronic:
        return "medium"
    if a.carrier != b.carrier:
        return "carrier"
    if (a.material == "serial") != (b.material == "serial"):
        return "material"
    if a.material != b.material and {a.material, b.material} & _OTHER_CARRIERS and not a.carrier:
        return "material"
    if a.language and b.language and a.language != b.language:
        return "language"
    if a.reprint != b.reprint:
        return "reprint"
    if a.isbns and b.isbns and not set(a.isbns) & set(b.isbns):
        if a.year and b.year and a.year != b.year:
            return "isbn and year"
        if likeness.publishers(a, b) == "differ":
            return "isbn and publisher"
    if a.year and b.year and abs(a.year - b.year) > 1 and a.material != "serial" and not _printings(a, b):
        return "year"
    return ""


def doubtful(a: Keys, b: Keys) -> str:
    """What keeps two records apart until a person has looked, although nothing contradicts; or empty."""
    if not titles.one_set_two_titles(a, b):
        if bool(a.volume) != bool(b.volume) and not _volume_said_otherwise(a, b):
            return "volume stated on one side"
        both = a.volume and b.volume and volumes.doubtful(a.volume, b.volume)
        if both and not titles.volume_in_title(a, b):
            return both
        if titles.companion(a, b):
            return "companion book"
    if editions.kinds_differ(a.edition, b.edition):
        return "kind of edition differs"
    years_differ = a.year and b.year and a.year != b.year and not (a.printing or b.printing)
    if years_differ and _edition_on_one_side(a, b):
        return "year differs, edition stated on one side"
    if a.title == b.title and titles.subtitles_differ(a, b):
        return "subtitles differ"
    return ""


def _titles_doubtful(a: Keys, b: Keys, link: str, score: float) -> str:
    """Why two records with one number may be two books all the same (a number used twice, or written down wrongly)."""
    if score < (0.9 if link == "foreign" else ALIKE):
        return f"{link}, titles differ"
    if a.material == "serial":  # editors and publishers of a periodical change
        return ""
    authors, publishers = likeness.authors(a, b), likeness.publishers(a, b)
    exact = likeness.pages_equal(a, b)
    if authors == "differ" and (publishers == "differ" or not exact):
        return "authors differ"
    if publishers == "differ" and authors != "agree" and not (authors == "unknown" and exact):
        return "publishers differ"
    if not likeness.pages_near(a, b, leaves=40, share=0.25):
        return "pages differ"
    if _edition_on_one_side(a, b) and not likeness.pages_near(a, b):
        return "edition stated on one side"
    if set(a.isbns) - set(b.isbns) and set(b.isbns) - set(a.isbns) and not exact:
        return f"{link}, other isbns on both sides"  # two volumes that share the number of their set
    if titles.same_title(a, b) or titles.one_set_two_titles(a, b) or titles.volume_in_title(a, b):
        return ""
    supported = authors == "agree" and publishers == "agree" and likeness.pages_near(a, b)
    if supported and titles.other_wording(a, b):
        return ""
    if supported and exact and a.year == b.year and titles.slip(a, b):
        return ""
    return f"{link}, titles differ"


def _printings(a: Keys, b: Keys) -> bool:
    """Whether two years can be those of two printings of one edition: one number, and a printing or edition stated."""
    if _link(a, b) not in ("isbn", "unified"):
        return False
    stated = editions.number_in_common(a.edition, b.edition) and likeness.pages_near(a, b)
    return a.printing or b.printing or stated


def _bindings(a: Keys, b: Keys) -> bool:
    """Whether two ISBNs may be those of two bindings of one edition: all else is equal, down to the pages."""
    return bool(a.isbns and b.isbns) and a.title == b.title and a.year == b.year and a.pages == b.pages is not None


def _issns(keys: Keys) -> set[str]:
    return {number for number in keys.foreign if number.startswith("issn:")}


def _edition_on_one_side(a: Keys, b: Keys) -> bool:
    """Whether only one says which edition it is, or both in terms that cannot be compared."""
    if not editions.stated(a.edition) and not editions.stated(b.edition):
        return False
    return not editions.number_in_common(a.edition, b.edition) and set(a.edition.split()) != set(b.edition.split())


def _volume_said_otherwise(a: Keys, b: Keys) -> bool:
    """Whether the one that states no volume says it all the same: in its title, or as its number in the series."""
    if titles.volume_in_title(a, b):
        return True
    stated, silent = (a, b) if a.volume else (b, a)
    if stated.series and stated.series == silent.series and stated.volume == silent.series_number:
        return True
    return len(stated.volume) == 4 and stated.volume in silent.edition.split()  # 2015 here, 2015年版 there


def _numbers_differ(a: Keys, b: Keys) -> bool:
    """Of a volume and its set: 第10卷上册 of the set may be 上册 of what has a title of its own."""
    number_a, number_b = sorted((volumes.number_and_name(k.volume)[0] for k in (a, b)), key=len)
    return bool(number_a and number_b) and number_a != number_b and not number_b.endswith(f".{number_a}")
