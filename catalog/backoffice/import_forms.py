"""The forms of an import: which file of which library, and how to read it."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldBooleanWidget

from catalog.models import MemberLibrary
from catalog.scoping import Desk

SYNTAXES = [("auto", _("自动识别")), ("cnmarc", "CNMARC"), ("marc21", "MARC21")]
ENCODINGS = [
    ("auto", _("自动识别")), ("utf-8", "UTF-8"), ("gb18030", "GBK / GB18030"), ("big5", "Big5"),
    ("marc-8", "MARC-8 / EACC"),
]  # fmt: skip


class UploadForm(forms.Form):
    """A librarian uploads for the own library; the center says for which."""

    library = forms.ModelChoiceField(
        label=_("成员馆"),
        queryset=MemberLibrary.objects.active(),
        widget=UnfoldAdminSelectWidget,
        empty_label=_("请选择成员馆"),
    )
    file = forms.FileField(label=_("文件"), max_length=300, widget=forms.FileInput)

    def __init__(self, *args: Any, desk: Desk, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        if desk.library is not None:
            del self.fields["library"]
        self.fields["file"].error_messages["empty"] = _("文件是空的。")
        self.fields["file"].help_text = _(
            "ISO 2709（.iso、.mrc、.marc）或 MARCXML，CNMARC 或 MARC21，最大%(limit)d MB；"
            "可以压缩成 .zip 或 .gz，每包一个文件。编码不必知道，系统会识别。"
        ) % {"limit": settings.IMPORTS["MAX_MB"]}


class ReadingForm(forms.Form):
    """How the file is read; the same form previews and starts."""

    syntax = forms.ChoiceField(label=_("格式"), choices=SYNTAXES, widget=UnfoldAdminSelectWidget)
    encoding = forms.ChoiceField(label=_("编码"), choices=ENCODINGS, widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})


class StartForm(ReadingForm):
    """What was previewed, started."""

    replace = forms.BooleanField(
        label=_("整库替换"),
        required=False,
        widget=UnfoldBooleanWidget,
        help_text=_("这个文件是本馆的全部馆藏：文件里没有的馆藏将被剔除。缺少两成以上时停下，不作改动。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("syntax", "encoding"):
            self.fields[name].widget = forms.HiddenInput()
