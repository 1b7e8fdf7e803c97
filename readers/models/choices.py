"""The words that a reader's form chooses from."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CertificateType(models.TextChoices):
    """证件类型. 身份证 is missing on purpose: its 18 characters do not fit the 14 of 证件号码."""

    LIBRARY_CARD = "library_card", _("借书证")
    STUDENT_CARD = "student_card", _("学生证")
    STAFF_CARD = "staff_card", _("工作证")
    PASSPORT = "passport", _("护照")
    OTHER = "other", _("其他")


class MailGroup(models.TextChoices):
    """Mails that a reader may do without; arrivals, refusals, recalls, reminders and fines are always sent."""

    RECEIPTS = "receipts", _("提交和撤销申请的回执")
    PROGRESS = "progress", _("受理、发出等办理进度")
    RETURNS = "returns", _("还书和办结")


class Gender(models.TextChoices):
    FEMALE = "female", _("女")
    MALE = "male", _("男")


class JobTitle(models.TextChoices):
    """职称, students first: they are most of our readers. The stored value is the word itself."""

    STUDENT = "学生", _("学生")
    TEACHING_ASSISTANT = "助教", _("助教")
    LECTURER = "讲师", _("讲师")
    ASSOCIATE_PROFESSOR = "副教授", _("副教授")
    PROFESSOR = "教授", _("教授")
    RESEARCH_ASSISTANT = "研究实习员", _("研究实习员")
    ASSISTANT_RESEARCHER = "助理研究员", _("助理研究员")
    ASSOCIATE_RESEARCHER = "副研究员", _("副研究员")
    RESEARCHER = "研究员", _("研究员")
    ENGINEER = "工程师", _("工程师")
    SENIOR_ENGINEER = "高级工程师", _("高级工程师")
    LIBRARIAN = "馆员", _("馆员")
    ASSOCIATE_RESEARCH_LIBRARIAN = "副研究馆员", _("副研究馆员")
    RESEARCH_LIBRARIAN = "研究馆员", _("研究馆员")
    ADMINISTRATION = "行政人员", _("行政人员")
    OTHER = "其他", _("其他")


class Education(models.TextChoices):
    """学历, reached or being studied for. The stored value is the word itself."""

    COLLEGE = "大专", _("大专")
    BACHELOR = "本科", _("本科")
    MASTER = "硕士", _("硕士")
    DOCTOR = "博士", _("博士")
    OTHER = "其他", _("其他")
