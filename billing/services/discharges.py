"""Claims that no line of the bank pays: written off, a small difference given up, paid from the payer's credit balance.

What is written off is not forgiven. Where money comes after all, the write-off is taken back and only the rest written off
anew, so that the VAT is due again on just what came (UStG 17 Abs. 2 Nr. 1 Satz 2).
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from billing.models import Collection, DebtSettings, Discharge, InstalmentClaim, Invoice
from billing.pricing.money import ZERO
from billing.services.discharge_posting import post_discharges
from billing.services.open_items import OpenItem, advances, cost_items, items_of
from members.models import Organisation, User

Kind = Discharge.Kind
LOSSES = (Kind.WRITE_OFF, Kind.DIFFERENCE)


def settings_of(organisation: Organisation) -> DebtSettings:
    """What the organisation has set, or the defaults."""
    return DebtSettings.objects.filter(organisation=organisation).first() or DebtSettings(
        organisation=organisation, small_difference=Decimal("0.50")
    )


def write_off(organisation: Organisation, invoice: int, reason: str, user: User | None, on: date) -> list[Discharge]:
    """Writes off all that is owed of a claim, costs included; a proposal only, where a second person is asked for."""
    if not reason.strip():
        raise ValidationError(_("Please say why: the reason stands in the books."), code="reason")
    with transaction.atomic():
        item = claim_of(organisation, invoice, on)
        refuse_busy(item)
        if Discharge.objects.filter(invoice=invoice, on=None, undone_on=None).exists():
            raise ValidationError(_("It is proposed already to write this claim off."), code="proposed")
        waits = settings_of(organisation).write_off_four_eyes
        rows = [
            Discharge(
                organisation=organisation, invoice_id=invoice, ancillary_id=cost, kind=Kind.WRITE_OFF, amount=amount,
                reason=reason.strip()[:200], asked_on=on, asked_by=user, on=None if waits else on,
            )
            for cost, amount in owed_parts(item, on)
        ]  # fmt: skip
        return booked(organisation, rows, post=not waits)


def give_up(organisation: Organisation, invoice: int, user: User | None, on: date) -> Discharge:
    """Gives up a rest that is no more than the organisation's small difference."""
    with transaction.atomic():
        item = claim_of(organisation, invoice, on)
        refuse_busy(item)
        most = settings_of(organisation).small_difference
        if item.ancillary or item.open > most:
            message = _("%(number)s: %(open)s EUR are open, more than the %(most)s EUR that may be given up.")
            params = {"number": item.number, "open": shown(item.owed), "most": shown(most)}
            raise ValidationError(message, code="too_much", params=params)
        [row] = booked(organisation, [row_of(organisation, item, Kind.DIFFERENCE, item.open, user, on)], post=True)
    return row


def use_advance(organisation: Organisation, invoice: int, user: User | None, on: date) -> list[Discharge]:
    """Pays a claim from the payer's credit balance, as far as it goes: costs first (BGB 367)."""
    with transaction.atomic():
        item = claim_of(organisation, invoice, on)
        refuse_collected(item)
        left = advances(organisation, on, [item.payer]).get(item.payer, ZERO)
        if left <= 0:
            message = _("The payer of %(number)s has no credit balance.")
            raise ValidationError(message, code="no_balance", params={"number": item.number})
        rows = []
        for cost, amount in owed_parts(item, on):
            part = min(left, amount)
            left -= part
            if part > 0:
                rows.append(row_of(organisation, item, Kind.ADVANCE, part, user, on))
                rows[-1].ancillary_id = cost
        return booked(organisation, rows, post=False)


def claim_of(organisation: Organisation, invoice: int, on: date) -> OpenItem:
    """A claim of which something is open now, locked; refused otherwise."""
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    items = items_of(Invoice.objects.filter(organisation=organisation, pk=invoice), on)
    if not items or items[0].owed <= 0:
        raise ValidationError(_("Nothing is open of this invoice any more. Load the page again."), code="not_open")
    return items[0]


def refuse_collected(item: OpenItem) -> None:
    """What the bank is asked for is not settled otherwise."""
    if Collection.objects.filter(invoice=item.invoice, failed_on=None, booked_on=None).exists():
        message = _("%(number)s is being collected. Wait for the bank, or withdraw the file first.")
        raise ValidationError(message, code="in_collection", params={"number": item.number})


def refuse_busy(item: OpenItem) -> None:
    """Nor is what the bank is asked for given up, nor what is paid in instalments."""
    refuse_collected(item)
    if InstalmentClaim.objects.filter(invoice=item.invoice, freed_on=None).exists():
        message = _("%(number)s is paid in instalments. End the agreement first.")
        raise ValidationError(message, code="instalments", params={"number": item.number})


def owed_parts(item: OpenItem, on: date) -> list[tuple[int | None, Decimal]]:
    """What is owed: each cost by its key, then the claim itself."""
    costs = cost_items(Invoice.objects.filter(pk=item.invoice).values("pk"), on).get(item.invoice, [])
    return [*costs, *([(None, item.open)] if item.open > 0 else [])]


def row_of(
    organisation: Organisation, item: OpenItem, kind: str, amount: Decimal, user: User | None, on: date
) -> Discharge:
    """One discharge of a claim that is booked at once."""
    return Discharge(
        organisation=organisation, invoice_id=item.invoice, kind=kind, amount=amount, asked_on=on, asked_by=user, on=on
    )


def booked(organisation: Organisation, rows: Sequence[Discharge], *, post: bool) -> list[Discharge]:
    """Writes them, and posts them if they count already."""
    made = [one.pk for one in Discharge.objects.bulk_create(rows)]
    stored = list(Discharge.objects.filter(pk__in=made).select_related("invoice__payer").order_by("pk"))
    if post:
        post_discharges(organisation, stored)
    return stored


def waiting(organisation: Organisation, invoice: int) -> list[Discharge]:
    """What is proposed for a claim."""
    rows = Discharge.objects.filter(organisation=organisation, invoice=invoice, on=None, undone_on=None)
    return list(rows.select_related("invoice__payer").order_by("pk"))


def confirm(organisation: Organisation, invoice: int, user: User, on: date) -> int:
    """A second person agrees; what was paid since the proposal, or is being collected, makes it void."""
    with transaction.atomic():
        item = claim_of(organisation, invoice, on)
        refuse_busy(item)
        rows = waiting(organisation, invoice)
        if not rows:
            raise ValidationError(_("Nothing waits here: somebody answered the proposal."), code="answered")
        if any(one.asked_by_id == user.pk for one in rows):
            message = _("You proposed this yourself: somebody else has to look at it and confirm it.")
            raise ValidationError(message, code="own_proposal")
        if {one.ancillary_id: one.amount for one in rows} != dict(owed_parts(item, on)):
            message = _(
                "%(number)s is no longer what it was when this was proposed. Refuse the proposal and look again."
            )
            raise ValidationError(message, code="changed", params={"number": item.number})
        keys = [one.pk for one in rows]
        Discharge.objects.filter(pk__in=keys, on=None, undone_on=None).update(on=on, confirmed_by=user)
        post_discharges(organisation, list(Discharge.objects.filter(pk__in=keys).select_related("invoice__payer")))
    return len(rows)


def refuse(organisation: Organisation, invoice: int, on: date) -> None:
    """The proposal is dropped; the claim stays open."""
    rows = Discharge.objects.filter(organisation=organisation, invoice=invoice, on=None, undone_on=None)
    if not rows.update(undone_on=on):
        raise ValidationError(_("Nothing waits here: somebody answered the proposal."), code="answered")


def take_back(organisation: Organisation, invoice: int, kinds: Iterable[str], on: date) -> list[Discharge]:
    """Takes back what settles a claim without a bank line; it is open again. Posted the other way round, on an open day."""
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        rows = Discharge.objects.filter(organisation=organisation, invoice=invoice, undone_on=None, on__isnull=False)
        standing = list(rows.filter(kind__in=list(kinds)).select_related("invoice__payer").order_by("pk"))
        if not standing:
            raise ValidationError(_("Nothing of this claim was settled so."), code="nothing")
        Discharge.objects.filter(pk__in=[one.pk for one in standing], undone_on=None).update(undone_on=on)
        post_discharges(organisation, standing, backwards=on)
    return standing


def revive(organisation: Organisation, invoices: Iterable[int], on: date) -> dict[int, list[Discharge]]:
    """Money came after all: these claims are open again. Gives what was taken back, for `write_off_rest`."""
    lost = Discharge.objects.filter(
        organisation=organisation, invoice__in=list(invoices), kind__in=LOSSES, on__isnull=False, undone_on=None
    )
    claims = sorted(set(lost.values_list("invoice_id", flat=True)))
    return {invoice: take_back(organisation, invoice, LOSSES, on) for invoice in claims}


def write_off_rest(organisation: Organisation, taken: dict[int, list[Discharge]], on: date) -> None:
    """What is still open of claims that were revived stays written off, for the reason and by the persons of before."""
    items = {item.invoice: item for item in items_of(Invoice.objects.filter(pk__in=list(taken)), on)}
    rows = []
    for invoice, before in taken.items():
        last = before[-1]
        for cost, amount in owed_parts(items[invoice], on):
            one = row_of(organisation, items[invoice], last.kind, amount, last.asked_by, on)
            one.reason, one.confirmed_by, one.ancillary_id = last.reason, last.confirmed_by, cost
            rows.append(one)
    booked(organisation, rows, post=True)


def lost_parts(claims: QuerySet[Invoice]) -> dict[int, list[tuple[int | None, Decimal]]]:
    """By claim: what is written off or given up of it, each cost by its key, then the claim itself."""
    rows = Discharge.objects.filter(invoice__in=claims.values("pk"), kind__in=LOSSES, on__isnull=False, undone_on=None)
    ordered = rows.order_by(F("ancillary").asc(nulls_last=True), "pk")
    found: dict[int, list[tuple[int | None, Decimal]]] = {}
    for invoice, cost, amount in ordered.values_list("invoice_id", "ancillary_id", "amount"):
        found.setdefault(invoice, []).append((cost, amount))
    return found


def shown(amount: Decimal) -> str:
    """`1.234,50`"""
    return number_format(amount, 2, force_grouping=True)
