"""Services for librarians' posts: the center appoints and dismisses, a librarian switches between the own posts."""

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.models import MemberLibrary
from readers.actors import Actor
from readers.errors import AppointmentRefused
from readers.models import Assignment, Reader, User


def _posts_of(user: User) -> list[Assignment]:
    """Lock the account, so that nobody else changes its posts meanwhile, and read them."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    return list(Assignment.objects.filter(user=user).order_by("pk"))


@transaction.atomic
def switch_assignment(*, user: User, assignment: Assignment) -> Assignment:
    """Make one of the own posts the active one. Raises AppointmentRefused for a post that is not the user's."""
    posts = {post.pk: post for post in _posts_of(user)}
    if assignment.pk not in posts:
        raise AppointmentRefused(_("这不是您的任职。"))
    Assignment.objects.filter(user=user, active=True).exclude(pk=assignment.pk).update(active=False)
    chosen = posts[assignment.pk]
    chosen.active = True
    chosen.save(update_fields=["active"])
    return chosen


@transaction.atomic
def appoint(*, user: User, library: MemberLibrary | None, role: str, by: Actor) -> Assignment:
    """Give an account a post (library None: at the center); the first post becomes the active one.

    Only the center appoints. Raises AppointmentRefused otherwise.
    """
    _only_the_center(by)
    posts = _posts_of(user)
    if any(post.library == library and post.role == role for post in posts):
        raise AppointmentRefused(_("这个账号已有这个任职。"))
    if not user.is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])
    return Assignment.objects.create(
        user=user, library=library, role=role, active=not any(post.active for post in posts)
    )


@transaction.atomic
def dismiss(*, assignment: Assignment, by: Actor) -> None:
    """Take a post away; without any post left the account loses the back office.

    Only the center dismisses, and nobody dismisses themselves: so the center never locks itself out.
    """
    _only_the_center(by)
    if assignment.user == by.user:
        raise AppointmentRefused(_("不能撤销自己的任职，请由另一位中心管理员办理。"))
    user = assignment.user
    remaining = [post for post in _posts_of(user) if post.pk != assignment.pk]
    Assignment.objects.filter(pk=assignment.pk).delete()
    if not remaining:
        user.is_staff = False
        user.save(update_fields=["is_staff"])
    elif not any(post.active for post in remaining):
        switch_assignment(user=user, assignment=remaining[0])


@transaction.atomic
def hand_over(*, assignment: Assignment, by: Actor, closes_account: bool = False) -> None:
    """Somebody leaves: the post is taken away and, if wished, the account shut unless its owner is a reader too.

    Everybody with a post there keeps the desk's work; sessions of a shut account end at once. Raises
    AppointmentRefused as dismiss does, and when another post of the account would be shut with it.
    """
    user = assignment.user
    dismiss(assignment=assignment, by=by)
    if closes_account:
        if Assignment.objects.filter(user=user).exists() or Reader.objects.filter(user=user).exists():
            raise AppointmentRefused(_("这个账号还有别的任职或读者资格，不能停用。"))
        User.objects.filter(pk=user.pk).update(is_active=False)


def _only_the_center(by: Actor) -> None:
    if not (by.is_center or by.is_system):
        raise AppointmentRefused(_("馆员任职由中心办理。"))
