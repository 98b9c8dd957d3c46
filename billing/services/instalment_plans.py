"""Making instalment agreements and ending them: which claims, how many parts, from when, by transfer or by direct debit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.formats.target import next_open
from billing.models import (
    Collection,
    Discharge,
    Instalment,
    InstalmentClaim,
    InstalmentPlan,
    Invoice,
    Mail,
    Mandate,
    PlannedDebit,
)
from billing.pricing.money import ZERO, cents, total
from billing.pricing.periods import add_months
from billing.services.discharges import settings_of, shown
from billing.services.drafts import earliest_collection
from billing.services.instalment_papers import message
from billing.services.instalments import progress_of, settled_of
from billing.services.mandates import is_usable
from billing.services.open_items import OpenItem, items_of
from members.models import Member, Organisation, User

MOST = 60
SMALLEST = Decimal("1.00")
End = InstalmentPlan.End


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be agreed: claims, number of parts, months between them, the first day, whether they are debited."""

    invoices: Sequence[int]
    count: int
    months: int
    first_on: date
    by_debit: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """The agreement as it would be: what is owed of each claim, and day and amount of each part."""

    items: Sequence[OpenItem]
    parts: Sequence[tuple[date, Decimal]]
    mandate: Mandate | None

    @property
    def total(self) -> Decimal:
        """All of it, EUR."""
        return total(item.owed for item in self.items)


def drafted(organisation: Organisation, member: Member, wish: Wish, on: date) -> Draft:
    """What would be agreed, or why it cannot be. Writes nothing."""
    items = chosen_items(organisation, member, wish.invoices, on)
    owed = total(item.owed for item in items)
    refuse_numbers(wish, owed, on)
    refuse_busy(items)
    mandate = mandate_for(member, items, wish, on) if wish.by_debit else None
    return Draft(items, schedule(owed, wish, debited=mandate is not None), mandate)


def chosen_items(organisation: Organisation, member: Member, invoices: Sequence[int], on: date) -> list[OpenItem]:
    """The chosen claims as they stand; refused as a whole if one of them is not open or not this payer's."""
    claims = Invoice.objects.filter(organisation=organisation, payer=member, pk__in=list(invoices))
    items = [item for item in items_of(claims, on) if item.owed > 0]
    if not items or len(items) != len(set(invoices)):
        raise ValidationError(_("Choose open claims of this payer. Load the page again."), code="not_open")
    return items


def refuse_numbers(wish: Wish, owed: Decimal, on: date) -> None:
    """At least two parts of one euro, within five years, from tomorrow on at the earliest or today."""
    if not 2 <= wish.count <= MOST or not 1 <= wish.months <= 12:
        message_ = _("Agree on 2 to %(most)s instalments, 1 to 12 months apart.")
        raise ValidationError(message_, code="count", params={"most": MOST})
    if wish.first_on < on:
        raise ValidationError(_("The first instalment cannot lie in the past."), code="past")
    if owed / wish.count < SMALLEST:
        message_ = _("%(owed)s EUR in %(count)s parts are less than 1 EUR each: agree on fewer.")
        raise ValidationError(message_, code="too_small", params={"owed": shown(owed), "count": wish.count})


def refuse_busy(items: Sequence[OpenItem]) -> None:
    """No claim that the bank is asked for, that is in another agreement, or that is about to be written off."""
    numbers = {item.invoice: item.number for item in items}
    collected = Collection.objects.filter(invoice__in=numbers, failed_on=None, booked_on=None)
    agreed = InstalmentClaim.objects.filter(invoice__in=numbers, freed_on=None)
    proposed = Discharge.objects.filter(invoice__in=numbers, on=None, undone_on=None)
    for rows, text, code in (
        (
            collected,
            _("%(number)s is being collected. Wait for the bank, or withdraw the file first."),
            "in_collection",
        ),
        (agreed, _("%(number)s is paid in instalments already."), "instalments"),
        (proposed, _("It is proposed to write %(number)s off. Answer that first."), "proposed"),
    ):
        found = rows.values_list("invoice_id", flat=True).first()
        if found:
            raise ValidationError(text, code=code, params={"number": numbers[found]})


def mandate_for(member: Member, items: Sequence[OpenItem], wish: Wish, on: date) -> Mandate:
    """The mandate that the parts are debited with; only claims themselves are debited, never costs beside them."""
    mandate = Mandate.objects.select_related("creditor").filter(member=member, ended_on=None, one_off=False).first()
    if mandate is None or not is_usable(mandate, last_day(wish)):
        message_ = _("%(name)s has no mandate that may be used until the last instalment: agree on transfers.")
        raise ValidationError(message_, code="no_mandate", params={"name": member.name})
    costs = next((item for item in items if item.ancillary), None)
    if costs:
        message_ = _(
            "Beside %(number)s a fee or costs are owed, which are not debited. Waive them, or agree on transfers."
        )
        raise ValidationError(message_, code="costs", params={"number": costs.number})
    earliest = earliest_collection(on, mandate.creditor.prenotification_days)
    if wish.first_on < earliest:
        message_ = _("Payers are told %(days)s days ahead: the first debit can be on %(day)s.")
        days = {"days": mandate.creditor.prenotification_days, "day": f"{earliest:%d.%m.%Y}"}
        raise ValidationError(message_, code="too_early", params=days)
    return mandate


def last_day(wish: Wish) -> date:
    """The day of the last part."""
    return add_months(wish.first_on, wish.months * (wish.count - 1))


def schedule(owed: Decimal, wish: Wish, *, debited: bool) -> list[tuple[date, Decimal]]:
    """Equal parts in whole cents; the last one takes what is left. Debits are on days on which banks are open."""
    part = cents(owed / wish.count)
    amounts = [part] * (wish.count - 1)
    amounts.append(total([owed, *(-amount for amount in amounts)]))
    days = [add_months(wish.first_on, wish.months * number) for number in range(wish.count)]
    return [(next_open(day) if debited else day, amount) for day, amount in zip(days, amounts, strict=True)]


def agree(organisation: Organisation, member: Member, wish: Wish, user: User | None, now: datetime) -> InstalmentPlan:
    """Makes the agreement and tells the payer, by mail or letter; a debited one is announced by that with all its days."""
    on = timezone.localdate(now)
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        draft = drafted(organisation, member, wish, on)
        if InstalmentPlan.objects.filter(member=member, ended_on=None).exists():
            message_ = _("This payer has a running instalment agreement; end it first.")
            raise ValidationError(message_, code="running")
        plan = InstalmentPlan.objects.create(
            organisation=organisation, member=member, reference=next_reference(organisation), agreed_on=on,
            mandate=draft.mandate, grace_days=settings_of(organisation).grace_days, made_by=user,
        )  # fmt: skip
        write_parts(plan, draft, on)
        mail = message(plan, now)
        mail.save()
        if draft.mandate:
            announce(plan, draft, mail)
    return plan


def next_reference(organisation: Organisation) -> str:
    """`RZ-00001`: short enough for a transfer, like no number of an invoice."""
    return f"RZ-{InstalmentPlan.objects.filter(organisation=organisation).count() + 1:05d}"


def write_parts(plan: InstalmentPlan, draft: Draft, on: date) -> None:
    """The claims and the parts of an agreement."""
    settled = settled_of(Invoice.objects.filter(pk__in=[item.invoice for item in draft.items]), on)
    InstalmentClaim.objects.bulk_create(
        InstalmentClaim(
            organisation_id=plan.organisation_id, plan=plan, invoice_id=item.invoice, amount=item.owed,
            settled_before=settled.get(item.invoice, ZERO),
        )
        for item in draft.items
    )  # fmt: skip
    Instalment.objects.bulk_create(
        Instalment(organisation_id=plan.organisation_id, plan=plan, number=number, due_on=day, amount=amount)
        for number, (day, amount) in enumerate(draft.parts, start=1)
    )


def announce(plan: InstalmentPlan, draft: Draft, mail: Mail) -> None:
    """The agreement names days, amounts and mandate: no debit of it needs a notice of its own (EPC016-06, 4.3)."""
    PlannedDebit.objects.bulk_create(
        PlannedDebit(
            organisation_id=plan.organisation_id, member_id=plan.member_id, mail=mail, day=day, amount=amount,
            mandate_reference=draft.mandate.reference if draft.mandate else "",
        )
        for day, amount in draft.parts
    )  # fmt: skip


def end(plan: InstalmentPlan, how: str, on: date) -> None:
    """The agreement is over; its claims are as free as any. A debit of it that the bank has takes its course."""
    with transaction.atomic():
        rows = InstalmentPlan.objects.filter(pk=plan.pk, ended_on=None)
        if rows.update(ended_on=on, ended_as=how) != 1:
            raise ValidationError(_("This agreement is over already."), code="ended")
        InstalmentClaim.objects.filter(plan=plan, freed_on=None).update(freed_on=on)
        PlannedDebit.objects.filter(mail__key=message_key(plan), withdrawn_on=None, day__gt=on).update(withdrawn_on=on)
    plan.refresh_from_db()


def message_key(plan: InstalmentPlan) -> str:
    """The message of an agreement, whatever is repeated."""
    return f"instalments:{plan.pk}"


def review(organisation: Organisation, on: date) -> tuple[list[InstalmentPlan], list[InstalmentPlan]]:
    """Ends what was kept and what is broken; gives them. Harmless to repeat."""
    plans = InstalmentPlan.objects.filter(organisation=organisation, ended_on=None, agreed_on__lte=on)
    found = progress_of(plans, on)
    kept, broken = [one for one in found if one.kept], [one for one in found if one.broken and not one.kept]
    for one in kept:
        end(one.plan, End.KEPT, on)
    for one in broken:
        end(one.plan, End.BROKEN, on)
    return [one.plan for one in kept], [one.plan for one in broken]
