"""Guessing passwords is slowed down per person and address, so that nobody locks out a campus behind one address.

django-axes counts; this module tells it who is meant and from where, and what the locked-out person reads.
What is promised stands in docs/accounts.md.
"""

from typing import Any

from axes.models import AccessAttempt
from axes.utils import reset
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from catalog.client import client_address as address_behind_proxies
from readers.models import User
from readers.selectors import accounts_for_login


def account_meant(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The name under which wrong passwords are counted: one per account, however it was named.

    Otherwise login name, e-mail and barcode, in any case, would each have tries of their own.
    """
    typed = str((credentials or {}).get("username") or request.POST.get("username") or "").strip()[:254]
    typed = typed.replace("\0", "")
    accounts = accounts_for_login(typed)
    return key_of(accounts[0]) if accounts else f"unknown:{typed.lower()}"


def key_of(account: User) -> str:
    return f"account:{account.pk}"


def client_address(request: HttpRequest) -> str:
    """From where the request comes, as django-axes wants it."""
    return str(address_behind_proxies(request) or "0.0.0.0")  # noqa: S104 - unknown: counted together


def locked_out(request: HttpRequest, response: Any = None, credentials: Any = None) -> HttpResponse:
    """The page for somebody who has typed too many wrong passwords; 429."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    return render(request, "readers/locked_out.html", {"minutes": minutes}, status=429)


def forget_old_counts() -> None:
    """Delete what nobody waits for any more."""
    AccessAttempt.objects.filter(attempt_time__lt=timezone.now() - settings.AXES_COOLOFF_TIME).delete()


def forget_wrong_passwords(account: User) -> None:
    """A person who proved to own the account (a new password by mail) starts with a clean slate."""
    reset(username=key_of(account))
