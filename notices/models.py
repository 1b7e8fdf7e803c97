"""The mail outbox, in-site messages to readers, the ledger of fines, and what the center and the libraries publish."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import MemberLibrary
from readers.models import Reader
from requests_app.models import LoanRequest
from requests_app.states import Liable


class EmailState(models.TextChoices):
    """Where a mail stands; who may move it from where to where is written in notices/outbox.py and docs/mail.md."""

    QUEUED = "queued", _("待发送")
    SENDING = "sending", _("发送中")
    SENT = "sent", _("已发送")
    FAILED = "failed", _("发送失败")
    WITHDRAWN = "withdrawn", _("已撤回")
    UNADDRESSED = "unaddressed", _("没有邮箱")


class Email(models.Model):
    """邮件: one mail in the outbox; a row first, then a task. `key` makes one event one mail; the HTML part is
    drawn from the text when it is sent.

    `library` is the library whose business the mail is: the recipient of a desk's mail, the home library of the
    reader for a reader's mail (the lender never sees a reader's address). States: docs/mail.md.
    """

    key = models.CharField(max_length=200, unique=True, editable=False)
    to = models.EmailField(_("收件人"), blank=True)
    sender_name = models.CharField(_("发件人"), max_length=120, blank=True)
    reply_to = models.EmailField(_("回复地址"), blank=True)
    subject = models.CharField(_("主题"), max_length=300)
    text = models.TextField(_("正文"))
    kind = models.CharField(_("种类"), max_length=40)
    library = models.ForeignKey(
        MemberLibrary, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("相关馆")
    )
    reader = models.ForeignKey(
        Reader, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("读者")
    )
    request_number = models.CharField(_("申请单号"), max_length=10, blank=True, db_index=True)
    state = models.CharField(_("状态"), max_length=12, choices=EmailState, default=EmailState.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    next_attempt_at = models.DateTimeField(_("下次发送时间"), default=timezone.now)
    claimed_at = models.DateTimeField(null=True, blank=True, editable=False)
    sent_at = models.DateTimeField(_("发送时间"), null=True, blank=True)
    last_error = models.TextField(_("最近的错误"), blank=True)
    created_at = models.DateTimeField(_("生成时间"), default=timezone.now)

    class Meta:
        verbose_name = _("邮件")
        verbose_name_plural = _("邮件")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["state", "next_attempt_at"], name="email_state_time")]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to}"


class SystemMessageQuerySet(models.QuerySet["SystemMessage"]):
    def of_reader(self, reader: Reader) -> "SystemMessageQuerySet":
        return self.filter(reader=reader)

    def unread(self) -> "SystemMessageQuerySet":
        return self.filter(read_at__isnull=True)


class SystemMessage(models.Model):
    """系统消息: an in-site message to one reader; the sender is a library (or the center when empty)."""

    key = models.CharField(max_length=200, unique=True, editable=False)
    reader = models.ForeignKey(Reader, on_delete=models.CASCADE, related_name="messages", verbose_name=_("读者"))
    sender = models.ForeignKey(
        MemberLibrary, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("发送人")
    )
    title = models.CharField(_("标题"), max_length=100)
    text = models.TextField(_("消息内容"))
    request_number = models.CharField(_("申请单号"), max_length=10, blank=True)
    created_at = models.DateTimeField(_("发布时间"), default=timezone.now)
    read_at = models.DateTimeField(_("阅读时间"), null=True, blank=True)

    objects = SystemMessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("系统消息")
        verbose_name_plural = _("系统消息")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["reader", "-created_at"], name="message_reader_time")]

    def __str__(self) -> str:
        return self.title


class FineReason(models.TextChoices):
    OVERDUE = "overdue", _("逾期")
    LOSS = "loss", _("遗失")
    DAMAGE = "damage", _("破损")


class FineState(models.TextChoices):
    OPEN = "open", _("未缴")
    PAID = "paid", _("已缴")
    WAIVED = "waived", _("已免除")
    REVERSED = "reversed", _("已撤销")  # what it was for never happened: an undone move, a book that was found


class FineQuerySet(models.QuerySet["Fine"]):
    def open(self) -> "FineQuerySet":
        return self.filter(state=FineState.OPEN)

    def of_reader(self, reader: Reader) -> "FineQuerySet":
        """What concerns the reader: fines of the own requests that the reader has to answer for."""
        return self.filter(reader=reader, liable=Liable.READER)


class Fine(models.Model):
    """罚款: one entry of the ledger, opened by what happened to a request. Only notices/fines.py writes here.

    `amount` is in yuan; None: to be settled by the lender. `event` is the sequence of the event that it came of.
    """

    request = models.ForeignKey(LoanRequest, on_delete=models.PROTECT, related_name="fines", verbose_name=_("申请单"))
    reader = models.ForeignKey(Reader, on_delete=models.PROTECT, related_name="fines", verbose_name=_("读者"))
    event = models.PositiveIntegerField(editable=False)
    reason = models.CharField(_("罚款原因"), max_length=10, choices=FineReason)
    amount = models.DecimalField(_("罚款金额（元）"), max_digits=9, decimal_places=2, null=True, blank=True)
    days_late = models.PositiveIntegerField(_("逾期天数"), default=0)
    liable = models.CharField(_("责任人"), max_length=10, choices=Liable)
    state = models.CharField(_("状态"), max_length=10, choices=FineState, default=FineState.OPEN)
    recorded_by = models.CharField(_("登记人"), max_length=60, blank=True)
    opened_at = models.DateTimeField(_("登记时间"))
    settled_at = models.DateTimeField(_("处理时间"), null=True, blank=True)
    settled_by = models.CharField(_("处理人"), max_length=60, blank=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)

    objects = FineQuerySet.as_manager()

    class Meta:
        verbose_name = _("罚款")
        verbose_name_plural = pgettext_lazy("plural", "罚款")
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["request", "event", "reason"], name="fine_once_per_event"),
            models.CheckConstraint(
                condition=models.Q(amount__isnull=True) | models.Q(amount__gte=0), name="fine_amount_not_negative"
            ),
        ]
        indexes = [models.Index(fields=["reader", "state"], name="fine_reader_state")]

    def __str__(self) -> str:
        return f"{self.request.number} {self.get_reason_display()}"


class PublishedQuerySet(models.QuerySet):
    """What the world may see already."""

    def published(self) -> "PublishedQuerySet":
        return self.filter(published_at__lte=timezone.now())


class News(models.Model):
    """最新动态: published by the center on the portal's home."""

    title = models.CharField(_("标题"), max_length=200)
    text = models.TextField(_("正文"))
    published_at = models.DateTimeField(_("发布时间"), default=timezone.now)

    objects = PublishedQuerySet.as_manager()

    class Meta:
        verbose_name = _("最新动态")
        verbose_name_plural = _("最新动态")
        ordering = ["-published_at", "-pk"]

    def __str__(self) -> str:
        return self.title


class Announcement(models.Model):
    """公告信息: published by one library, shown beside the login form."""

    library = models.ForeignKey(
        MemberLibrary, on_delete=models.CASCADE, related_name="announcements", verbose_name=_("成员馆")
    )
    title = models.CharField(_("标题"), max_length=200)
    text = models.TextField(_("正文"), blank=True)
    published_at = models.DateTimeField(_("发布时间"), default=timezone.now)

    objects = PublishedQuerySet.as_manager()

    class Meta:
        verbose_name = _("公告信息")
        verbose_name_plural = _("公告信息")
        ordering = ["-published_at", "-pk"]

    def __str__(self) -> str:
        return self.title


class Page(models.Model):
    """A page of the portal that the center writes itself: 管理办法, 使用指南, 常见问题, 关于我们 …"""

    slug = models.SlugField(_("网址"), unique=True)
    title = models.CharField(_("标题"), max_length=100)
    text = models.TextField(_("正文"), help_text=_("空行分段；“## ”开头为小标题；“- ”开头为列表。"))
    position = models.PositiveSmallIntegerField(_("次序"), default=0)
    updated_at = models.DateTimeField(_("更新时间"), auto_now=True)

    class Meta:
        verbose_name = _("门户页面")
        verbose_name_plural = _("门户页面")
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.title
