"""`manage.py create_center LOGIN EMAIL`: the first administrator of the center, who then appoints everybody else."""

import getpass
import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from readers.actors import Actor
from readers.appointments import appoint
from readers.models import Role, User


class Command(BaseCommand):
    help = "Create an administrator of the center. The password is asked for, or read as one line from a pipe."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("login")
        parser.add_argument("email")
        parser.add_argument("--name", default="", help="shown to colleagues (default: the login)")

    def handle(self, *args: Any, **options: Any) -> None:
        login, email = options["login"], options["email"]
        if User.objects.filter(username__iexact=login).exists():
            raise CommandError(f"There is an account {login} already.")
        user = User(username=login, email=email, first_name=options["name"] or login)
        password = self._password()
        try:
            User._meta.get_field("username").clean(login, user)
            validate_email(email)
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        user.set_password(password)
        with transaction.atomic():
            user.save()
            appoint(user=user, library=None, role=Role.CENTER, by=Actor.system())
        self.stdout.write(f"{login} may log in to the back office as the center.")

    def _password(self) -> str:
        if not sys.stdin.isatty():
            return sys.stdin.readline().rstrip("\n")
        password = getpass.getpass("Password: ")
        if getpass.getpass("Again: ") != password:
            raise CommandError("The two passwords differ; nothing was created.")
        return password
