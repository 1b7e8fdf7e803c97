"""What a reader changes alone: contact data and which mails to do without."""

from collections.abc import Collection, Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from readers.actors import Actor
from readers.errors import RegistrationRefused
from readers.models import MailGroup, Reader

# What a reader may change without the librarian.
CONTACT_FIELDS = ("phone", "department", "job_title", "education", "address", "postcode", "note")


@transaction.atomic
def update_contact(*, reader: Reader, by: Actor, contact: Mapping[str, str]) -> Reader:
    """Change the fields of CONTACT_FIELDS given in `contact`. The e-mail has a way of its own (email_change.py).

    Raises RegistrationRefused for somebody else's data.
    """
    unknown = set(contact) - set(CONTACT_FIELDS)
    if unknown:
        raise ValueError(f"not contact fields: {sorted(unknown)}")
    locked = Reader.objects.select_for_update(of=("self",)).get(pk=reader.pk)
    if not (by.reader == locked or by.works_for(locked.library)):
        raise RegistrationRefused({"": _("只能修改自己的个人信息。")})
    for field, value in contact.items():
        setattr(locked, field, value)
    locked.save(update_fields=list(contact))
    return locked


def choose_mails(*, reader: Reader, by: Actor, wanted: Collection[str]) -> None:
    """Keep which groups of MailGroup the reader wants by mail; 系统消息 are written all the same."""
    if by.reader != reader:
        raise RegistrationRefused({"": _("只能修改自己的个人信息。")})
    muted = [group for group in MailGroup.values if group not in wanted]
    Reader.objects.filter(pk=reader.pk).update(muted_mails=muted)
    reader.muted_mails = muted
