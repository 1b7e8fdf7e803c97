"""Forms of the librarian at work on one reader."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import INPUT_CLASSES

from readers.fields import IdentityFieldsMixin, TakesServiceErrors, name_empty_choices
from readers.models import Reader


class RefusalForm(forms.Form):
    """不通过: the reason that the reader is told."""

    reason = forms.CharField(
        label=_("不通过的原因"),
        max_length=200,
        error_messages={"required": _("请填写不通过的原因，读者会看到它。")},
    )


class IdentityForm(IdentityFieldsMixin, TakesServiceErrors):
    """更正身份信息 in the back office."""

    class Meta:
        model = Reader
        fields = ["name", "certificate_type", "certificate_number", "gender", "birth_date"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_empty_choices(self)
        for field in self.fields.values():
            field.widget.attrs["class"] = " ".join(INPUT_CLASSES)

    def _post_clean(self) -> None:
        """The service writes; this form leaves the instance alone."""
