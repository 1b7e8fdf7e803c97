"""Accounts, readers and their cards, librarians with their assignments."""

from readers.models.accounts import LOGIN_NAME_RULE, Assignment, Role, User
from readers.models.cards import CardState, PickupCard
from readers.models.changes import ChangeState, EmailChange, IdentityChange
from readers.models.choices import CertificateType, Education, Gender, JobTitle, MailGroup
from readers.models.photos import Photo
from readers.models.readers import CERTIFICATE_RULE, GONE_STATES, WAITING_SINCE, Reader, ReaderState, Standing
from readers.models.registering import RegistrationPolicy, RosterEntry, RosterUpload
from readers.models.types import ReaderType

__all__ = [
    "CERTIFICATE_RULE",
    "GONE_STATES",
    "LOGIN_NAME_RULE",
    "WAITING_SINCE",
    "Assignment",
    "CardState",
    "CertificateType",
    "ChangeState",
    "Education",
    "EmailChange",
    "Gender",
    "IdentityChange",
    "JobTitle",
    "MailGroup",
    "Photo",
    "PickupCard",
    "Reader",
    "ReaderState",
    "ReaderType",
    "RegistrationPolicy",
    "Role",
    "RosterEntry",
    "RosterUpload",
    "Standing",
    "User",
]
