"""The daily look at instalment agreements: what is paid or broken ends, and the treasurers hear of what is broken."""

from datetime import date, datetime

from django.conf import settings
from django.utils.translation import gettext as _

from billing.services import instalment_plans, mailing
from members.models import Organisation


def review(organisation: Organisation, on: date, now: datetime) -> None:
    """Harmless to repeat: an agreement ends once, and a day has one message."""
    _kept, broken = instalment_plans.review(organisation, on)
    if broken:
        subject = _("An instalment is missing: the rest is due again")
        words = {
            "numbers": ", ".join(plan.reference for plan in broken),
            "address": f"{settings.PUBLIC_URL}/office/instalments/",
        }
        text = _("These agreements are broken: %(numbers)s\n%(address)s\n") % words
        mailing.tell_office(organisation, f"broken:{broken[0].pk}", subject, text, now)
