"""Direct debits: assemble files from issued invoices, build and check them, release, submit, withdraw, build anew.

Built, released, submitted, booked and returned are different facts. Nothing is paid because a file was made.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.formats.iban import bic_of_valid
from billing.models import BillingRun, Collection, CollectionBatch, Creditor, Invoice, Mail, Mandate
from billing.services import amendments, announcements, bulk, planned_debits
from billing.services.claims import (
    SLICE,
    Claim,
    Debit,
    Kind,
    amount_of,
    claims_of,
    collected,
    failed_tries,
    in_files,
    in_instalments,
    remittance,
    separate,
    tried,
    whatever_is_open,
)
from billing.services.debit_files import debit_file, file_name, store_file
from billing.services.handing_in import (
    latest_submission,
    refuse_changed,
    refuse_early,
    refuse_late,
    refuse_unannounced,
    refuse_unreleased,
)
from billing.services.invoicing import collection_date
from billing.services.vat import ZERO
from members.models import User

__all__ = [
    "assemble", "debit_file", "file_name", "latest_submission", "prenotify", "preview", "rebuild", "release", "submit", "withdraw",
]  # fmt: skip
COLLECTION_FIELDS = (
    "organisation", "batch", "invoice", "mandate", "amount", "end_to_end_id", "mandate_reference", "signed_on", "debtor_name",
    "debtor_iban", "debtor_bic", "remittance", "amendment", "part_of", "instalment", "notified_on", "failed_as", "return_reason",
)  # fmt: skip


class Notice(NamedTuple):
    """What a payer was told before, and when: amount in EUR and mandate reference."""

    amount: Decimal
    reference: str
    on: date | None


@dataclass(slots=True)
class Order:
    """What the files of one go have in common. `told`: earlier notices of the same day that still hold."""

    creditor: Creditor
    day: date
    now: datetime
    run: BillingRun | None = None
    maker: User | None = None
    replaces: CollectionBatch | None = None
    tries: dict[int, int] = field(default_factory=dict)
    told: dict[int, Notice] = field(default_factory=dict)


def assemble(run: BillingRun, now: datetime, user: User | None = None) -> list[CollectionBatch]:
    """Files for every claim of the run that is to be collected and was in none yet; a second call finds none.

    `user` makes them and so may not release them, where two persons are asked for.
    """
    if not run.issued_at:
        raise ValidationError(_("Issue the invoices first; only then can they be collected."), code="not_issued")
    with transaction.atomic():
        run = BillingRun.objects.select_for_update().defer("preview", "amounts").get(pk=run.pk)
        order = Order(run.creditor, collection_date(run), now, run, user, tries=failed_tries(run.invoices.all()))
        for kind, debits in run_files(run):
            build(order, kind, debits)
        BillingRun.objects.filter(pk=run.pk, collected_at=None).update(collected_at=now)
    return list(run.batches.filter(withdrawn_at=None).defer("content").order_by("scheme", "sequence_type", "part"))


def run_files(run: BillingRun) -> Iterable[tuple[Kind, list[Debit]]]:
    """The files that a run's claims go into."""
    claims = claims_of(run.creditor, run.invoices.all(), collection_date(run), tried(run))
    return in_files(run.creditor, separate(claims))


def preview(run: BillingRun) -> list[tuple[Kind, int, Decimal]]:
    """The files that `assemble` would make: kind, number of debits, sum in EUR. Writes nothing."""
    return [(kind, len(debits), sum((amount_of(debit) for debit in debits), ZERO)) for kind, debits in run_files(run)]


def build(order: Order, kind: Kind, debits: list[Debit]) -> CollectionBatch:
    """One file: the batch and its debits are written, the file is made from them, checked and stored, or nothing is.

    The list of debits is used up, so that they are not held beside their file.
    """
    creditor, part = order.creditor, next_part(order)
    batch = CollectionBatch.objects.create(
        organisation_id=creditor.organisation_id, creditor=creditor, run=order.run, collection_date=order.day, scheme=kind[0],
        sequence_type=kind[1], part=part, message_id=message_id(order, part), version=creditor.pain_version,
        count=len(debits), total=sum((amount_of(debit) for debit in debits), ZERO), made_by=order.maker,
        replaces=order.replaces, creditor_name=creditor.name, creditor_identifier=creditor.identifier,
    )  # fmt: skip
    said: set[int] = set()
    while debits:
        slice_, debits[:SLICE] = debits[:SLICE], []
        write_debits(order, batch, slice_, said)
    store_file(batch, order.now)
    return batch


def next_part(order: Order) -> int:
    """Files of a run, and those of no run, are counted one after the other; a number is never used again."""
    made = CollectionBatch.objects.filter(creditor=order.creditor, run=order.run)
    return made.count() + 1


def message_id(order: Order, part: int) -> str:
    """Never the same twice, so that a bank never takes a file that was built anew for the old one (AM05, DU01)."""
    return f"KW{order.run.pk:09d}F{part:04d}" if order.run else f"KWA{order.creditor.pk:08d}F{part:05d}"


def write_debits(order: Order, batch: CollectionBatch, debits: Sequence[Debit], said: set[int]) -> None:
    """Rows of debits, and of the claims that ride along in them. A mandate's change is told by its first debit only."""
    rows = []
    for debit in debits:
        debtor = debit[0].debtor
        told = None if debtor.mandate in said else debtor.told
        said.add(debtor.mandate)
        rows.append(row_of(order, batch, debit, 0, told, None))
    bulk.insert(Collection, COLLECTION_FIELDS, rows)
    joint = [debit for debit in debits if len(debit) > 1]
    if joint:
        leads = batch.collections.filter(invoice__in=[debit[0].invoice for debit in joint])
        keys = dict(leads.values_list("invoice_id", "pk"))
        parts = [
            row_of(order, batch, debit, place, None, keys[debit[0].invoice])
            for debit in joint
            for place in range(1, len(debit))
        ]
        bulk.insert(Collection, COLLECTION_FIELDS, parts)


def row_of(
    order: Order, batch: CollectionBatch, debit: Debit, place: int, told: amendments.Told | None, lead: int | None
) -> tuple[object, ...]:
    """A claim in its debit, with the debtor as it stands today."""
    claim, debtor = debit[place], debit[place].debtor
    notice = order.told.get(claim.invoice)
    notified = notice.on if notice and notice[:2] == (claim.amount, debtor.reference) else None
    bic = (
        ""
        if order.creditor.bank_profile == Creditor.Profile.IBAN_ONLY
        else debtor.bic or bic_of_valid(debtor.iban) or ""
    )
    return (
        batch.organisation_id, batch.pk, claim.invoice, debtor.mandate, claim.amount,
        identifier(order, claim), debtor.reference, debtor.signed_on, debtor.name,
        debtor.iban, bic, remittance(order.creditor, debit), told, lead, claim.instalment, notified, "", "",
    )  # fmt: skip


def identifier(order: Order, claim: Claim) -> str:
    """The EndToEndId: never the same twice, neither for another attempt nor for another instalment of a claim."""
    part = f"I{claim.instalment}" if claim.instalment else ""
    return f"KW{claim.invoice:010d}{part}A{order.tries.get(claim.invoice, 0) + 1:02d}"


def prenotify(run: BillingRun) -> int:
    """Notes for every debit when its payer was told (the invoice is the pre-notification); only those not yet noted.

    A file of another day than the documents name is announced by messages of its own.
    """
    told = Mail.objects.filter(invoice__run=run, state__in=("sent", "printed"), sent_at__isnull=False).values_list(
        "invoice_id", "sent_at"
    )
    days: dict[date, list[int]] = defaultdict(list)
    for invoice, sent_at in told:
        days[timezone.localdate(sent_at)].append(invoice)
    waiting = Collection.objects.filter(
        batch__run=run, batch__collection_date=collection_date(run), notified_on=None, failed_on=None
    )
    return sum(waiting.filter(invoice_id__in=invoices).update(notified_on=day) for day, invoices in days.items())


def release(batch: CollectionBatch, user: User, now: datetime) -> None:
    """A second person looked at the file. Whoever made it cannot release it; once released, it stays so."""
    if batch.made_by_id == user.pk:
        message = _("You made this file yourself: somebody else has to look at it and release it.")
        raise ValidationError(message, code="own_file")
    open_file = CollectionBatch.objects.filter(pk=batch.pk, released_at=None, submitted_at=None, withdrawn_at=None)
    if open_file.exclude(built_at=None).update(released_at=now, released_by=user) != 1:
        raise ValidationError(_("This file was already released, handed in or withdrawn."), code="not_open")
    batch.refresh_from_db(fields=["released_at", "released_by"])


def submit(batch: CollectionBatch, user: User | None, now: datetime, waiver: str = "") -> None:
    """Notes that the file was handed to the bank. Everything is checked once more: mandates, claims, notice, cut-off."""
    with transaction.atomic():
        lock(batch)
        refuse_unreleased(batch)
        announced(batch)
        refuse_late(batch, now)
        refuse_early(batch, now)
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
        use_mandates(batch)
        amendments.note_told(batch)
    batch.refresh_from_db(fields=["submitted_at", "submitted_by", "notice_waiver"])


def lock(batch: CollectionBatch) -> None:
    """One step at a time on the files of a run, or of a creditor."""
    if batch.run_id:
        BillingRun.objects.select_for_update().only("pk").get(pk=batch.run_id)
    else:
        Creditor.objects.select_for_update(no_key=True).only("pk").get(pk=batch.creditor_id)


def announced(batch: CollectionBatch) -> None:
    """Notes who was told until now, by invoice, by message or by a plan."""
    if batch.run:
        prenotify(batch.run)
    announcements.note_sent(batch)
    planned_debits.note(batch)


def use_mandates(batch: CollectionBatch) -> None:
    """The bank has the file: the 36 months of its mandates begin anew, one-off mandates are spent."""
    used = Mandate.objects.filter(collections__batch=batch, collections__failed_on=None)
    used.update(last_presented_on=batch.collection_date)
    spent = Mandate.objects.filter(collections__batch=batch, one_off=True, ended_on=None)
    spent.update(ended_on=batch.collection_date, ended_as=Mandate.End.SPENT)


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


def rebuild(batch: CollectionBatch, user: User | None, now: datetime, day: date | None = None) -> list[CollectionBatch]:
    """The same claims in a new file under a new message id; mandates that ended meanwhile drop out.

    For the same day only who was told of this very debit stays in; for another `day` everybody is told anew.
    """
    with transaction.atomic():
        lock(batch)
        batch.refresh_from_db()
        told = notices(batch)
        if not batch.rejected_at:
            withdraw(batch, now)
        day = day or batch.collection_date
        order = Order(batch.creditor, day, now, batch.run, user, replaces=batch)
        claims = Invoice.objects.filter(pk__in=Collection.objects.filter(batch=batch).values("invoice"))
        return again(order, claims, told if day == batch.collection_date else {})


def again(order: Order, invoices: QuerySet[Invoice], told: dict[int, Notice]) -> list[CollectionBatch]:
    """Files over those of these claims that nobody collects. With `told`, only what was announced; without, all, announced anew."""
    order.tries, order.told = failed_tries(invoices), told
    busy = set(collected(invoices)) | set(in_instalments(invoices))

    def was_told(claim: Claim, _named: str, _announced: Decimal) -> bool:
        return claim.invoice in told and told[claim.invoice][:2] == (claim.amount, claim.debtor.reference)

    claims = claims_of(order.creditor, invoices, order.day, busy, was_told if told else whatever_is_open)
    debits = announcements.grouped(order.creditor, claims)
    made = [build(order, kind, part) for kind, part in in_files(order.creditor, debits)]
    for batch in made:
        announcements.write(batch, order.now)
    return made


def notices(batch: CollectionBatch) -> dict[int, Notice]:
    """What the payers of a file were told. A withdrawn debit of it is no longer part of it."""
    announced(batch)
    rows = batch.collections.exclude(failed_as="withdrawn")
    return {
        invoice: Notice(amount, reference, on)
        for invoice, amount, reference, on in rows.values_list(
            "invoice_id", "amount", "mandate_reference", "notified_on"
        )
    }
