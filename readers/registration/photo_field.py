"""The photo on the registration form: not required, and not lost when the form comes back with an error.

A browser empties its file inputs when a page is drawn anew. So the picture, already made small and clean, travels in
the form itself until everything is in order: nothing about a person who has not registered is kept by us.
"""

import base64
import binascii
from typing import Any

from crispy_forms.layout import HTML, Column, Row
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from readers.errors import PhotoRefused
from readers.profile.photos import as_portrait

# A portrait of ours takes some 60 kB, and a third more as text.
KEPT_MAX_LENGTH = 500_000


def photo_row() -> Row:
    """照片 as both forms show it: what is there already, and the choice of another."""
    return Row(
        Column(HTML('{% include "readers/_photo_kept.html" %}'), css_class="col-auto photo-kept"),
        Column("photo", css_class="col-12 col-md"),
    )


class PhotoFieldMixin(forms.Form):
    """Adds 照片; afterwards `portrait` is the JPEG to keep, or None."""

    photo = forms.FileField(
        label=gettext_lazy("照片"),
        required=False,
        help_text=gettext_lazy("可以不填；办理联盟自取借书证时要用。本人正面免冠近照，JPG、PNG或WebP，自动裁成3:4。"),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    portrait: bytes | None = None

    def clean_photo(self) -> Any:
        """Make the picture at once: what is wrong with it is told together with everything else."""
        upload = self.cleaned_data["photo"] or self._kept()
        if upload is not None:
            try:
                self.portrait = as_portrait(upload)
            except PhotoRefused as refusal:
                raise forms.ValidationError(str(refusal)) from refusal
        return upload

    def _kept(self) -> SimpleUploadedFile | None:
        """The picture of the round before; it has been in the browser, so it is trusted no more than a new one."""
        text = str(self.data.get("photo_kept", ""))
        if not text:
            return None
        try:
            if len(text) > KEPT_MAX_LENGTH:
                raise ValueError
            return SimpleUploadedFile("kept.jpg", base64.b64decode(text, validate=True))
        except (binascii.Error, ValueError) as error:
            raise forms.ValidationError(_("照片没有保留下来，请重新选择。")) from error

    @property
    def photo_kept(self) -> str:
        """The picture as text, for the hidden field and the data: address of the page."""
        return base64.b64encode(self.portrait).decode() if self.portrait else ""
