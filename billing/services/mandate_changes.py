"""What happens to a mandate: given, another account or reference, another mandate in its place, revoked, confirmed.

Each step also takes care of the files that the bank does not have yet: they are built anew.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from billing.formats.iban import bic_of, iban_fault, normalise_iban
from billing.formats.sepa_text import is_reference
from billing.models import Collection, CollectionBatch, Creditor, Mandate
from billing.services import amendments, collection
from billing.services.mandates import in_use, next_reference, refuse_used
from members.models import Member, User


@dataclass(frozen=True, slots=True)
class Aftermath:
    """Files that were built anew, and debits that the bank has already."""

    rebuilt: list[CollectionBatch] = field(default_factory=list)
    at_the_bank: list[Collection] = field(default_factory=list)


def give(
    creditor: Creditor,
    member: Member,
    holder: str,
    iban: str,
    signed_on: date,
    user: User | None,
    now: datetime,
    **more: Any,
) -> Mandate:
    """A new mandate with a reference of its own; one that is in use ends with it. Refused with every fault of its fields."""
    with transaction.atomic():
        creditor = Creditor.objects.select_for_update(no_key=True).get(pk=creditor.pk)
        present = in_use(member)
        mandate = Mandate(
            organisation=member.organisation, creditor=creditor, member=member, account_holder=holder.strip(),
            iban=normalise_iban(iban), signed_on=signed_on, reference=next_reference(creditor, member), **more,
        )  # fmt: skip
        mandate.bic = bic_of(mandate.iban) or ""
        mandate.full_clean(validate_constraints=False)
        refuse_own_account(mandate)
        if present:
            end(present, signed_on, Mandate.End.REPLACED)
        mandate.validate_constraints()
        mandate.save()
        if present:
            renew_files(present, user, now)
    return mandate


def refuse_own_account(mandate: Mandate) -> None:
    """The creditor's account cannot pay the creditor."""
    if mandate.iban == mandate.creditor.iban:
        raise ValidationError({"iban": _("This is the creditor's own account: enter the payer's.")}, code="own_account")


def change_account(mandate: Mandate, iban: str, note: str, on: date, user: User | None, now: datetime) -> Aftermath:
    """Another account under the same mandate. A used mandate's bank is told with the next collection (SMNDA).

    A mandate that was suspended by a return is used again: the payer has said which account is the right one.

    `note`: who told it, how and when; the creditor must be able to prove it.
    """
    iban = normalise_iban(iban)
    with transaction.atomic():
        mandate = locked(mandate)
        refuse_account(mandate, iban, note)
        if mandate.last_presented_on:
            amendments.note_account(mandate, iban, note, on, user)
        mandate.iban, mandate.bic, mandate.suspended_on = iban, bic_of(iban) or "", None
        refuse_own_account(mandate)
        mandate.save(update_fields=["iban", "bic", "suspended_on"])
        return renew_files(mandate, user, now)


def refuse_account(mandate: Mandate, iban: str, note: str) -> None:
    """Nothing that is no other account, and nothing that nobody said."""
    if iban_fault(iban):
        raise ValidationError({"iban": _("This IBAN is not valid: check each digit.")}, code="iban")
    if iban == mandate.iban:
        raise ValidationError({"iban": _("This is the account that the mandate has already.")}, code="same_account")
    if not note.strip():
        raise ValidationError({"note": _("Say who told you, how and when: you may have to prove it.")}, code="note")


def change_reference(
    mandate: Mandate, reference: str, note: str, on: date, user: User | None, now: datetime
) -> Aftermath:
    """Another reference for the same mandate, as after a merger; the debtor's bank is told with the next collection."""
    with transaction.atomic():
        mandate = locked(mandate)
        if not is_reference(reference):
            message = _("A mandate reference has up to 35 letters, digits and + ? / - : ( ) . , '")
            raise ValidationError({"reference": message}, code="reference")
        refuse_used(mandate.creditor, reference)
        if mandate.last_presented_on:
            amendments.note_reference(mandate, reference, note, on, user)
        mandate.reference = reference
        mandate.save(update_fields=["reference"])
        return renew_files(mandate, user, now)


def revoke(mandate: Mandate, on: date, user: User | None, now: datetime) -> Aftermath:
    """The debtor takes the mandate back (BGB 675j (2)): out of every file that the bank does not have; payment is by transfer.

    What the bank has already can only be stopped at the bank; those debits are given back to be shown.
    """
    with transaction.atomic():
        mandate = locked(mandate)
        end(mandate, on, Mandate.End.REVOKED)
        return renew_files(mandate, user, now)


def resume(mandate: Mandate) -> None:
    """The payer was asked and the account is the right one: what a return has suspended is used again."""
    with transaction.atomic():
        mandate = locked(mandate)
        mandate.suspended_on = None
        mandate.save(update_fields=["suspended_on"])


def end(mandate: Mandate, on: date, why: str) -> None:
    """Compare-and-set: a mandate ends once."""
    if mandate.ended_on is not None:
        raise ValidationError(_("This mandate has ended already."), code="ended")
    mandate.ended_on, mandate.ended_as = on, why
    mandate.save(update_fields=["ended_on", "ended_as"])


def confirm_business(mandate: Mandate, on: date) -> None:
    """The debtor's bank has the business mandate: only now it pays the first debit (EPC222-07)."""
    if mandate.scheme != Mandate.Scheme.B2B:
        raise ValidationError(_("Only business mandates are confirmed by the debtor's bank."), code="scheme")
    mandate.bank_confirmed_on = on
    mandate.save(update_fields=["bank_confirmed_on"])


def locked(mandate: Mandate) -> Mandate:
    """The mandate as it stands, until the transaction ends."""
    found = Mandate.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "creditor", "organisation", "member"
    )
    mandate = found.get(pk=mandate.pk)
    if mandate.ended_on is not None:
        raise ValidationError(_("This mandate has ended already."), code="ended")
    return mandate


def renew_files(mandate: Mandate, user: User | None, now: datetime) -> Aftermath:
    """Builds the files anew that hold a debit of this mandate and are not at the bank."""
    rebuilt: list[CollectionBatch] = []
    for batch in waiting_files(mandate):
        rebuilt += collection.rebuild(batch, batch.made_by or user, now)
    return Aftermath(rebuilt, list(at_the_bank(mandate, now)))


def waiting_files(mandate: Mandate) -> QuerySet[CollectionBatch]:
    """Built, and neither handed in nor withdrawn."""
    rows = CollectionBatch.objects.filter(collections__mandate=mandate, collections__failed_on=None)
    return rows.filter(submitted_at=None, withdrawn_at=None).defer("content").distinct().order_by("pk")


def at_the_bank(mandate: Mandate, now: datetime) -> QuerySet[Collection]:
    """Debits of this mandate that the bank has and whose day is still to come."""
    rows = Collection.objects.filter(mandate=mandate, failed_on=None, booked_on=None, batch__submitted_at__isnull=False)
    return (
        rows.filter(batch__collection_date__gte=now.date()).select_related("batch", "invoice").defer("batch__content")
    )
