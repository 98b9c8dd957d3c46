"""Keys for other programs: made once, shown once, kept as a hash, revoked for good."""

import hashlib
import secrets
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django_scopes import scopes_disabled

from billing.models import ApiKey
from members.models import Organisation, User

PREFIX, SHOWN = "kw_", 9


def make(organisation: Organisation, name: str, user: User | None, now: datetime) -> tuple[ApiKey, str]:
    """A new key and its secret, which nobody can read again."""
    secret = PREFIX + secrets.token_urlsafe(32)
    key = ApiKey(
        organisation=organisation,
        name=name,
        hint=secret[:SHOWN],
        sha256=hashed(secret),
        created_at=now,
        created_by=user,
    )
    key.full_clean()
    key.save()
    return key, secret


def hashed(secret: str) -> str:
    """What is stored. The secret is long and random, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def find(secret: str, today: date) -> ApiKey | None:
    """The key of this secret if it is not revoked; notes once a day that it is used."""
    if not secret.startswith(PREFIX) or len(secret) > 100:
        return None
    with scopes_disabled():
        key = ApiKey.objects.select_related("organisation").filter(sha256=hashed(secret), revoked_at=None).first()
        if key and key.last_used_on != today:
            ApiKey.objects.filter(pk=key.pk).update(last_used_on=today)
    return key


def revoke(key: ApiKey, now: datetime) -> None:
    """From now on the key opens nothing."""
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now) != 1:
        raise ValidationError(_("This key is revoked already."), code="revoked")
