"""What the forms of this app share: fields with their rules, and how they are drawn."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from readers.errors import ChangeRefused, PhotoRefused, RegistrationRefused
from readers.models import CERTIFICATE_RULE
from readers.registration.services import normal_certificate

EARLIEST_BIRTH = date(1900, 1, 1)
# Far above any passphrase; it only keeps somebody from sending megabytes to a slow hash.
PASSWORD_MAX_LENGTH = 1000
# What AUTH_PASSWORD_VALIDATORS ask for, in the words of these pages.
PASSWORD_HELP = _("至少8个字符，可以用一句话；不能是常见的密码，也不能与姓名、登录名、E-mail相近。")


def layout_helper(*layout: Any) -> FormHelper:
    """A crispy helper for fields only: the template writes form tag, CSRF token and buttons."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.layout = Layout(*layout)
    return helper


class Section(Fieldset):
    """A part of a long form, under a heading in the style of the portal's panels."""

    template = "readers/_section.html"


def name_empty_choices(form: forms.BaseForm) -> None:
    """A list that must be chosen from says 请选择, one that may stay empty 不填 (Django writes ---------)."""
    for field in form.fields.values():
        if isinstance(field, forms.ChoiceField):
            empty = _("请选择") if field.required else _("不填")
            choices: Any = field.choices
            field.choices = [(value, label if value else empty) for value, label in choices]


class HalfWidthCharField(forms.CharField):
    """Text that an input method may have typed in full-width characters (２０２６ becomes 2026)."""

    def to_python(self, value: Any) -> str:
        return unicodedata.normalize("NFKC", super().to_python(value) or "").strip()


class TakesServiceErrors(forms.Form):
    """A form that can show what a service has refused."""

    refusal_field: str | None = None  # where a refusal that names no field is shown; None: above the form

    def passes(self, service: Callable[[], Any]) -> bool:
        """Whether the form was sent and is in order, and the service has done it; a refusal is shown at the form."""
        if not self.is_valid():
            return False
        try:
            service()
        except RegistrationRefused as refusal:
            self.add_refusal(refusal)
        except (ChangeRefused, PhotoRefused) as refusal:
            self.add_error(self.refusal_field, str(refusal))
        else:
            return True
        return False

    def add_refusal(self, refusal: RegistrationRefused) -> None:
        for field, sentence in refusal.errors.items():
            self.add_error(field if field in self.fields else None, sentence)


class ContactFieldsMixin(forms.ModelForm):
    """What registration and profile have in common: the fields a reader fills in about how to be reached."""

    phone = HalfWidthCharField(
        label=_("联系电话"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    postcode = HalfWidthCharField(
        label=_("邮政编码"),
        max_length=10,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "inputmode": "numeric"}),
    )
    address = forms.CharField(
        label=_("通信地址"),
        max_length=200,
        required=False,
        help_text=_("以200字符为限"),
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    note = forms.CharField(
        label=_("备注"),
        max_length=100,
        required=False,
        help_text=_("以100字符为限"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean_phone(self) -> str:
        phone: str = self.cleaned_data["phone"]
        if not re.fullmatch(r"[0-9+()#*/,; ext.-]+", phone) or sum(c.isdigit() for c in phone) < 5:
            raise ValidationError(_("请填写能打通的电话号码，例如 13800001234 或 010-62280000-123。"))
        return phone

    def clean_postcode(self) -> str:
        postcode: str = self.cleaned_data["postcode"]
        if postcode and not re.fullmatch(r"[0-9A-Za-z -]{3,10}", postcode):
            raise ValidationError(_("邮政编码只能是数字，例如 100876。"))
        return postcode


class EmailFieldMixin(forms.Form):
    """The e-mail of a registration; afterwards it is changed by two links (profile/email_change.py)."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("E-mail地址请填写正确，通过审查后将发送邮件通知您！"),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip()


class IdentityFieldsMixin(forms.ModelForm):
    """Who the reader is, as printed on the certificate."""

    certificate_number = HalfWidthCharField(
        label=_("证件号码"),
        max_length=14,
        validators=[CERTIFICATE_RULE],
        help_text=_("本人借书证号码；请用字符，14字符为限"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    birth_date = forms.DateField(
        label=_("出生日期"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "bday", "min": "1900-01-01"}),
    )

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())

    def clean_certificate_number(self) -> str:
        return normal_certificate(self.cleaned_data["certificate_number"])

    def clean_birth_date(self) -> date | None:
        birth_date: date | None = self.cleaned_data["birth_date"]
        if birth_date and not EARLIEST_BIRTH <= birth_date <= timezone.localdate():
            raise ValidationError(_("请核对出生日期。"))
        return birth_date
