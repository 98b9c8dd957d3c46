"""A run of reminders: what was seen in the preview is written down, claimed, posted and sent, all of it or nothing.

Run again it does nothing: every claim is at most once at each level, which the database keeps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from billing.models import AncillaryClaim, Contract, DunningItem, DunningNotice, DunningRun, Mail
from billing.services import bulk
from billing.services.bank_posting import post_ancillary
from billing.services.dunning_pauses import pause_contracts
from billing.services.dunning_plan import Due, Planned, plan
from billing.services.dunning_snapshots import Head, snapshot_of
from billing.services.posting import open_books
from members.models import Organisation, User

KIND = "notice"
NOTICE_FIELDS = (
    "organisation", "run", "member", "level", "name", "pay_until", "principal", "costs", "interest", "total", "snapshot",
)  # fmt: skip
ITEM_FIELDS = (
    "organisation", "notice", "invoice", "level", "principal", "default_from", "default_reason", "interest", "interest_from",
    "interest_to", "reckoning",
)  # fmt: skip
COST_FIELDS = ("organisation", "invoice", "item", "kind", "amount", "on")
MAIL_FIELDS = (
    "organisation", "member", "notice", "key", "kind", "recipient", "subject", "text", "state", "attempts", "next_at", "error",
    "created_at",
)  # fmt: skip
Kind = AncillaryClaim.Kind


@dataclass(slots=True)
class Outcome:
    """What a run did: none where nothing was due. `changed`: payers left out because something changed since the preview."""

    run: DunningRun | None = None
    notices: int = 0
    changed: list[str] = field(default_factory=list)
    not_paused: list[Contract] = field(default_factory=list)


def run(
    organisation: Organisation, on: date, user: User | None, now: datetime, seen: Mapping[int, str] | None = None
) -> Outcome:
    """Reminds on the day. `seen`: only these payers, and only if their reminder is what a person saw."""
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        outcome, wanted = Outcome(), plan(organisation, on).notices
        if seen is not None:
            wanted = [one for one in wanted if one.payer.pk in seen]
            outcome.changed = [one.payer.name for one in wanted if one.seen != seen[one.payer.pk]]
            wanted = [one for one in wanted if one.seen == seen[one.payer.pk]]
        if wanted:
            refuse_without_account(organisation, wanted)
            outcome.run = DunningRun.objects.create(organisation=organisation, on=on, made_at=now, made_by=user)
            outcome.notices = write(outcome.run, wanted, now)
            outcome.not_paused = pause_contracts(outcome.run, wanted, user)
    return outcome


def refuse_without_account(organisation: Organisation, wanted: Sequence[Planned]) -> None:
    """A reminder asks for a transfer: without an account nobody can pay."""
    if not organisation.creditors.exists():
        message = _("Enter the account to pay to first (Settings, Creditor): %(count)s reminders wait for it.")
        raise ValidationError(message, code="no_account", params={"count": len(wanted)})


def write(made: DunningRun, wanted: Sequence[Planned], now: datetime) -> int:
    """Notices, claims, costs, postings and messages; a constant number of queries."""
    head = Head.of(made.organisation, made.on)
    snapshots = {one.payer.pk: snapshot_of(head, one) for one in wanted}
    bulk.insert(DunningNotice, NOTICE_FIELDS, [notice_row(made, one, snapshots[one.payer.pk]) for one in wanted])
    notices = dict(DunningNotice.objects.filter(run=made).values_list("member_id", "pk"))
    rows = [item_row(made, notices[one.payer.pk], due, snapshots[one.payer.pk]) for one in wanted for due in one.dues]
    bulk.insert(DunningItem, ITEM_FIELDS, rows)
    items = dict(DunningItem.objects.filter(notice__run=made).values_list("invoice_id", "pk"))
    bulk.insert(AncillaryClaim, COST_FIELDS, [row for one in wanted for row in cost_rows(made, one, items)])
    post_ancillary(open_books(made.organisation), AncillaryClaim.objects.filter(item__notice__run=made))
    bulk.insert(
        Mail, MAIL_FIELDS, [mail_row(made, one, notices[one.payer.pk], snapshots[one.payer.pk], now) for one in wanted]
    )
    return len(notices)


def notice_row(made: DunningRun, one: Planned, snapshot: dict[str, Any]) -> tuple[object, ...]:
    """One payer's reminder."""
    return (
        made.organisation_id, made.pk, one.payer.pk, one.level.level, snapshot["heading"], one.pay_until, one.principal, one.costs,
        one.interest, one.total, snapshot,
    )  # fmt: skip


def item_row(made: DunningRun, notice: int, due: Due, snapshot: dict[str, Any]) -> tuple[object, ...]:
    """One claim of it, with the days that its interest is for."""
    item, default, stretches = due.facts.item, due.default, due.stretches
    reckoning = next(one["stretches"] for one in snapshot["items"] if one["number"] == item.number)
    return (
        made.organisation_id, notice, item.invoice, due.level.level, item.open, default.on if default else None,
        default.reason if default else "", due.interest, stretches[0].start if stretches else None,
        stretches[-1].end if stretches else None, reckoning,
    )  # fmt: skip


def cost_rows(made: DunningRun, one: Planned, items: dict[int, int]) -> list[tuple[object, ...]]:
    """The fee once per reminder, at its oldest claim of the highest level; lump sum and interest at each claim."""
    bearer = next(due for due in one.dues if due.level.level == one.level.level)
    amounts = [(bearer, Kind.COSTS, one.fee)]
    amounts += [(due, Kind.LUMP_SUM, due.lump) for due in one.dues] + [
        (due, Kind.INTEREST, due.interest) for due in one.dues
    ]
    return [
        (made.organisation_id, due.facts.item.invoice, items[due.facts.item.invoice], str(kind), amount, made.on)
        for due, kind, amount in amounts
        if amount
    ]


def mail_row(
    made: DunningRun, one: Planned, notice: int, snapshot: dict[str, Any], now: datetime
) -> tuple[object, ...]:
    """The message, or the letter to be printed; both stand in the payer's contacts."""
    to, state, next_at = (one.payer.email, Mail.State.WAITING, now) if one.by_mail else ("", Mail.State.PRINT, None)
    return (
        made.organisation_id, one.payer.pk, notice, f"notice:{notice}", KIND, to, snapshot["subject"], snapshot["mail"], str(state), 0,
        next_at, "", now,
    )  # fmt: skip
