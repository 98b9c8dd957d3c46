"""Inviting a member to the portal: a sign-in for their e-mail address, and a message that says how to use it."""

from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from billing.documents.mails import signature_of
from billing.models import Mail
from billing.services.addresses import portal_url
from billing.services.bounces import takes_mail
from billing.services.mail_templates import templates_of, written
from members.models import Member, User

AT_ONCE = 200


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
    if not takes_mail(member.organisation, member.email):
        raise ValidationError(
            _("Mail to %(email)s came back: correct the address of %(member)s, then invite them."),
            code="bounced",
            params={"email": member.email, "member": str(member)},
        )
    with transaction.atomic():
        user = sign_in_for(member.email)
        if member.user_id != user.pk:
            member.user = user
            member.save(update_fields=["user"])
        write_message(member, now)
    return user


@dataclass(frozen=True, slots=True)
class Invited:
    """What came of inviting many: how many were, why some were not, and how many wait for the next time."""

    count: int
    refused: list[str]
    waiting: int


def invite_all(members: QuerySet[Member], now: datetime) -> Invited:
    """Invites many who have not left, those without access first; as many at once as one press of a button can wait for."""
    here = members.filter(Q(left_on=None) | Q(left_on__gte=localdate(now)))
    rows = here.select_related("organisation").order_by(F("user").asc(nulls_first=True), "pk")
    chosen, refused = list(rows[:AT_ONCE]), []
    for member in chosen:
        try:
            invite(member, now)
        except ValidationError as said:
            refused += said.messages
    return Invited(len(chosen) - len(refused), refused, max(here.count() - AT_ONCE, 0))


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
    words = written(templates_of(member.organisation), "invitation", member.language, invitation_values(member))
    Mail.objects.get_or_create(
        organisation=member.organisation,
        key=f"{first}:{now:%Y-%m-%d}" if again else first,
        defaults={
            "member": member, "kind": "invitation", "recipient": member.email, "subject": words.subject, "text": words.text,
            "next_at": now, "created_at": now,
        },
    )  # fmt: skip


def invitation_values(member: Member) -> dict[str, str]:
    """What the invitation tells."""
    organisation = member.organisation
    return {
        "name": member.name, "organisation": organisation.name, "signature": signature_of(organisation),
        "address": portal_url(organisation), "email": member.email,
    }  # fmt: skip
