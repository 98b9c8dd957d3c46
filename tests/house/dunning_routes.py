"""The rooms of reminders and accounts, for the matrix of routes."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from billing.models import (
    AncillaryClaim,
    Contract,
    ContractEvent,
    Creditor,
    DunningItem,
    DunningNotice,
    DunningPause,
    DunningRun,
    DunningStop,
    HandedClaim,
    Invoice,
    Mail,
)
from billing.services.drafts import MEMBER_FIELDS
from billing.services.snapshots import creditor_data, issuer, recipient
from members.models import Member
from tests.services.club import noon

ON = date(2026, 12, 15)
TREASURER, MEMBER = frozenset({"treasurer"}), frozenset({"member"})
STAFF, CLERKS = frozenset({"office", "treasurer", "accountant"}), frozenset({"office", "treasurer"})
EXPORT = frozenset({"treasurer", "accountant"})
NONE: frozenset[str] = frozenset()
DUNNING_ROUTES = {
    "office_dunning": (STAFF, NONE, ""),
    "office_dunning_start": (NONE, TREASURER, ""),
    "office_dunning_levels": (STAFF, TREASURER, ""),
    "office_dunning_run": (STAFF, NONE, "dunning_run"),
    "office_dunning_letters": (EXPORT, NONE, "dunning_run"),
    "office_dunning_posted": (NONE, TREASURER, "dunning_run"),
    "office_dunning_notice": (STAFF, NONE, "dunning_notice"),
    "office_dunning_resume": (NONE, TREASURER, "dunning_pause"),
    "office_account": (STAFF, NONE, "member"),
    "office_account_pdf": (STAFF, NONE, "member"),
    "office_account_stop": (NONE, CLERKS, "member"),
    "office_stop_lift": (NONE, CLERKS, "dunning_stop"),
    "office_waive": (NONE, TREASURER, "cost"),
    "office_hand": (NONE, TREASURER, "member"),
    "office_hand_zip": (EXPORT, NONE, "member"),
    "office_take_back": (NONE, TREASURER, "handed"),
    "office_aging": (STAFF, NONE, ""),
    "office_aging_csv": (EXPORT, NONE, ""),
    "account": (STAFF | MEMBER, NONE, ""),
    "account_pdf": (MEMBER, NONE, ""),
}


def dunning_things(member: Member, canary: str) -> dict[str, Any]:
    """A run with a letter, its fee, a stop, a claim that a lawyer has, and a paused contract."""
    house, invoice = member.organisation, Invoice.objects.get(payer=member)
    run = DunningRun.objects.create(organisation=house, on=ON, made_at=noon(ON))
    notice = DunningNotice.objects.create(
        organisation=house, run=run, member=member, level=1, name=canary, pay_until=ON, principal=invoice.gross, costs=Decimal(0),
        interest=Decimal(0), total=invoice.gross, snapshot=snapshot(member, canary),
    )  # fmt: skip
    item = DunningItem.objects.create(
        organisation=house, notice=notice, invoice=invoice, level=1, principal=invoice.gross
    )
    cost = AncillaryClaim.objects.create(
        organisation=house, invoice=invoice, item=item, kind="costs", amount=Decimal("2.50"), on=ON
    )
    Mail.objects.create(
        organisation=house, member=member, notice=notice, key=f"notice:{notice.pk}", kind="notice", subject=canary, text=canary,
        state="print", created_at=noon(ON),
    )  # fmt: skip
    until = ON + timedelta(days=30)
    stop = DunningStop.objects.create(organisation=house, member=member, reason=canary, set_on=ON, until=until)
    handed = HandedClaim.objects.create(organisation=house, invoice=invoice, to=canary, on=ON)
    event = ContractEvent.objects.create(
        organisation=house, contract=Contract.objects.get(member__number=f"{house.slug}2"), on=date(2027, 6, 1), known_on=ON, kind="pause",
        data={"value": {"until": "2027-07-01"}},
    )  # fmt: skip
    pause = DunningPause.objects.create(organisation=house, run=run, event=event)
    return {
        "dunning_run": run.pk, "dunning_notice": notice.pk, "cost": cost.pk, "dunning_stop": stop.pk, "handed": handed.pk,
        "dunning_pause": pause.pk,
    }  # fmt: skip


def snapshot(member: Member, canary: str) -> dict[str, Any]:
    """A letter that can be drawn."""
    creditor = Creditor.objects.get(organisation=member.organisation)
    return {
        "language": "de", "heading": canary, "on": ON.isoformat(), "pay_until": ON.isoformat(), "total": "14.00", "principal": "14.00",
        "fee": "0.00", "fee_basis": "", "items": [], "remittance": canary, "text": f"{canary}\n\n[[payment]]",
        "issuer": issuer(member.organisation, creditor), "creditor": creditor_data(creditor),
        "recipient": recipient({name: getattr(member, name) for name in MEMBER_FIELDS}),
    }  # fmt: skip
