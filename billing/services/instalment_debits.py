"""Collecting instalments that are due: a file for each day, over just these parts. Their agreement has announced them."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from billing.models import Collection, CollectionBatch, Creditor, InstalmentPlan, Invoice
from billing.pricing.money import ZERO
from billing.services import announcements, collection
from billing.services.claims import Claim, Debit, Kind, debtors_of, failed_tries, in_files
from billing.services.instalments import Part, Progress, progress_of
from billing.services.open_items import items_of
from members.models import Organisation, User


def collect_due(
    organisation: Organisation, until: date, user: User | None, now: datetime, on: date
) -> list[CollectionBatch]:
    """The files over all instalments that are debited between now and `until` and were in none yet."""
    made = []
    with transaction.atomic():
        creditor = (
            Creditor.objects.select_for_update(no_key=True).filter(organisation=organisation).order_by("pk").first()
        )
        if creditor is None:
            raise ValidationError(
                _("Enter the organisation's own account first (Settings, Creditor)."), code="no_creditor"
            )
        for day, parts in sorted(due(organisation, until, on).items()):
            made += files_of(creditor, day, parts, user, now)
    if not made:
        raise ValidationError(_("No instalment is to be debited until then."), code="none")
    return made


def due(organisation: Organisation, until: date, on: date) -> dict[date, list[tuple[Progress, Part]]]:
    """By day: the instalments that are to be debited and were tried in no file yet, a withdrawn one aside."""
    plans = InstalmentPlan.objects.filter(organisation=organisation, ended_on=None).exclude(mandate=None)
    tried = set(
        Collection.objects.filter(organisation=organisation, instalment__isnull=False)
        .exclude(failed_as="withdrawn")
        .values_list("instalment_id", flat=True)
    )
    found: dict[date, list[tuple[Progress, Part]]] = defaultdict(list)
    for one in progress_of(plans, on):
        for part in one.parts:
            day = part.instalment.due_on
            if on < day <= until and part.left > 0 and part.instalment.pk not in tried:
                found[day].append((one, part))
    return dict(found)


def files_of(
    creditor: Creditor, day: date, parts: list[tuple[Progress, Part]], user: User | None, now: datetime
) -> list[CollectionBatch]:
    """The files of one day."""
    invoices = Invoice.objects.filter(pk__in=[claim.invoice_id for one, _part in parts for claim in one.claims])
    order = collection.Order(creditor, day, now, maker=user, tries=failed_tries(invoices))
    made = [
        collection.build(order, kind, debits) for kind, debits in in_files(creditor, debits_of(creditor, invoices, day, parts))
    ]  # fmt: skip
    for batch in made:
        announcements.write(batch, now)
    return made


def debits_of(
    creditor: Creditor, invoices: QuerySet[Invoice], day: date, parts: list[tuple[Progress, Part]]
) -> Iterator[tuple[Kind, Debit]]:
    """One debit for each instalment, over its agreement's claims in order; none for claims that the bank is asked for already."""
    debtors = debtors_of(creditor, invoices, day)
    items = {item.invoice: item for item in items_of(invoices, day)}
    names = {
        invoice: tuple(sorted({line["member"] for line in lines}))
        for invoice, lines in invoices.values_list("pk", "snapshot__lines")
    }
    left = {pk: ZERO if item.in_collection else item.open for pk, item in items.items()}
    for one, part in parts:
        kind, debtor = debtors.get(one.plan.member_id, (("", ""), None))
        if debtor is None or one.plan.mandate is None or debtor.mandate != one.plan.mandate_id:
            continue
        claims, wanted = list[Claim](), part.left
        for claim in one.claims:
            amount: Decimal = min(wanted, left.get(claim.invoice_id, ZERO))
            if amount > 0:
                item = items[claim.invoice_id]
                claims.append(Claim(item.invoice, amount, debtor, item.number, names[item.invoice], part.instalment.pk))
                left[item.invoice] = ZERO  # one debit of a claim is under way at a time
                wanted -= amount
        if claims and wanted == 0:
            yield kind, tuple(claims)
