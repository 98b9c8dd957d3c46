"""The rooms of open claims and instalments, for the matrix of routes."""

from datetime import date
from decimal import Decimal
from typing import Any

from billing.models import AncillaryClaim, DebtSettings, Instalment, InstalmentClaim, InstalmentPlan, Invoice

ON = date(2026, 12, 15)
TREASURER, MEMBER = frozenset({"treasurer"}), frozenset({"member"})
STAFF = frozenset({"office", "treasurer", "accountant"})
NONE: frozenset[str] = frozenset()
DEBT_ROUTES = {
    "office_debts": (STAFF, NONE, ""),
    "office_debt": (STAFF, NONE, "invoice_pk"),
    **{
        f"office_debt_{step}": (NONE, TREASURER, "invoice_pk")
        for step in ("write_off", "confirm", "refuse", "take_back", "give_up", "balance")
    },
    "office_instalments": (STAFF, NONE, ""),
    "office_instalments_new": (TREASURER, TREASURER, "member"),
    "office_instalments_collect": (NONE, TREASURER, ""),
    "office_instalment_plan": (STAFF, NONE, "plan"),
    "office_instalment_paper": (STAFF, NONE, "plan"),
    "office_instalment_end": (NONE, TREASURER, "plan"),
    "instalments": (STAFF | MEMBER, NONE, ""),
    "instalment_pdf": (MEMBER, NONE, "plan_reference"),
}
ADMIN_DEBTS: dict[str, tuple[Any, frozenset[str], frozenset[str]]] = {
    "billing_debtsettings": (DebtSettings, STAFF, TREASURER),
}


def debts_of(invoice: Invoice) -> dict[str, Any]:
    """An agreement, over a claim beside which costs are owed."""
    organisation = invoice.organisation
    cost = AncillaryClaim.objects.create(
        organisation=organisation, invoice=invoice, kind="costs", amount=Decimal("2.50"), on=ON
    )
    plan = InstalmentPlan.objects.create(
        organisation=organisation, member=invoice.payer, reference=f"RZ-{organisation.slug}", agreed_on=ON, grace_days=10
    )  # fmt: skip
    InstalmentClaim.objects.create(organisation=organisation, plan=plan, invoice=invoice, amount=Decimal("16.50"))
    for number in (1, 2):
        Instalment.objects.create(
            organisation=organisation, plan=plan, number=number, due_on=date(2027, number, 1), amount=Decimal("8.25")
        )
    return {"cost": cost.pk, "plan": plan.pk, "plan_reference": plan.reference}
