"""Accounts, readers and their cards, librarians with their assignments."""

from readers.models.accounts import LOGIN_NAME_RULE, Assignment, Role, User
from readers.models.cards import CardState, PickupCard
from readers.models.choices import CertificateType, Education, Gender, JobTitle
from readers.models.readers import CERTIFICATE_RULE, GONE_STATES, Reader, ReaderState, Standing
from readers.models.types import ReaderType

__all__ = [
    "CERTIFICATE_RULE",
    "GONE_STATES",
    "LOGIN_NAME_RULE",
    "Assignment",
    "CardState",
    "CertificateType",
    "Education",
    "Gender",
    "JobTitle",
    "PickupCard",
    "Reader",
    "ReaderState",
    "ReaderType",
    "Role",
    "Standing",
    "User",
]
