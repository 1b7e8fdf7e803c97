"""留言: what the two libraries of a request write to each other about it. Never seen by the reader."""

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from catalog.models import MemberLibrary
from readers.models import User
from requests_app.models.requests import LoanRequest


class NoteFrom(models.TextChoices):
    """From which side of the request a note comes."""

    HOME = "home", _("借入馆")
    LENDER = "lender", _("出借馆")
    CENTER = "center", _("中心")


class DeskNoteQuerySet(models.QuerySet["DeskNote"]):
    def unread_at_home(self) -> "DeskNoteQuerySet":
        return self.filter(read_at_home__isnull=True)

    def unread_at_lender(self) -> "DeskNoteQuerySet":
        return self.filter(read_at_lender__isnull=True)

    def unread_by(self, library: MemberLibrary) -> "DeskNoteQuerySet":
        """What that library has not read yet, at either of its desks."""
        return self.filter(
            Q(request__home_library=library, read_at_home__isnull=True)
            | Q(request__lender=library, request__submitted_at__isnull=False, read_at_lender__isnull=True)
        )


class DeskNote(models.Model):
    """One note. A desk has read it when one of its librarians has; the writing desk has read it from the beginning."""

    request = models.ForeignKey(LoanRequest, on_delete=models.CASCADE, related_name="desk_notes")
    written_by = models.CharField(_("留言方"), max_length=10, choices=NoteFrom)
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    author_name = models.CharField(_("经办人"), max_length=60)
    text = models.CharField(_("留言"), max_length=500)
    at = models.DateTimeField(_("时间"))
    read_at_home = models.DateTimeField(null=True, blank=True)
    read_at_lender = models.DateTimeField(null=True, blank=True)

    objects = DeskNoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("留言")
        verbose_name_plural = _("留言")
        ordering = ["request_id", "at", "pk"]
        indexes = [
            models.Index(fields=["request"], condition=Q(read_at_home__isnull=True), name="note_unread_at_home"),
            models.Index(fields=["request"], condition=Q(read_at_lender__isnull=True), name="note_unread_at_lender"),
        ]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="note_says_something")]

    def __str__(self) -> str:
        return f"{self.get_written_by_display()} {self.at:%Y-%m-%d %H:%M}"


def has_unread_note(side: str) -> Exists:
    """Whether a request has a note that the desk of that side (home or lender) has not read."""
    notes = DeskNote.objects.filter(request=OuterRef("pk"))
    return Exists(notes.unread_at_home() if side == NoteFrom.HOME else notes.unread_at_lender())
