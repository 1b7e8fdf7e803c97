"""The registration form (product.md, screen 2), and its correction while the registration waits."""

from typing import Any

from crispy_forms.layout import Column, Field, Row
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from catalog.models import MemberLibrary
from readers.errors import RegistrationRefused
from readers.fields import (
    PASSWORD_HELP,
    PASSWORD_MAX_LENGTH,
    ContactFieldsMixin,
    EmailFieldMixin,
    HalfWidthCharField,
    IdentityFieldsMixin,
    Section,
    TakesServiceErrors,
    layout_helper,
    name_empty_choices,
)
from readers.models import LOGIN_NAME_RULE, Reader, User
from readers.registration.photo_field import PhotoFieldMixin, photo_row
from readers.registration.waiting import CORRECTABLE
from readers.selectors import registration_conflicts


def contact_section() -> Section:
    """联系方式 as both forms show it."""
    return Section(
        _("联系方式"),
        Row(Column("phone", css_class="col-md-6"), Column("email", css_class="col-md-6")),
        Row(
            Column("department", css_class="col-md-6"),
            Column("job_title", css_class="col-6 col-md-3"),
            Column("education", css_class="col-6 col-md-3"),
        ),
        Row(Column("address", css_class="col-md-9"), Column("postcode", css_class="col-md-3")),
        Field("note"),
    )


class RegistrationForm(PhotoFieldMixin, EmailFieldMixin, ContactFieldsMixin, IdentityFieldsMixin, TakesServiceErrors):
    """The form of screen 2 for one library. Duplicates are told here and, under lock, once more by the service."""

    username = HalfWidthCharField(
        label=_("读者登录名"),
        max_length=40,
        help_text=_("请用字符a-z,A-Z,0-9组成登录名，不能使用空格"),
        validators=[LOGIN_NAME_RULE],
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "maxlength": 40}
        ),
    )
    password1 = forms.CharField(
        label=_("密码"),
        strip=False,
        max_length=PASSWORD_MAX_LENGTH,
        help_text=PASSWORD_HELP,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=_("密码确认"),
        strip=False,
        max_length=PASSWORD_MAX_LENGTH,
        help_text=_("请再输入一次密码"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = Reader
        fields = [
            "name", "certificate_type", "certificate_number", "gender", "birth_date", "phone", "department",
            "job_title", "education", "address", "postcode", "note",
        ]  # fmt: skip
        help_texts = {"name": _("本人真实姓名")}
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "department": forms.TextInput(attrs={"autocomplete": "organization"}),
        }

    def __init__(self, *args: Any, library: MemberLibrary, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_empty_choices(self)
        self.library = library
        self.conflicts: dict[str, str] = {}
        self.helper = layout_helper(
            Section(
                _("本人信息"),
                Row(Column("name", css_class="col-md-6"), Column("username", css_class="col-md-6")),
                Row(
                    Column("certificate_type", css_class="col-md-6"), Column("certificate_number", css_class="col-md-6")
                ),
                Row(Column("password1", css_class="col-md-6"), Column("password2", css_class="col-md-6")),
                Row(Column("gender", css_class="col-md-6"), Column("birth_date", css_class="col-md-6")),
                photo_row(),
            ),
            contact_section(),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self._check_passwords(cleaned)
        self.conflicts = registration_conflicts(
            library=self.library,
            username=cleaned.get("username", ""),
            certificate_number=cleaned.get("certificate_number", ""),
            email=cleaned.get("email", ""),
        )
        for field, sentence in self.conflicts.items():
            self.add_error(field, sentence)
        return cleaned

    def _check_passwords(self, cleaned: dict[str, Any]) -> None:
        first, second = cleaned.get("password1"), cleaned.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("两次输入的密码不一致。"))
        if first:
            account = User(
                username=cleaned.get("username", ""), email=cleaned.get("email", ""), first_name=cleaned.get("name", "")
            )
            try:
                validate_password(first, account)
            except ValidationError as error:
                self.add_error("password1", error)

    def add_refusal(self, refusal: RegistrationRefused) -> None:
        self.conflicts = refusal.errors
        super().add_refusal(refusal)

    def for_service(self) -> dict[str, Any]:
        """The cleaned values as keyword arguments of services.register_reader."""
        values = dict(self.cleaned_data)
        values["password"] = values.pop("password1")
        del values["password2"], values["photo"]
        return values | {"portrait": self.portrait}


class CorrectionForm(PhotoFieldMixin, EmailFieldMixin, ContactFieldsMixin, IdentityFieldsMixin, TakesServiceErrors):
    """更正注册资料: everything but login name and password."""

    class Meta:
        model = Reader
        fields = list(CORRECTABLE)
        widgets = RegistrationForm.Meta.widgets

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].help_text = _("改用别的E-mail时，需要重新验证")
        self.initial.setdefault("email", self.instance.user.email)
        name_empty_choices(self)
        self.helper = layout_helper(
            Section(
                _("本人信息"),
                Row(Column("name", css_class="col-md-6")),
                Row(
                    Column("certificate_type", css_class="col-md-6"), Column("certificate_number", css_class="col-md-6")
                ),
                Row(Column("gender", css_class="col-md-6"), Column("birth_date", css_class="col-md-6")),
                photo_row(),
            ),
            contact_section(),
        )

    def _post_clean(self) -> None:
        """The service writes; this form leaves the instance alone."""

    def for_service(self) -> dict[str, Any]:
        """The cleaned values as keyword arguments of waiting.correct_registration."""
        return {
            "email": self.cleaned_data["email"],
            "values": {field: self.cleaned_data[field] for field in CORRECTABLE},
            "portrait": self.portrait,
        }
