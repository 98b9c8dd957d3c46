"""What happened to some of the club's contracts during the demo's year: courses, credits and corrections to look at."""

from datetime import date, timedelta
from typing import Any

from billing.models import Contract
from billing.pricing.periods import add_months
from billing.services import contracts
from members.models import Organisation

# Month of the demo's year: which contract of the adults, and what.
HAPPENED = {
    2: [(3, "change_tariff"), (21, "pause")],
    4: [(8, "cancel")],
    6: [(3, "change_back"), (14, "cancel"), (30, "change_tariff")],
    8: [(5, "pause")],
    9: [(40, "change_tariff")],
}
TENTH = timedelta(days=9)


def happen(organisation: Organisation, number: int, month: date) -> None:
    """Enters what the office was told on the tenth of a month."""
    adults = Contract.objects.filter(organisation=organisation, tariff__code="ERW").order_by("pk")
    for place, what in HAPPENED.get(number, []):
        contract = adults.select_related("member", "tariff", "organisation")[place]
        kind, value = told(what, month)
        contracts.add_event(contract, kind, month + TENTH, value, month + TENTH)


def told(what: str, month: date) -> tuple[str, Any]:
    """Kind and value of the event."""
    if what == "pause":
        return "pause", {"until": (add_months(month, 2) + TENTH).isoformat()}
    if what == "cancel":
        return "cancel", "contractual"
    return "change_tariff", "ERW" if what == "change_back" else "PAS"
