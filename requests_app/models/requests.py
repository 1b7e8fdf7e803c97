"""馆际互借申请单 and its append-only event log. Only requests_app.services.moves writes a state."""

from datetime import date, datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from catalog.models import Edition, Holding, MaterialType, MemberLibrary
from readers.models import Reader, User
from requests_app.models.policies import LendingPolicy, cancel_window
from requests_app.models.words import words_of
from requests_app.states import (
    FINAL_STATES,
    NEVER_LENT,
    NEXT_STEP_OF_PICKUP,
    OPEN_STATES,
    REASONS,
    RESERVING_STATES,
    STATE_CHOICES,
    TAKES_A_PLACE,
    WORDINGS,
    Liable,
    Reason,
    State,
)

# What the queues ask of an open request besides its state: read from the index alone.
COUNTED_IN_QUEUES = [
    "id", "submitted_at", "printed_at", "cancel_asked_at", "missing_since", "pickup_deadline", "due_date",
    "lending_policy",
]  # fmt: skip


class DeliveryMethod(models.TextChoices):
    LOGISTICS = "logistics", _("物流传送")
    SELF_PICKUP = "self_pickup", _("自取自还")


class NumberSeries(models.Model):
    """The last serial used in one lender's request numbers (ST00006202 = prefix ST, serial 6202)."""

    library = models.OneToOneField(MemberLibrary, primary_key=True, on_delete=models.CASCADE)
    last_serial = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.library_id}: {self.last_serial}"


class LoanRequestQuerySet(models.QuerySet["LoanRequest"]):
    def open(self) -> "LoanRequestQuerySet":
        return self.filter(state__in=OPEN_STATES)

    def counted(self) -> "LoanRequestQuerySet":
        """Requests that take one of the reader's places."""
        return self.filter(TAKES_A_PLACE)

    def of_reader(self, reader: Reader) -> "LoanRequestQuerySet":
        return self.filter(reader=reader)

    def of_library(self, library: MemberLibrary) -> "LoanRequestQuerySet":
        """Requests that library sees at one of its two desks; the lender only those that were sent to it."""
        return self.filter(Q(home_library=library) | Q(lender=library, submitted_at__isnull=False))


class LoanRequest(models.Model):
    """One reader asks one lender for one physical volume. What was asked for is kept as a snapshot."""

    number = models.CharField(_("申请单号"), max_length=10, unique=True)
    confirm_token = models.UUIDField(unique=True, editable=False)
    reader = models.ForeignKey(  # indexed below, with the time
        Reader, on_delete=models.PROTECT, related_name="requests", db_index=False, verbose_name=_("读者")
    )
    home_library = models.ForeignKey(  # as the reader
        MemberLibrary,
        on_delete=models.PROTECT,
        related_name="requests_as_home",
        db_index=False,
        verbose_name=_("借入馆"),
    )
    lender = models.ForeignKey(
        MemberLibrary, on_delete=models.PROTECT, related_name="requests_as_lender", verbose_name=_("借出馆")
    )
    state = models.CharField(_("申请单状态"), max_length=20, choices=STATE_CHOICES)
    reason = models.CharField(_("原因"), max_length=30, choices=REASONS, blank=True)
    reason_note = models.CharField(_("原因说明"), max_length=200, blank=True)

    # What was asked for.
    edition = models.ForeignKey(Edition, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    holding = models.ForeignKey(Holding, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    title = models.CharField(_("书刊名称"), max_length=1300)
    author = models.CharField(_("文章作者"), max_length=1000, blank=True)
    publisher = models.CharField(_("出版社"), max_length=300, blank=True)
    year = models.CharField(_("出版年"), max_length=20, blank=True)
    isbn = models.CharField(_("ISBN/ISSN"), max_length=20, blank=True)
    language = models.CharField(_("文种"), max_length=3, default="chi")
    material_type = models.CharField(_("资料类型"), max_length=20, choices=MaterialType, default=MaterialType.BOOK)
    call_number = models.CharField(_("索书号"), max_length=120, blank=True)
    lender_class = models.CharField(_("出借馆分类号"), max_length=60, blank=True)
    words = ArrayField(models.TextField(), default=list, editable=False)  # what the desks find it by, from the above

    # How it is delivered, and to whom.
    delivery_method = models.CharField(
        _("图书获取方式"), max_length=12, choices=DeliveryMethod, default=DeliveryMethod.LOGISTICS
    )
    recipient_name = models.CharField(_("收件人姓名"), max_length=60)
    email = models.EmailField(_("E-mail"))
    phone = models.CharField(_("电话/传真"), max_length=40, blank=True)
    note = models.CharField(_("申请单备注"), max_length=50, blank=True)
    own_reference = models.CharField(_("自定义申请单号"), max_length=20, blank=True)

    # The copy reserved at accept; unique while it is away from its shelf for us.
    copy = models.ForeignKey(Holding, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    copy_barcode = models.CharField(_("条形码"), max_length=60, blank=True)

    # The lender's rules as they stood when it was asked; empty: the consortium's defaults.
    lending_policy = models.ForeignKey(
        LendingPolicy, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("出借政策")
    )

    # Clocks.
    created_at = models.DateTimeField(_("申请时间"))
    submitted_at = models.DateTimeField(_("提交出借馆时间"), null=True, blank=True)
    filled_at = models.DateTimeField(_("满足时间"), null=True, blank=True)
    closed_at = models.DateTimeField(_("结束时间"), null=True, blank=True)
    due_date = models.DateField(_("应还日期"), null=True, blank=True)
    pickup_deadline = models.DateField(_("取书期限"), null=True, blank=True)
    printed_at = models.DateTimeField(_("取书单打印时间"), null=True, blank=True)

    state_since = models.DateTimeField(_("进入现状态的时间"), default=timezone.now)
    warned_percent = models.PositiveSmallIntegerField(default=0, editable=False)  # of the time to answer: 0, 50, 80

    # Flags: not states (lifecycle.md). A flag is up while its time is set.
    cancel_asked_at = models.DateTimeField(_("撤销请求时间"), null=True, blank=True)
    recalled_at = models.DateTimeField(_("召回时间"), null=True, blank=True)
    due_before_recall = models.DateField(_("召回前的应还日期"), null=True, blank=True)
    missing_since = models.DateTimeField(_("报告未收到的时间"), null=True, blank=True)
    pickup_overdue_at = models.DateTimeField(_("逾期未取标记时间"), null=True, blank=True)
    lost_proposed_at = models.DateTimeField(_("建议按遗失处理的时间"), null=True, blank=True)
    liable = models.CharField(_("责任人"), max_length=10, choices=Liable, blank=True)  # of a lost book
    # Written by the ledger (notices/fines.py): the lender knows the reader until the fines are settled.
    has_open_fine = models.BooleanField(default=False, db_default=False, editable=False)

    # 转馆: one child per request; the reader may agree beforehand that the system goes on by itself.
    forwarded_from = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="forwarded_to"
    )
    hop = models.PositiveSmallIntegerField(_("第几次转馆"), default=0)
    may_forward = models.BooleanField(_("未满足时自动转馆"), default=False)
    version = models.PositiveIntegerField(default=0, editable=False)

    objects = LoanRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("馆际互借申请单")
        verbose_name_plural = _("馆际互借申请单")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["reader", "-created_at"], name="request_reader_time"),
            # The lists of the desks, newest first: of one library at either desk, and of all.
            models.Index(fields=["home_library", "-created_at", "-id"], name="request_home_newest"),
            models.Index(
                fields=["lender", "-created_at", "-id"],
                condition=Q(submitted_at__isnull=False),
                name="request_lender_newest",
            ),
            models.Index(fields=["-created_at", "-id"], name="request_newest"),
            models.Index(  # the newest of all are open, and the center's list of those that are done would begin there
                fields=["-created_at", "-id"], condition=Q(state__in=sorted(FINAL_STATES)), name="request_done_newest"
            ),
            # The queues, longest wait first, and all that is counted in them. Finished requests, which are many, stand
            # in none.
            models.Index(
                fields=["home_library", "state", "state_since"],
                include=COUNTED_IN_QUEUES,
                condition=Q(state__in=OPEN_STATES),
                name="request_home_queue",
            ),
            models.Index(
                fields=["lender", "state", "state_since"],
                include=COUNTED_IN_QUEUES,
                condition=Q(state__in=OPEN_STATES, submitted_at__isnull=False),
                name="request_lender_queue",
            ),
            # The center's lists of the same, and the flags that few requests have.
            models.Index(fields=["state_since", "id"], condition=Q(state__in=OPEN_STATES), name="request_open_oldest"),
            models.Index(
                fields=["cancel_asked_at"], condition=Q(cancel_asked_at__isnull=False), name="request_cancel_asked"
            ),
            models.Index(fields=["missing_since"], condition=Q(missing_since__isnull=False), name="request_missing"),
            # What is behind a number of the statistics, for lists of it.
            models.Index(
                fields=["submitted_at"],
                include=["lender", "home_library", "created_at", "id"],
                condition=Q(submitted_at__isnull=False),
                name="request_asked_in",
            ),
            models.Index(
                fields=["filled_at"],
                include=["lender", "home_library", "created_at", "id", "submitted_at"],
                condition=Q(filled_at__isnull=False),
                name="request_filled_in",
            ),
            # What the desks look for.
            GinIndex(fields=["words"], name="request_words"),
            models.Index(fields=["copy_barcode"], condition=~Q(copy_barcode=""), name="request_barcode"),
            # What the clocks look through; finished requests, which are many, stand in neither.
            models.Index(
                fields=["state", "state_since"], condition=~Q(state__in=sorted(FINAL_STATES)), name="request_open_since"
            ),
            models.Index(fields=["due_date"], condition=Q(state=State.ON_LOAN), name="request_on_loan_due"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["lender", "copy_barcode"],
                condition=~Q(copy_barcode="") & Q(state__in=RESERVING_STATES),
                name="copy_reserved_once",
            ),
            models.CheckConstraint(condition=~Q(home_library=F("lender")), name="lender_is_not_home"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding:  # the snapshot of the book never changes
            self.words = words_of(self.title, self.author, self.isbn, self.call_number)
        super().save(*args, **kwargs)

    @property
    def is_final(self) -> bool:
        return self.state in FINAL_STATES

    @property
    def terms(self) -> LendingPolicy:
        """The lender's rules for this request: those of the day on which it was asked."""
        return self.lending_policy or LendingPolicy(library=self.lender)

    @property
    def is_pickup(self) -> bool:
        return self.delivery_method == DeliveryMethod.SELF_PICKUP

    @property
    def place_of_return(self) -> MemberLibrary:
        """Where the reader brings the book back: home, or the lender where it was fetched there."""
        return self.lender if self.is_pickup else self.home_library

    def is_overdue(self, on: date | None = None) -> bool:
        """Whether the reader has the book beyond its due date on that day in Beijing (default today)."""
        return (
            self.state == State.ON_LOAN and self.due_date is not None and self.due_date < (on or timezone.localdate())
        )

    @property
    def flags(self) -> list[str]:
        """The flags that are up, as everybody reads them; what a book that came back was told is over."""
        raised = [
            (self.cancel_asked_at, _("读者请求撤销")),
            (self.recalled_at and self.state in (State.ARRIVED, State.ON_LOAN), _("已召回")),
            (self.missing_since, _("未收到，查找中")),
            (self.pickup_overdue_at, _("逾期未取")),
            (self.lost_proposed_at and self.state == State.ON_LOAN, _("建议按遗失处理")),
            (self.is_overdue(), _("逾期")),
        ]
        return [str(words) for up, words in raised if up]

    @property
    def cancel_deadline(self) -> datetime | None:
        """The moment at which the reader's hour is over; None while the request still waits at home."""
        return None if self.submitted_at is None else self.submitted_at + cancel_window()

    @property
    def state_text(self) -> str:
        """The state as the reader reads it, with the date or the reason that belongs to it."""
        return self._with_particulars(self._read_by_the_reader)

    @property
    def state_label(self) -> str:
        """The state as the reader reads it where its date stands beside it; a refusal with its reason."""
        return self._with_reason(self._read_by_the_reader)

    @property
    def state_text_home(self) -> str:
        """The state as the home desk reads it."""
        return self._with_particulars(str(WORDINGS[State(self.state)].home))

    @property
    def state_text_lender(self) -> str:
        """The state as the lender's desk reads it; empty where the lender does not see the request."""
        text = str(WORDINGS[State(self.state)].lender)
        if self.state == State.ACCEPTED and self.printed_at is not None:
            printed = date_format(timezone.localtime(self.printed_at), "m-d H:i")
            return _("%(state)s（取书单已打印 %(time)s）") % {"state": text, "time": printed}
        return self._with_particulars(text)

    @property
    def shown_due_date(self) -> date | None:
        """The due date once the reader has had the book; before that it is preliminary and would mislead."""
        return self.due_date if self.state not in (State.SHIPPED, State.READY_AT_LENDER, State.ARRIVED) else None

    @property
    def next_step(self) -> str:
        """What happens next, by whom, as the reader is told; empty when it is over."""
        state = State(self.state)
        if self.is_pickup and state in NEXT_STEP_OF_PICKUP:
            return str(NEXT_STEP_OF_PICKUP[state])
        return str(WORDINGS[state].next_step)

    @property
    def reason_text(self) -> str:
        """The reason of a refusal with its note: 架上未找到（已登记查找）."""
        reason = str(Reason(self.reason).label) if self.reason else ""
        if reason and self.reason_note:
            return _("%(reason)s（%(note)s）") % {"reason": reason, "note": self.reason_note}
        return reason or self.reason_note

    @property
    def _read_by_the_reader(self) -> str:
        state = State(self.state)
        if state in NEVER_LENT and self.due_date is None:  # a loan has one, and keeps it
            return str(NEVER_LENT[state])
        return str(state.label)

    def _with_particulars(self, text: str) -> str:
        """The date or the reason that belongs to the state, behind its words; nothing behind nothing."""
        match self.state:
            case State.ARRIVED | State.READY_AT_LENDER if self.pickup_deadline:
                return _("%(state)s（%(date)s前）") % {"state": text, "date": self.pickup_deadline.isoformat()}
            case State.ON_LOAN if self.due_date:
                return _("%(state)s（应还日期%(date)s）") % {"state": text, "date": self.due_date.isoformat()}
            case State.CLOSED if self.reason_note:
                return _("%(state)s（%(reason)s）") % {"state": text, "reason": self.reason_note}
        return self._with_reason(text)

    def _with_reason(self, text: str) -> str:
        if text and self.state == State.EXPIRED and self.reason == Reason.SERVICE_PAUSED:
            return str(_("未满足，出借馆暂停服务"))
        if text and self.reason and self.state in (State.UNFILLED, State.REJECTED):
            return _("%(state)s，%(reason)s") % {"state": text, "reason": Reason(self.reason).label}
        return text


class RequestEvent(models.Model):
    """流转记录: one move of one request. Rows are only ever added; replayed, they give the state."""

    request = models.ForeignKey(LoanRequest, on_delete=models.PROTECT, related_name="events")
    sequence = models.PositiveIntegerField()
    verb = models.CharField(_("动作"), max_length=30)
    from_state = models.CharField(_("原状态"), max_length=20, choices=STATE_CHOICES, blank=True)
    to_state = models.CharField(_("新状态"), max_length=20, choices=STATE_CHOICES)
    capacity = models.CharField(_("身份"), max_length=1)
    actor = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    actor_name = models.CharField(_("经办人"), max_length=60, blank=True)
    library = models.ForeignKey(
        MemberLibrary, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("经办馆")
    )
    on_behalf_of = models.ForeignKey(
        MemberLibrary, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("代办")
    )
    reason = models.CharField(_("原因"), max_length=30, blank=True)
    note = models.CharField(_("说明"), max_length=300, blank=True)
    details = models.JSONField(default=dict, blank=True)
    before = models.JSONField(default=dict, blank=True)  # what it changed, as it was
    undoes = models.PositiveIntegerField(null=True, blank=True)  # the sequence of the event it takes back
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("流转记录")
        verbose_name_plural = _("流转记录")
        ordering = ["request_id", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["request", "sequence"], name="event_sequence_once"),
        ]
        indexes = [models.Index(fields=["verb", "at"], name="event_verb_time")]

    def __str__(self) -> str:
        return f"{self.request_id}#{self.sequence} {self.verb}"
