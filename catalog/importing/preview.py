"""How a file would come in, before it does: its first records as they would appear, read by the same code, unsaved."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from catalog.importing.incoming import Incoming, Unusable, incoming
from catalog.isbn import hyphenate
from catalog.marc.holdings import Copy
from catalog.marc.marcxml import RefusedXml
from catalog.marc.reader import ReadRecord, Rejected, UnreadableFile, read_file
from catalog.models import CirculationStatus, HoldingsProfile, MemberLibrary

_SHOWN_COPIES = 4
_SHOWN_PROBLEMS = 20
_COMPARED = 50  # records


@dataclass(frozen=True)
class PreviewCopy:
    call_number: str
    barcode: str
    place: str
    status: str
    status_label: str
    loanable: bool


@dataclass(frozen=True)
class PreviewRecord:
    """One record as readers would see it; `garbled` says why it would be quarantined, empty if it would not."""

    position: int
    title: str
    author: str
    publisher: str
    year: str
    isbn: str
    encoding: str
    garbled: str
    deletes: bool
    copies: list[PreviewCopy]
    more_copies: int


@dataclass(frozen=True)
class Problem:
    """A record of the looked-at part that would not come in."""

    position: int
    offset: int
    reason: str
    title: str


@dataclass
class Preview:
    """`error` says, for a person, why nothing of the file can be read; the rest is empty then."""

    looked_at: int = 0
    usable: int = 0
    garbled: int = 0
    rejected: int = 0
    copies: int = 0
    without_barcode: int = 0  # copies
    unknown_status: int = 0  # copies
    records: list[PreviewRecord] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)
    encodings: Counter[str] = field(default_factory=Counter)
    syntaxes: Counter[str] = field(default_factory=Counter)
    error: str = ""
    rather: str = ""  # the encoding that the bytes suggest, where another one was asked for

    @property
    def syntax(self) -> str:
        return _most(self.syntaxes)

    @property
    def encoding(self) -> str:
        return _most(self.encodings)

    @property
    def warning_counts(self) -> list[tuple[str, int]]:
        """What was odd about records that are read all the same, the most frequent first."""
        return self.warnings.most_common()

    @property
    def notes(self) -> list[str]:
        """What a librarian should think about before starting."""
        notes = []
        if self.rather:
            chosen = {"rather": self.rather.upper(), "chosen": self.encoding.upper()}
            notes.append(_("这个文件看来是 %(rather)s，按 %(chosen)s 读取多半会成为乱码。请核对下面的题名。") % chosen)
        if len(self.syntaxes) > 1:
            notes.append(_("文件里混有 CNMARC 和 MARC21 记录。"))
        if len(self.encodings) > 1:
            mixed = "、".join(f"{name} {count}" for name, count in self.encodings.most_common())
            notes.append(_("记录的编码不一致：%(mixed)s。每条记录分别识别。") % {"mixed": mixed})
        if self.looked_at and self.garbled * 5 > self.looked_at:
            notes.append(_("超过五分之一的记录像是乱码，请换一种编码预览，或向系统商重新导出。"))
        if self.copies and self.without_barcode * 2 > self.copies:
            notes.append(_("多数馆藏没有读出条形码，请检查馆藏字段配置。"))
        if self.copies and self.unknown_status == self.copies:
            notes.append(_("文件没有说明流通情况，读者会看到“以本馆目录为准”。"))
        return notes


def preview_file(
    *,
    path: Path,
    library: MemberLibrary,
    syntax: str = "auto",
    encoding: str = "auto",
    look_at: int = 300,
    show: int = 10,
) -> Preview:
    """The first `look_at` records, the first `show` of them in full. Writes nothing."""
    stored = HoldingsProfile.objects.filter(library=library).first() or HoldingsProfile(library=library)
    profile = {"rules": stored.rules, "status_words": stored.status_words}
    encoding = stored.encoding if encoding == "auto" else encoding
    preview = Preview()
    records = read_file(path, syntax=syntax, encoding=encoding, prior=stored.usual_encoding)
    try:
        for read in islice(records, look_at):
            _take_in(read, preview, profile, show)
    except (UnreadableFile, RefusedXml) as error:
        preview.error = _("%(error)s。") % {"error": str(error).rstrip("。")}
    except FileNotFoundError:
        preview.error = _("文件已不在服务器上，请重新上传。")
    if encoding != "auto" and preview.encoding:
        found = _encoding_found(path, syntax)
        preview.rather = found if found != preview.encoding else ""
    return preview


def _encoding_found(path: Path, syntax: str) -> str:
    """What most of the first records are in by their bytes; a wrong choice of ours may read as words that are none."""
    seen = Counter(
        read.encoding
        for read in islice(read_file(path, syntax=syntax), _COMPARED)
        if isinstance(read, ReadRecord) and not read.raw.isascii()
    )
    return _most(seen)


def _take_in(read: ReadRecord | Rejected, preview: Preview, profile: dict[str, Any], show: int) -> None:
    preview.looked_at += 1
    if isinstance(read, Rejected):
        _problem(preview, Problem(read.position, read.offset, read.reason, read.title))
        return
    if not read.raw.isascii():  # plain ASCII would be the same in any of them
        preview.encodings[read.encoding] += 1
    preview.syntaxes[read.syntax] += 1
    preview.warnings.update(read.warnings)
    try:
        item = incoming(read, profile, "")
    except Unusable as error:
        _problem(preview, Problem(read.position, read.offset, str(error), ""))
        return
    if read.garbled:
        preview.garbled += 1
    else:
        preview.usable += 1
    preview.copies += len(item.copies)
    preview.without_barcode += sum(not copy.barcode for copy in item.copies)
    preview.unknown_status += sum(copy.status == CirculationStatus.UNKNOWN for copy in item.copies)
    if len(preview.records) < show:
        preview.records.append(_shown(item))


def _problem(preview: Preview, problem: Problem) -> None:
    preview.rejected += 1
    if len(preview.problems) < _SHOWN_PROBLEMS:
        preview.problems.append(problem)


def _shown(item: Incoming) -> PreviewRecord:
    book = item.book
    return PreviewRecord(
        position=item.read.position,
        title=" ".join(filter(None, [book.title, book.volume])),
        author="；".join(book.authors) or book.responsibility,
        publisher=book.publisher,
        year=str(book.year or book.year_text or ""),
        isbn="、".join(hyphenate(isbn) for isbn in book.isbns),
        encoding=item.read.encoding,
        garbled=item.read.garbled,
        deletes=item.deletes,
        copies=[_shown_copy(copy) for copy in item.copies[:_SHOWN_COPIES]],
        more_copies=max(0, len(item.copies) - _SHOWN_COPIES),
    )


def _shown_copy(copy: Copy) -> PreviewCopy:
    return PreviewCopy(
        call_number=copy.call_number,
        barcode=copy.barcode,
        place=" ".join(filter(None, [copy.location, copy.shelf])),
        status=copy.status,
        status_label=str(CirculationStatus(copy.status).label),
        loanable=copy.loanable,
    )


def _most(seen: Counter[str]) -> str:
    return seen.most_common(1)[0][0] if seen else ""
