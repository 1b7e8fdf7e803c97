"""tantivy on the same records: in this process, pieces of one to three characters, exact counts and facets.

For every query it computes the total, the best 20 (exact title, title begins with, words in the title, then holdings)
and how many hits each library, language, material type and decade has.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.search import generator, grams, peers

if TYPE_CHECKING:
    from catalog.search import SearchQuery

LONGEST = 3
HEAP_BYTES = 1_000_000_000
FACETS = {
    "libraries": {"terms": {"field": "libraries", "size": 100}},
    "language": {"terms": {"field": "language", "size": 20}},
    "material_type": {"terms": {"field": "material_type", "size": 20}},
    "decade": {"histogram": {"field": "year", "interval": 10}},
}
# Their numbers in the index: the fast fields that tantivy's aggregations count are numbers.
LANGUAGES = {name: number for number, name in enumerate(("chi", "jpn", "eng", "fre", "ger"))}
MATERIALS = {name: number for number, name in enumerate(generator.MATERIALS.texts)}
_Prepared = tuple[int, str, dict[str, str], int, int, int, list[int]]


class Tantivy:
    name = "tantivy"
    version = 1

    def build(self, size: int, folder: Path) -> None:
        tantivy = _imported()
        index = _with_tokenizer(tantivy.Index(_schema(tantivy), path=str(folder)))
        writer = index.writer(HEAP_BYTES, 2)
        for prepared in peers.each_chunk(_prepare, size):
            for number, title, texts, language, material, year, libraries in prepared:
                document = tantivy.Document()
                for field, text in texts.items():
                    document.add_text(field, text)
                document.add_text("title", title)
                for field, value in (("id", number), ("language", language), ("material_type", material)):
                    document.add_unsigned(field, value)
                document.add_unsigned("year", year)
                document.add_float("holdings", float(len(libraries)))
                for library in libraries:
                    document.add_unsigned("libraries", library)
                writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()

    def open(self, folder: Path) -> "Callable[[SearchQuery], peers.Answer]":
        tantivy = _imported()
        index = _with_tokenizer(tantivy.Index.open(str(folder)))
        index.reload()
        searcher, schema = index.searcher(), index.schema
        from catalog.models import MemberLibrary

        numbers = dict(MemberLibrary.objects.values_list("code", "pk"))

        def answer(query: "SearchQuery") -> peers.Answer:
            asked = _query(tantivy, schema, query, [numbers[code] for code in query.libraries])
            found = searcher.search(asked, limit=20, count=True, weight_by_field="holdings")
            shown = [searcher.doc(address)["title"] for _score, address in found.hits]
            searcher.aggregate(asked, FACETS)
            return peers.Answer(found.count, len(shown))

        return answer


def _imported() -> Any:
    try:
        import tantivy
    except ImportError as error:
        raise peers.Unavailable("the package tantivy is not installed (make setup-dev)") from error
    return tantivy


def _schema(tantivy: Any) -> Any:
    builder = tantivy.SchemaBuilder()
    for field in "xtas":
        builder.add_text_field(field, stored=False, tokenizer_name="blanks", index_option="freq")
    builder.add_text_field("whole", stored=False, tokenizer_name="blanks", index_option="basic")
    builder.add_text_field("title", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("id", stored=True, indexed=False, fast=False)
    for field in ("libraries", "language", "material_type", "year"):
        builder.add_unsigned_field(field, indexed=True, fast=True)
    builder.add_float_field("holdings", fast=True)
    return builder.build()


def _with_tokenizer(index: Any) -> Any:
    tantivy = _imported()
    blanks = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer("blanks", blanks)
    return index


def _prepare(chunk: int, size: int) -> list[_Prepared]:
    """The documents of one chunk, their texts cut into pieces."""
    prepared = []
    for book in generator.rows(generator.books(chunk, size)):
        by_field = grams.fields(book.full_title, book.authors, book.subjects, book.publisher)
        texts = {field: " ".join(_all_pieces(by_field[field], single=field == "t")) for field in "xtas"}
        title = "".join(by_field["t"])
        texts["whole"] = " ".join(filter(None, (f"={title}", f"^{title[:2]}", book.isbn and f"i{book.isbn}")))
        numbers = (LANGUAGES[book.language], MATERIALS[book.material_type], book.year)
        prepared.append((book.number, book.title, texts, *numbers, book.libraries))
    return prepared


def _all_pieces(some: list[str], *, single: bool) -> set[str]:
    found = {piece for run in some for length in (2, LONGEST) for piece in grams.pieces(run, length)}
    return found | {char for run in some if grams.is_han(run) for char in run} if single else found


def _query(tantivy: Any, schema: Any, query: "SearchQuery", libraries: list[int]) -> Any:
    make, occur = tantivy.Query, tantivy.Occur
    field = grams.FIELDS[query.route]
    clauses: list[Any] = []
    if libraries:
        held = make.term_set_query(schema, "libraries", libraries)
        clauses.append((occur.Must, make.const_score_query(held, 0.0)))
    if field == "i" or (field == "x" and query.text.isdigit()):
        return make.boolean_query([*clauses, (occur.Must, make.term_query(schema, "whole", f"i{query.text}"))])
    some = grams.query_runs(query.text)
    pieces = [piece for run in some for piece in grams.pieces(run, LONGEST)]
    for piece in pieces:
        of = "t" if field == "x" and len(piece) == 1 and grams.is_han(piece) else field
        clauses.append((occur.Must, make.term_query(schema, of, piece)))
    if field in "xt":
        whole = "".join(some)
        in_title = make.boolean_query([(occur.Must, make.term_query(schema, "t", piece)) for piece in pieces])
        for boosted, score in (
            (make.term_query(schema, "whole", f"={whole}"), 1000.0),
            (make.term_query(schema, "whole", f"^{whole[:2]}"), 100.0),
            (in_title, 30.0),
        ):
            clauses.append((occur.Should, make.const_score_query(boosted, score)))
    return make.boolean_query(clauses)
