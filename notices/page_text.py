"""Turns the text of pages, news and announcements into safe HTML: paragraphs, `## ` headings, `- ` lists, links."""

import re

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

# [words](/path/ or https://…): nothing else may become an address, so no javascript: ever.
_LINK = re.compile(r"\[([^\]\n]+)\]\((/[^\s()]*|https?://[^\s()]+|mailto:[^\s()]+)\)")


def render_page_text(text: str) -> SafeString:
    """The text as HTML. Everything the author typed is escaped; only the marks named above become tags."""
    blocks = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
    return SafeString("\n".join(_render_block(block) for block in blocks if block.strip()))


def first_words(text: str, length: int = 120) -> str:
    """The beginning of a text without its marks, for descriptions and lists."""
    plain = _LINK.sub(r"\1", re.sub(r"^(##|-)\s+", "", text, flags=re.MULTILINE))
    plain = " ".join(plain.split())
    return plain if len(plain) <= length else plain[: length - 1] + "…"


def _render_block(block: str) -> SafeString:
    """One block: lines of one kind are taken together, so a list may follow its sentence without a blank line."""
    parts: list[SafeString] = []
    lines: list[str] = []
    items: list[str] = []

    def close() -> None:
        if lines:
            parts.append(format_html("<p>{}</p>", _join_lines(lines)))
            lines.clear()
        if items:
            rendered = format_html_join("", "<li>{}</li>", ((_inline(item),) for item in items))
            parts.append(format_html("<ul>{}</ul>", rendered))
            items.clear()

    for line in block.splitlines():
        if line.startswith("## "):
            close()
            parts.append(format_html("<h2>{}</h2>", _inline(line[3:].strip())))
        elif line.startswith("- "):
            if lines:
                close()
            items.append(line[2:].strip())
        else:
            if items:
                close()
            lines.append(line.strip())
    close()
    return SafeString("\n".join(parts))


def _join_lines(lines: list[str]) -> SafeString:
    return format_html_join(SafeString("<br>"), "{}", ((_inline(line),) for line in lines))


def _inline(text: str) -> SafeString:
    pieces: list[str] = []
    position = 0
    for match in _LINK.finditer(text):
        pieces.append(conditional_escape(text[position : match.start()]))
        pieces.append(format_html('<a href="{}">{}</a>', match[2], match[1]))
        position = match.end()
    pieces.append(conditional_escape(text[position:]))
    return mark_safe("".join(pieces))  # noqa: S308  (every piece is escaped above)
