"""Zebra (Debian: idzebra-2.0 and yaz), the engine inside many library systems, on the same records over Z39.50.

It gives the number of hits and the first 20 records, unranked; it has no facets and no counts per library. Chinese is
indexed as pairs of characters, each written as one word of hexadecimal digits, so that Zebra's own rules for words
leave them alone; three characters and more are asked for as a phrase of such pairs.
"""

import ctypes
import ctypes.util
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from bench.search import generator, grams, peers

if TYPE_CHECKING:
    from catalog.search import SearchQuery

LARGEST = 1_000_000
COMMANDS = ("zebraidx", "zebrasrv")
INDEXES = {"x": "any", "t": "title", "a": "author", "s": "subject", "i": "isbn"}
CONFIGURATION = """
profilePath: {folder}:/usr/share/idzebra-2.0/tab
modulePath: {modules}
attset: bib1.att
recordtype: dom.{folder}/dom.xml
storekeys: 0
storedata: 1
register: {folder}/register:100G
lockDir: {folder}/lock
memMax: 512
"""
# The records come as Zebra's own index documents: nothing has to be transformed.
DOM = '<dom><extract name="index"/><retrieve name="F"/><input syntax="xml"><xmlreader level="1"/></input></dom>'
NAMESPACE = "http://indexdata.com/zebra-2.0"


class Zebra:
    name = "zebra"
    version = 1

    def build(self, size: int, folder: Path) -> None:
        _find(size)
        for name in ("records", "register", "lock"):
            (folder / name).mkdir()
        (folder / "dom.xml").write_text(DOM)
        modules = next(Path("/usr/lib").rglob("idzebra-2.0/modules"))
        (folder / "zebra.cfg").write_text(CONFIGURATION.format(folder=folder, modules=modules))
        for number, text in enumerate(peers.each_chunk(_document, size)):
            (folder / "records" / f"{number:05d}.xml").write_text(text, encoding="utf-8")
        for task in (["init"], ["update", str(folder / "records")]):
            command = ["zebraidx", "-v", "none,fatal,warn", "-c", str(folder / "zebra.cfg"), *task]
            subprocess.run(command, check=True, cwd=folder)
        shutil.rmtree(folder / "records")

    def open(self, folder: Path) -> "Callable[[SearchQuery], peers.Answer]":
        """Connects to the server that serving() runs."""
        zoom = _Zoom(f"unix:{folder}/socket")
        from catalog.models import MemberLibrary

        numbers = dict(MemberLibrary.objects.values_list("code", "pk"))

        def answer(query: "SearchQuery") -> peers.Answer:
            return zoom.search(_prefix_query(query, [numbers[code] for code in query.libraries]))

        return answer


@contextmanager
def serving(folder: Path) -> Iterator[None]:
    """Run zebrasrv on a socket in that folder."""
    socket = folder / "socket"
    socket.unlink(missing_ok=True)
    command = ["zebrasrv", "-v", "none,fatal,warn", "-c", str(folder / "zebra.cfg"), f"unix:{socket}"]
    with subprocess.Popen(command, cwd=folder) as server:
        try:
            for _try in range(100):
                if socket.exists():
                    break
                time.sleep(0.1)
            yield
        finally:
            server.terminate()


def _find(size: int) -> None:
    """Raises Unavailable unless Zebra is installed and the catalogue small enough for it."""
    if size > LARGEST:
        raise peers.Unavailable(f"only measured up to {LARGEST} records")
    missing = [command for command in COMMANDS if shutil.which(command) is None]
    if missing or not ctypes.util.find_library("yaz"):
        raise peers.Unavailable("not installed (Debian: apt-get install idzebra-2.0 yaz)")


def _document(chunk: int, size: int) -> str:
    """One XML document with the index document of every book of a chunk."""
    lines = [f'<z:records xmlns:z="{NAMESPACE}">']
    for book in generator.rows(generator.books(chunk, size)):
        by_field = grams.fields(book.full_title, book.authors, book.subjects, book.publisher)
        lines.append(f'<z:record z:id="{book.number}" z:rank="{len(book.libraries)}">')
        lines.extend(_index(INDEXES[field], " ".join(_words(by_field[field]))) for field in "xtas")
        lines.append(_index("single", " ".join(sorted({_hex(c) for c in "".join(by_field["t"]) if grams.is_han(c)}))))
        lines.append(_index("owner", " ".join(f"l{number}" for number in book.libraries)))
        if book.isbn:
            lines.append(_index("isbn", book.isbn))
        shown = f"{book.title} / {'; '.join(book.authors)}. {book.publisher}, {book.year}"
        lines.append(f"<shown title={quoteattr(shown)}/></z:record>")
    return "\n".join([*lines, "</z:records>"])


def _index(name: str, text: str) -> str:
    return f'<z:index name="{name}:w">{escape(text)}</z:index>'


def _hex(piece: str) -> str:
    return "".join(f"{ord(char):04x}" for char in piece)


def _words(runs: list[str]) -> list[str]:
    """Pairs of a Chinese run in their order, words as they are; `0` parts the runs, so that no phrase spans two."""
    words: list[str] = []
    for run in runs:
        words.extend([_hex(piece) for piece in grams.pieces(run, 2)] if grams.is_han(run) else [run])
        words.append("0")
    return words


def _prefix_query(query: "SearchQuery", libraries: list[int]) -> str:
    """The query in YAZ's prefix notation (PQF)."""
    field = grams.FIELDS[query.route]
    if field == "i" or (field == "x" and query.text.isdigit()):
        parts = [f"@attr 1=isbn {query.text}"]
    else:
        parts = [_part(field, run) for run in grams.query_runs(query.text)]
    if libraries:
        parts.append("@or " * (len(libraries) - 1) + " ".join(f"@attr 1=owner l{number}" for number in libraries))
    return "@and " * (len(parts) - 1) + " ".join(parts)


def _part(field: str, run: str) -> str:
    if not grams.is_han(run):
        return f"@attr 1={INDEXES[field]} {run}"
    if len(run) == 1 and field in "xt":
        return f"@attr 1=single {_hex(run)}"
    words = [_hex(piece) for piece in grams.pieces(run, 2)]
    structure = "@attr 4=1 " if len(words) > 1 else ""
    return f'@attr 1={INDEXES[field]} {structure}"{" ".join(words)}"'


class _Zoom:
    """One Z39.50 connection through YAZ's C library."""

    def __init__(self, address: str) -> None:
        self.yaz: Any = ctypes.CDLL(ctypes.util.find_library("yaz"))
        for name in ("connection_create", "connection_search_pqf", "resultset_record", "record_get", "options_create"):
            getattr(self.yaz, f"ZOOM_{name}").restype = ctypes.c_void_p
        self.yaz.ZOOM_resultset_size.restype = ctypes.c_size_t
        options = ctypes.c_void_p(self.yaz.ZOOM_options_create())
        for key, value in {"preferredRecordSyntax": "xml", "count": "20", "elementSetName": "F"}.items():
            self.yaz.ZOOM_options_set(options, key.encode(), value.encode())
        self.connection = ctypes.c_void_p(self.yaz.ZOOM_connection_create(options))
        self.yaz.ZOOM_connection_connect(self.connection, address.encode(), 0)
        self._check(address)

    def search(self, query: str) -> peers.Answer:
        """Hits and the first 20 records, which come with the answer. Raises RuntimeError on a diagnostic."""
        found = ctypes.c_void_p(self.yaz.ZOOM_connection_search_pqf(self.connection, query.encode()))
        self._check(query)
        total = int(self.yaz.ZOOM_resultset_size(found))
        shown = 0
        for position in range(min(total, 20)):
            record = ctypes.c_void_p(self.yaz.ZOOM_resultset_record(found, ctypes.c_size_t(position)))
            shown += bool(record) and bool(self.yaz.ZOOM_record_get(record, b"raw", None))
        self.yaz.ZOOM_resultset_destroy(found)
        self._check(query)
        return peers.Answer(total, shown)

    def _check(self, what: str) -> None:
        message, more = ctypes.c_char_p(), ctypes.c_char_p()
        if self.yaz.ZOOM_connection_error(self.connection, ctypes.byref(message), ctypes.byref(more)):
            raise RuntimeError(f"Zebra on {what!r}: {message.value!r} {more.value!r}")
