"""A club of three for the tests of services: quick to make, every figure known."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from billing.demo.club import club as demo_club
from billing.models import Contract, Creditor, Mandate, Tariff
from members.models import Member, Organisation
from tests.copies import made_like

DUES = Decimal("14.00")


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 11, tzinfo=UTC)


def small_club(slug: str = "klein", **run: Any) -> Organisation:
    """An organisation with the demo's tariffs and no member."""
    data = demo_club() | {"slug": slug, "name": f"Kleiner Verein {slug}"}
    data["run"] = data["run"] | run
    return made_like(data)


def join(
    organisation: Organisation,
    number: str,
    *,
    debit: bool = True,
    start: date = date(2027, 1, 1),
    tariff: str = "ERW",
    **fields: Any,
) -> Member:
    """A member with a contract and, unless told otherwise, a mandate."""
    values = {
        "first_name": "Käthe", "last_name": f"Weiß{number}", "street": "Am Deich 1", "postal_code": "24143", "city": "Kiel",
        "email": f"m{number}@example.org",
    }  # fmt: skip
    member = Member.objects.create(organisation=organisation, number=number, **(values | fields))
    Contract.objects.create(
        organisation=organisation,
        member=member,
        tariff=Tariff.objects.get(organisation=organisation, code=tariff),
        start=start,
        due_on=start,
    )
    if debit:
        Mandate.objects.create(
            organisation=organisation, creditor=Creditor.objects.get(organisation=organisation), member=member, reference=f"M-{number}",
            account_holder=member.name, iban="DE71570642210231530419", signed_on=date(2020, 1, 1), last_presented_on=date(2026, 11, 2),
        )  # fmt: skip
    return member
