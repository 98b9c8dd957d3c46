"""Reminds the treasurers of mandates that lapse: seasonal members should be collected from, or asked for a new one, in time."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from billing.models import Mandate
from billing.services.invoicing import shown
from billing.services.mailing import tell_office
from billing.services.mandates import lapses_on, lapsing
from members.models import Organisation

MOST_NAMED = 50


def write(organisation: Organisation, today: date, now: datetime) -> int:
    """One message a month to each treasurer; gives how many messages."""
    rows = Mandate.objects.filter(lapsing(today), organisation=organisation).select_related("member")
    found = sorted(rows, key=lambda one: (last_day(one), one.pk))
    if not found:
        return 0
    lines = [f"{shown(last_day(one))}  {one.reference}  {one.member}" for one in found[:MOST_NAMED]]
    text = _(
        "These mandates lapse because nothing was collected with them for 36 months, or have lapsed. Collect in time, or ask "
        "for a new mandate:\n\n%(lines)s\n"
    )  # fmt: skip
    subject = _("%(count)s mandates are about to lapse") % {"count": len(found)}
    return tell_office(organisation, f"lapsing:{today:%Y-%m}", subject, text % {"lines": "\n".join(lines)}, now)


def last_day(mandate: Mandate) -> date:
    """Until when a collection may be due."""
    return lapses_on(mandate.last_presented_on or mandate.signed_on)
