"""A code by e-mail before something that moves money: whoever sits at an open session still needs the mailbox.

It also proves that the mailbox is the member's (double opt-in). The code itself is stored nowhere; only in the public demo,
where nobody has a mailbox, the page says it.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from members.models import User

SALT = "portal.confirmation_code"
DIGITS, MOST_TRIES, MOST_SENT = 6, 5, 5
VALID, HOUR = timedelta(minutes=15), 3600


def send(user: User, organisation: str, now: datetime, *, to: str = "", text: str = "") -> dict[str, Any]:
    """Sends a code at once and gives what has to be remembered of it; five an hour at most.

    `to`: another mailbox than the sign-in's; `text`: other words, with `%(code)s` and `%(organisation)s`.
    """
    key = f"confirmation_code:{user.pk}"
    cache.add(key, 0, HOUR)
    if cache.incr(key) > MOST_SENT:
        raise ValidationError(_("We sent several codes already. Please wait an hour."), code="too_many")
    code = "".join(secrets.choice("0123456789") for _digit in range(DIGITS))
    to, text = to or user.email, text or _(
        "Hello,\n\nthis is the code for your new bank details: %(code)s\n\nIt is valid for 15 minutes. If you did not ask "
        "for it, somebody else is signed in as you: please tell us, and give the code to nobody.\n\n%(organisation)s\n"
    )  # fmt: skip
    subject = _("Your code for %(organisation)s") % {"organisation": organisation}
    body = text % {"code": code, "organisation": organisation}
    EmailMessage(" ".join(subject.split()), body, settings.DEFAULT_FROM_EMAIL, [to]).send()
    shown = {"shown": code} if settings.PUBLIC_DEMO else {}
    return {"code": hashed(user, code), "until": (now + VALID).isoformat(), "tries": 0, "to": to} | shown


def refuse_wrong(user: User, remembered: dict[str, Any], code: str, now: datetime) -> None:
    """Counts the try, then refuses a wrong, late or worn-out code."""
    remembered["tries"] += 1
    if remembered["tries"] > MOST_TRIES or now > datetime.fromisoformat(remembered["until"]):
        raise ValidationError(_("This code is no longer valid. Please begin again."), code="worn_out")
    if not constant_time_compare(hashed(user, "".join(code.split())), remembered["code"]):
        raise ValidationError(_("This is not the code that we sent. Please look again."), code="wrong")


def hashed(user: User, code: str) -> str:
    """Enough to recognise the code."""
    return salted_hmac(SALT, f"{user.pk}:{code}", algorithm="sha256").hexdigest()


def masked(address: str) -> str:
    """`p…@example.org`: enough to know which mailbox."""
    name, _at, place = address.partition("@")
    return f"{name[:1]}…@{place}"
