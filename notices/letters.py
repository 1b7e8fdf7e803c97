"""Writes mails and messages from their templates: one text each; the HTML of a mail is drawn from it on sending."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

# A paragraph of such lines is drawn as a table: “申请单号：KD00000012”.
_FACT = re.compile(r"(?P<label>[^：\n]{1,14})：(?P<value>.+)")
# “查看申请单：https://…” alone in a paragraph is drawn as a button.
_LINK = re.compile(r"(?P<label>[^：\n]{1,30})：(?P<address>https?://\S+)")
_SIGNATURE = "-- "  # the mark of mail programs for where the signature starts


@dataclass(frozen=True)
class Block:
    """A paragraph as the HTML layout draws it: its lines, a table of (label, value), or one button."""

    kind: str  # "lines", "facts", "link"
    lines: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    label: str = ""
    address: str = ""


def write_letter(name: str, context: Mapping[str, Any]) -> tuple[str, str]:
    """Subject and text of the mail templates/notices/mail/NAME.txt: its first line, and what follows."""
    with translation.override(settings.LANGUAGE_CODE):
        subject, text = _head_and_body(render_to_string(f"notices/mail/{name}.txt", dict(context)))
    return subject, text + "\n"


def draw_html(subject: str, text: str) -> str:
    """The HTML part of a mail, drawn from its text alone: the two can never differ, and only the text is kept."""
    body, _, signature = text.partition(f"\n{_SIGNATURE}\n")
    return render_to_string(
        "notices/mail/layout.html",
        {"subject": subject, "blocks": _blocks(body), "signature": signature.strip().splitlines()},
    )


def write_message(name: str, context: Mapping[str, Any]) -> tuple[str, str]:
    """The system message templates/notices/message/NAME.txt: its title and its text."""
    with translation.override(settings.LANGUAGE_CODE):
        return _head_and_body(render_to_string(f"notices/message/{name}.txt", dict(context)))


def _head_and_body(rendered: str) -> tuple[str, str]:
    """First line and the rest; the blank lines that template tags leave behind are taken out."""
    head, _, body = rendered.strip().partition("\n")
    lines = [line if line == _SIGNATURE else line.rstrip() for line in body.strip().splitlines()]
    return head.strip(), re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def _blocks(text: str) -> list[Block]:
    return [_block(paragraph.strip()) for paragraph in text.split("\n\n") if paragraph.strip()]


def _block(paragraph: str) -> Block:
    if link := _LINK.fullmatch(paragraph):
        return Block("link", label=link["label"], address=link["address"])
    lines = tuple(paragraph.splitlines())
    facts = [_FACT.fullmatch(line) for line in lines]
    if len(lines) > 1 and all(facts):
        return Block("facts", facts=tuple((fact["label"], fact["value"]) for fact in facts if fact))
    return Block("lines", lines=lines)
