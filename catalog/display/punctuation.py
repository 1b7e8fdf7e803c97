"""One way to write an area: every subfield brings the mark that stands before it (ISBD, GB/T 3792)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from catalog.marc.record import Field
from catalog.marc.values import clean


@dataclass(frozen=True)
class Area:
    """Which subfields an area shows, and the mark before each.

    `marks` lists what is shown; `after` names marks that depend on the subfield before (code before, code itself);
    a run of the codes in `bracketed` stands in parentheses; `wrapped` are a pattern around a single value, e.g. `[{}]`.
    """

    marks: Mapping[str, str]
    after: Mapping[tuple[str, str], str] = field(default_factory=dict)
    bracketed: str = ""
    wrapped: Mapping[str, str] = field(default_factory=dict)


def write(subfields: Iterable[tuple[str, str]], area: Area) -> str:
    """The subfields of one field in their order as one text; what the area does not list is left out.

    A value that brings its own `=` keeps it: cataloguers write parallel statements so.
    """
    text, before, in_brackets = "", "", False
    for code, raw in subfields:
        value = clean(raw)
        if code not in area.marks or not value:
            continue
        mark = area.after.get((before, code), area.marks[code])
        if value.startswith("="):
            mark, value = " = ", value.lstrip("= ")
        if code in area.wrapped:
            value = area.wrapped[code].format(value)
        if in_brackets and code not in area.bracketed:
            text, in_brackets = text + ")", False
        if code in area.bracketed and not in_brackets:
            text = f"{text} ({value}" if text else f"({value}"
            in_brackets = True
        elif not text:
            text = value
        else:
            text = _joined(text, mark, value)
        before = code
    return text + ")" if in_brackets else text


def _joined(text: str, mark: str, value: str) -> str:
    """No full stop after a full stop, and no mark twice where the value brings it along."""
    sign = mark.strip()
    if sign == "." and text.endswith("."):
        mark = " "
    if sign and value.startswith(f"{sign} "):
        value = value.removeprefix(sign).lstrip()
    return text + mark + value


def write_field(source: Field, area: Area) -> str:
    return write(source.subfields, area)
