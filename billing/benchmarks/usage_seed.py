"""A provider of any size: customers with one metered contract each, and what they used."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django_scopes import scope

from billing.benchmarks.seed import mandate, payer, write
from billing.models import Contract, Creditor, Mandate, Meter, Tariff
from billing.pricing.periods import add_months
from billing.services.organisations import setup_organisation
from members.models import Member, Organisation

Values = dict[str, Any]
FIRST = date(2027, 1, 1)


def seed(contracts: int, start: date = FIRST) -> Organisation:
    """An organisation with so many customers, all from one day on."""
    organisation, _created = setup_organisation(data())
    with scope(organisation=organisation):
        Meter.objects.create(organisation=organisation, code="gb", name="Volumen", unit="GB")
        fill(organisation, contracts, start)
    return organisation


def fill(organisation: Organisation, contracts: int, start: date) -> None:
    """The customers with contract and mandate."""
    write(Member, (payer(organisation, number) for number in range(contracts)))
    members = list(Member.objects.order_by("pk").values_list("pk", "number"))
    tariffs = list(Tariff.objects.order_by("code").values_list("pk", flat=True))
    write(Contract, (contract(organisation, pk, tariffs, start) for pk, _number in members))
    creditor = Creditor.objects.get(organisation=organisation)
    write(Mandate, (mandate(organisation, creditor, pk, number) for pk, number in members))


def contract(organisation: Organisation, member: int, tariffs: list[int], start: date) -> Values:
    """Two in three have the smaller tariff; half of them have a day of their own in the month."""
    own = start + timedelta(days=member % 28 if member % 2 else 0)
    tariff = tariffs[member % 3 % 2]
    return {"organisation": organisation.pk, "member": member, "tariff": tariff, "start": own, "bill_from": own, "due_on": own}  # fmt: skip


def data() -> Values:
    """The organisation's settings."""
    return {
        "slug": "benchmark", "name": "Benchmark GmbH", "kind": "company", "tax_number": "20/290/12345",
        "address": {"street": "Am Sendemast 3", "postal_code": "24534", "city": "Neumünster", "country": "DE"},
        "creditor": {"identifier": "DE98ZZZ09999999999", "iban": "DE89370400440532013000"},
        "ledger": {"first_debtor": 1_000_000, "account_length": 6},
        "tariffs": [tariff("L", "19.90", "100", "0.20"), tariff("S", "9.90", "10", "0.50")],
    }  # fmt: skip


def tariff(code: str, fee: str, included: str, price: str) -> Values:
    """A monthly fee, free units, and a price for what goes beyond them."""
    usage = {"code": "data", "name": "Volumen", "kind": "usage", "meter": "gb", "aggregate": "sum", "model": "per_unit"}
    return {
        "code": code, "name": f"Tarif {code}", "vat_rate": 19, "legal_basis": "consumer", "anchor": "start",
        "components": [{"code": "fee", "kind": "flat", "price": fee}, usage | {"included": included, "price": price}],
    }  # fmt: skip


def events(contracts: int, month: date, each: int) -> Iterator[Values]:
    """So many events of each customer in a month."""
    for number in range(contracts):
        for place in range(each):
            day = 1 + (number + place * 28 // each) % 28
            value = (number * 7919 + place * 104_729) % 20_000
            yield {
                "key": f"{number}-{month:%Y%m}-{place}", "meter": "gb", "member": str(number),
                "at": f"{month:%Y-%m}-{day:02}T{place % 24:02}:15:00+01:00", "value": f"{value / 1000:.3f}",
            }  # fmt: skip


def listed(contracts: int, month: date, each: int) -> bytes:
    """A month's usage as the list that a meter's program exports."""
    names = ("key", "member", "meter", "at", "value")
    rows = (",".join(event[name] for name in names) for event in events(contracts, month, each))
    return "\n".join([",".join(names), *rows]).encode()


def months_back(count: int) -> list[date]:
    """So many months before the first."""
    return [add_months(FIRST, -number) for number in range(count, 0, -1)]
