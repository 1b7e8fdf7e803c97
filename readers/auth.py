"""One password check for everybody: by login name, reader barcode or e-mail."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from readers.models import User
from readers.selectors import accounts_for_login


class ReaderAwareBackend(ModelBackend):
    """Finds the account; whether a reader in some state may come in is the login form's question, asked after this."""

    @sensitive_variables("password")
    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        if username is None or password is None:
            return None
        accounts = accounts_for_login(username)
        if not accounts:
            make_password(password)  # as slow as a real check, so that time does not tell who exists
        for account in accounts:
            if account.check_password(password) and self.user_can_authenticate(account):
                return account
        return None
