"""The requests of the desks' pages are made as everywhere: by the real services."""

from tests.requests_app.conftest import cast, request_at, submit

__all__ = ["cast", "request_at", "submit"]
