"""Inviting a member to the portal: a sign-in for their e-mail address, and a message that says how to use it."""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.models import Mail
from members.models import Member, User


def invite(member: Member, now: datetime) -> User:
    """Links the member to the sign-in of their e-mail address, which is made if there is none, and tells them.

    Two members with the same address share one sign-in and see both memberships. A second invitation on the same day writes no
    second message; on a later day it does, since somebody pressed the button again.
    """
    if not member.email:
        raise ValidationError(
            _("%(member)s has no e-mail address. Enter one, then invite them."),
            code="no_email",
            params={"member": str(member)},
        )
    with transaction.atomic():
        user = sign_in_for(member.email)
        if member.user_id != user.pk:
            member.user = user
            member.save(update_fields=["user"])
        write_message(member, now)
    return user


def sign_in_for(email: str) -> User:
    """The user who owns this address, or a new one without a password: they sign in by code."""
    known = EmailAddress.objects.filter(email__iexact=email, verified=True).select_related("user").first()
    if known:
        return known.user  # type: ignore[no-any-return]
    user = User.objects.filter(email__iexact=email).first() or User.objects.create_user(email)
    EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"primary": True, "verified": False})
    return user


def write_message(member: Member, now: datetime) -> None:
    """Queues the invitation, once a day at most."""
    first = f"invitation:{member.pk}"
    again = (
        Mail.objects.filter(organisation=member.organisation, key=first).exclude(created_at__date=now.date()).exists()
    )
    with override(member.language):
        subject = _("Your access to the members' portal of %(organisation)s") % {
            "organisation": member.organisation.name
        }
        text = invitation_text(member)
    Mail.objects.get_or_create(
        organisation=member.organisation,
        key=f"{first}:{now:%Y-%m-%d}" if again else first,
        defaults={
            "member": member, "kind": "invitation", "recipient": member.email, "subject": subject[:200], "text": text,
            "next_at": now, "created_at": now,
        },
    )  # fmt: skip


def invitation_text(member: Member) -> str:
    """The message, in the language that is active."""
    return _(
        "Hello %(name)s,\n\n"
        "%(organisation)s has a members' portal. There you see what is debited and when, and you find all your invoices.\n\n"
        "How to sign in:\n\n"
        "1. Open %(address)s\n"
        "2. Enter your e-mail address: %(email)s\n"
        "3. We send you a code by e-mail. Enter this code and you are in.\n\n"
        "You need no password.\n\n"
        "Kind regards\n"
        "%(organisation)s\n"
    ) % {
        "name": member.name, "organisation": member.organisation.name, "address": settings.PUBLIC_URL, "email": member.email,
    }  # fmt: skip
