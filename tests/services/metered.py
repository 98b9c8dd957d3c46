"""A small provider for tests: one tariff with a fee in advance and metered gigabytes, and one flat one."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from billing.demo.club import club as demo_club
from billing.models import BillingRun, Contract, Creditor, Meter
from billing.services import invoicing, metering
from billing.services.metering import Incoming, Outcome
from members.models import Organisation
from tests.copies import made_like
from tests.services.club import join, noon

GB: dict[str, Any] = {
    "code": "data", "kind": "usage", "meter": "gb", "aggregate": "sum", "model": "per_unit", "included": "10", "price": "0.50",
}  # fmt: skip
FEE = {"code": "fee", "kind": "flat", "price": "9.90"}


def tariff(code: str, components: list[dict[str, Any]], **terms: Any) -> dict[str, Any]:
    base = {"code": code, "name": f"Tariff {code}", "anchor": "calendar", "vat_rate": "19", "legal_basis": "consumer"}
    return base | {"components": components} | terms


def provider(slug: str = "netz", tariffs: list[dict[str, Any]] | None = None) -> Organisation:
    """The organisation with its meter."""
    data = demo_club() | {"slug": slug, "name": f"Netz {slug}"}
    data["member_import"] = {}
    data["tariffs"] = tariffs or [tariff("S", [FEE, GB]), tariff("F", [FEE | {"price": "20.00"}])]
    organisation = made_like(data)
    Meter.objects.create(organisation=organisation, code="gb", name="Volume", unit="GB")
    return organisation


def customer(organisation: Organisation, number: str, code: str = "S", start: date = date(2027, 1, 1)) -> Contract:
    """A customer with a contract."""
    return Contract.objects.get(member=join(organisation, number, tariff=code, start=start))


def use(organisation: Organisation, contract: Contract, key: str, at: str, **amount: Any) -> Outcome:
    """One event."""
    amounts: dict[str, Any] = {
        name: Decimal(value) if name in ("value", "reading") else value for name, value in amount.items()
    }
    event = Incoming(key, "gb", datetime.fromisoformat(at), contract.pk, **amounts)
    (outcome,) = metering.record(organisation, [event], noon(date(2027, 1, 1)))
    return outcome


def bill(organisation: Organisation, on: date, until: date | None = None) -> list[tuple[str, str, str]]:
    """A run; gives its lines: component, first day, amount."""
    creditor = Creditor.objects.get(organisation=organisation)
    run = invoicing.start_run(organisation, creditor, on, until or on, on + timedelta(days=30))
    previewed = invoicing.preview(run)
    if not BillingRun.objects.get(pk=run.pk).approved_at:
        invoicing.approve(run, None, noon(on))
    issued = invoicing.issue(run, noon(on))
    assert issued["invoiced_total"] == previewed["invoiced_total"]
    lines = [line for invoice in run.invoices.order_by("pk") for line in invoice.lines.order_by("position")]
    return [(line.component, f"{line.start:%m-%d}", f"{line.amount:.2f}") for line in lines]
