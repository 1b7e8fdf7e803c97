"""Editions hidden from readers and shown again, by the center."""

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.editing.editor import Editor, EditRefused
from catalog.editing.log import note
from catalog.importing.batch import lock_grouping
from catalog.models import ChangeKind, Edition
from catalog.search.index import refresh


def hide_edition(*, edition: Edition, by: Editor, reason: str) -> None:
    """Readers find and see it no more; its id stays. Raises EditRefused."""
    _set_hidden(edition, True, by, reason)


def show_edition(*, edition: Edition, by: Editor, reason: str = "") -> None:
    """The edition is found again. Raises EditRefused."""
    _set_hidden(edition, False, by, reason)


@transaction.atomic
def _set_hidden(edition: Edition, hidden: bool, by: Editor, reason: str) -> None:
    by.must_be_center()
    lock_grouping()
    current = Edition.objects.select_for_update(no_key=True).get(pk=edition.pk)
    if current.merged_into_id is not None:
        raise EditRefused(_("这条书目已经并入另一条，读者看到的是那一条。"))
    if current.hidden != hidden:
        current.hidden = hidden
        current.save(update_fields=["hidden", "updated_at"])
        note(ChangeKind.HIDDEN if hidden else ChangeKind.SHOWN, by=by, edition=current, reason=reason)
        refresh([current.pk])
    edition.hidden = hidden
