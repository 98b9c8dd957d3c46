"""What is asked once more before a file counts as handed in: the bank's days and hours, mandates, claims, notices, a second person."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.formats.target import add_open_days
from billing.models import Collection, CollectionBatch, Creditor, RunSettings
from billing.services.amendments import to_tell, untold_of
from billing.services.credits import corrected
from billing.services.invoicing import shown
from billing.services.mandates import is_usable
from billing.services.open_items import paid_now
from billing.services.vat import ZERO


def latest_submission(creditor: Creditor, day: date) -> datetime:
    """The last moment to hand in a file: the bank's cut-off, the bank's working days before the collection date."""
    cut_off = creditor.cut_off if isinstance(creditor.cut_off, time) else time.fromisoformat(str(creditor.cut_off))
    return timezone.make_aware(datetime.combine(add_open_days(day, -creditor.lead_days, creditor.closed), cut_off))


def refuse_late(batch: CollectionBatch, now: datetime) -> None:
    """The bank takes no file after its cut-off (EPC016-06: D-1 for all sequence types)."""
    latest = latest_submission(batch.creditor, batch.collection_date)
    if now > latest:
        message = _("The bank took files for %(day)s until %(latest)s. Withdraw this file and collect on a later day.")
        local = timezone.localtime(latest)
        raise ValidationError(
            message,
            code="too_late",
            params={"day": shown(batch.collection_date), "latest": f"{shown(local.date())} {local:%H:%M}"},
        )


def refuse_early(batch: CollectionBatch, now: datetime) -> None:
    """Some banks take no file long before its day."""
    if batch.creditor.earliest_days is None:
        return
    first = batch.collection_date - timedelta(days=batch.creditor.earliest_days)
    if timezone.localdate(now) < first:
        message = _("The bank takes files for %(day)s from %(first)s on. Hand it in then.")
        raise ValidationError(
            message, code="too_early", params={"day": shown(batch.collection_date), "first": shown(first)}
        )


def needs_release(batch: CollectionBatch) -> bool:
    """Whether a second person still has to look at the file."""
    asked = RunSettings.objects.filter(organisation=batch.organisation_id, four_eyes=True).exists()
    return asked and batch.released_at is None


def refuse_unreleased(batch: CollectionBatch) -> None:
    """Where two persons are asked for, nothing leaves the house that only one has seen."""
    if needs_release(batch):
        raise ValidationError(_("A second person has to release this file first."), code="unreleased")


def refuse_changed(batch: CollectionBatch) -> None:
    """Catches what changed between building and submitting: an ended mandate, another account, a withdrawn debit, a payment."""
    changed = list(changed_names(batch))
    if changed:
        message = _(
            "Mandate or claim changed since the file was built: %(names)s. Withdraw the file and build it again."
        )
        raise ValidationError(message, code="changed", params={"names": ", ".join(changed[:10])})


def changed_names(batch: CollectionBatch) -> Iterator[str]:
    """The claims whose debit in the file is no longer the right one."""
    creditor = batch.creditor
    if batch.creditor_identifier and (batch.creditor_name, batch.creditor_identifier) != (
        creditor.name,
        creditor.identifier,
    ):
        yield _("the creditor")
    untold = untold_of(Q(mandate__collections__batch=batch))
    paid = paid_now(batch.collections.order_by().values("invoice"))  # type: ignore[arg-type]
    less = corrected(batch.organisation, batch.collections.values_list("invoice_id", flat=True))
    said: set[int] = set()
    for one in batch.collections.order_by("pk").select_related("mandate", "invoice").iterator():
        told = None
        if one.mandate_id not in said:
            told = to_tell(untold.get(one.mandate_id, ()), one.mandate.reference, one.mandate.iban, creditor)
        said.add(one.mandate_id)
        settled = paid.get(one.invoice_id, ZERO) + less.get(one.invoice_id, ZERO)
        if has_changed(one, batch.collection_date, settled) or told != one.amendment:
            yield f"{one.invoice.number} ({one.debtor_name})"


def has_changed(one: Collection, day: date, settled: Decimal) -> bool:
    """Whether a claim or its mandate is no longer as it stands in the file. `settled`: paid or corrected since it was issued, EUR."""
    mandate = one.mandate
    stands = (one.debtor_iban, one.mandate_reference, one.debtor_name)
    return bool(
        one.failed_on
        or (mandate.iban, mandate.reference, mandate.account_holder) != stands
        or not is_usable(mandate, day)
        or (one.amount != one.invoice.payable - settled and one.instalment_id is None)
        or one.amount > one.invoice.payable - settled
    )


def refuse_unannounced(batch: CollectionBatch) -> None:
    """No debit without its pre-notification, in time."""
    latest = batch.collection_date - timedelta(days=batch.creditor.prenotification_days)
    missing = batch.collections.exclude(notified_on__lte=latest)
    count = missing.count()
    if count:
        names = ", ".join(missing.values_list("invoice__number", flat=True)[:10])
        message = _(
            "%(count)s payers were not told by %(latest)s: %(names)s. Send or print their invoices, or say how they were told."
        )
        raise ValidationError(
            message, code="unannounced", params={"count": count, "latest": shown(latest), "names": names}
        )


def unconfirmed(batch: CollectionBatch) -> list[str]:
    """Business mandates in the file that the debtors' banks have not confirmed: their debits will probably come back."""
    rows = batch.collections.filter(mandate__scheme="B2B", mandate__bank_confirmed_on=None, failed_on=None)
    return list(rows.values_list("debtor_name", flat=True).distinct()[:20])
