"""Pre-notifications by a message of their own, for debits that their invoice does not announce (EPC016-06, 4.3)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone
from django.utils.text import Truncator

from billing.documents.announcement import Announced, announcement
from billing.models import Collection, CollectionBatch, Creditor, Mail, RunSettings
from billing.models.payments import mask_iban
from billing.services import bulk, planned_debits
from billing.services.claims import Claim, Debit, Kind, combined, separate

KIND = "announcement"
SLICE = 500
SENT = ("sent", "printed")


def grouped(creditor: Creditor, claims: Iterable[tuple[Kind, Claim]]) -> Iterator[tuple[Kind, Debit]]:
    """One debit for all claims of a payer where the organisation chose so, else one for each."""
    chosen = RunSettings.objects.filter(organisation=creditor.organisation_id, combine_debits=True).exists()
    return combined(claims) if chosen else separate(claims)


def key_of(end_to_end_id: str) -> str:
    """One message per attempt, whatever is repeated."""
    return f"debit:{end_to_end_id}"


def write(batch: CollectionBatch, now: datetime) -> int:
    """Queues a message, or a letter, for every debit of the file whose payer was not told; a second call adds none.

    Whom a plan tells, or will tell once its mail is out, needs none.
    """
    planned_debits.note(batch)
    waiting = batch.collections.filter(part_of=None, notified_on=None, failed_on=None).order_by("pk")
    waiting = waiting.exclude(pk__in=planned_debits.covered(batch))
    rows = waiting.select_related("invoice__payer", "batch__organisation").defer("batch__content", "invoice__snapshot")
    written = 0
    for debits in bulk.slices(rows.iterator(), SLICE):
        parts = riding_along(debits)
        mails = [mail_of(one, parts[one.pk], now) for one in debits]
        written += len(Mail.objects.bulk_create(mails, ignore_conflicts=True))
    return written


def riding_along(debits: Iterable[Collection]) -> dict[int, list[tuple[str, Decimal]]]:
    """By debit: number and amount of the other claims in it."""
    found: dict[int, list[tuple[str, Decimal]]] = defaultdict(list)
    rows = Collection.objects.filter(part_of__in=[one.pk for one in debits]).order_by("pk")
    for lead, number, amount in rows.values_list("part_of_id", "invoice__number", "amount"):
        found[lead].append((number, amount))
    return found


def mail_of(one: Collection, parts: list[tuple[str, Decimal]], now: datetime) -> Mail:
    """The message of one debit, by the payer's way of delivery."""
    payer = one.invoice.payer
    said = announcement(announced(one, parts))
    by_mail = bool(payer.email) and payer.delivery == "mail"
    return Mail(
        organisation_id=one.organisation_id, member=payer, key=key_of(one.end_to_end_id), kind=KIND,
        recipient=payer.email if by_mail else "", subject=Truncator(said.subject).chars(200), text=said.text,
        state="waiting" if by_mail else "print", next_at=now if by_mail else None, created_at=now,
    )  # fmt: skip


def announced(one: Collection, parts: list[tuple[str, Decimal]]) -> Announced:
    """What is said of a debit."""
    documents = [(one.invoice.number, one.amount), *parts]
    batch = one.batch
    return Announced(
        language=one.invoice.payer.language, payer=one.invoice.payer.name, organisation=batch.organisation.name,
        creditor_identifier=batch.creditor_identifier, mandate_reference=one.mandate_reference,
        account=mask_iban(one.debtor_iban), account_holder=one.debtor_name, day=batch.collection_date.isoformat(),
        amount=sum((amount for _number, amount in documents), Decimal(0)), documents=documents,
    )  # fmt: skip


def messages_of(batch: CollectionBatch) -> "Iterator[list[str]]":
    """The keys of the messages that a file may have, and of the letters for those that came back, in slices."""
    identifiers = batch.collections.filter(part_of=None).order_by("pk").values_list("end_to_end_id", flat=True)
    for part in bulk.slices(identifiers.iterator(), SLICE):
        yield [key for identifier in part for key in (key_of(identifier), f"{key_of(identifier)}:letter")]


def note_sent(batch: CollectionBatch) -> None:
    """Notes for each debit when its message went out; only where none was noted."""
    if not batch.collections.filter(notified_on=None, failed_on=None).exists():
        return
    days: dict[date, list[str]] = defaultdict(list)
    for keys in messages_of(batch):
        sent = Mail.objects.filter(organisation=batch.organisation_id, key__in=keys, state__in=SENT)
        for key, sent_at in sent.exclude(sent_at=None).values_list("key", "sent_at"):
            days[timezone.localdate(sent_at)].append(key.removeprefix("debit:").removesuffix(":letter"))
    for day, identifiers in days.items():
        for part in bulk.slices(identifiers, SLICE):
            carried = Q(end_to_end_id__in=part) | Q(part_of__end_to_end_id__in=part)
            batch.collections.filter(carried, notified_on=None).update(notified_on=day)


def letters(batch: CollectionBatch) -> list[Mail]:
    """The announcements of a file that go by post."""
    found: list[Mail] = []
    for keys in messages_of(batch):
        rows = Mail.objects.filter(organisation=batch.organisation_id, key__in=keys, state__in=("print", "printed"))
        found += rows.select_related("member", "invoice").order_by("pk")
    return found


def mark_printed(batch: CollectionBatch, now: datetime) -> int:
    """The letters of a file went to the post: that is their pre-notification."""
    ids = [mail.pk for mail in letters(batch)]
    return Mail.objects.filter(pk__in=ids, state="print").update(state="printed", sent_at=now)
