"""What the buttons of the profile's form do to its rows: add, remove, start from a template, take over JSON.

They work on what was posted, so that they need no script and lose nothing that was typed.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from catalog.backoffice.profile_forms import RuleForm, WordForm, checked_rules, rule_row
from catalog.marc.profile_templates import template
from catalog.models import CirculationStatus

NAMES = {"rules": tuple(RuleForm.base_fields), "words": tuple(WordForm.base_fields)}
_REMOVE = re.compile(r"remove-(rules|words)-(\d{1,3})")


def posted(data: QueryDict, prefix: str) -> list[dict[str, str]]:
    """The rows as they were typed."""
    total = data.get(f"{prefix}-TOTAL_FORMS", "0")
    count = min(int(total), 1000) if total.isascii() and total.isdigit() else 0
    return [{name: data.get(f"{prefix}-{n}-{name}", "") for name in NAMES[prefix]} for n in range(count)]


def formset_data(rows: Iterable[dict[str, str]], prefix: str) -> dict[str, str]:
    """The rows as a formset expects them."""
    rows = list(rows)
    data = {f"{prefix}-TOTAL_FORMS": str(len(rows)), f"{prefix}-INITIAL_FORMS": "0"}
    return data | {f"{prefix}-{n}-{name}": value for n, row in enumerate(rows) for name, value in row.items()}


def stored_rows(rules: list[dict[str, Any]], words: dict[str, str]) -> dict[str, list[dict[str, str]]]:
    return {
        "rules": [rule_row(rule) for rule in rules],
        "words": [{"word": word, "status": status} for word, status in words.items()],
    }


def act(rows: dict[str, list[dict[str, str]]], button: str, data: QueryDict) -> dict[str, list[dict[str, str]]]:
    """The rows after the button was pressed; `preview` and `save` leave them as they are. Raises ValidationError."""
    if match := _REMOVE.fullmatch(button):
        place = int(match[2])
        return rows | {match[1]: [row for n, row in enumerate(rows[match[1]]) if n != place]}
    if button == "add-rules":
        return rows | {"rules": [*rows["rules"], rule_row({})]}
    if button == "add-words":
        return rows | {"words": [*rows["words"], {"word": "", "status": CirculationStatus.AVAILABLE}]}
    if button.startswith("word-"):  # one that the preview found in the records
        return rows | {"words": [*rows["words"], {"word": button[5:65], "status": CirculationStatus.AVAILABLE}]}
    if button == "template" and (chosen := template(data.get("template", ""))) is not None:
        known = {row["word"] for row in rows["words"]}
        more = {word: status for word, status in chosen.status_words.items() if word not in known}
        return {
            "rules": stored_rows(chosen.rules, {})["rules"],
            "words": [*rows["words"], *stored_rows([], more)["words"]],
        }
    if button == "json":
        return rows | {"rules": [rule_row(rule) for rule in _rules_of_json(data.get("json", ""))]}
    return rows


def _rules_of_json(text: str) -> list[dict[str, Any]]:
    try:
        rules = json.loads(text or "[]")
    except json.JSONDecodeError as error:
        place = {"line": error.lineno, "column": error.colno}
        raise ValidationError(_("第%(line)d行第%(column)d列附近写法不对，检查引号、逗号和括号。") % place) from error
    return checked_rules(rules)
