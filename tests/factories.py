"""Builders of rows that no service makes: libraries, catalogue rows, staff accounts."""

from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from catalog.models import CirculationStatus, Edition, Holding, LibraryCategory, MemberLibrary
from readers.models import Assignment, Reader, ReaderState, User


class MemberLibraryFactory(DjangoModelFactory[MemberLibrary]):
    class Meta:
        model = MemberLibrary
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"{900000 + n}")
    request_prefix = factory.Sequence(lambda n: "X" + chr(65 + n // 26 % 26) + chr(65 + n % 26))
    name = factory.Sequence(lambda n: f"第{n}大学图书馆")
    short_name = factory.Sequence(lambda n: f"第{n}大学")
    category = LibraryCategory.COMPREHENSIVE


class EditionFactory(DjangoModelFactory[Edition]):
    class Meta:
        model = Edition

    title = "高等数学辅导"
    volume = "上册"
    authors = ["石福庆"]
    responsibility = "石福庆"
    place = "北京"
    publisher = "中国铁道出版社"
    year = 1982
    year_text = "1982"
    language = "chi"
    country = "CN"
    clc = "O13"
    price = "￥1.50"


class HoldingFactory(DjangoModelFactory[Holding]):
    class Meta:
        model = Holding

    edition = factory.SubFactory(EditionFactory)
    library = factory.SubFactory(MemberLibraryFactory)
    call_number = "O13/04/1"
    barcode = factory.Sequence(lambda n: f"C{6024200 + n}")
    location = "流通部"
    circulation_status = CirculationStatus.AVAILABLE
    as_of = factory.LazyFunction(timezone.now)


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.org")

    @factory.post_generation
    def password(self: Any, create: bool, extracted: str | None, **kwargs: Any) -> None:
        if create:
            self.set_password(extracted or "library-2026")
            self.save()


class ReaderFactory(DjangoModelFactory[Reader]):
    class Meta:
        model = Reader

    user = factory.SubFactory(UserFactory)
    library = factory.SubFactory(MemberLibraryFactory)
    name = "林晓"
    certificate_number = factory.Sequence(lambda n: f"2026{n:010d}")
    phone = "010-00000000"
    department = "信息与通信工程学院"
    job_title = "学生"
    education = "硕士"
    state = ReaderState.APPROVED
    email_verified_at = factory.LazyFunction(timezone.now)


class AssignmentFactory(DjangoModelFactory[Assignment]):
    class Meta:
        model = Assignment

    user = factory.SubFactory(UserFactory, is_staff=True)
