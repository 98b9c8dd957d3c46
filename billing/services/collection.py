"""Direct debits: assemble batches from issued invoices, build and check the file, submit, withdraw.

Built, submitted, booked and returned are different facts. Nothing is paid because a file was made.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, QuerySet
from django.db.models.fields.json import KT
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.formats import pain008
from billing.formats.iban import bic_of_valid, needs_address
from billing.formats.sepa_text import sepa_text
from billing.formats.target import add_open_days
from billing.models import BillingRun, Collection, CollectionBatch, Creditor, Invoice, Mail, Mandate
from billing.pricing.money import total
from billing.services import bulk
from billing.services.invoicing import collection_date, shown
from billing.services.mandates import is_usable, lapses_on
from billing.services.returns import barred
from billing.services.vat import ZERO
from members.models import User

COLLECTION_FIELDS = (
    "organisation", "batch", "invoice", "mandate", "amount", "end_to_end_id", "mandate_reference", "signed_on", "debtor_name",
    "debtor_iban", "debtor_bic", "remittance", "failed_as", "return_reason",
)  # fmt: skip
MANDATE_FIELDS = (
    "member_id", "scheme", "one_off", "last_presented_on", "pk", "reference", "signed_on", "account_holder", "iban", "bic",
)  # fmt: skip
DEBIT_FIELDS = (
    "end_to_end_id", "amount", "mandate_reference", "signed_on", "debtor_name", "debtor_iban", "debtor_bic", "remittance",
    "invoice__payer__street", "invoice__payer__postal_code", "invoice__payer__city", "invoice__payer__country",
)  # fmt: skip
SLICE = 2000
Kind = tuple[str, str]  # scheme and sequence type


class Debtor(NamedTuple):
    """A mandate that may be used, as it stands today."""

    mandate: int
    reference: str
    signed_on: date
    name: str
    iban: str
    bic: str


class Claim(NamedTuple):
    """An invoice to collect: its key and amount in EUR, from whom, and what they read on their statement."""

    invoice: int
    amount: Decimal
    debtor: Debtor
    remittance: str


def assemble(run: BillingRun, now: datetime) -> list[CollectionBatch]:
    """Files for every claim of the run that is to be collected and has no live collection; a second call finds none."""
    if not run.issued_at:
        raise ValidationError(_("Issue the invoices first; only then can they be collected."), code="not_issued")
    with transaction.atomic():
        run = BillingRun.objects.select_for_update().defer("preview", "amounts").get(pk=run.pk)
        tries = failed_tries(run)
        for (scheme, sequence_type), claims in in_files(run):
            build(run, scheme, sequence_type, claims, tries, now)
        BillingRun.objects.filter(pk=run.pk, collected_at=None).update(collected_at=now)
    return list(run.batches.filter(withdrawn_at=None).defer("content").order_by("scheme", "sequence_type", "part"))


def in_files(run: BillingRun) -> Iterator[tuple[Kind, list[Claim]]]:
    """The claims of each file: core and business never share one, nor two sequence types; as many as the bank takes."""
    waiting: dict[Kind, list[Claim]] = defaultdict(list)
    for kind, claim in claims_of(run):
        waiting[kind].append(claim)
        if len(waiting[kind]) == run.creditor.max_debits:
            yield kind, waiting.pop(kind)
    yield from waiting.items()


def claims_of(run: BillingRun) -> Iterator[tuple[Kind, Claim]]:
    """The claims without a live collection whose documents name the mandate in use; slice by slice, nobody holds all.

    What came back for a reason that does not pass by itself is left out.
    """
    after, alive = 0, live(run) | barred(run)
    while part := list(to_debit(run, after)[:SLICE]):
        after = part[-1][0]
        debtors = debtors_of(run, part[0][0], after)
        for invoice, payer, gross, payable, number, named, lines in part:
            kind, debtor = debtors.get(payer, (("", ""), None))
            if debtor and debtor.reference == named and invoice not in alive:
                yield (
                    kind,
                    Claim(
                        invoice, Decimal(payable) if payable else gross, debtor, remittance(run.creditor, number, lines)
                    ),
                )


def live(run: BillingRun) -> set[int]:
    """The run's invoices with a live collection. Asked once: a database that has counted no debits yet plans it badly."""
    return set(
        Collection.objects.filter(failed_on=None, invoice__run=run).values_list("invoice_id", flat=True).iterator()
    )


def to_debit(run: BillingRun, after: int) -> QuerySet[Invoice, tuple[Any, ...]]:
    """The run's invoices behind a key that are to be debited, in the order of their numbers."""
    invoices = run.invoices.filter(method=Invoice.Method.DEBIT, gross__gt=0, pk__gt=after)
    named = invoices.annotate(
        named=KT("snapshot__payment__mandate_reference"), left=KT("snapshot__payment__payable")
    ).order_by("pk")
    return named.values_list("pk", "payer_id", "gross", "left", "number", "named", "snapshot__lines")


def debtors_of(run: BillingRun, first: int, last: int) -> dict[int, tuple[Kind, Debtor]]:
    """By payer of the invoices from one key to another: the mandate that may be used on the collection date."""
    day = collection_date(run)
    payers = run.invoices.filter(pk__range=(first, last)).values("payer_id")
    rows = Mandate.objects.usable().filter(member_id__in=payers).values_list(*MANDATE_FIELDS)
    return {
        member: ((scheme, "OOFF" if one_off else "RCUR"), Debtor(pk, reference, signed_on, *account))
        for member, scheme, one_off, last_presented_on, pk, reference, signed_on, *account in rows
        if lapses_on(last_presented_on or signed_on) >= day
    }


def build(
    run: BillingRun, scheme: str, sequence_type: str, claims: list[Claim], tries: Mapping[int, int], now: datetime
) -> CollectionBatch:
    """One file: the batch and its debits are written, the file is made from them, checked and stored, or nothing is.

    The list of claims is used up, so that they are not held beside their file.
    """
    creditor, version = run.creditor, run.batches.count() + 1
    batch = CollectionBatch.objects.create(
        organisation_id=run.organisation_id, creditor=creditor, run=run, collection_date=collection_date(run), scheme=scheme,
        sequence_type=sequence_type, part=version, message_id=f"KW{run.pk:09d}F{version:04d}", version=creditor.pain_version,
        count=len(claims), total=sum((claim.amount for claim in claims), ZERO),
    )  # fmt: skip
    while claims:
        part, claims[:SLICE] = claims[:SLICE], []
        bulk.insert(Collection, COLLECTION_FIELDS, (collection_row(batch, claim, tries) for claim in part))
    store_file(batch, now)
    return batch


def failed_tries(run: BillingRun) -> dict[int, int]:
    """How often each claim was tried in vain: a new attempt has a new end-to-end id."""
    failed = Collection.objects.filter(invoice__run=run, failed_on__isnull=False)
    return dict(failed.values("invoice_id").annotate(tries=Count("pk")).values_list("invoice_id", "tries"))


def collection_row(batch: CollectionBatch, claim: Claim, tries: Mapping[int, int]) -> tuple[object, ...]:
    """A debit, with the debtor as it stands today."""
    debtor = claim.debtor
    return (
        batch.organisation_id, batch.pk, claim.invoice, debtor.mandate, claim.amount,
        f"KW{claim.invoice:010d}A{tries.get(claim.invoice, 0) + 1:02d}", debtor.reference, debtor.signed_on, debtor.name,
        debtor.iban, debtor.bic or bic_of_valid(debtor.iban) or "", claim.remittance, "", "",
    )  # fmt: skip


def remittance(creditor: Creditor, number: str, lines: Iterable[dict[str, str]]) -> str:
    """What the debtor reads on the statement: who collects, which document, for whom."""
    names = sorted({line["member"] for line in lines})
    return sepa_text(f"{creditor.name}, {number}, {', '.join(names)}", 140)


def store_file(batch: CollectionBatch, now: datetime) -> None:
    """Makes the file from the stored rows, checks it against them and keeps bytes and hash."""
    file = debit_file(batch, now)
    debits = [debit_of(row) for row in batch.collections.order_by("pk").values_list(*DEBIT_FIELDS).iterator()]
    content = pain008.write(file, debits)
    faults = pain008.check(content, file, batch.count, total([batch.total]))
    if faults:
        listed = "; ".join(f"{fault.where}: {fault.message}" for fault in faults[:10])
        raise ValidationError(
            _("The bank would refuse this file, so it was not made: %(faults)s"), code="file", params={"faults": listed}
        )
    sha256 = hashlib.sha256(content).hexdigest()
    bulk.store_bytes(CollectionBatch, batch.pk, content=content, sha256=sha256, built_at=now)


def debit_file(batch: CollectionBatch, now: datetime) -> pain008.DebitFile:
    """The head of the file."""
    creditor = batch.creditor
    return pain008.DebitFile(
        message_id=batch.message_id, payment_information_id=f"{batch.message_id}P1", created_at=now,
        creditor_name=sepa_text(creditor.name, 70), creditor_iban=creditor.iban, creditor_bic=creditor.bic,
        creditor_identifier=creditor.identifier, collection_date=batch.collection_date, sequence_type=batch.sequence_type,
        scheme=batch.scheme, version=batch.version,
    )  # fmt: skip


def debit_of(row: tuple[Any, ...]) -> pain008.Debit:
    """One debit of the file. An address goes along only where the scheme asks for it (accounts outside the EEA)."""
    identifier, amount, reference, signed_on, name, iban, bic, text, street, postal_code, city, country = row
    address = None
    if needs_address(iban):
        address = pain008.Address(
            street=sepa_text(street, 70), building_number="", postal_code=postal_code, city=sepa_text(city, 35), country=country
        )  # fmt: skip
    return pain008.Debit(
        end_to_end_id=identifier, amount=amount, mandate_reference=reference, signed_on=signed_on,
        debtor_name=sepa_text(name, 70), debtor_iban=iban, debtor_bic=bic, remittance=text, address=address,
    )  # fmt: skip


def prenotify(run: BillingRun) -> int:
    """Notes for every debit when its payer was told (the invoice is the pre-notification); only those not yet noted."""
    told = Mail.objects.filter(invoice__run=run, state__in=("sent", "printed"), sent_at__isnull=False).values_list(
        "invoice_id", "sent_at"
    )
    days: dict[date, list[int]] = defaultdict(list)
    for invoice, sent_at in told:
        days[timezone.localdate(sent_at)].append(invoice)
    waiting = Collection.objects.filter(batch__run=run, notified_on=None, failed_on=None)
    return sum(waiting.filter(invoice_id__in=invoices).update(notified_on=day) for day, invoices in days.items())


def latest_submission(creditor: Creditor, day: date) -> datetime:
    """The last moment to hand in a file: the bank's cut-off, the bank's working days before the collection date."""
    cut_off = creditor.cut_off if isinstance(creditor.cut_off, time) else time.fromisoformat(str(creditor.cut_off))
    return timezone.make_aware(datetime.combine(add_open_days(day, -creditor.lead_days), cut_off))


def submit(batch: CollectionBatch, user: User | None, now: datetime, waiver: str = "") -> None:
    """Notes that the file was handed to the bank. Everything is checked once more: mandates, claims, notice, cut-off."""
    with transaction.atomic():
        BillingRun.objects.select_for_update().get(pk=batch.run_id)
        prenotify(batch.run)
        refuse_late(batch, now)
        refuse_changed(batch)
        if not waiver:
            refuse_unannounced(batch)
        changed = (
            CollectionBatch.objects.filter(pk=batch.pk, submitted_at=None, withdrawn_at=None)
            .exclude(built_at=None)
            .update(submitted_at=now, submitted_by=user, notice_waiver=waiver[:200])
        )
        if changed != 1:
            raise ValidationError(_("This file was already handed in or withdrawn."), code="already_submitted")
        Mandate.objects.filter(collections__batch=batch, collections__failed_on=None).update(
            last_presented_on=batch.collection_date
        )
        Mandate.objects.filter(collections__batch=batch, one_off=True).update(ended_on=batch.collection_date)
    batch.refresh_from_db(fields=["submitted_at", "submitted_by", "notice_waiver"])


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


def refuse_changed(batch: CollectionBatch) -> None:
    """Catches what changed between building and submitting: an ended mandate, another account, a withdrawn debit."""
    changed = []
    for one in batch.collections.select_related("mandate", "invoice").iterator():
        mandate = one.mandate
        same = (mandate.iban, mandate.reference, mandate.account_holder) == (
            one.debtor_iban,
            one.mandate_reference,
            one.debtor_name,
        )
        if (
            one.failed_on
            or not same
            or not is_usable(mandate, batch.collection_date)
            or one.amount != one.invoice.payable
        ):
            changed.append(f"{one.invoice.number} ({one.debtor_name})")
    if changed:
        message = _(
            "Mandate or claim changed since the file was built: %(names)s. Withdraw the file and build it again."
        )
        raise ValidationError(message, code="changed", params={"names": ", ".join(changed[:10])})


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


def withdraw(batch: CollectionBatch, now: datetime) -> None:
    """Takes back a file that was not handed in; its claims are free for a new one, which gets a new message id."""
    with transaction.atomic():
        changed = CollectionBatch.objects.filter(pk=batch.pk, submitted_at=None, withdrawn_at=None).update(
            withdrawn_at=now
        )
        if changed != 1:
            raise ValidationError(
                _("This file was handed in or withdrawn already; it cannot be taken back."), code="not_open"
            )
        batch.collections.filter(failed_on=None).update(failed_on=timezone.localdate(now), failed_as="withdrawn")
    batch.refresh_from_db(fields=["withdrawn_at"])


def file_name(batch: CollectionBatch) -> str:
    """How the downloaded file is called."""
    return f"{batch.collection_date:%Y-%m-%d}-{batch.scheme.lower()}-{batch.message_id}.xml"


def stored_total(batches: Iterable[CollectionBatch]) -> Decimal:
    """The sum of several files, rounded to cents (SQLite adds decimals as binary numbers)."""
    return total([batch.total for batch in batches])
