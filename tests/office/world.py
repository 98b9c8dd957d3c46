"""Two associations in one installation, each with members, a billed month, and people in the office."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.contrib.auth.models import Group
from django.test import Client
from django_scopes import scope, scopes_disabled

from billing.demo.club import club
from billing.demo.people import member_list
from billing.models import BillingRun, CollectionBatch, Contract, Creditor, Invoice, Mandate, PostingBatch, Tariff
from billing.services import invoicing, member_import, work
from members.models import Member, OfficeRole, Organisation, User
from tests.copies import made_like

NOON = datetime(2026, 12, 15, 11, tzinfo=UTC)
TODAY, UNTIL, COLLECT_ON = date(2026, 12, 15), date(2027, 1, 31), date(2027, 1, 4)
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@dataclass
class House:
    """An organisation and one of each of its things."""

    organisation: Organisation
    member: Member
    contract: Contract
    tariff: Tariff
    mandate: Mandate
    run: BillingRun
    invoice: Invoice
    batch: CollectionBatch
    export: PostingBatch


def build(slug: str = "ostufer", members: int = 12) -> House:
    """Members from a list, and January's run: issued, collected, exported; the bank does not have the file yet."""
    organisation = made_like(club() | {"slug": slug, "name": f"Verein {slug}"})
    with scope(organisation=organisation):
        plan = member_import.plan(organisation, member_list(date(2027, 1, 1), members), date(2027, 1, 1))
        member_import.take(plan, now=NOON, user=None)
        run = invoicing.start_run(organisation, Creditor.objects.get(), TODAY, UNTIL, COLLECT_ON)
        invoicing.preview(run)
        invoicing.approve(run, None, NOON)
        work.finish(run, NOON)
        mandate = Mandate.objects.select_related("member").order_by("pk")[0]
        contract = Contract.objects.filter(member=mandate.member).order_by("pk")[0]
        return House(
            organisation, mandate.member, contract, contract.tariff, mandate, BillingRun.objects.get(pk=run.pk),
            Invoice.objects.filter(payer=mandate.member)[0], CollectionBatch.objects.order_by("pk")[0], PostingBatch.objects.get(),
        )  # fmt: skip


def office_client(organisation: Organisation, role: str) -> Client:
    """Somebody with this role, signed in."""
    with scopes_disabled():
        user = User.objects.create_user(f"{role}@{organisation.slug}.example")
        OfficeRole.objects.create(organisation=organisation, user=user, group=Group.objects.get(name=role))
    return signed_in(user)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def rows(model: Any) -> Any:
    """Every row, whoever's it is."""
    with scopes_disabled():
        return model._base_manager.all()
