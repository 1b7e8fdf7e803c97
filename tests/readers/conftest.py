"""What a person types into the registration form of BUPT."""

import pytest

from tests.requests_app.conftest import cast, request_at, submit

__all__ = ["cast", "request_at", "submit"]  # fixtures


@pytest.fixture
def typed() -> dict[str, str]:
    return {
        "name": "王茜",
        "username": "wangqian830",
        "certificate_type": "library_card",
        "certificate_number": "2026110042",
        "password1": "一年读一百本书 and walk home",
        "password2": "一年读一百本书 and walk home",
        "gender": "female",
        "birth_date": "2003-05-17",
        "phone": "13800001234",
        "department": "信息与通信工程学院",
        "job_title": "学生",
        "education": "硕士",
        "email": "wangqian@bupt.example",
        "address": "北京市海淀区西土城路10号",
        "postcode": "100876",
        "note": "本学期课题需要",
    }
