"""What libraries told us (SourceRecord), what a reader sees once (Edition), and each copy (Holding)."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models.libraries import MemberLibrary


class MaterialType(models.TextChoices):
    BOOK = "book", _("图书")
    EBOOK = "ebook", _("电子图书")
    SERIAL = "serial", _("期刊")
    THESIS = "thesis", _("学位论文")
    SCORE = "score", _("乐谱")
    MAP = "map", _("地图")
    AUDIOVISUAL = "audiovisual", _("音像资料")
    OTHER = "other", _("其他")


class CirculationStatus(models.TextChoices):
    """流通情况 as readers see it; each library's own words are mapped to these by its holdings profile."""

    AVAILABLE = "available", _("在架")
    ON_LOAN = "on_loan", _("已借出")
    REFERENCE = "reference", _("阅览，不外借")
    PROCESSING = "processing", _("编目中")
    MISSING = "missing", _("待查")
    LOST = "lost", _("遗失")
    UNKNOWN = "unknown", _("以本馆目录为准")


class EditionQuerySet(models.QuerySet["Edition"]):
    def visible(self) -> "EditionQuerySet":
        """Editions a reader may see: not hidden by staff, not merged into another one."""
        return self.filter(hidden=False, merged_into__isnull=True)


class Edition(models.Model):
    """书目: one edition of one work (or one volume of it), merged from the records of several libraries.

    The id is permanent; after a merge the losing row stays and points to the winner by `merged_into`.
    """

    title = models.CharField(_("题名"), max_length=1000)
    subtitle = models.CharField(_("副题名"), max_length=1000, blank=True)
    volume = models.CharField(_("卷册"), max_length=300, blank=True)
    parallel_title = models.CharField(_("并列题名"), max_length=1000, blank=True)
    other_titles = ArrayField(models.CharField(max_length=1000), verbose_name=_("其他题名"), default=list, blank=True)
    responsibility = models.CharField(_("责任说明"), max_length=1000, blank=True)
    authors = ArrayField(models.CharField(max_length=300), verbose_name=_("作者"), default=list, blank=True)
    edition_statement = models.CharField(_("版本项"), max_length=300, blank=True)
    place = models.CharField(_("出版地"), max_length=200, blank=True)
    publisher = models.CharField(_("出版社"), max_length=300, blank=True)
    year = models.SmallIntegerField(_("出版年"), null=True, blank=True)
    year_text = models.CharField(_("出版年份"), max_length=100, blank=True)
    extent = models.CharField(_("载体形态"), max_length=300, blank=True)
    series = models.CharField(_("丛书"), max_length=500, blank=True)
    language = models.CharField(_("作品语种"), max_length=3, blank=True)
    country = models.CharField(_("出版国别"), max_length=3, blank=True)
    isbns = ArrayField(models.CharField(max_length=13), verbose_name=_("ISBN"), default=list, blank=True)
    issn = models.CharField(_("ISSN"), max_length=9, blank=True)
    unified_number = models.CharField(_("统一书号"), max_length=30, blank=True)
    price = models.CharField(_("价格"), max_length=100, blank=True)
    subjects = ArrayField(models.CharField(max_length=300), verbose_name=_("主题"), default=list, blank=True)
    clc = models.CharField(_("中图分类号"), max_length=60, blank=True)
    notes = ArrayField(models.TextField(), verbose_name=_("附注"), default=list, blank=True)
    abstract = models.TextField(_("提要"), blank=True)
    material_type = models.CharField(_("资料类型"), max_length=20, choices=MaterialType, default=MaterialType.BOOK)

    # What merging compares: all folded (catalog/folding.py), none of them shown.
    title_key = models.CharField(max_length=1000, editable=False, db_default="", default="")
    volume_key = models.CharField(max_length=100, editable=False, db_default="", default="")
    author_key = models.CharField(max_length=300, editable=False, db_default="", default="")
    publisher_key = models.CharField(max_length=300, editable=False, db_default="", default="")
    edition_key = models.CharField(max_length=60, editable=False, db_default="", default="")
    foreign_ids = ArrayField(models.CharField(max_length=120), default=list, editable=False)

    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged", editable=False
    )
    hidden = models.BooleanField(_("不显示"), default=False)
    created_at = models.DateTimeField(_("建立时间"), auto_now_add=True)
    updated_at = models.DateTimeField(_("更新时间"), auto_now=True)

    objects = EditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("书目")
        verbose_name_plural = pgettext_lazy("plural", "书目")
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["title_key", "year"], name="edition_title_year"),
            models.Index(fields=["unified_number"], name="edition_unified", condition=~Q(unified_number="")),
            # Without a list of pending entries, which every look-up would read from end to end.
            GinIndex(fields=["isbns"], name="edition_isbns", fastupdate=False),
            GinIndex(fields=["foreign_ids"], name="edition_foreign_ids", fastupdate=False),
        ]

    def __str__(self) -> str:
        return self.full_title

    @property
    def full_title(self) -> str:
        """Title with its volume, as a reader would say it: 高等数学 上册."""
        return f"{self.title} {self.volume}".strip()

    @property
    def author_text(self) -> str:
        """Authors as one line, or the statement of responsibility where no heading was recorded."""
        return "；".join(self.authors) or self.responsibility


class SourceRecord(models.Model):
    """来源记录: one library's MARC record, its bytes kept as they came."""

    class Syntax(models.TextChoices):
        CNMARC = "cnmarc", "CNMARC"
        MARC21 = "marc21", "MARC21"

    # No index of its own: the constraint below begins with it, and PostgreSQL would use the shorter one for look-ups by
    # number while it knows nothing yet of a library that loads its first file, and read all its records for each batch.
    library = models.ForeignKey(
        MemberLibrary,
        on_delete=models.PROTECT,
        related_name="source_records",
        verbose_name=_("成员馆"),
        db_index=False,
    )
    local_id = models.CharField(_("本馆记录号"), max_length=120)
    syntax = models.CharField(_("格式"), max_length=10, choices=Syntax)
    encoding = models.CharField(_("编码"), max_length=20)
    raw = models.BinaryField(_("原始数据"))
    sha256 = models.CharField(max_length=64, editable=False)
    parse_log = models.JSONField(_("解析记录"), default=list, blank=True)
    edition = models.ForeignKey(
        Edition, null=True, blank=True, on_delete=models.PROTECT, related_name="source_records", verbose_name=_("书目")
    )
    match_rule = models.CharField(_("归并规则"), max_length=40, blank=True)
    match_score = models.FloatField(_("归并得分"), null=True, blank=True)
    match_keys = models.JSONField(default=dict, editable=False)  # what merging compares: catalog/merging.py Keys
    quality = models.PositiveSmallIntegerField(default=0, editable=False)  # the best record describes the edition
    quarantine_reason = models.CharField(_("隔离原因"), max_length=200, blank=True)
    # sha256 of the bytes that staff took in although they look garbled
    released = models.CharField(max_length=64, default="", db_default="", editable=False)
    deleted = models.BooleanField(_("已删除"), default=False)
    seen_at = models.DateTimeField(null=True, editable=False)  # start of the last import whose file had this record
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("来源记录")
        verbose_name_plural = _("来源记录")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["library", "local_id"], name="source_record_once_per_library")]

    def __str__(self) -> str:
        return self.local_id


class HoldingQuerySet(models.QuerySet["Holding"]):
    def present(self) -> "HoldingQuerySet":
        """Copies that still exist (a copy that vanished from its library's file is withdrawn)."""
        return self.filter(withdrawn=False)

    def requestable(self) -> "HoldingQuerySet":
        """Copies that may be asked for today, on the shelf or not."""
        return self.present().filter(loanable=True, library__lends=True, library__left_on__isnull=True)


class Holding(models.Model):
    """馆藏: one copy of an edition in one library."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="holdings", verbose_name=_("书目"))
    library = models.ForeignKey(  # indexed together with the barcode, for the same reason as in SourceRecord
        MemberLibrary, on_delete=models.PROTECT, related_name="holdings", verbose_name=_("成员馆"), db_index=False
    )
    source_record = models.ForeignKey(
        SourceRecord, null=True, blank=True, on_delete=models.PROTECT, related_name="holdings"
    )
    call_number = models.CharField(_("索书号"), max_length=120, blank=True)
    barcode = models.CharField(_("条形码"), max_length=60, blank=True)
    location = models.CharField(_("馆藏地址"), max_length=120, blank=True)
    shelf = models.CharField(_("架位信息"), max_length=120, blank=True)
    circulation_status = models.CharField(
        _("流通情况"), max_length=20, choices=CirculationStatus, default=CirculationStatus.UNKNOWN
    )
    loanable = models.BooleanField(_("可外借"), default=True)
    note = models.CharField(_("备注"), max_length=300, blank=True)
    withdrawn = models.BooleanField(_("已剔除"), default=False)
    out_on_request = models.CharField(
        _("经馆际互借借出的申请单"),
        max_length=10,
        blank=True,
        editable=False,
        help_text=_("由申请单流转写入；非空时流通情况显示为已借出。"),
    )
    # Corrected by staff: the field and what the library's file said then. An import keeps the correction until the
    # file says something else (catalog/importing/copies.py).
    pinned_fields = models.JSONField(default=dict, blank=True, editable=False)
    as_of = models.DateTimeField(_("截至"), help_text=_("最近一次导入的时间。"))

    objects = HoldingQuerySet.as_manager()

    class Meta:
        verbose_name = _("馆藏")
        verbose_name_plural = _("馆藏")
        ordering = ["library_id", "call_number", "barcode", "pk"]
        indexes = [models.Index(fields=["library", "barcode"], name="holding_library_barcode")]
        constraints = [
            models.UniqueConstraint(
                fields=["library", "barcode"], condition=~Q(barcode=""), name="holding_barcode_once_per_library"
            )
        ]

    def __str__(self) -> str:
        return f"{self.call_number} {self.barcode}".strip()

    @property
    def shown_status(self) -> str:
        """流通情况 as readers see it: a copy out on one of our requests is 已借出, whatever the import said."""
        if self.out_on_request:
            return CirculationStatus.ON_LOAN
        return self.circulation_status

    @property
    def shown_status_label(self) -> str:
        return str(CirculationStatus(self.shown_status).label)

    @property
    def is_on_shelf(self) -> bool:
        return self.shown_status == CirculationStatus.AVAILABLE and not self.withdrawn
