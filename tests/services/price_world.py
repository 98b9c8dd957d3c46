"""A club and its customers whose prices change: tariffs with a version that is not announced yet."""

from datetime import date
from decimal import Decimal
from typing import Any

from billing.models import Contract, InvoiceLine, PriceChange, PriceNotice, Tariff, TariffVersion
from billing.services import price_changes
from billing.services.price_changes import Wish
from members.models import Organisation
from tests.services.club import join, noon
from tests.services.test_quotes import bill, offer

# Told on TODAY; running contracts shall pay more from DAY on.
TODAY, DAY, UNTIL = date(2027, 1, 12), date(2027, 3, 1), date(2027, 2, 15)
START = date(2027, 1, 1)


def dearer(tariff: Tariff, price: str = "40.00", **terms: Any) -> TariffVersion:
    """The next version, for new contracts from DAY on."""
    first = tariff.versions.order_by("number")[0]
    parts = [first.terms["components"][0] | {"price": price}, *first.terms["components"][1:]]
    return TariffVersion.objects.create(
        organisation=tariff.organisation, tariff=tariff, number=2, valid_from=DAY,
        terms=first.terms | {"components": parts} | terms,
    )  # fmt: skip


def customer(club: Organisation, number: str, tariff: Tariff, start: date = START, **fields: Any) -> Contract:
    """A contract that begins on a day."""
    member = join(club, number, tariff=tariff.code, start=start)
    Contract.objects.filter(member=member).update(**fields)
    return Contract.objects.get(member=member)


def wish(version: TariffVersion, **values: Any) -> Wish:
    """By a price clause; who objects keeps the price."""
    given: dict[str, Any] = {
        "basis": "clause",
        "reason": "§ 5: Strom",
        "rule": "keep",
        "object_until": UNTIL,
        "day": DAY,
    }
    return Wish(version, **(given | values))


def announce(version: TariffVersion, on: date = TODAY, **values: Any) -> PriceChange:
    """Looked at and announced on the same day."""
    asked = wish(version, **values)
    return price_changes.announce(asked, price_changes.preview(asked, noon(on)).fingerprint, None, noon(on))


def notice_of(contract: Contract) -> PriceNotice:
    return PriceNotice.objects.select_related("change__version__tariff", "contract").get(contract=contract)


def paid(club: Organisation, on: date, until: date) -> dict[str, str]:
    """Runs the month: member number to the sum of what was billed to each."""
    before = set(InvoiceLine.objects.values_list("pk", flat=True))
    bill(club, on, until)
    sums: dict[str, Decimal] = {}
    rows = InvoiceLine.objects.exclude(pk__in=before).values_list("contract__member__number", "amount")
    for number, amount in rows:
        sums[number] = sums.get(number, Decimal(0)) + amount
    return {number: f"{amount:.2f}" for number, amount in sums.items()}


__all__ = ["DAY", "START", "TODAY", "UNTIL", "announce", "customer", "dearer", "notice_of", "offer", "paid", "wish"]
