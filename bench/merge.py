"""How well merging decides on labelled pairs: python -m bench.merge [--pairs file.csv] (format: docs/merging.md)."""

import argparse
import csv
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.report import print_json, print_table
from catalog.isbn import to_isbn13, to_issn
from catalog.marc.bibliographic import Bibliographic
from catalog.marc.values import language, unique, year
from catalog.merging import Judgement, Keys, Verdict, judge, keys_of

PAIRS = Path(__file__).with_name("merge_pairs.csv")
SIDES = ("a_", "b_")
FIELDS = (
    "title", "subtitle", "volume", "authors", "publisher", "place", "year", "edition", "isbns", "unified_number",
    "pages", "language", "medium", "series", "series_volume", "issn", "foreign_ids", "notes",
)  # fmt: skip
OF_PAIR = ("label", "kind", "held_out", "comment")
LABELS = {"same": True, "1": True, "true": True, "different": False, "diff": False, "0": False, "false": False}
_LANGUAGES = {
    "中文": "chi", "汉语": "chi", "zh": "chi", "chinese": "chi", "英文": "eng", "英语": "eng", "en": "eng",
    "english": "eng", "日文": "jpn", "日语": "jpn", "ja": "jpn", "俄文": "rus", "俄语": "rus", "ru": "rus",
    "法文": "fre", "法语": "fre", "fr": "fre", "德文": "ger", "德语": "ger", "de": "ger", "韩文": "kor", "ko": "kor",
}  # fmt: skip
# What the column `medium` may say; anything else is a printed book.
_MEDIA = {
    "serial": ("期刊", "serial", "journal", "periodical", "连续出版物", "杂志", "报纸", "newspaper"),
    "audiovisual": ("有声", "录音", "录像", "audio", "video", "dvd", "磁带", "sound"),
    "score": ("乐谱", "score"),
    "map": ("地图资料", "map"),
    "thesis": ("学位论文", "thesis"),
}
_ELECTRONIC = (
    "电子", "网络", "数字", "在线", "光盘", "数据库", "electronic", "digital", "online", "ebook", "e-book", "cd-rom",
    "pdf", "epub", "kindle",
)  # fmt: skip
# Knuth, Donald E. — but not Thomas H. Cormen, Charles E. Leiserson.
_HEADING = re.compile(r"^(?!by )[^,\u3040-\u9fff]{2,40}, (?!.* and )[^,\s\u3040-\u9fff]+(?: [^,\s]{1,2}\.?| [^,\s]+)?$")


class BadPairs(ValueError):
    """The file is not in the documented format; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Pair:
    line: int
    a: dict[str, str]
    b: dict[str, str]
    same: bool
    kind: str
    held_out: str  # empty, or the lot it was written in

    def judged(self) -> Judgement:
        return judge(keys(self.a), keys(self.b))


def read_pairs(path: Path) -> list[Pair]:
    """All pairs of a file. Raises BadPairs on unknown columns, a missing title or a label that is neither."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        known = {side + name for side in SIDES for name in FIELDS} | set(OF_PAIR)
        columns = reader.fieldnames or []
        if unknown := [name for name in columns if name not in known]:
            raise BadPairs(f"{path.name}: unknown columns: {', '.join(unknown)}. Known: {', '.join(sorted(known))}")
        if missing := [name for name in ("a_title", "b_title", "label") if name not in columns]:
            raise BadPairs(f"{path.name}: columns missing: {', '.join(missing)}")
        return [_pair(path, reader.line_num, row) for row in reader if any(row.values())]


def _pair(path: Path, line: int, row: dict[str, str]) -> Pair:
    if None in row:
        raise BadPairs(f"{path.name}, line {line}: more values than columns")
    row = {name: (value or "").strip() for name, value in row.items()}
    label = LABELS.get(row["label"].lower())
    if label is None:
        raise BadPairs(f"{path.name}, line {line}: label is {row['label']!r}, not same or different")
    a, b = ({name[2:]: value for name, value in row.items() if name.startswith(side)} for side in SIDES)
    if not (a["title"] and b["title"]):
        raise BadPairs(f"{path.name}, line {line}: a record without title")
    lot = row.get("held_out", "")
    return Pair(line, a, b, label, row.get("kind", ""), "" if lot.lower() in ("0", "no", "false") else lot)


def as_book(said: dict[str, str]) -> Bibliographic:
    """The record that flat fields describe, as the importer would have read it from MARC."""

    def several(name: str) -> list[str]:
        return [part.strip() for part in said.get(name, "").replace("；", ";").split(";") if part.strip()]

    headings = [name for name in several("authors") if _HEADING.match(name)]
    medium = re.split(r"\+|附|含|配|with ", said.get("medium", "").lower())[0]
    electronic = any(word in medium for word in _ELECTRONIC)
    material = next((kind for kind, words in _MEDIA.items() if any(word in medium for word in words)), "")
    pages = said.get("pages", "")
    extent = f"{pages}页" if pages.isdigit() else pages
    if not electronic and not material:  # braille, microform, large print: catalog/merging reads them from the extent
        extent = f"{extent} ({medium})" if medium else extent
    spoken = said.get("language", "")
    return Bibliographic(
        title=said["title"],
        subtitle=said.get("subtitle", ""),
        volume=said.get("volume", ""),
        volume_number=said.get("volume", ""),
        responsibility=" ; ".join(name for name in several("authors") if name not in headings),
        authors=headings,
        publisher=" ; ".join(several("publisher")),
        place=said.get("place", ""),
        year=year(said.get("year", "")),
        year_text=said.get("year", ""),
        edition_statement=said.get("edition", ""),
        isbns=unique([to_isbn13(text) or "" for text in several("isbns")]),
        issn=to_issn(said.get("issn", "")) or "",
        unified_number=said.get("unified_number", ""),
        foreign_ids=several("foreign_ids"),
        extent=extent,
        language=language(_LANGUAGES.get(spoken.lower(), spoken)),
        series=said.get("series", ""),
        series_volume=said.get("series_volume", ""),
        notes=several("notes"),
        electronic=electronic,
        material_type=material or ("ebook" if electronic else "book"),
    )


def keys(said: dict[str, str]) -> Keys:
    return keys_of(as_book(said))


@dataclass(frozen=True, slots=True)
class Figures:
    """Merging as a finder of the pairs that are the same; a pair in doubt is not merged, so it is not found."""

    pairs: int
    found: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.found / (self.found + self.wrong) if self.found + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.found / (self.found + self.missed) if self.found + self.missed else 1.0


def figures(judged: list[tuple[Pair, Judgement]]) -> Figures:
    counts = Counter((pair.same, judgement.verdict is Verdict.SAME) for pair, judgement in judged)
    return Figures(len(judged), counts[True, True], counts[False, True], counts[True, False])


def judged(pairs: list[Pair]) -> list[tuple[Pair, Judgement]]:
    return [(pair, pair.judged()) for pair in pairs]


def _rows(name: str, chosen: list[tuple[Pair, Judgement]]) -> Iterator[object]:
    of = figures(chosen)
    doubts = sum(judgement.verdict is Verdict.DOUBT for _pair, judgement in chosen)
    yield from (name, of.pairs, of.found, of.missed, of.wrong, doubts)
    yield from (f"{of.precision:.3f}", f"{of.recall:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=Path, default=PAIRS, help="labelled pairs (CSV, see docs/merging.md)")
    parser.add_argument("--errors", action="store_true", help="list every pair decided otherwise than labelled")
    arguments = parser.parse_args()
    try:
        results = judged(read_pairs(arguments.pairs))
    except (BadPairs, OSError, UnicodeDecodeError) as error:
        parser.exit(2, f"{error}\n")
    if arguments.errors:
        for pair, judgement in results:
            if pair.same != (judgement.verdict is Verdict.SAME):
                label = "same" if pair.same else "different"
                print(
                    f"line {pair.line} ({pair.kind}): {label}, decided {judgement.verdict.value} by {judgement.rule!r}"
                )
                for said in (pair.a, pair.b):
                    print("   ", " | ".join(value for value in said.values() if value))
    table: list[list[object]] = [["kind", "pairs", "found", "missed", "wrong", "in doubt", "precision", "recall"]]
    for kind in sorted({pair.kind for pair, _judgement in results}):
        table.append(list(_rows(kind or "-", [r for r in results if r[0].kind == kind])))
    held_out = [r for r in results if r[0].held_out]
    for lot in sorted({pair.held_out for pair, _judgement in held_out}):
        table.append(list(_rows(f"(lot {lot})", [r for r in held_out if r[0].held_out == lot])))
    if held_out:
        table.append(list(_rows("(held out)", held_out)))
    table.append(list(_rows("(all)", results)))
    print_table(table)
    of = figures(results)
    print_json({"precision": of.precision, "recall": of.recall, "pairs": of.pairs})


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "balis.settings")
    main()
