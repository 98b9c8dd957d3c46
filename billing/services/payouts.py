"""Paying open credits out: choose, make the file, hand it in, or withdraw it. Each credit is in one live payout at most."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.formats import pain001
from billing.formats.iban import iban_fault, normalise_iban
from billing.formats.sepa_text import sepa_text
from billing.formats.target import next_open
from billing.models import Creditor, Mandate, Payout, PayoutBatch
from billing.pricing.money import total
from billing.services import bulk
from billing.services.credits import OpenCredit, open_credits
from billing.services.invoicing import shown
from billing.services.open_items import advances
from members.models import Member, Organisation, User

Account = tuple[str, str, str]
YEAR = timedelta(days=365)
NO_DOCUMENT = 0


def accounts_of(organisation: Organisation, payers: Sequence[int]) -> dict[int, Account]:
    """Where each payer's money goes: holder, IBAN and BIC of the mandate that is in use."""
    rows = Mandate.objects.usable().filter(organisation=organisation, member_id__in=list(payers))
    return {
        member: (holder, iban, bic)
        for member, holder, iban, bic in rows.values_list("member_id", "account_holder", "iban", "bic")
    }


def pay_out(
    organisation: Organisation,
    chosen: Sequence[int],
    execute_on: date,
    user: User | None,
    now: datetime,
    ibans: Mapping[int, str] | None = None,
    balances: Sequence[int] = (),
) -> PayoutBatch:
    """One file over what is left of these credit documents, and over the credit balances of these members.

    `ibans`: accounts typed in for payers without a mandate.

    Nothing is posted: that the money left is a fact of the bank, booked debtor to bank when its line comes.
    """
    refuse_day(execute_on, timezone.localdate(now))
    creditor = Creditor.objects.filter(organisation=organisation).order_by("pk").first()
    if creditor is None:
        raise ValidationError(_("Enter the organisation's own account first (Settings, Creditor)."), code="no_creditor")
    with transaction.atomic():
        found = found_open(organisation, chosen, balances, timezone.localdate(now))
        batch = PayoutBatch.objects.create(
            organisation=organisation, creditor=creditor, execute_on=next_open(execute_on), count=len(found), built_by=user,
            total=total(one.amount for one in found), message_id=f"KWP{organisation.pk}-{now:%Y%m%d%H%M%S%f}"[:35],
        )  # fmt: skip
        Payout.objects.bulk_create(payouts(batch, found, ibans or {}))
        store_file(batch, now)
    batch.refresh_from_db()
    return batch


def found_open(
    organisation: Organisation, chosen: Sequence[int], balances: Sequence[int], today: date
) -> list[OpenCredit]:
    """What is left of them, locked until it is paid out."""
    # Not the whole row: a run that writes meanwhile refers to it, and each would wait for the other.
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    found = still_open(organisation, set(chosen)) if chosen or not balances else []
    return found + balances_of(organisation, set(balances), today)


def refuse_day(execute_on: date, today: date) -> None:
    """The bank pays today or later, and keeps orders for a year at most."""
    if not today <= execute_on <= today + YEAR:
        message = _("The bank cannot pay on %(day)s: choose a day from %(today)s on, within one year.")
        raise ValidationError(message, code="day", params={"day": shown(execute_on), "today": shown(today)})


def still_open(organisation: Organisation, chosen: set[int]) -> list[OpenCredit]:
    """The chosen credits, locked until they are given back; refused as a whole if one of them is no longer open."""
    found = [one for part in open_credits(organisation, lock=True).values() for one in part if one.invoice in chosen]
    if not found or len(found) != len(chosen):
        message = _("One of these credits is no longer open: it was set off or is being paid out. Load the page again.")
        raise ValidationError(message, code="not_open")
    return found


def balances_of(organisation: Organisation, members: set[int], on: date) -> list[OpenCredit]:
    """What these members paid more than they owed; refused as a whole if one of them has no credit balance any more."""
    found = {member: amount for member, amount in advances(organisation, on, members).items() if amount > 0}
    if len(found) != len(members):
        message = _("One of these credits is no longer open: it was set off or is being paid out. Load the page again.")
        raise ValidationError(message, code="not_open")
    return [OpenCredit(NO_DOCUMENT, member, "", on, amount) for member, amount in sorted(found.items())]


def payouts(batch: PayoutBatch, found: Sequence[OpenCredit], ibans: Mapping[int, str]) -> list[Payout]:
    """A row per credit; refuses a payer without a valid account, by name."""
    accounts = accounts_of(batch.organisation, [one.payer for one in found])
    members = Member.objects.in_bulk([one.payer for one in found])
    return [
        Payout(
            organisation=batch.organisation, batch=batch, credit_id=one.invoice or None, amount=one.amount, name=name, iban=iban,
            bic=bic, member_id=None if one.invoice else one.payer,
            end_to_end_id=f"KWP{batch.pk:09d}C{one.invoice:010d}" if one.invoice else f"KWP{batch.pk:09d}M{one.payer:010d}",
        )
        for one in found
        for name, iban, bic in [account_of(batch.creditor, members[one.payer], accounts, ibans)]
    ]  # fmt: skip


def account_of(
    creditor: Creditor, member: Member, accounts: Mapping[int, Account], ibans: Mapping[int, str]
) -> Account:
    """The account that was typed in, or the mandate's."""
    typed = normalise_iban(ibans.get(member.pk, ""))
    if typed and iban_fault(typed):
        message = _("The IBAN of %(name)s is not valid: check each digit.")
        raise ValidationError(message, code="iban", params={"name": member.name})
    if not typed and member.pk not in accounts:
        message = _("%(name)s has no mandate: type in the account that the money goes to.")
        raise ValidationError(message, code="no_account", params={"name": member.name})
    account = (member.name, typed, "") if typed else accounts[member.pk]
    if account[1] == creditor.iban:
        message = _("The account of %(name)s is your own: type in the account that the money goes to.")
        raise ValidationError(message, code="own_account", params={"name": member.name})
    return account


def store_file(batch: PayoutBatch, now: datetime) -> None:
    """Makes the file from the stored rows, checks it, and keeps bytes and hash."""
    head = pain001.TransferFile(
        batch.message_id,
        now,
        sepa_text(batch.creditor.name, 70),
        batch.creditor.iban,
        batch.creditor.bic,
        batch.execute_on,
    )
    rows = (
        Payout.objects.filter(batch=batch)
        .select_related("credit__payer", "member")
        .defer("credit__snapshot")
        .order_by("pk")
    )
    transfers = [
        pain001.Transfer(
            one.end_to_end_id, one.amount, sepa_text(one.name, 70), one.iban, one.bic, remittance(batch.creditor, one)
        )
        for one in rows
    ]  # fmt: skip
    content = pain001.write(head, transfers)
    faults = pain001.check(content, head, batch.count, batch.total)
    if faults:
        listed = "; ".join(f"{fault.where}: {fault.message}" for fault in faults[:10])
        message = _("The bank would refuse this file, so it was not made: %(faults)s")
        raise ValidationError(message, code="file", params={"faults": listed})
    sha256 = hashlib.sha256(content).hexdigest()
    bulk.store_bytes(PayoutBatch, batch.pk, content=content, sha256=sha256, built_at=now)


def remittance(creditor: Creditor, one: Payout) -> str:
    """What the payee reads on the statement, in their language: who pays, and which document, or that it was too much."""
    payee = one.member or (one.credit.payer if one.credit else None)
    with override(payee.language if payee else None):
        text = _("Credit %(number)s") % {"number": one.credit.number} if one.credit else _("Paid too much, returned")
        return sepa_text(f"{creditor.name}, {text}", 140)


def submit(batch: PayoutBatch, now: datetime) -> None:
    """Notes that the bank has the file."""
    changed = PayoutBatch.objects.filter(pk=batch.pk, submitted_at=None, withdrawn_at=None).update(submitted_at=now)
    if changed != 1:
        raise ValidationError(_("This file was handed in or withdrawn already."), code="done")


def withdraw(batch: PayoutBatch, now: datetime) -> None:
    """The file never went to the bank; its credits are open again."""
    with transaction.atomic():
        changed = PayoutBatch.objects.filter(pk=batch.pk, submitted_at=None, withdrawn_at=None).update(withdrawn_at=now)
        if changed != 1:
            raise ValidationError(_("This file was handed in or withdrawn already."), code="done")
        Payout.objects.filter(batch=batch, withdrawn_at=None).update(withdrawn_at=now)


def owed(organisation: Organisation) -> list[tuple[OpenCredit, Member, Account | None]]:
    """Every open credit with its payer and the account it would go to, oldest first."""
    found = [one for part in open_credits(organisation).values() for one in part]
    members = Member.objects.in_bulk({one.payer for one in found})
    accounts = accounts_of(organisation, [one.payer for one in found])
    ordered = sorted(found, key=lambda one: (one.issued_on, one.invoice))
    return [(one, members[one.payer], accounts.get(one.payer)) for one in ordered]


def owed_balances(organisation: Organisation, on: date) -> list[tuple[Member, Decimal, Account | None]]:
    """Every credit balance with its member and the account it would go to."""
    found = {member: amount for member, amount in advances(organisation, on).items() if amount > 0}
    members = Member.objects.filter(pk__in=list(found)).order_by("last_name", "first_name", "pk")
    accounts = accounts_of(organisation, list(found))
    return [(one, found[one.pk], accounts.get(one.pk)) for one in members]


def total_owed(rows: Sequence[tuple[OpenCredit, Member, Account | None]]) -> Decimal:
    """All open credits together."""
    return total(one.amount for one, _member, _account in rows)
