"""Forms of 个人信息维护 (product.md, screen 12)."""

from typing import Any

from crispy_forms.layout import Column, Field, Row
from django import forms
from django.utils.translation import gettext_lazy as _

from readers.fields import ContactFieldsMixin, TakesServiceErrors, layout_helper, name_empty_choices
from readers.models import Reader
from readers.profile.services import CONTACT_FIELDS


class ContactForm(ContactFieldsMixin, TakesServiceErrors):
    """个人信息维护: what a reader changes alone."""

    class Meta:
        model = Reader
        fields = list(CONTACT_FIELDS)
        widgets = {"department": forms.TextInput(attrs={"autocomplete": "organization"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].help_text = _("申请单和到馆通知都发送到这个地址")
        self.initial.setdefault("email", self.instance.user.email)
        for name in ("job_title", "education"):
            self._keep_unlisted_value(name)
        name_empty_choices(self)
        self.helper = layout_helper(
            Row(Column("phone", css_class="col-md-6"), Column("email", css_class="col-md-6")),
            Row(
                Column("department", css_class="col-md-6"),
                Column("job_title", css_class="col-6 col-md-3"),
                Column("education", css_class="col-6 col-md-3"),
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
        return {
            "email": self.cleaned_data["email"],
            "contact": {field: self.cleaned_data[field] for field in CONTACT_FIELDS},
        }
