"""What there is at all for the reader: asked once per page, so that nothing is looked for that does not exist."""

from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from billing.models import (
    BillingRun,
    Branding,
    Contract,
    Creditor,
    DunningItem,
    InstalmentPlan,
    Invoice,
    Meter,
    PlannedDebit,
    PriceNotice,
    Receipt,
)
from billing.services.credits import CREDITS
from members.models import Organisation
from members.tenancy import household_members, own_ids

RUN = ("on", "until", "collect_on", "issued_at")


class Facts:
    """One row about the reader's organisation and what it has for them, read when first asked for."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.row: dict[str, Any] | None = None

    def __getitem__(self, name: str) -> Any:
        if self.row is None:
            self.row = row_of(self.request)
        return self.row.get(name)


def facts_of(request: HttpRequest) -> Facts:
    """The facts of this page, the same ones for view and template."""
    if not hasattr(request, "portal_facts"):
        request.portal_facts = Facts(request)  # type: ignore[attr-defined]
    return request.portal_facts  # type: ignore[attr-defined, no-any-return]


def row_of(request: HttpRequest) -> dict[str, Any]:
    """In one query; empty where the reader has no organisation."""
    organisation: Organisation | None = getattr(request, "organisation", None)
    if organisation is None:
        return {}
    asked = {f"fact_{name}": value for name, value in what_there_is(request).items()}
    found = Organisation.objects.filter(pk=organisation.pk).annotate(**asked).values(*asked).get()
    return {name.removeprefix("fact_"): value for name, value in found.items()}


def what_there_is(request: HttpRequest) -> dict[str, Any]:
    """What the frame of every page shows, and what the first page may have to tell."""
    mine, ours = own_ids(request), household_members(request).order_by().values("pk")
    here = {"organisation": OuterRef("pk")}
    claims = Invoice.objects.filter(payer__in=mine)
    runs = BillingRun.objects.filter(**here).order_by("-on", "-until", "-sequence")
    creditor = Creditor.objects.filter(**here).order_by("pk")
    return {
        "metered": Exists(Meter.objects.filter(**here)),
        "receipts": Exists(Receipt.objects.filter(member__in=mine)),
        "instalments": Exists(InstalmentPlan.objects.filter(member__in=mine)),
        "reminders": Exists(DunningItem.objects.filter(invoice__in=claims.order_by().values("pk"))),
        "prices": Exists(
            PriceNotice.objects.filter(contract__in=Contract.objects.filter(member__in=ours).values("pk"))
        ),
        "planned": Exists(PlannedDebit.objects.filter(member__in=mine, withdrawn_on=None)),
        "credits": Exists(Invoice.objects.filter(**here, kind__in=CREDITS)),
        "welcome": first(Branding.objects.filter(**here), "welcome"),
        "second_colour": first(Branding.objects.filter(**here), "second_colour"),
        "day_of_month": F("run_settings__day_of_month"),
        "collect_after_days": F("run_settings__collect_after_days"),
        "months_ahead": F("run_settings__months_ahead"),
        "prenotification_days": first(creditor, "prenotification_days"),
        **{f"run_{name}": first(runs, name) for name in RUN},
    }


def first(rows: QuerySet[Any], name: str) -> Subquery:
    """One value of the first row."""
    return Subquery(rows.values(name)[:1])
