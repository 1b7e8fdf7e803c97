"""How a library's copies are read, changed by its staff; the next import reads every record anew."""

import json
from typing import Any

from django.db import transaction

from catalog.editing.editor import Editor
from catalog.editing.log import note
from catalog.models import ChangeKind, HoldingsProfile, MemberLibrary


@transaction.atomic
def save_profile(
    *,
    library: MemberLibrary,
    rules: list[dict[str, Any]],
    status_words: dict[str, str],
    encoding: str = "auto",
    by: Editor,
) -> HoldingsProfile:
    """Store the profile, checked by the form; an unchanged one is not logged. Raises EditRefused."""
    by.must_work_for(library)
    profile, _created = HoldingsProfile.objects.select_for_update().get_or_create(library=library)
    for field, value in (("rules", rules), ("status_words", status_words), ("encoding", encoding)):
        before = getattr(profile, field)
        if (before or None) == (value or None):
            continue
        note(ChangeKind.PROFILE, by=by, library=library, field=field, before=_text(before), after=_text(value))
        setattr(profile, field, value)
    profile.save()
    return profile


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False) if value else ""
