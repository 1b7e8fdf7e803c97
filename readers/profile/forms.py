"""Forms of 个人信息维护 (product.md, screen 12)."""

from typing import Any

from crispy_forms.layout import Column, Field, Row
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from readers.fields import (
    PASSWORD_MAX_LENGTH,
    ContactFieldsMixin,
    IdentityFieldsMixin,
    TakesServiceErrors,
    layout_helper,
    name_empty_choices,
)
from readers.models import MailGroup, Reader
from readers.profile.identity import IDENTITY_FIELDS
from readers.profile.services import CONTACT_FIELDS


class ContactForm(ContactFieldsMixin, TakesServiceErrors):
    """个人信息维护: what a reader changes alone."""

    class Meta:
        model = Reader
        fields = list(CONTACT_FIELDS)
        widgets = {"department": forms.TextInput(attrs={"autocomplete": "organization"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("job_title", "education"):
            self._keep_unlisted_value(name)
        name_empty_choices(self)
        self.helper = layout_helper(
            Row(Column("phone", css_class="col-md-6"), Column("department", css_class="col-md-6")),
            Row(
                Column("job_title", css_class="col-6"),
                Column("education", css_class="col-6"),
            ),
            Row(Column("address", css_class="col-md-9"), Column("postcode", css_class="col-md-3")),
            Field("note"),
        )

    def _keep_unlisted_value(self, name: str) -> None:
        """A word of an older list stays what it is until the reader chooses another."""
        field, value = self.fields[name], getattr(self.instance, name)
        if isinstance(field, forms.ChoiceField) and value and not field.valid_value(value):
            field.choices = [*list(field.choices), (value, value)]  # type: ignore[arg-type]

    def _post_clean(self) -> None:
        """The service writes; this form leaves the instance alone, so that the page shows what is stored."""

    def for_service(self) -> dict[str, Any]:
        """The cleaned values as keyword arguments of services.update_contact."""
        return {"contact": {field: self.cleaned_data[field] for field in CONTACT_FIELDS}}


class IdentityChangeForm(IdentityFieldsMixin, TakesServiceErrors):
    """申请更改身份信息: what the librarian then checks against the certificate."""

    note = forms.CharField(
        label=_("说明"), max_length=200, required=False, help_text=_("例如：换了新的借书证，旧号作废")
    )

    class Meta:
        model = Reader
        fields = list(IDENTITY_FIELDS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_empty_choices(self)
        self.initial["note"] = ""
        self.helper = layout_helper(
            Row(Column("name", css_class="col-md-6")),
            Row(Column("certificate_type", css_class="col-md-6"), Column("certificate_number", css_class="col-md-6")),
            Row(Column("gender", css_class="col-md-6"), Column("birth_date", css_class="col-md-6")),
            "note",
        )

    def _post_clean(self) -> None:
        """The service writes; this form leaves the instance alone."""


class EmailChangeForm(TakesServiceErrors):
    """更改E-mail: the password once more, for the address is the key to the account."""

    new_email = forms.EmailField(
        label=_("新的E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )
    password = forms.CharField(
        label=_("登录密码"),
        strip=False,
        max_length=PASSWORD_MAX_LENGTH,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, reader: Reader, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reader = reader
        self.helper = layout_helper("new_email", "password")

    def clean_password(self) -> str:
        return check_own_password(self.reader, self.cleaned_data["password"])


class CloseForm(TakesServiceErrors):
    """销户: the password once more, and a word that one means it."""

    password = forms.CharField(
        label=_("登录密码"),
        strip=False,
        max_length=PASSWORD_MAX_LENGTH,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    sure = forms.BooleanField(label=_("我知道个人信息将被清除，不能恢复"))

    def __init__(self, *args: Any, reader: Reader, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reader = reader
        self.helper = layout_helper("password", "sure")

    def clean_password(self) -> str:
        return check_own_password(self.reader, self.cleaned_data["password"])


class PhotoForm(TakesServiceErrors):
    """照片."""

    refusal_field = "photo"
    photo = forms.FileField(
        label=_("选择照片"),
        help_text=_("本人正面免冠近照，JPG、PNG或WebP。上传后自动裁成3:4。"),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout_helper("photo")


class MailsForm(forms.Form):
    """邮件通知: which of the mails one may do without are wanted."""

    wanted = forms.MultipleChoiceField(
        label=_("另外还要邮件通知"), choices=MailGroup.choices, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, reader: Reader, **kwargs: Any) -> None:
        kwargs.setdefault(
            "initial", {"wanted": [group for group in MailGroup.values if group not in reader.muted_mails]}
        )
        super().__init__(*args, **kwargs)
        self.helper = layout_helper("wanted")


def check_own_password(reader: Reader, password: str) -> str:
    """The password, if it is the reader's."""
    if not reader.user.check_password(password):
        raise ValidationError(_("密码不正确。"))
    return password
